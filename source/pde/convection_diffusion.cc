// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

namespace nodal
{
  using namespace dealii;

  /**
   * −ε Δu + w·∇u = f, ε > 0 constant per cell, stabilised by SUPG (Brooks and
   * Hughes, 1982): the residual, with its second derivatives, is tested with
   * τ w·∇v, τ = h/(2|w|) (coth Pe − 1/Pe), Pe = |w| h/(2ε). Natural boundary
   * data are ε ∂u/∂n.
   */
  template <int dim>
  class ConvectionDiffusion : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      diffusion,
      velocity,
      source
    };

    void add_parameters(Parameters &prm) override
    {
      prm.add("Stabilised", is_stabilised,
              "Add the SUPG term; without it the solution oscillates where "
              "convection dominates on the scale of a cell.");
    }

    ProblemTraits traits() const override
    {
      ProblemTraits traits;
      traits.in_rhs = {"source"};
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      return {{"diffusion", Role::coefficient, Location::cell, "1", 1, "0.01",
               true},
              {"velocity", Role::coefficient, Location::cell, "1", dim,
               dim == 2 ? "1;0.5" : "1;0.5;0.25"},
              {"source", Role::source, Location::node, "1", 1, "1"},
              {"boundary value", Role::boundary_value, Location::boundary}};
    }

    void cell(const QuadratureData<dim> &data, FullMatrix<double> &matrix,
              Vector<double> &rhs) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const unsigned int n = fe.dofs_per_cell;
      const unsigned int degree = fe.get_fe().degree;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double epsilon = data.input(diffusion, q);
        const double f = data.input(source, q);
        Tensor<1, dim> w;
        for (unsigned int d = 0; d < dim; ++d)
          w[d] = data.input(velocity, q, d);
        const double tau =
            stabilisation(w.norm(), epsilon, data.cell_diameter / degree);
        for (unsigned int i = 0; i < n; ++i)
        {
          const double v = fe.shape_value(i, q);
          const double streamline = tau * (w * fe.shape_grad(i, q));
          for (unsigned int j = 0; j < n; ++j)
          {
            const double convection = w * fe.shape_grad(j, q);
            const double laplacian =
                degree > 1 ? trace(fe.shape_hessian(j, q)) : 0;
            matrix(i, j) +=
                (epsilon * (fe.shape_grad(i, q) * fe.shape_grad(j, q)) +
                 convection * v +
                 streamline * (convection - epsilon * laplacian)) *
                fe.JxW(q);
          }
          rhs[i] += f * (v + streamline) * fe.JxW(q);
        }
      }
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      const double epsilon = 0.1;
      std::vector<typename ComponentFunctions<dim>::Component> w;
      for (unsigned int d = 0; d < dim; ++d)
        w.push_back(std::make_shared<Waves<dim>>(
            Waves<dim>::example(d + 1, d == 0 ? 1 : 0.5, 0.3)));
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<Waves<dim>>(u);
      result.inputs["diffusion"] =
          std::make_shared<Functions::ConstantFunction<dim>>(epsilon);
      result.inputs["velocity"] = std::make_shared<ComponentFunctions<dim>>(w);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          1,
          [u = u, w, epsilon](const Point<dim> &x, unsigned int)
          {
            double f = -epsilon * u.laplacian(x);
            for (unsigned int d = 0; d < dim; ++d)
              f += w[d]->value(x) * u.gradient(x)[d];
            return f;
          });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      Vector<double> g(1);
      g[0] = 0.1 * (u.gradient(x) * normal);
      return g;
    }

  private:
    double stabilisation(const double speed, const double epsilon,
                         const double h) const
    {
      const double peclet = speed * h / (2 * epsilon);
      if (!is_stabilised || peclet < 1e-10)
        return 0;
      // coth(p) - 1/p cancels for small p, where it is p/3.
      const double upwinding =
          peclet < 1e-3 ? peclet / 3 : 1 / std::tanh(peclet) - 1 / peclet;
      return h / (2 * speed) * upwinding;
    }

    bool is_stabilised = true;
    const Waves<dim> u = Waves<dim>::example(0);
  };

  NODAL_REGISTER_DIM(SteadyProblem, ConvectionDiffusion, "convection diffusion",
                     "Transport: -eps laplace u + w.grad u = f with SUPG "
                     "stabilisation; nonsymmetric.")
} // namespace nodal
