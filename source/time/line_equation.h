// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_time_line_equation_h
#define nodal_source_time_line_equation_h

#include "circle_of_values.h"
#include "periodic_line.h"

#include <memory>

namespace nodal
{
  /**
   * Equations on a circle,
   *
   *     u_t = a₂ u_xx + a₃ u_xxx + a₄ u_xxxx − q (u²)_x,
   *
   * in continuous elements. Where there are derivatives above the second one,
   * w = u_xx is an unknown of its own, of which no initial state is needed:
   *
   *     (u_t, v) = −a₂ (u_x, v_x) + a₃ (w_x, v) − a₄ (w_x, v_x) + q (u², v_x),
   *     0 = −(w, z) − (u_x, z_x).
   */
  class LineEquation : public CircleOfValues
  {
  public:
    void add_parameters(Parameters &prm) override;
    void set_up() override;

    Mat mass() const override
    {
      return M;
    }

    Mat linear() const override
    {
      return L;
    }

    bool is_algebraic() const override
    {
      return has_w;
    }

    bool is_spd() const override
    {
      return !has_w && second >= 0;
    }

    void nonlinear(double t, Vec u, Vec load) override;
    bool has_derivative() const override
    {
      return true;
    }

    void nonlinear_transposed(double t, Vec u, Vec lambda, Vec result) override;

    unsigned int n_velocities() const override
    {
      return square == 0.5 ? 1 : 0;
    }

    bool has_points() const override
    {
      return true;
    }

    void add_term(const std::vector<Vec> &fields, const PointFunction &term,
                  Vec load) const override;
    void draw_state(Random random, Vec u) override;
    std::vector<std::string> component_names() const override;
    Interpolation at(const std::vector<dealii::Point<3>> &points,
                     unsigned int component) const override;
    std::map<std::string, double> quantities(double t, Vec u) const override;

  protected:
    /// Draw what initial_value() is made of.
    virtual void draw(Random &random) = 0;

    /// The initial state that was drawn last.
    virtual double initial_value(double x) const = 0;

    double second = 0, third = 0, fourth = 0, square = 0; ///< a₂, a₃, a₄, q
    double circumference = 1;
    unsigned int n_cells = 64, degree = 2;

  private:
    unsigned int n_at_node() const
    {
      return has_w ? 2 : 1;
    }

    bool has_w = false;
    std::unique_ptr<PeriodicLine> line;
    MatHandle M, L;
  };

  /// Σ_k of the first few sines of random phase and size.
  class RandomWaves
  {
  public:
    /// Those with up to @p n waves on a circle of @p length, and a root mean
    /// square of about @p size.
    void draw(Random &random, unsigned int n, double length, double size);
    double operator()(double x) const;

  private:
    double length = 1;
    std::vector<double> sines, cosines;
  };
} // namespace nodal

#endif
