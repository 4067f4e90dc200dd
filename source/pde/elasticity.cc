// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

#include <deal.II/fe/fe_values_extractors.h>

namespace nodal
{
  using namespace dealii;

  /**
   * Linear elasticity −∇·σ = f, σ = E (λ₁ tr ε I + 2 μ₁ ε), with the Lamé
   * numbers λ₁, μ₁ of a unit Young's modulus and one Poisson ratio for all
   * phases; plane strain in 2d. Natural boundary data are tractions σ·n.
   */
  template <int dim>
  class Elasticity : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      young_modulus,
      source
    };

    void add_parameters(Parameters &prm) override
    {
      prm.add("Poisson ratio", poisson_ratio,
              "Of all phases; near 0.5 linear elements lock.", 0, 0.499);
    }

    unsigned int n_components() const override
    {
      return dim;
    }

    ProblemTraits traits() const override
    {
      ProblemTraits traits;
      traits.is_symmetric = traits.is_spd = true;
      traits.has_rigid_body_modes = true;
      traits.linear_in = "young modulus";
      traits.in_rhs = {"source"};
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      const std::string zero = dim == 2 ? "0;0" : "0;0;0";
      return {{"young modulus", Role::coefficient, Location::cell, "Pa", 1, "1",
               true},
              {"source", Role::source, Location::node, "N/m^3", dim,
               dim == 2 ? "0;-1" : "0;0;-1"},
              {"boundary value", Role::boundary_value, Location::boundary, "m",
               dim, zero}};
    }

    FieldDescription output() const override
    {
      FieldDescription description = SteadyProblem<dim>::output();
      description.unit = "m";
      return description;
    }

    void cell(const QuadratureData<dim> &data, FullMatrix<double> &matrix,
              Vector<double> &rhs) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const FiniteElement<dim> &element = fe.get_fe();
      const unsigned int n = fe.dofs_per_cell;
      const double lambda_1 = unit_lambda(), mu_1 = unit_mu();
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double weight = data.input(young_modulus, q) * fe.JxW(q);
        const double lambda = lambda_1 * weight, mu = mu_1 * weight;
        for (unsigned int i = 0; i < n; ++i)
        {
          // Shape functions have one component each: with φᵢ = Nᵢ e_a,
          // σ(φⱼ):ε(φᵢ) = λ ∂ₐNᵢ ∂_bNⱼ + μ ∂_bNᵢ ∂ₐNⱼ + μ δ ∇Nᵢ·∇Nⱼ.
          const unsigned int a = element.system_to_component_index(i).first;
          const Tensor<1, dim> &gi = fe.shape_grad(i, q);
          for (unsigned int j = 0; j <= i; ++j)
          {
            const unsigned int b = element.system_to_component_index(j).first;
            const Tensor<1, dim> &gj = fe.shape_grad(j, q);
            const double entry = lambda * gi[a] * gj[b] + mu * gi[b] * gj[a] +
                                 (a == b ? mu * (gi * gj) : 0);
            matrix(i, j) += entry;
            if (i != j)
              matrix(j, i) += entry;
          }
          rhs[i] += data.input(source, q, a) * fe.shape_value(i, q) * fe.JxW(q);
        }
      }
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      std::vector<typename ComponentFunctions<dim>::Component> components;
      for (const Waves<dim> &wave : u)
        components.push_back(std::make_shared<Waves<dim>>(wave));
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<ComponentFunctions<dim>>(components);
      result.inputs["young modulus"] = std::make_shared<Waves<dim>>(E);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          dim, [*this](const Point<dim> &x, const unsigned int c)
          { return -divergence(x)[c]; });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      const Tensor<1, dim> traction = E.value(x) * (unit_stress(x) * normal);
      Vector<double> g(dim);
      for (unsigned int c = 0; c < dim; ++c)
        g[c] = traction[c];
      return g;
    }

  private:
    double unit_lambda() const
    {
      return poisson_ratio / ((1 + poisson_ratio) * (1 - 2 * poisson_ratio));
    }

    double unit_mu() const
    {
      return 1 / (2 * (1 + poisson_ratio));
    }

    /// Stress of the manufactured solution for E = 1.
    SymmetricTensor<2, dim> unit_stress(const Point<dim> &x) const
    {
      Tensor<2, dim> gradient;
      for (unsigned int c = 0; c < dim; ++c)
        gradient[c] = u[c].gradient(x);
      const SymmetricTensor<2, dim> strain = symmetrize(gradient);
      return unit_lambda() * trace(strain) * unit_symmetric_tensor<dim>() +
             2 * unit_mu() * strain;
    }

    /// Divergence of the stress of the manufactured solution.
    Tensor<1, dim> divergence(const Point<dim> &x) const
    {
      Tensor<1, dim> laplacian, grad_div;
      for (unsigned int c = 0; c < dim; ++c)
      {
        laplacian[c] = u[c].laplacian(x);
        for (unsigned int d = 0; d < dim; ++d)
          grad_div[c] += u[d].hessian(x)[c][d];
      }
      return E.value(x) * ((unit_lambda() + unit_mu()) * grad_div +
                           unit_mu() * laplacian) +
             unit_stress(x) * E.gradient(x);
    }

    static std::vector<Waves<dim>> examples()
    {
      std::vector<Waves<dim>> result;
      for (unsigned int c = 0; c < dim; ++c)
        result.push_back(Waves<dim>::example(c));
      return result;
    }

    double poisson_ratio = 0.3;
    std::vector<Waves<dim>> u = examples();
    Waves<dim> E = Waves<dim>::example(2, 2, 0.4);
  };

  NODAL_REGISTER_DIM(SteadyProblem, Elasticity, "elasticity",
                     "Small deformations of a solid of two or more phases: "
                     "-div sigma(u) = f; plane strain in 2d.")
} // namespace nodal
