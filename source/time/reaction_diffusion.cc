// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/time/evolution_problem.h>

namespace nodal
{
  using namespace dealii;

  /// u' = ∇·(a K ∇u) − r u + f + R(u) with a polynomial R: that of Allen and
  /// Cahn, u − u³ (Acta Metall. 27, 1979), or Fisher's u − u².
  template <int dim>
  class ReactionDiffusion : public EvolutionProblem<dim>
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      darcy->add_parameters(prm);
      prm.add("Reaction", coefficients,
              "Coefficients of 1, u, u^2, ... in R(u).", -1e12, 1e12);
    }

    const SteadyProblem<dim> &linear_part() const override
    {
      return *darcy;
    }

    bool has_nonlinear_term() const override
    {
      return true;
    }

    void nonlinear_term(const QuadratureData<dim> &data,
                        Vector<double> &load) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        double rate = 0;
        for (std::size_t k = coefficients.size(); k-- > 0;)
          rate = rate * data.state[q] + coefficients[k];
        rate *= fe.JxW(q);
        for (unsigned int i = 0; i < fe.dofs_per_cell; ++i)
          load[i] += rate * fe.shape_value(i, q);
      }
    }

    bool has_derivative() const override
    {
      return true;
    }

    void nonlinear_derivative(const QuadratureData<dim> &data,
                              FullMatrix<double> &derivative) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        double rate = 0;
        for (std::size_t k = coefficients.size(); k-- > 1;)
          rate = rate * data.state[q] + k * coefficients[k];
        rate *= fe.JxW(q);
        for (unsigned int i = 0; i < fe.dofs_per_cell; ++i)
          for (unsigned int j = 0; j < fe.dofs_per_cell; ++j)
            derivative(i, j) +=
                rate * fe.shape_value(i, q) * fe.shape_value(j, q);
      }
    }

  private:
    std::vector<double> coefficients = {0, 1, 0, -1};
    const std::unique_ptr<SteadyProblem<dim>> darcy =
        Registry<SteadyProblem<dim>>::create("darcy");
  };

  NODAL_REGISTER_DIM(EvolutionProblem, ReactionDiffusion, "reaction diffusion",
                     "u' = div(a K grad u) - r u + f + R(u), with the inputs "
                     "of 'darcy'; R(u) = u - u^3 of Allen and Cahn or another "
                     "polynomial.")
} // namespace nodal
