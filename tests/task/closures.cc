// SPDX-License-Identifier: LGPL-2.1-or-later
// What closures need of meshes: filters between meshes that ranks share, terms
// at points, and derivatives, with Dirichlet values and hanging nodes.
#include <tests/configure.h>

#include <nodal/core/communicator.h>
#include <nodal/core/random.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/state_filter.h>
#include <nodal/task/experiment.h>
#include <nodal/time/mesh_evolution.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(closures_on_meshes)

namespace
{
  struct OnMesh
  {
    explicit OnMesh(const unsigned int n_refinements,
                    const std::string &cells = "subdivided_hyper_cube",
                    const std::string &arguments = "3: 0: 1: true",
                    const unsigned int n_local = 0)
    {
      Parameters prm;
      experiment.add_parameters(prm);
      prm.apply(ParameterFile::parse(
          "subsection Mesh\nset Refinements = " +
              std::to_string(n_refinements) +
              "\nset Local refinements = " + std::to_string(n_local) +
              "\nset Refine where = 0.4 - x\nset Degree = 2\nsubsection "
              "generator\nset Name = " +
              cells + "\nset Arguments = " + arguments +
              "\nend\nend\nsubsection Problem\nset Name = reaction "
              "diffusion\nsubsection Boundary conditions\nset Dirichlet = 0: "
              "0.5\nset Neumann = *: 0\nend\nend\nsubsection "
              "Inputs\nsubsection source\nset Value = 0\nend\nend\n",
          "test"));
      experiment.check(prm);
      system = experiment.make_evolution(MPI_COMM_WORLD, 0);
    }

    VecHandle zero() const
    {
      VecHandle result = duplicate(system->like());
      NODAL_PETSC(VecSet(result, 0));
      return result;
    }

    /// The values of @p f, as they are constrained.
    template <class F>
    VecHandle state(const F &f) const
    {
      VecHandle result = zero();
      {
        const WriteValues values(result);
        for (std::size_t i = 0; i < system->positions().size(); ++i)
          values[i] = f(system->positions()[i][0], system->positions()[i][1]);
      }
      system->constrain(result);
      return result;
    }

    Experiment<2> experiment;
    std::shared_ptr<EvolutionSystem> system;
  };

  double dot(Vec a, Vec b)
  {
    double result = 0;
    NODAL_PETSC(VecDot(a, b, &result));
    return result;
  }

  double wave(const double x, const double y)
  {
    return 0.5 + x * std::sin(3 * x + 2 * y);
  }
} // namespace

BOOST_AUTO_TEST_CASE(filters_keep_what_both_meshes_have)
{
  const OnMesh coarse(0), fine(2);
  const StateFilter filter(*fine.system, *coarse.system);
  // A quadratic function is in both spaces, and has the boundary values.
  const auto f = [](const double x, const double y)
  { return 0.5 + x * (1 - 0.5 * y); };
  const VecHandle u = fine.state(f), expected = coarse.state(f),
                  result = coarse.zero();
  filter.apply(u, result);
  NODAL_PETSC(VecAXPY(result, -1, expected));
  BOOST_TEST(std::sqrt(dot(result, result)) < 1e-9);
  // Another one is near.
  filter.apply(fine.state(wave), result);
  const VecHandle nodal_values = coarse.state(wave);
  const double size = std::sqrt(dot(nodal_values, nodal_values));
  NODAL_PETSC(VecAXPY(result, -1, nodal_values));
  const double distance = std::sqrt(dot(result, result));
  BOOST_TEST(distance < 0.02 * size);
  BOOST_TEST(distance > 1e-6 * size);
}

