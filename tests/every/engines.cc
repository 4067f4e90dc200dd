// SPDX-License-Identifier: LGPL-2.1-or-later
// Properties of every registered engine: what it takes it solves as a direct
// solver does, and what it does not take it refuses with a reason.
#include <nodal/core/communicator.h>
#include <nodal/mesh/numbering.h>
#include <nodal/solver/linear_solver.h>
#include <nodal/task/engine.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;

namespace
{
  template <int dim>
  struct Setting
  {
    Setting(const std::string &problem, const std::string &input,
            const std::string &mesh, const std::string &more = "")
    {
      experiment.add_parameters(prm);
      {
        Parameters::Section section(prm, "Generate");
        engines.add_parameters(prm, "Engine", "", {"auto"}, "Engines");
      }
      prm.apply(ParameterFile::parse(
          "subsection Problem\nset Name = " + problem +
              "\nend\nsubsection Mesh\n" + mesh +
              "end\nsubsection Inputs\nsubsection " + input +
              "\nset Sampler = gaussian random field\n" +
              (input == "source" || input == "boundary value"
                   ? "end\nend\n"
                   : "set Map = log-normal\nset Deviation = "
                     "0.5\nend\nend\n") +
              "subsection "
              "Solver\nset Tolerance = 1e-9\nset Method = gmres\nset "
              "Preconditioner = lu\nend\n" +
              more,
          "test.prm"));
      experiment.check(prm);
      space = experiment.make_space(MPI_COMM_WORLD);
      numbering = std::make_unique<Numbering<dim>>(*space);
      experiment.inputs.prepare(*space, *numbering);
    }

    Parameters prm;
    Experiment<dim> experiment;
    Choice<Engine<dim>> engines{"auto"};
    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
  };

  /// The solutions of the first @p n samples; empty if @p engine refuses.
  template <int dim>
  std::vector<FieldVector> solutions(Engine<dim> &engine, Setting<dim> &setting,
                                     const unsigned int n)
  {
    std::vector<FieldVector> result(n);
    const std::string reason =
        engine.prepare(setting.experiment, *setting.space, {});
    if (!reason.empty())
    {
      BOOST_TEST(reason.back() != '.'); // a part of a sentence
      return {};
    }
    unsigned int n_delivered = 0;
    for (unsigned int begin = 0; begin < n;)
    {
      std::vector<Inputs<dim>> inputs;
      for (unsigned int i = begin; i < n && inputs.size() < engine.group_size();
           ++i)
        inputs.push_back(setting.experiment.inputs.sample(7, i));
      engine.solve(
          inputs,
          [&](const unsigned int i, const SolveResult &solved,
              const FieldVector &solution)
          {
            BOOST_TEST(solved.converged(), solved.message);
            BOOST_TEST(solved.true_residual <= 1e-9);
            result[begin + i] = solution;
            ++n_delivered;
          },
          nullptr);
      begin += inputs.size();
    }
    BOOST_TEST(n_delivered == n);
    return result;
  }

  /// Number of engines that take the setting.
  template <int dim>
  unsigned int compare(const std::string &problem, const std::string &input,
                       const std::string &mesh, const std::string &more = "")
  {
    constexpr unsigned int n = 3;
    Setting<dim> setting(problem, input, mesh, more);
    const auto reference =
        solutions(setting.engines.get("sequential"), setting, n);
    unsigned int n_engines = 0;
    for (const RegistryEntry &entry : Registry<Engine<dim>>::list())
      BOOST_TEST_CONTEXT(entry.name << ", " << problem << " in " << dim << "d, "
                                    << mesh)
      {
        const auto found =
            solutions(setting.engines.get(entry.name), setting, n);
        if (found.empty())
          continue;
        ++n_engines;
        for (unsigned int i = 0; i < n; ++i)
        {
          FieldVector difference = found[i];
          difference -= reference[i];
          BOOST_TEST(reference[i].l2_norm() > 0);
          BOOST_TEST(difference.l2_norm() < 1e-6 * reference[i].l2_norm());
        }
      }
    return n_engines;
  }

  std::string cube(const bool simplices, const unsigned int degree,
                   const unsigned int refinements)
  {
    return "set Source = generator\nset Degree = " + std::to_string(degree) +
           "\nset Refinements = " + std::to_string(refinements) +
           "\nsubsection generator\nset Name = hyper_cube\nset Arguments = 0 "
           ": 1 : true\nset Simplices = " +
           (simplices ? "true" : "false") + "\nend\n";
  }

