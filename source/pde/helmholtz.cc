// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

namespace nodal
{
  using namespace dealii;

  /**
   * −Δu − k² u = f for u = u₀ + i u₁ with impedance conditions
   * ∂u/∂n − i k u = g: two real components, coupled where waves leave. The
   * matrix [A B; −B A] with A = K − k² M is nonsymmetric and indefinite.
   */
  template <int dim>
  class Helmholtz : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      wave_number,
      source
    };

    void add_parameters(Parameters &prm) override
    {
      prm.add("Preconditioner damping", damping,
              "Preconditioners are made from the equation with "
              "k^2 (1 + i times this number): damped waves are easier to "
              "approximate. 0 is the equation itself.",
              0., 10.);
    }

    unsigned int n_components() const override
    {
      return 2;
    }

    ProblemTraits traits() const override
    {
      ProblemTraits traits;
      traits.in_rhs = {"source"};
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      FieldDescription boundary_value = {"boundary value",
                                         Role::boundary_value,
                                         Location::boundary,
                                         "1",
                                         2,
                                         "0;0"};
      return {{"wave number", Role::coefficient, Location::cell, "1/length", 1,
               "10", true},
              {"source", Role::source, Location::node, "1", 2, "1;0"},
              boundary_value};
    }

    std::set<BoundaryType> boundary_types() const override
    {
      return {BoundaryType::dirichlet, BoundaryType::neumann,
              BoundaryType::robin, BoundaryType::impedance};
    }

    void cell(const QuadratureData<dim> &data, FullMatrix<double> &matrix,
              Vector<double> &rhs) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const FiniteElement<dim> &element = fe.get_fe();
      const unsigned int n = fe.dofs_per_cell;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double k = data.input(wave_number, q);
        for (unsigned int i = 0; i < n; ++i)
        {
          const unsigned int c = element.system_to_component_index(i).first;
          for (unsigned int j = 0; j < n; ++j)
            if (element.system_to_component_index(j).first == c)
              matrix(i, j) +=
                  (fe.shape_grad(i, q) * fe.shape_grad(j, q) -
                   k * k * fe.shape_value(i, q) * fe.shape_value(j, q)) *
                  fe.JxW(q);
          rhs[i] += data.input(source, q, c) * fe.shape_value(i, q) * fe.JxW(q);
        }
      }
    }

    bool has_preconditioner_term() const override
    {
      return damping > 0;
    }

    /// The shifted Laplacian (Erlangga, Vuik, Oosterlee: On a class of
    /// preconditioners for solving the Helmholtz equation, Appl. Numer. Math.
    /// 50, 2004): −i β k² (u₀ + i u₁) = β k² u₁ − i β k² u₀.
    void preconditioner_term(const QuadratureData<dim> &data,
                             FullMatrix<double> &matrix) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const FiniteElement<dim> &element = fe.get_fe();
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double k = data.input(wave_number, q);
        for (unsigned int i = 0; i < fe.dofs_per_cell; ++i)
        {
          const unsigned int c = element.system_to_component_index(i).first;
          for (unsigned int j = 0; j < fe.dofs_per_cell; ++j)
            if (element.system_to_component_index(j).first != c)
              matrix(i, j) += (c == 0 ? 1 : -1) * damping * k * k *
                              fe.shape_value(i, q) * fe.shape_value(j, q) *
                              fe.JxW(q);
        }
      }
    }

    void boundary(const QuadratureData<dim> &data,
                  const BoundaryCondition<dim> &condition,
                  FullMatrix<double> &matrix,
                  Vector<double> &rhs) const override
    {
      SteadyProblem<dim>::boundary(data, condition, matrix, rhs);
      if (condition.type != BoundaryType::impedance)
        return;
      // −i k (u₀ + i u₁) = k u₁ − i k u₀
      const FEValuesBase<dim> &fe = *data.fe;
      const FiniteElement<dim> &element = fe.get_fe();
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
        for (unsigned int i = 0; i < fe.dofs_per_cell; ++i)
          for (unsigned int j = 0; j < fe.dofs_per_cell; ++j)
          {
            const unsigned int c = element.system_to_component_index(i).first;
            if (element.system_to_component_index(j).first != c)
              matrix(i, j) += (c == 0 ? 1 : -1) * data.input(wave_number, q) *
                              fe.shape_value(i, q) * fe.shape_value(j, q) *
                              fe.JxW(q);
          }
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<ComponentFunctions<dim>>(
          std::vector<typename ComponentFunctions<dim>::Component>{
              std::make_shared<Waves<dim>>(u[0]),
              std::make_shared<Waves<dim>>(u[1])});
      result.inputs["wave number"] =
          std::make_shared<Functions::ConstantFunction<dim>>(k);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          2, [u = u, k = k](const Point<dim> &x, const unsigned int c)
          { return -u[c].laplacian(x) - k * k * u[c].value(x); });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      Vector<double> g(2);
      for (unsigned int c = 0; c < 2; ++c)
        g[c] = u[c].gradient(x) * normal;
      return g;
    }

  private:
    double damping = 0;
    const double k = 2.5;
    const std::vector<Waves<dim>> u = {Waves<dim>::example(0),
                                       Waves<dim>::example(1)};
  };

  NODAL_REGISTER_DIM(SteadyProblem, Helmholtz, "helmholtz",
                     "Waves of one frequency: -laplace u - k^2 u = f, complex "
                     "as two components, with impedance boundaries; "
                     "indefinite.")
} // namespace nodal