BOOST_AUTO_TEST_CASE(hanging_nodes_are_no_unknowns)
{
  const OnMesh mesh(0, "subdivided_hyper_cube", "3: 0: 1: true", 1);
  const VecHandle u = mesh.state(wave), result = mesh.zero();
  LinearSolver solver;
  configure(solver, "subsection Solver\nset Method = cg\nset Preconditioner = "
                    "ssor\nset Tolerance = 1e-12\nend\n");
  const auto stepper = Registry<TimeStepper>::create("ars 222");
  stepper->start(*mesh.system, solver, 0.05);
  // Steps leave anything in their entries.
  for (unsigned int k = 0; k < 5; ++k)
    stepper->step(k * 0.05, u);
  StateFilter(*mesh.system, *mesh.system).apply(u, result);
  mesh.system->constrain(u);
  const double size = std::sqrt(dot(u, u));
  NODAL_PETSC(VecAXPY(result, -1, u));
  BOOST_TEST(std::sqrt(dot(result, result)) < 1e-9 * size);
}

BOOST_AUTO_TEST_CASE(terms_at_points_are_the_weak_form)
{
  // −∇u as a flux and the reaction as a source are what the system has.
  for (const unsigned int n_local : {0, 1})
  {
    const OnMesh mesh(1, "subdivided_hyper_cube", "3: 0: 1: true", n_local);
    EvolutionSystem &system = *mesh.system;
    const VecHandle u = mesh.state(wave), load = mesh.zero(),
                    expected = mesh.zero(), nothing = mesh.zero();
    system.nonlinear(0, u, expected);
    NODAL_PETSC(MatMultAdd(system.linear(), u, expected, expected));
    NODAL_PETSC(VecSet(nothing, 0));
    double spacing = 0;
    system.add_term(
        {nothing, u},
        [&](const PointState &state, PointTerm &term)
        {
          const double value = state.value(1);
          BOOST_REQUIRE(state.value(0) == 0);
          term.sources[0] = value - value * value * value;
          for (unsigned int d = 0; d < 2; ++d)
            term.flux(0, d) = -state.slope(1, d);
          spacing = std::max(spacing, state.spacing);
        },
        load);
    MPI_Allreduce(MPI_IN_PLACE, &spacing, 1, MPI_DOUBLE, MPI_MAX,
                  MPI_COMM_WORLD);
    BOOST_TEST(std::abs(spacing - 1. / 12) < 1e-12);
    // In the rows that are not prescribed, and no hanging nodes.
    const VecHandle marks = mesh.zero();
    {
      const WriteValues values(marks);
      Random random(rank_of(MPI_COMM_WORLD), 0, 0);
      for (std::size_t i = 0; i < system.positions().size(); ++i)
        values[i] = random.normal();
    }
    const std::vector<double> before = owned_entries(marks);
    system.constrain(marks);
    const std::vector<double> after = owned_entries(marks);
    const std::vector<double> a = owned_entries(load),
                              b = owned_entries(expected);
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (before[i] == after[i])
      {
        most = std::max(most, std::abs(b[i]));
        BOOST_TEST(std::abs(a[i] - b[i]) < 1e-10);
      }
    BOOST_TEST(most > 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(nonlinear_terms_have_derivatives)
{
  for (const unsigned int n_local : {0, 1})
  {
    const OnMesh mesh(1, "subdivided_hyper_cube", "3: 0: 1: true", n_local);
    EvolutionSystem &system = *mesh.system;
    BOOST_REQUIRE(system.has_derivative());
    const VecHandle u = mesh.state(wave), up = mesh.zero(), down = mesh.zero(),
                    way = mesh.zero(), weights = mesh.zero(),
                    gradient = mesh.zero(), load = mesh.zero();
    {
      const WriteValues along(way), of(weights);
      for (std::size_t i = 0; i < system.positions().size(); ++i)
      {
        along[i] =
            std::sin(20 * system.positions()[i][0]) + system.positions()[i][1];
        of[i] = std::cos(30 * system.positions()[i][1]);
      }
    }
    system.nonlinear_transposed(0, u, weights, gradient);
    const double small = 1e-5;
    double values[2];
    for (unsigned int k = 0; k < 2; ++k)
    {
      NODAL_PETSC(VecWAXPY(up, k == 0 ? small : -small, way, u));
      system.nonlinear(0, up, load);
      values[k] = dot(load, weights);
    }
    BOOST_TEST(dot(gradient, way) == (values[0] - values[1]) / (2 * small),
               boost::test_tools::tolerance(1e-5));
  }
}

BOOST_AUTO_TEST_SUITE_END()