  /// The same, refined further in a corner.
  std::string locally_refined(const bool simplices, const unsigned int degree,
                              const unsigned int refinements,
                              const unsigned int n_local)
  {
    return "set Local refinements = " + std::to_string(n_local) +
           "\nset Refine where = 0.6 - x - y\n" +
           cube(simplices, degree, refinements);
  }

  const std::string mixed_conditions =
      "subsection Problem\nsubsection Boundary conditions\nset Dirichlet = 0: "
      "1+y\nset Neumann = *: 0\nset Robin = 1: 0.5 | 2\nend\nend\n";
  std::string clamped(const unsigned int face)
  {
    return "subsection Problem\nsubsection Boundary conditions\nset Dirichlet "
           "= " +
           std::to_string(face) + ": 0\nset Neumann = *: 0\nend\nend\n";
  }

  /// Not linear along edges, so hanging nodes there have values of their own.
  const std::string curved_conditions =
      "subsection Problem\nsubsection Boundary conditions\nset Dirichlet = *: "
      "1+x*x+y*y\nend\nend\n";
  const std::string divided =
      "subsection Generate\nsubsection Engines\nsubsection batched\nset "
      "Smallest divided level = 10\nend\nend\nend\n";
  const std::string one_lane = "subsection Generate\nsubsection "
                               "Engines\nsubsection batched\nset Lanes = "
                               "1\nend\nend\nend\n";
  const std::string with_reaction =
      "subsection Inputs\nsubsection reaction\nset Value = 1 + x\nend\nend\n";
} // namespace

BOOST_AUTO_TEST_SUITE(every_engine)

BOOST_AUTO_TEST_CASE(agrees_with_the_sequential_one)
{
  for (const bool simplices : {false, true})
  {
    for (const unsigned int degree : {1, 2})
      BOOST_TEST(
          compare<2>("darcy", "coefficient", cube(simplices, degree, 3)) == 2U);
    BOOST_TEST(compare<2>("darcy", "coefficient", cube(simplices, 1, 3),
                          mixed_conditions) == 2U);
    BOOST_TEST(compare<2>("elasticity", "young modulus", cube(simplices, 1, 3),
                          clamped(0)) == 2U);
    BOOST_TEST(compare<3>("darcy", "coefficient", cube(simplices, 1, 2)) == 2U);
    BOOST_TEST(compare<3>("elasticity", "young modulus", cube(simplices, 1, 1),
                          clamped(0)) == 2U);
  }
  BOOST_TEST(compare<2>("darcy", "coefficient", cube(false, 1, 3),
                        mixed_conditions + with_reaction) == 2U);
  // Fine enough that ranks divide several levels, of one and two components.
  for (const bool simplices : {false, true})
  {
    BOOST_TEST(compare<2>("darcy", "coefficient", cube(simplices, 1, 5),
                          divided) == 2U);
    BOOST_TEST(compare<2>("elasticity", "young modulus", cube(simplices, 1, 5),
                          clamped(0) + divided) == 2U);
    BOOST_TEST(compare<2>("darcy", "coefficient",
                          locally_refined(simplices, 1, 4, 1),
                          mixed_conditions + divided) == 2U);
  }
  BOOST_TEST(compare<3>("darcy", "coefficient", cube(false, 2, 1)) == 2U);
}

BOOST_AUTO_TEST_CASE(agrees_on_locally_refined_meshes)
{
  for (const bool simplices : {false, true})
  {
    for (const unsigned int degree : {1, 2})
      BOOST_TEST(compare<2>("darcy", "coefficient",
                            locally_refined(simplices, degree, 2, 2),
                            mixed_conditions) == 2U);
    BOOST_TEST(compare<2>("elasticity", "young modulus",
                          locally_refined(simplices, 1, 2, 2),
                          clamped(0)) == 2U);
    BOOST_TEST(compare<3>("darcy", "coefficient",
                          locally_refined(simplices, 1, 1, 1),
                          clamped(1)) == 2U);
    BOOST_TEST(compare<3>("darcy", "source",
                          locally_refined(simplices, 1, 1, 1),
                          curved_conditions) == 2U);
  }
  BOOST_TEST(compare<2>("helmholtz", "boundary value",
                        locally_refined(false, 2, 2, 2)) == 2U);
  BOOST_TEST(compare<3>("elasticity", "young modulus",
                        locally_refined(false, 1, 1, 1), clamped(1)) == 2U);
  // Some cells have too many nodes: where hanging nodes have Dirichlet values
  // of their own, and where what they hang on hangs itself.
  BOOST_TEST(compare<3>("darcy", "coefficient", locally_refined(false, 1, 1, 1),
                        clamped(0)) == 1U);
  BOOST_TEST(compare<3>("darcy", "coefficient", locally_refined(false, 1, 1, 2),
                        clamped(1)) == 1U);
}

