// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/pde/steady_problem.h>
#include <nodal/pde/waves.h>

namespace nodal
{
  using namespace dealii;

  /**
   * −∇·(a T ∇u) + r u = f with a scalar coefficient a > 0 and the tensor
   * T = R diag(1, ε, …) Rᵀ, where R turns the first two axes by the angle θ.
   * Natural boundary data are the flux (a T ∇u)·n.
   */
  template <int dim>
  class Darcy : public SteadyProblem<dim>
  {
  public:
    enum Input
    {
      coefficient,
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
      return traits;
    }

    std::vector<FieldDescription> inputs() const override
    {
      const auto cell = Location::cell, node = Location::node;
      return {{"coefficient", Role::coefficient, cell, "1", 1, "1", true},
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
        const SymmetricTensor<2, dim> T = tensor(data.input(angle, q));
        for (unsigned int i = 0; i < n; ++i)
        {
          const Tensor<1, dim> flux = a * fe.JxW(q) * (T * fe.shape_grad(i, q));
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
      const double theta = 0.5;
      const SymmetricTensor<2, dim> T = tensor(theta);
      const double r = 0.7;
      ManufacturedSolution<dim> result;
      result.solution = std::make_shared<Waves<dim>>(u);
      result.inputs["coefficient"] = std::make_shared<Waves<dim>>(a);
      result.inputs["angle"] =
          std::make_shared<Functions::ConstantFunction<dim>>(theta);
      result.inputs["reaction"] =
          std::make_shared<Functions::ConstantFunction<dim>>(r);
      result.inputs["source"] = std::make_shared<FormulaFunction<dim>>(
          1,
          [u = u, a = a, T, r](const Point<dim> &x, unsigned int)
          {
            return -(a.gradient(x) * (T * u.gradient(x))) -
                   a.value(x) * (T * u.hessian(x)) + r * u.value(x);
          });
      return result;
    }

    Vector<double>
    manufactured_flux(const Point<dim> &x,
                      const Tensor<1, dim> &normal) const override
    {
      Vector<double> g(1);
      g[0] = a.value(x) * (tensor(0.5) * u.gradient(x)) * normal;
      return g;
    }

  private:
    SymmetricTensor<2, dim> tensor(const double theta) const
    {
      // 1 along (cos θ, sin θ), ε in all directions across.
      Tensor<1, dim> along;
      along[0] = std::cos(theta);
      along[1] = std::sin(theta);
      SymmetricTensor<2, dim> T = anisotropy * unit_symmetric_tensor<dim>();
      if (anisotropy != 1)
        T += (1 - anisotropy) * symmetrize(outer_product(along, along));
      return T;
    }

    double anisotropy = 1;
    const Waves<dim> u = Waves<dim>::example(0);
    const Waves<dim> a = Waves<dim>::example(1, 2, 0.5);
  };

  NODAL_REGISTER_DIM(SteadyProblem, Darcy, "darcy",
                     "Flow in porous media, heat conduction: "
                     "-div(a T grad u) + r u = f, a scalar or a tensor.")
} // namespace nodal
