// SPDX-License-Identifier: LGPL-2.1-or-later
// How refined meshes lie in the meshes that they refine.
#include <nodal/core/communicator.h>
#include <nodal/mesh/nesting.h>

#include <tests/mesh/samples.h>

#include <deal.II/base/mpi.h>
#include <deal.II/dofs/dof_tools.h>

#include <boost/test/unit_test.hpp>

#include <map>

using namespace dealii;
using namespace nodal;

namespace
{
  template <int dim>
  std::unique_ptr<Space<dim>>
  make_space(const std::string &name, const std::string &arguments,
             const bool simplices, const unsigned int degree,
             const unsigned int refinements, MPI_Comm comm = MPI_COMM_SELF)
  {
    return std::make_unique<Space<dim>>(
        std::make_shared<Mesh<dim>>(
            samples::generated<dim>(name, arguments, simplices, comm), comm,
            refinements),
        degree, 1);
  }

  template <int dim>
  std::vector<Point<dim>> support_points(const Space<dim> &space)
  {
    std::vector<Point<dim>> points(space.n_nodes());
    DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                         space.scalar_dofs, points);
    return points;
  }

  /// A polynomial that the elements hold exactly on straight cells.
  template <int dim>
  double polynomial(const Point<dim> &x, const unsigned int degree)
  {
    double result = 0.3 + x[0] - 2 * x[1];
    if (degree > 1)
      result += x[0] * x[1] + 0.5 * x[dim - 1] * x[dim - 1];
    return result;
  }

  template <int dim>
  void check(const std::string &name, const std::string &arguments,
             const bool simplices, const unsigned int degree,
             const unsigned int refinements, const bool is_straight = true,
             const unsigned int fine_degree = 0,
             const unsigned int n_between = 1)
  {
    const auto fine = make_space<dim>(name, arguments, simplices,
                                      fine_degree == 0 ? degree : fine_degree,
                                      refinements + n_between);
    const auto coarse =
        make_space<dim>(name, arguments, simplices, degree, refinements);
    const Nesting nesting = find_nesting(*fine, *coarse);
    BOOST_TEST_CONTEXT(name << (simplices ? ", simplices" : "") << ", degree "
                            << degree)
    {
      BOOST_TEST_REQUIRE(nesting.offsets.size() == fine->n_nodes() + 1);
      const auto fine_points = support_points(*fine);
      const auto coarse_points = support_points(*coarse);
      double error = 0, sum_error = 0;
      for (std::size_t i = 0; i < fine_points.size(); ++i)
      {
        double value = 0, sum = 0;
        for (int k = nesting.offsets[i]; k < nesting.offsets[i + 1]; ++k)
        {
          value += nesting.weights[k] *
                   polynomial(coarse_points[nesting.columns[k]], degree);
          sum += nesting.weights[k];
        }
        error = std::max(error,
                         std::abs(value - polynomial(fine_points[i], degree)));
        sum_error = std::max(sum_error, std::abs(sum - 1));
      }
      BOOST_TEST(sum_error < 1e-12);
      if (is_straight)
        BOOST_TEST(error < 1e-10);

      std::vector<double> shares(coarse->mesh->triangulation().n_active_cells(),
                                 0.);
      std::vector<unsigned int> n_children(shares.size(), 0);
      for (std::size_t c = 0; c < nesting.parent.size(); ++c)
      {
        shares[nesting.parent[c]] += nesting.share[c];
        ++n_children[nesting.parent[c]];
      }
      for (std::size_t c = 0; c < shares.size(); ++c)
      {
        BOOST_TEST(std::abs(shares[c] - 1) < 1e-12);
        BOOST_TEST(n_children[c] >= (n_between == 0 ? 1 : 4));
      }
    }
  }

  /// The same where each mesh is divided among the ranks in its own way.
  template <int dim>
  void check_divided(const std::string &name, const std::string &arguments,
                     const bool simplices, const unsigned int degree,
                     const unsigned int refinements)
  {
    const auto fine = make_space<dim>(name, arguments, simplices, degree,
                                      refinements + 1, MPI_COMM_WORLD);
    const auto coarse = make_space<dim>(name, arguments, simplices, degree,
                                        refinements, MPI_COMM_WORLD);
    const Nesting nesting = find_nesting(*fine, *coarse);
    // On every rank: the polynomial at all coarse nodes, shares of all cells.
    std::vector<double> values(coarse->n_nodes(), 0.);
    const auto points_of = [](const Space<dim> &space)
    {
      std::map<types::global_dof_index, Point<dim>> points;
      DoFTools::map_dofs_to_support_points(space.mesh->mapping(),
                                           space.scalar_dofs, points);
      return points;
    };
    for (const auto &[node, point] : points_of(*coarse))
      if (coarse->scalar_owned.is_element(node))
        values[node] = polynomial(point, degree);
    Utilities::MPI::sum(values, MPI_COMM_WORLD, values);
    std::vector<double> shares(
        coarse->mesh->triangulation().n_global_active_cells(), 0.);
    for (std::size_t c = 0; c < nesting.parent.size(); ++c)
      shares[nesting.parent[c]] += nesting.share[c];
    Utilities::MPI::sum(shares, MPI_COMM_WORLD, shares);

    const auto fine_points = points_of(*fine);
    double error = 0;
    BOOST_TEST_REQUIRE(nesting.offsets.size() ==
                       fine->scalar_owned.n_elements() + 1);
    for (std::size_t i = 0; i + 1 < nesting.offsets.size(); ++i)
    {
      double value = 0;
      for (auto k = nesting.offsets[i]; k < nesting.offsets[i + 1]; ++k)
        value += nesting.weights[k] * values[nesting.columns[k]];
      const Point<dim> &x =
          fine_points.at(fine->scalar_owned.nth_index_in_set(i));
      error = std::max(error, std::abs(value - polynomial(x, degree)));
    }
    BOOST_TEST(error < 1e-10);
    for (const double share : shares)
      BOOST_TEST(std::abs(share - 1) < 1e-12);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(nesting)

BOOST_AUTO_TEST_CASE(meshes_divided_among_ranks)
{
  for (const bool simplices : {false, true})
    for (const unsigned int degree : {1, 2})
    {
      check_divided<2>("hyper_L", "-1 : 1 : false", simplices, degree, 2);
      check_divided<3>("hyper_cube", "0 : 1 : false", simplices, degree, 1);
    }
}

BOOST_AUTO_TEST_CASE(linear_fields_are_those_of_higher_degree)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const bool simplices : {false, true})
    for (const unsigned int n_between : {0, 1})
    {
      check<2>("hyper_L", "-1 : 1 : false", simplices, 1, 1, true, 2,
               n_between);
      check<3>("hyper_cube", "0 : 1 : false", simplices, 1, 0, true, 2,
               n_between);
    }
}

BOOST_AUTO_TEST_CASE(coarse_fields_are_interpolated_exactly)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for (const unsigned int degree : {1, 2})
  {
    check<2>("hyper_cube", "0 : 1 : false", false, degree, 2);
    check<2>("hyper_cube", "0 : 1 : false", true, degree, 2);
    check<2>("hyper_L", "-1 : 1 : false", true, degree, 1);
    check<3>("hyper_cube", "0 : 1 : false", false, degree, 1);
    check<3>("hyper_cube", "0 : 1 : false", true, degree, 0);
  }
}

BOOST_AUTO_TEST_CASE(curved_boundaries)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  check<2>("hyper_cube_with_cylindrical_hole", "0.25 : 1 : 0.5 : 1 : false",
           false, 1, 2, false);
  check<2>("hyper_ball", "0, 0 : 1 : false", false, 1, 2, false);
}

BOOST_AUTO_TEST_CASE(meshes_that_are_not_nested_are_refused)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const auto fine = make_space<2>("hyper_cube", "0 : 2 : false", false, 1, 2);
  const auto coarse = make_space<2>("hyper_cube", "0 : 1 : false", false, 1, 1);
  BOOST_CHECK_THROW(find_nesting(*fine, *coarse), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
