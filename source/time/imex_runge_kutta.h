// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_time_imex_runge_kutta_h
#define nodal_source_time_imex_runge_kutta_h

#include <nodal/time/time_stepper.h>

#include <vector>

namespace nodal
{
  /// Two Runge–Kutta methods with the same times, for N and for L.
  struct ImexTableau
  {
    std::vector<double> times; ///< c, of s stages
    /// a_ij, s × s: @p explicit_part strictly lower triangular, @p
    /// implicit_part lower triangular.
    std::vector<double> explicit_part, implicit_part;
    /// Weights of the result, or empty where it is the last stage.
    std::vector<double> weights;
    unsigned int order = 1;

    unsigned int n_stages() const
    {
      return times.size();
    }
  };

  /**
   * Additive Runge–Kutta methods in stage form,
   *
   *     (M − h aᴵ_ii L) Y_i = M u_n + h Σ_{j<i} (aᴵ_ij L Y_j + aᴱ_ij N(Y_j,
   * t_j)),
   *
   * which needs no inverse of M and so allows for algebraic rows (Ascher,
   * Ruuth, Spiteri, Appl. Numer. Math. 25, 1997). L Y_i is a product, not a
   * difference of stages, so that rounding is not divided by h.
   *
   * Where all aᴵ_ii are zero, L belongs to the explicit part.
   */
  class ImexRungeKutta : public TimeStepper
  {
  public:
    void start(EvolutionSystem &system, LinearSolver &solver,
               double h) override;
    void step(double t, Vec u) override;

    bool has_derivative() const override
    {
      return true;
    }

    void step_transposed(double t, Vec u, Vec lambda, Vec of_load) override;

    unsigned long n_iterations() const override
    {
      return iterations;
    }

    unsigned int order() const override
    {
      return tableau.order;
    }

  protected:
    explicit ImexRungeKutta(ImexTableau tableau);

  private:
    bool is_implicit() const;

    /// M − h a_ii L
    void make_matrix();

    /// Solve (M − h a_ii L) y = @p rhs, in a step from time @p t, from what
    /// @p y holds.
    void solve(double t, Vec rhs, Vec y);

    /// The step from @p u, whose result is in `stage`; the stages are in
    /// `stages` if @p keeps.
    void advance(double t, Vec u, bool keeps);

    /// What L Y_j is multiplied by in stage i, or in the result for i = s.
    double share_of_linear(unsigned int i, unsigned int j) const;
    double share_of_nonlinear(unsigned int i, unsigned int j) const;

    /// @p y ← (M − h a_ii L)⁻ᵀ @p b
    void solve_transposed(Vec b, Vec y);

    /// Throws NumericalFailure: no finite state follows from time @p t.
    [[noreturn]] static void diverge(double t);

    const ImexTableau tableau;
    EvolutionSystem *system = nullptr;
    LinearSolver *solver = nullptr;
    double h = 0;
    MatHandle matrix;     ///< M − h a_ii L, unless that is M or the identity
    KSPHandle transposed; ///< for solve_transposed(), if not symmetric
    unsigned long iterations = 0;
    std::vector<VecHandle> linear, nonlinear; ///< L Y_j and N(Y_j)
    VecHandle stage, begin, rhs;              ///< Y_i, M u_n
    std::vector<VecHandle> stages, gradients; ///< for step_transposed()
  };
} // namespace nodal

#endif
