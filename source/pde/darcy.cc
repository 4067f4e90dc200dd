// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

namespace nodal
{
  using namespace dealii;

  /**
   * −∇·(a K ∇u) + r u = f with a scalar coefficient a > 0 and the tensor
   * K = √T S √T, where S is an input, symmetric and positive definite, and
   * T = R diag(1, ε, …) Rᵀ, R turning the first two axes by the angle θ.
   * Natural boundary data are the flux (a K ∇u)·n.
   */
  template <int dim>
  class Darcy : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      coefficient,
      tensor,
      angle,
      source,
      reaction
    };

    void add_parameters(Parameters &prm) override
    {
      prm.add("Anisotropy", anisotropy,
              "Ratio of the conductivities across and along the direction "
              "given by the input `angle`; 1 is isotropic.",
              1e-8, 1e8);
    }

    ProblemTraits traits() const override
    {
      ProblemTraits traits;
      traits.is_symmetric = traits.is_spd = true;
      traits.linear_in = "coefficient";
      traits.in_rhs = {"source"};
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      const auto cell = Location::cell, node = Location::node;
      return {{"coefficient", Role::coefficient, cell, "1", 1, "1", true},
              {"tensor", Role::coefficient, cell, "1", n_entries,
               dim == 2 ? "1;1;0" : "1;1;1;0;0;0", false, true},
              {"angle", Role::coefficient, cell, "rad", 1, "0"},
              {"source", Role::source, node, "1", 1, "1"},
              {"reaction", Role::coefficient, cell, "1", 1, "0"},
              {"boundary value", Role::boundary_value, Location::boundary}};
    }

    void cell(const QuadratureData<dim> &data, FullMatrix<double> &matrix,
              Vector<double> &rhs) const override
    {
      const FEValuesBase<dim> &fe = *data.fe;
      const unsigned int n = fe.dofs_per_cell;
      for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
      {
        const double a = data.input(coefficient, q);
        const double r = data.input(reaction, q);
        const double f = data.input(source, q);
        const SymmetricTensor<2, dim> K =
            rotated(symmetric_tensor<dim>(&data.inputs[tensor][q * n_entries]),
                    data.input(angle, q));
        for (unsigned int i = 0; i < n; ++i)
        {
          const Tensor<1, dim> flux = a * fe.JxW(q) * (K * fe.shape_grad(i, q));
          const double v = fe.shape_value(i, q) * fe.JxW(q);
          for (unsigned int j = 0; j < n; ++j)
            matrix(i, j) +=
                flux * fe.shape_grad(j, q) + r * v * fe.shape_value(j, q);
          rhs[i] += f * v;
        }
      }
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      const double r = 0.7;
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<Waves<dim>>(u);
      result.inputs["coefficient"] = std::make_shared<Waves<dim>>(a);
      result.inputs["tensor"] = std::make_shared<FormulaFunction<dim>>(
          n_entries, [*this](const Point<dim> &x, const unsigned int c)
          { return (S0() + s.value(x) * S1()).access_raw_entry(c); });
      result.inputs["angle"] =
          std::make_shared<Functions::ConstantFunction<dim>>(theta);
      result.inputs["reaction"] =
          std::make_shared<Functions::ConstantFunction<dim>>(r);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          1,
          [*this, r](const Point<dim> &x, unsigned int)
          {
            const SymmetricTensor<2, dim> K = exact_K(x);
            const SymmetricTensor<2, dim> K1 = rotated(S1(), theta);
            const Tensor<1, dim> gradient = u.gradient(x);
            return -(a.gradient(x) * (K * gradient)) -
                   a.value(x) *
                       (s.gradient(x) * (K1 * gradient) + K * u.hessian(x)) +
                   r * u.value(x);
          });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      Vector<double> g(1);
      g[0] = a.value(x) * (exact_K(x) * u.gradient(x)) * normal;
      return g;
    }

  private:
    static constexpr unsigned int n_entries =
        SymmetricTensor<2, dim>::n_independent_components;

    /// √T S √T for the angle @p angle.
    SymmetricTensor<2, dim> rotated(const SymmetricTensor<2, dim> &S,
                                    const double angle) const
    {
      if (anisotropy == 1)
        return S;
      // T is 1 along (cos θ, sin θ) and ε in all directions across.
      Tensor<1, dim> along;
      along[0] = std::cos(angle);
      along[1] = std::sin(angle);
      const double across = std::sqrt(anisotropy);
      const Tensor<2, dim> root =
          across * unit_symmetric_tensor<dim>() +
          (1 - across) * symmetrize(outer_product(along, along));
      return symmetrize(root * Tensor<2, dim>(S) * root);
    }

    /// The manufactured tensor is S₀ + s S₁.
    static SymmetricTensor<2, dim> S0()
    {
      SymmetricTensor<2, dim> S = 1.5 * unit_symmetric_tensor<dim>();
      S[0][0] = 2;
      S[0][1] = 0.4;
      return S;
    }

    static SymmetricTensor<2, dim> S1()
    {
      SymmetricTensor<2, dim> S = unit_symmetric_tensor<dim>();
      S[0][dim - 1] = -0.5;
      return S;
    }

    SymmetricTensor<2, dim> exact_K(const Point<dim> &x) const
    {
      return rotated(S0() + s.value(x) * S1(), theta);
    }

    double anisotropy = 1;
    const Waves<dim> u = Waves<dim>::example(0);
    const Waves<dim> a = Waves<dim>::example(1, 2, 0.5);
    const Waves<dim> s = Waves<dim>::example(2, 0, 0.2);
    static constexpr double theta = 0.5;
  };

  NODAL_REGISTER_DIM(SteadyProblem, Darcy, "darcy",
                     "Flow in porous media, heat conduction: "
                     "-div(a K grad u) + r u = f, a scalar, K a tensor.")
} // namespace nodal
