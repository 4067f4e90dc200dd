// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

namespace nodal
{
  using namespace dealii;

  /**
   * −∇·(a κ(u) ∇u) = f with κ(u) = 1 + β u², a > 0 per cell. Natural boundary
   * data are the flux a κ(u) ∂u/∂n.
   */
  template <int dim>
  class NonlinearDiffusion : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      coefficient,
      source
    };

    void add_parameters(Parameters &prm) override
    {
      prm.add("Nonlinearity", beta,
              "beta in the conductivity a (1 + beta u^2); 0 is linear.", 0,
              1e6);
    }

    ProblemTraits traits() const override
    {
      ProblemTraits traits;
      traits.is_linear = false;
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      return {
          {"coefficient", Role::coefficient, Location::cell, "1", 1, "1", true},
          {"source", Role::source, Location::node, "1", 1, "1"},
          {"boundary value", Role::boundary_value, Location::boundary}};
    }

    void cell(const QuadratureData<dim> &data, FullMatrix<double> &matrix,
              Vector<double> &rhs) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const unsigned int n = fe.dofs_per_cell;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double a = data.input(coefficient, q) * fe.JxW(q);
        const double f = data.input(source, q) * fe.JxW(q);
        const double u = data.state[q];
        const Tensor<1, dim> &grad_u = data.state_gradient[q];
        const double kappa = 1 + beta * u * u, slope = 2 * beta * u;
        for (unsigned int i = 0; i < n; ++i)
        {
          const Tensor<1, dim> &grad_v = fe.shape_grad(i, q);
          const double transport = a * slope * (grad_u * grad_v);
          for (unsigned int j = 0; j < n; ++j)
            matrix(i, j) += a * kappa * (fe.shape_grad(j, q) * grad_v) +
                            transport * fe.shape_value(j, q);
          rhs[i] += f * fe.shape_value(i, q) - a * kappa * (grad_u * grad_v);
        }
      }
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<Waves<dim>>(u);
      result.inputs["coefficient"] = std::make_shared<Waves<dim>>(a);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          1,
          [u = u, a = a, beta = beta](const Point<dim> &x, unsigned int)
          {
            const double value = u.value(x);
            const double kappa = 1 + beta * value * value;
            const Tensor<1, dim> gradient = u.gradient(x);
            return -kappa * (a.gradient(x) * gradient) -
                   a.value(x) * (2 * beta * value * gradient.norm_square() +
                                 kappa * u.laplacian(x));
          });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      Vector<double> g(1);
      const double value = u.value(x);
      g[0] = a.value(x) * (1 + beta * value * value) * (u.gradient(x) * normal);
      return g;
    }

  private:
    double beta = 1;
    const Waves<dim> u = Waves<dim>::example(0);
    const Waves<dim> a = Waves<dim>::example(1, 2, 0.5);
  };

  NODAL_REGISTER_DIM(SteadyProblem, NonlinearDiffusion, "nonlinear diffusion",
                     "-div(a (1 + beta u^2) grad u) = f, solved by Newton's "
                     "method.")
} // namespace nodal
