// SPDX-License-Identifier: LGPL-2.1-or-later
// Meshes and spaces: refinement, continuity, generators, what is refused.
#include "samples.h"

#include <nodal/core/communicator.h>
#include <nodal/mesh/geometry.h>

#include <deal.II/base/function_lib.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/grid/grid_generator.h>
#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

using namespace samples;

namespace
{
  template <int dim>
  double measure(const Mesh<dim> &mesh)
  {
    double local = 0;
    for (const auto &cell : mesh.triangulation().active_cell_iterators())
      if (cell->is_locally_owned())
        local += cell->measure();
    return Utilities::MPI::sum(local, mesh.comm);
  }

  template <int dim>
  std::shared_ptr<Mesh<dim>>
  make(const std::string &name, const std::string &arguments,
       const bool simplices, const unsigned int n_refinements,
       MPI_Comm comm = MPI_COMM_WORLD)
  {
    return std::make_shared<Mesh<dim>>(
        generated<dim>(name, arguments, simplices, comm), comm, n_refinements);
  }

  /// The L2 norm of the error of interpolating a smooth function into the
  /// conforming space.
  template <int dim>
  double interpolation_error(const std::shared_ptr<Mesh<dim>> &mesh,
                             const unsigned int degree)
  {
    const Space<dim> space(mesh, degree, 1);
    const Functions::CosineFunction<dim> smooth;
    FieldVector field = space.vector();
    VectorTools::interpolate(mesh->mapping(), space.dofs, smooth, field);
    space.hanging_nodes.distribute(field);
    field.update_ghost_values();
    Vector<float> errors(mesh->triangulation().n_active_cells());
    VectorTools::integrate_difference(mesh->mapping(), space.dofs, field,
                                      smooth, errors, space.quadrature,
                                      VectorTools::L2_norm);
    return VectorTools::compute_global_error(mesh->triangulation(), errors,
                                             VectorTools::L2_norm);
  }

  /// The largest jump over faces of a function with random coefficients.
  template <int dim>
  double largest_jump(const std::shared_ptr<Mesh<dim>> &mesh,
                      const unsigned int degree)
  {
    const Space<dim> space(mesh, degree, 1);
    FieldVector field = space.vector();
    for (const auto i : space.owned)
      field(i) = std::sin(1. + 37 * i);
    space.hanging_nodes.distribute(field);
    field.update_ghost_values();
    FEFaceValues<dim> here(mesh->mapping(), *space.fe, space.face_quadrature,
                           update_values | update_quadrature_points);
    std::vector<double> values(space.face_quadrature.size());
    Vector<double> there(space.fe->n_dofs_per_cell());
    double jump = 0;
    for (const auto &cell : space.dofs.active_cell_iterators())
      for (const unsigned int f : cell->face_indices())
      {
        if (!cell->is_locally_owned() || cell->at_boundary(f) ||
            cell->neighbor(f)->has_children())
          continue;
        here.reinit(cell, f);
        here.get_function_values(field, values);
        const auto other = cell->neighbor(f);
        other->get_dof_values(field, there);
        for (unsigned int q = 0; q < values.size(); ++q)
        {
          const Point<dim> point = mesh->mapping().transform_real_to_unit_cell(
              other, here.quadrature_point(q));
          double value = 0;
          for (unsigned int i = 0; i < there.size(); ++i)
            value += there[i] * space.fe->shape_value(i, point);
          jump = std::max(jump, std::abs(value - values[q]));
        }
      }
    return Utilities::MPI::max(jump, mesh->comm);
  }
} // namespace

BOOST_AUTO_TEST_CASE(adapted_spaces_are_continuous)
{
  for (const bool simplices : {false, true})
    for (const unsigned int degree : {1, 2})
      BOOST_TEST_CONTEXT("simplices " << simplices << " degree " << degree)
      {
        const auto flat = make<2>("hyper_cube", "0 : 1 : true", simplices, 2);
        refine_locally(*flat, 3);
        BOOST_TEST(largest_jump(flat, degree) < 1e-12);
        const auto solid =
            make<3>("hyper_cube", "0 : 1 : true", simplices, simplices ? 0 : 1);
        refine_locally(*solid, 2);
        BOOST_TEST(largest_jump(solid, degree) < 1e-12);
      }
}

BOOST_AUTO_TEST_CASE(interpolation_converges_on_adapted_meshes)
{
  for (const bool simplices : {false, true})
    for (const unsigned int degree : {1, 2})
      BOOST_TEST_CONTEXT("simplices " << simplices << " degree " << degree)
      {
        double errors[2];
        for (const unsigned int i : {0, 1})
        {
          const auto mesh = make<2>(
              "subdivided_hyper_cube",
              std::string(i ? "4" : "2") + " : 0 : 1 : true", simplices, 1);
          // The same pattern of refinement on both.
          Vector<float> near(mesh->triangulation().n_active_cells());
          for (const auto &cell : mesh->triangulation().active_cell_iterators())
            near[cell->active_cell_index()] = cell->center()[0] < 0.5;
          mesh->refine(near, 0.5);
          errors[i] = interpolation_error(mesh, degree);
        }
        BOOST_TEST(std::log2(errors[0] / errors[1]) > degree + 0.8);
      }
}