BOOST_AUTO_TEST_CASE(agrees_where_the_right_hand_side_varies_too)
{
  const std::string more =
      "subsection Inputs\nsubsection source\nset Sampler = gaussian random "
      "field\nend\nsubsection boundary value\nset Sampler = gaussian random "
      "field\nend\nend\n";
  for (const bool simplices : {false, true})
  {
    BOOST_TEST(compare<2>("darcy", "coefficient", cube(simplices, 1, 3),
                          mixed_conditions + more) == 2U);
    BOOST_TEST(compare<2>("darcy", "coefficient", cube(simplices, 1, 3),
                          mixed_conditions + more + one_lane) == 2U);
    BOOST_TEST(compare<3>("elasticity", "young modulus", cube(simplices, 1, 1),
                          more) == 2U);
  }
  BOOST_TEST(compare<2>("darcy", "coefficient", cube(false, 2, 3), more) == 2U);
}

BOOST_AUTO_TEST_CASE(agrees_where_the_matrix_stays)
{
  for (const std::string problem :
       {"darcy", "convection diffusion", "elasticity", "helmholtz"})
    for (const std::string input : {"source", "boundary value"})
    {
      BOOST_TEST(compare<2>(problem, input, cube(false, 2, 3)) == 2U);
      BOOST_TEST(compare<2>(problem, input, cube(true, 1, 3)) == 2U);
      BOOST_TEST(compare<3>(problem, input, cube(false, 1, 1)) == 2U);
    }
}

BOOST_AUTO_TEST_CASE(threads_change_no_sample)
{
  const std::string source = "subsection Inputs\nsubsection source\nset "
                             "Sampler = gaussian random field\nend\nend\n";
  const auto with = [](const unsigned int lanes, const unsigned int threads)
  {
    return "subsection Generate\nsubsection Engines\nsubsection batched\nset "
           "Lanes = " +
           std::to_string(lanes) +
           "\nset Threads = " + std::to_string(threads) + "\nend\nend\nend\n";
  };
  for (const unsigned int lanes : {1, 8})
    for (const std::string &more : {std::string(), source})
    {
      const auto solved = [&](const unsigned int threads)
      {
        Setting<2> setting("darcy", "coefficient", cube(false, 1, 4),
                           more + with(lanes, threads));
        return solutions(setting.engines.get("batched"), setting, 19);
      };
      const auto expected = solved(1), found = solved(3);
      if (size_of(MPI_COMM_WORLD) > 1)
      {
        BOOST_TEST(found.empty()); // refused
        continue;
      }
      BOOST_TEST_REQUIRE(expected.size() == 19U);
      BOOST_TEST_REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i)
      {
        FieldVector difference = found[i];
        difference -= expected[i];
        BOOST_TEST(difference.linfty_norm() == 0.);
      }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_take)
{
  BOOST_TEST(
      compare<2>("convection diffusion", "diffusion", cube(false, 1, 2)) == 1U);
  BOOST_TEST(compare<2>("darcy", "coefficient", cube(false, 3, 2)) == 1U);
}

BOOST_AUTO_TEST_CASE(a_lane_that_fails_is_solved_again)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  Setting<2> setting("darcy", "coefficient", cube(false, 1, 4));
  // Coefficients from 1e-6 to 1e6, cell by cell: too much for lanes.
  const auto engine = Registry<Engine<2>>::create("batched");
  BOOST_TEST_REQUIRE(engine->prepare(setting.experiment, *setting.space, {}) ==
                     "");
  std::vector<Inputs<2>> inputs;
  for (unsigned int i = 0; i < 3; ++i)
    inputs.push_back(setting.experiment.inputs.sample(7, i));
  std::vector<double> &values = inputs[1]["coefficient"].cell_values;
  for (unsigned int c = 0; c < values.size(); ++c)
    values[c] = std::pow(10., c % 13 - 6.);
  std::vector<bool> certified(3);
  engine->solve(
      inputs,
      [&](const unsigned int i, const SolveResult &result, const FieldVector &)
      { certified[i] = result.converged() && result.true_residual <= 1e-9; },
      nullptr);
  for (unsigned int i = 0; i < 3; ++i)
    BOOST_TEST(certified[i]);
}

BOOST_AUTO_TEST_SUITE_END()
