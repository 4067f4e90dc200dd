// SPDX-License-Identifier: LGPL-2.1-or-later
#include "problems.h"

#include <nodal/core/exceptions.h>
#include <nodal/pde/quadrature_inputs.h>

#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

using namespace problems;

namespace
{
  /// Inputs of every location; its forms are not used.
  template <int dim>
  class ThreeInputs : public SteadyProblem<dim>
  {
  public:
    ProblemTraits traits() const override
    {
      return {};
    }

    std::vector<FieldDescription> inputs() const override
    {
      const auto role = Role::coefficient;
      return {{"closed", role, Location::cell, "1", dim},
              {"boundary value", Role::boundary_value, Location::boundary},
              {"cells", role, Location::cell, "1", 2},
              {"nodes", role, Location::node, "1", 2}};
    }

    void cell(const QuadratureData<dim> &, FullMatrix<double> &,
              Vector<double> &) const override
    {
    }

    ManufacturedSolution<dim> manufactured() const override
    {
      return {};
    }

    Vector<double> manufactured_flux(const Point<dim> &,
                                     const Tensor<1, dim> &) const override
    {
      return {};
    }
  };

  template <int dim>
  FieldVector node_values(const Space<dim> &space, const std::string &text)
  {
    FieldVector result = space.vector(true);
    VectorTools::interpolate(space.mesh->mapping(), space.scalar_dofs,
                             *function<dim>(text), result);
    result.update_ghost_values();
    return result;
  }

  /// Two numbers of a cell that no other has.
  template <int dim, class Cell>
  double number(const Cell &cell, const unsigned int c)
  {
    return cell->center()[0] + 10 * cell->center()[1] + 100 * c;
  }

  template <int dim>
  Inputs<dim> make_inputs(const Space<dim> &space)
  {
    Inputs<dim> inputs;
    inputs["closed"].function =
        function<dim>(dim == 2 ? "x*y; y*y" : "x*y; y*y; x*z", dim);
    const auto &mesh = space.mesh->triangulation();
    std::vector<double> &cells = inputs["cells"].cell_values;
    cells.assign(2 * mesh.n_active_cells(), NAN);
    for (const auto &cell : mesh.active_cell_iterators())
      if (cell->is_locally_owned())
        for (unsigned int c = 0; c < 2; ++c)
          cells[2 * cell->active_cell_index() + c] = number<dim>(cell, c);
    // A copy of a vector has no halo.
    inputs["nodes"].node_values.reserve(2);
    inputs["nodes"].node_values.push_back(node_values(space, "1 + 2*x - y"));
    inputs["nodes"].node_values.push_back(node_values(space, "3*y"));
    return inputs;
  }

  template <int dim, class Cell>
  double largest_error(const QuadratureData<dim> &data, const Cell &cell)
  {
    double error = 0;
    for (unsigned int q = 0; q < data.fe->n_quadrature_points; ++q)
    {
      const Point<dim> x = data.fe->quadrature_point(q);
      const double expected[] = {x[0] * x[1],
                                 x[1] * x[1],
                                 dim == 3 ? x[0] * x[dim - 1] : 0,
                                 number<dim>(cell, 0),
                                 number<dim>(cell, 1),
                                 1 + 2 * x[0] - x[1],
                                 3 * x[1]};
      const double found[] = {data.input(0, q, 0),
                              data.input(0, q, 1),
                              dim == 3 ? data.input(0, q, dim - 1) : 0,
                              data.input(1, q, 0),
                              data.input(1, q, 1),
                              data.input(2, q, 0),
                              data.input(2, q, 1)};
      for (unsigned int i = 0; i < 7; ++i)
        // Written so that not-a-number counts as an error.
        if (!(std::abs(found[i] - expected[i]) <= error))
          error = std::abs(found[i] - expected[i]);
    }
    return error;
  }

  template <int dim>
  void check(const bool simplex, const unsigned int degree)
  {
    const auto mesh = cube<dim>(simplex, true, 1);
    const Space<dim> space(mesh, degree, 1);
    const ThreeInputs<dim> problem;
    const Inputs<dim> inputs = make_inputs(space);
    QuadratureInputs<dim> values(space, problem, inputs, nullptr);
    unsigned int n_faces = 0;
    for (const auto &cell : space.dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        const QuadratureData<dim> &data = values.on_cell(cell);
        BOOST_TEST(data.cell_diameter == cell->diameter());
        BOOST_TEST(largest_error(data, cell) < 1e-12);
        for (const unsigned int f : cell->face_indices())
          if (cell->face(f)->at_boundary())
          {
            BOOST_TEST(largest_error(values.on_face(cell, f), cell) < 1e-12);
            ++n_faces;
          }
      }
    BOOST_TEST(Utilities::MPI::sum(n_faces, mesh->comm) >= 2u * dim);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(quadrature_inputs)

BOOST_AUTO_TEST_CASE(functions_cells_and_nodes_meet_at_the_points)
{
  for (const bool simplex : {false, true})
    for (const unsigned int degree : {1, 2})
    {
      check<2>(simplex, degree);
      check<3>(simplex, degree);
    }
}

BOOST_AUTO_TEST_CASE(the_state_and_its_gradient)
{
  const auto mesh = cube<2>(false, false);
  const Space<2> space(mesh, 1, 1);
  const auto problem =
      Registry<SteadyProblem<2>>::create("nonlinear diffusion");
  const Inputs<2> inputs = inputs_of<2>(*problem, {});
  const FieldVector state = node_values(space, "2*x + 3*y");
  QuadratureInputs<2> values(space, *problem, inputs, &state);
  for (const auto &cell : space.dofs.active_cell_iterators())
    if (cell->is_locally_owned())
    {
      const QuadratureData<2> &data = values.on_cell(cell);
      for (unsigned int q = 0; q < data.fe->n_quadrature_points; ++q)
      {
        const Point<2> x = data.fe->quadrature_point(q);
        BOOST_TEST(std::abs(data.state[q] - 2 * x[0] - 3 * x[1]) < 1e-12);
        BOOST_TEST((data.state_gradient[q] - Point<2>(2, 3)).norm() < 1e-12);
      }
    }
}

BOOST_AUTO_TEST_CASE(an_input_that_is_missing_is_named)
{
  const auto mesh = cube<2>(false, false, 1);
  const Space<2> space(mesh, 1, 1);
  const ThreeInputs<2> problem;
  Inputs<2> inputs = make_inputs(space);
  inputs.erase("cells");
  BOOST_CHECK_EXCEPTION(
      QuadratureInputs<2>(space, problem, inputs, nullptr), BadInput,
      [](const BadInput &error) {
        return std::string(error.what()).find("'cells'") != std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()