BOOST_AUTO_TEST_CASE(refinement_keeps_shape_ids_and_quality)
{
  const std::vector<bool> kinds = {false, true};
  for (const bool simplices : kinds)
  {
    const auto mesh = make<2>("hyper_cube", "0 : 1 : true", simplices, 2);
    refine_locally(*mesh, 4);
    BOOST_TEST(measure(*mesh) == 1, boost::test_tools::tolerance(1e-13));
    BOOST_TEST(
        (mesh->boundary_ids() == std::set<types::boundary_id>{0, 1, 2, 3}));
  }
  const auto solid = make<3>("hyper_cube", "0 : 1 : true", true, 0);
  const double before = solid->triangulation().n_global_active_cells();
  double worst = 1;
  for (unsigned int i = 0; i < 4; ++i)
    refine_locally(*solid, 1);
  BOOST_TEST(measure(*solid) == 1, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(solid->boundary_ids().size() == 6U);
  BOOST_TEST(solid->triangulation().n_global_active_cells() > 3 * before);
  for (const auto &cell : solid->triangulation().active_cell_iterators())
    worst = std::min(worst, cell->measure() / std::pow(cell->diameter(), 3));
  // 1/24 of the cube is 0.015 to begin with.
  BOOST_TEST(worst > 0.002);
}

BOOST_AUTO_TEST_CASE(global_refinement_of_tetrahedra_keeps_their_shape)
{
  double worst[4];
  for (const unsigned int n : {0, 1, 2, 3})
  {
    const auto mesh = make<3>("hyper_cube", "0 : 1 : true", true, n);
    BOOST_TEST(mesh->triangulation().n_global_active_cells() == 24U << (3 * n));
    double least = 1;
    for (const auto &cell : mesh->triangulation().active_cell_iterators())
      if (cell->is_locally_owned())
        least =
            std::min(least, cell->measure() / std::pow(cell->diameter(), 3));
    worst[n] = Utilities::MPI::min(least, MPI_COMM_WORLD);
  }
  BOOST_TEST_MESSAGE("volume over diameter cubed, worst cell: "
                     << worst[0] << ' ' << worst[1] << ' ' << worst[2] << ' '
                     << worst[3]);
  // A finite number of shapes occurs, and all of them early.
  BOOST_TEST(worst[3] > 0.2 * worst[0]);
  BOOST_TEST(worst[3] > 0.99 * worst[2]);
}

BOOST_AUTO_TEST_CASE(curved_boundaries_stay_curved)
{
  for (const bool simplices : {false, true})
    BOOST_TEST_CONTEXT("simplices " << simplices)
    {
      const auto disc = make<2>("hyper_ball", "0, 0 : 1 : false", simplices,
                                simplices ? 2 : 4);
      BOOST_TEST(measure(*disc) == numbers::PI,
                 boost::test_tools::tolerance(1e-2));
      const double before = std::abs(measure(*disc) - numbers::PI);
      Vector<float> all(disc->triangulation().n_active_cells());
      all = 1;
      disc->refine(all, 1);
      BOOST_TEST(std::abs(measure(*disc) - numbers::PI) < 0.3 * before);
      const auto ball = make<3>("hyper_ball", "0, 0, 0 : 1 : false", simplices,
                                simplices ? 1 : 3);
      BOOST_TEST(measure(*ball) == 4. / 3 * numbers::PI,
                 boost::test_tools::tolerance(0.15));
    }
}

BOOST_AUTO_TEST_CASE(refined_cells_do_not_depend_on_rounding_or_ranks)
{
  const unsigned int rank = rank_of(MPI_COMM_WORLD);
  for (const bool simplices : {false, true})
  {
    const auto mesh = make<2>("hyper_cube", "0 : 1 : true", simplices, 2);
    const auto serial =
        make<2>("hyper_cube", "0 : 1 : true", simplices, 2, MPI_COMM_SELF);
    for (unsigned int i = 0; i < 3; ++i)
      for (Mesh<2> *m : {mesh.get(), serial.get()})
      {
        // Many ties, blurred as sums in another order would be.
        Vector<float> equal(m->triangulation().n_active_cells());
        for (const auto &cell : m->triangulation().active_cell_iterators())
          equal[cell->active_cell_index()] =
              (1 + std::floor(3 * cell->center()[0])) * (1 + 1e-7 * rank);
        m->refine(equal, 0.3);
      }
    BOOST_TEST(mesh->triangulation().n_global_active_cells() ==
               serial->triangulation().n_global_active_cells());
    const Space<2> a(mesh, 1, 1), b(serial, 1, 1);
    BOOST_TEST(a.n_nodes() == b.n_nodes());
    BOOST_TEST(interpolation_error(mesh, 2) == interpolation_error(serial, 2),
               boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(few_cells_on_many_ranks)
{
  for (const bool simplices : {false, true})
  {
    const auto mesh = make<2>("hyper_cube", "0 : 1 : true", simplices, 0);
    const Space<2> space(mesh, 2, 2);
    const Numbering<2> numbering(space);
    BOOST_TEST(numbering.n_cells == (simplices ? 8U : 1U));
    BOOST_TEST(numbering.n_nodes == (simplices ? 25U : 9U));
  }
}

BOOST_AUTO_TEST_CASE(spaces_refuse_what_elements_do_not_offer)
{
  const auto simplices = make<2>("hyper_cube", "0 : 1 : true", true, 0);
  const auto quads = make<2>("hyper_cube", "0 : 1 : true", false, 0);
  BOOST_TEST(contains(message_of([&] { Space<2>(simplices, 3, 1); }),
                      "[Mesh/Degree]"));
  BOOST_TEST(
      contains(message_of([&] { Space<2>(quads, 0, 1); }), "[Mesh/Degree]"));
  BOOST_TEST(Space<2>(quads, 4, 1).n_nodes() == 25U);
}

BOOST_AUTO_TEST_CASE(mixed_cells_are_refused)
{
  auto mixed = std::make_unique<Triangulation<2>>();
  std::vector<CellData<2>> cells(1);
  cells[0].vertices = {0, 1, 2, 3};
  cells.emplace_back(3);
  cells[1].vertices = {1, 4, 3};
  mixed->create_triangulation({{0, 0}, {1, 0}, {0, 1}, {1, 1}, {2, 0}}, cells,
                              SubCellData());
  BOOST_TEST(contains(
      message_of([&] { Mesh<2>(std::move(mixed), MPI_COMM_WORLD, 0); }),
      "mixes cells"));
}

BOOST_AUTO_TEST_CASE(generators_refuse_with_a_sentence)
{
  struct Case
  {
    std::string name, arguments, expected;
  };
  const std::vector<Case> table = {
      {"hyper_cub", "0 : 1 : true", "Did you mean 'hyper_cube'? [Name]"},
      {"hyper_cube", "0 : 1", "[Arguments]"},
      {"hyper_cube", "zero : 1 : true", "[Arguments]"},
      {"hyper_cube", "", "[Arguments]"},
      {"hyper_cube", "0 : 0 : true", "[Arguments]"},
      {"hyper_cube", "0 : nan : true", "[Arguments]"},
      {"subdivided_hyper_cube", "0 : 0 : 1 : true", "[Arguments]"},
      {"subdivided_hyper_cube", "100000 : 0 : 1 : true", "to 1000"},
      {"subdivided_hyper_cube", "-1 : 0 : 1 : true", "[Arguments]"},
      {"hyper_ball", "0, 0 : -1 : true", "[Arguments]"},
      {"hyper_shell", "0, 0 : 1 : 0.5 : 8 : true", "[Arguments]"},
      {"torus", "2 : 0.5 : 4 : 6.28", "[Name]"},
      {"simplex", "0,0 ; 1,0", "[Arguments]"},
      {"subdivided_hyper_rectangle", "2 : 0,0 : 1,1 : true", "[Arguments]"},
      {"hyper_cross", "1,1 : true", "[Arguments]"},
      {"plate_with_a_hole",
       "1 : 0.5 : 2 : 2 : 2 : 2 : 0,0 : 1 : 2 : 1 : 2 : true", "[Arguments]"},
      {"general_cell", "0,0 ; 1,0 ; 2,0 ; 3,0 : true", "[Arguments]"}};
  for (const Case &c : table)
    BOOST_TEST_CONTEXT(c.name << " " << c.arguments)
    {
      const std::string message = message_of(
          [&] { generated<2>(c.name, c.arguments, false, MPI_COMM_WORLD); });
      BOOST_TEST(contains(message, c.expected), message);
    }
}

BOOST_AUTO_TEST_CASE(the_fixed_geometry_is_the_source)
{
  Parameters prm;
  const auto source = Registry<MeshSource<2>>::create("generator");
  source->add_parameters(prm);
  const auto geometry = Registry<Geometry<2>>::create("fixed");
  BOOST_TEST(!geometry->varies());
  BOOST_TEST(geometry->draw(*source, Random(1, 2, 3), MPI_COMM_WORLD)
                 ->n_active_cells() == 1U);
}
