// SPDX-License-Identifier: LGPL-2.1-or-later
// Certified samples per core and second: the lane engine against the solvers
// that a data generator would use otherwise. The time of a sample is that of
// drawing its inputs, assembly, set-up and solve. See README.md here.
#include "table.h"

#include <nodal/data/sequence.h>
#include <nodal/task/engine.h>

#include <deal.II/base/mpi.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace nodal;

namespace
{
  /// Assignments of the command line, as of `nodal --set`.
  std::vector<std::string> overrides;

  struct Contestant
  {
    std::string name;
    std::string engine;
    std::string solver; ///< section Solver
    unsigned int n_samples;
    bool is_classical = true;
    bool is_sorted = false; ///< neighbours of a sorted pool
  };

  /// Samples from this on count; those before may be a first group.
  constexpr unsigned int first_counted = 16;

  /// A method that has had so many seconds gets no further sample, or that
  /// takes so many for a group.
  constexpr double most_seconds = 20, long_seconds = 4;

  std::string solver_section(const std::string &method,
                             const std::string &preconditioner,
                             const std::string &more = "")
  {
    return "subsection Solver\nset Maximum iterations = 3000\nset Method = " +
           method + "\nset Preconditioner = " + preconditioner + "\n" + more +
           "end\n";
  }

  /// Unknowns above which a factorisation per sample takes minutes.
  constexpr unsigned int most_factored_in_3d = 50000;

  /// Those whose name contains @p only.
  std::vector<Contestant> contestants(const unsigned int n_lanes_samples,
                                      const unsigned int n,
                                      const std::string &only)
  {
    const std::string kept = "set Preconditioner update interval = 1000000\n",
                      restart = "subsection Methods\nsubsection gmres\nset "
                                "Restart = 40\nend\nend\n",
                      one_at_a_time =
                          "subsection Generate\nsubsection Engines\nsubsection "
                          "factored\nset Samples at once = 1\nset Largest span "
                          "= 0\nend\nend\nend\n",
                      no_span =
                          "subsection Generate\nsubsection Engines\nsubsection "
                          "factored\nset Largest span = 0\nend\nend\nend\n",
                      one_lane =
                          "subsection Generate\nsubsection Engines\nsubsection "
                          "batched\nset Lanes = 1\nend\nend\nend\n",
                      as_given =
                          "subsection Generate\nsubsection Engines\nsubsection "
                          "batched\nset Nested meshes = "
                          "false\nend\nend\nend\n";
    const std::vector<Contestant> all = {
        {"CG + ML", "sequential", solver_section("cg", "ml"), n},
        {"CG + BoomerAMG, tuned", "sequential",
         solver_section("cg", "boomeramg"), n},
        {"CG + GAMG", "sequential", solver_section("cg", "gamg"), n},
        {"CG + ML of the first sample", "sequential",
         solver_section("cg", "ml", kept), n},
        {"CG + BoomerAMG of the first sample", "sequential",
         solver_section("cg", "boomeramg", kept), n},
        {"CG + GAMG of the first sample", "sequential",
         solver_section("cg", "gamg", kept), n},
        {"CG + ICC(0)", "sequential", solver_section("cg", "icc"), n},
        {"CHOLMOD, symbolic kept", "sequential",
         solver_section("direct", "cholesky"), n},
        {"GMRES(40) + Jacobi", "sequential",
         solver_section("gmres", "jacobi", restart), n},
        {"GMRES(40) + ILU(0)", "sequential",
         solver_section("gmres", "ilu", restart), n},
        {"GCRO-DR(40,20) + ILU(0), unsorted", "sequential",
         solver_section("gcrodr", "ilu"), n},
        {"GCRO-DR(40,20) + ILU(0), sorted", "sequential",
         solver_section("gcrodr", "ilu"), n, true, true},
        {"factored, one at a time", "factored",
         solver_section("cg", "boomeramg") + one_at_a_time, n_lanes_samples},
        {"factored, 16 at once", "factored",
         solver_section("cg", "boomeramg") + no_span, n_lanes_samples, false},
        {"factored, sums of solutions", "factored",
         solver_section("cg", "boomeramg"), 4 * n_lanes_samples, false},
        {"one lane: single-sample multigrid CG", "batched",
         solver_section("cg", "boomeramg") + one_lane, 3 * n, false},
        {"lanes", "batched", solver_section("cg", "boomeramg"), n_lanes_samples,
         false},
        {"lanes, mesh as given", "batched",
         solver_section("cg", "boomeramg") + as_given, n_lanes_samples, false}};
    std::vector<Contestant> result;
    for (const Contestant &contestant : all)
      if (contestant.name.find(only) != std::string::npos)
        result.push_back(contestant);
    return result;
  }

  /// The order of a pool of samples in which neighbours are alike, by their
  /// coefficients in at most 4,000 cells.
  template <int dim>
  std::vector<unsigned int> sorted_pool(Experiment<dim> &experiment)
  {
    constexpr unsigned int n_pool = 200;
    std::vector<double> features;
    unsigned int width = 0;
    for (unsigned int id = 0; id < n_pool; ++id)
    {
      const Inputs<dim> inputs = experiment.inputs.sample(experiment.seed, id);
      const auto found = inputs.find("coefficient");
      if (found == inputs.end())
        return {};
      const std::vector<double> &values = found->second.cell_values;
      const std::size_t before = features.size();
      for (std::size_t c = 0; c < values.size(); c += 1 + values.size() / 4000)
        features.push_back(values[c]);
      width = features.size() - before;
    }
    return sort_samples(features, width, "greedy", 1);
  }

  template <int dim>
  BenchmarkRow run(const Contestant &contestant, const std::string &parameters)
  {
    ParameterFile file =
        ParameterFile::parse(parameters + contestant.solver, "benchmark");
    for (const std::string &assignment : overrides)
      file.override_entry(assignment);
    Parameters prm;
    Experiment<dim> experiment;
    experiment.add_parameters(prm);
    Choice<Engine<dim>> engines(contestant.engine);
    {
      Parameters::Section section(prm, "Generate");
      engines.add_parameters(prm, "Engine", "", {}, "Engines");
    }
    prm.apply(file);
    engines.choose(contestant.engine);
    experiment.check(prm);
    const auto space = experiment.make_space(MPI_COMM_SELF);
    const Numbering<dim> numbering(*space);
    experiment.inputs.prepare(*space, numbering);
    Engine<dim> *const engine = &engines.get(contestant.engine);

    BenchmarkRow row;
    row.method = contestant.name;
    row.is_classical = contestant.is_classical;
    row.n = space->dofs.n_dofs();
    if (!engine->prepare(experiment, *space, {}).empty() ||
        (dim == 3 && row.n > most_factored_in_3d &&
         contestant.solver.find("cholesky") != std::string::npos))
      return row;
    unsigned int n_done = 0, n_failed = 0;
    double seconds = 0;
    std::vector<unsigned int> order;
    double sorting = 0; ///< seconds per sample
    if (contestant.is_sorted)
    {
      const double start = cpu_seconds();
      order = sorted_pool(experiment);
      if (order.empty())
        return row;
      sorting = (cpu_seconds() - start) / order.size();
    }
    // The first group is not counted, unless it takes long: it makes the tables
    // and patterns that all samples share.
    double last = 0;
    for (bool is_first = true; n_done < contestant.n_samples &&
                               seconds < most_seconds && last < long_seconds;
         is_first = false)
    {
      const double start = cpu_seconds();
      std::vector<Inputs<dim>> inputs;
      for (unsigned int i = 0; i < engine->group_size(); ++i)
      {
        const unsigned int at = is_first ? i : first_counted + n_done + i;
        const unsigned int id = contestant.is_sorted ? order[at] : at;
        inputs.push_back(experiment.inputs.sample(experiment.seed, id));
      }
      std::vector<SolveResult> results;
      engine->solve(
          inputs,
          [&](const unsigned int, const SolveResult &result,
              const FieldVector &) { results.push_back(result); },
          nullptr);
      last = cpu_seconds() - start;
      if (is_first && last < long_seconds)
        continue;
      seconds += last;
      n_done += results.size();
      for (const SolveResult &result : results)
      {
        row.iterations += result.iterations;
        n_failed += !result.converged();
        row.certified_residual =
            std::max(row.certified_residual, result.true_residual);
      }
    }
    row.cpu_ms = 1e3 * (seconds / n_done + sorting);
    row.iterations /= n_done;
    row.share_failed = double(n_failed) / n_done;
    return row;
  }

  template <int dim>
  std::vector<BenchmarkRow> run_case(const std::string &name,
                                     const std::string &parameters,
                                     const std::vector<Contestant> &contestants)
  {
    std::vector<BenchmarkRow> rows;
    for (const Contestant &contestant : contestants)
    {
      BenchmarkRow row = run<dim>(contestant, parameters);
      if (row.cpu_ms == 0) // not for this case
        continue;
      row.benchmark_case = name;
      rows.push_back(row);
    }
    finish_case(rows);
    return rows;
  }

  std::string generated(const std::string &name, const std::string &arguments,
                        const unsigned int refinements,
                        const unsigned int degree = 1)
  {
    return "subsection Mesh\nset Source = generator\nset Degree = " +
           std::to_string(degree) +
           "\nset Refinements = " + std::to_string(refinements) +
           "\nsubsection generator\nset Name = " + name +
           "\nset Arguments = " + arguments + "\nend\nend\n";
  }

  std::string from_file(const std::string &file, const unsigned int refinements,
                        const unsigned int degree = 1)
  {
    return "subsection Mesh\nset Source = file\nset Degree = " +
           std::to_string(degree) +
           "\nset Refinements = " + std::to_string(refinements) +
           "\nsubsection file\nset File = " NODAL_SOURCE_DIR "/meshes/" + file +
           "\nend\nend\n";
  }

  std::string field(const double deviation, const double length,
                    const double smoothness, const unsigned int modes,
                    const std::string &map = "log-normal")
  {
    return "subsection Inputs\nsubsection coefficient\nset Sampler = gaussian "
           "random field\nset Map = " +
           map + "\nset Deviation = " + std::to_string(deviation) +
           "\nset Below = 1\nset Above = 10000\nsubsection gaussian random "
           "field\nset Correlation length = " +
           std::to_string(length) +
           "\nset Smoothness = " + std::to_string(smoothness) +
           "\nset Modes = " + std::to_string(modes) + "\nend\nend\nend\n";
  }
} // namespace

int
main(int argc, char *argv[])
{
  bool is_quick = false;
  std::string only, only_method;
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--quick") == 0)
      is_quick = true;
    else if (std::strcmp(argv[i], "--case") == 0 && i + 1 < argc)
      only = argv[++i];
    else if (std::strcmp(argv[i], "--method") == 0 && i + 1 < argc)
      only_method = argv[++i];
    else if (std::strcmp(argv[i], "--set") == 0 && i + 1 < argc)
      overrides.push_back(argv[++i]);
  int petsc_argc = 1;
  dealii::Utilities::MPI::MPI_InitFinalize mpi(petsc_argc, argv, 1);
  PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
  std::printf("%s\n", environment().c_str());

  std::vector<BenchmarkRow> rows;
  const auto run_2d = [&](const std::string &name, const std::string &prm)
  {
    if (name.find(only) == std::string::npos)
      return;
    const auto more =
        run_case<2>(name, prm, contestants(128, is_quick ? 2 : 5, only_method));
    rows.insert(rows.end(), more.begin(), more.end());
    write_csv("generation.csv", rows);
  };
  const auto run_3d = [&](const std::string &name, const std::string &prm)
  {
    if (name.find(only) == std::string::npos)
      return;
    const auto more =
        run_case<3>(name, prm, contestants(32, is_quick ? 1 : 3, only_method));
    rows.insert(rows.end(), more.begin(), more.end());
    write_csv("generation.csv", rows);
  };

  const std::pair<std::string, std::string> fields[] = {
      {"log-std 0.18", field(0.18, 0.5, 2, 16)},
      {"log-std 1", field(1, 0.5, 2, 16)},
      {"log-std 2 rough", field(2, 0.1, 0.5, 32)},
      {"two-phase 1e4", field(1, 0.2, 1, 16, "threshold")}};
  for (const auto &[name, coefficient] : fields)
    for (const unsigned int refinements : {3, 4, 5})
      if (!is_quick || refinements == 3)
        run_2d("square, quadrilaterals, " + name,
               generated("subdivided_hyper_cube", "11 : 0 : 1 : false",
                         refinements) +
                   coefficient);
  for (const auto &[name, coefficient] : fields)
  {
    run_2d("plate with hole, quadrilaterals, " + name,
           from_file("plate-with-hole-quads.msh", is_quick ? 1 : 2) +
               coefficient);
    run_2d("plate with hole, triangles, " + name,
           from_file("plate-with-hole.msh", is_quick ? 1 : 2) + coefficient);
  }
  for (const auto &[name, coefficient] : fields)
    run_2d("square, quadrilaterals of degree 2, " + name,
           generated("subdivided_hyper_cube", "11 : 0 : 1 : false",
                     is_quick ? 2 : 3, 2) +
               coefficient);
  for (const auto &[name, source] :
       {std::pair<std::string, std::string>(
            "random source", "set Sampler = gaussian random field\n"),
        {"source of 4 waves", "set Sampler = fourier\n"}})
    run_2d("plate with hole, quadrilaterals, " + name,
           from_file("plate-with-hole-quads.msh", is_quick ? 1 : 2) +
               "subsection Inputs\nsubsection source\n" + source +
               "end\nend\n");
  const std::pair<std::string, std::string> fields_3d[] = {
      {"log-std 1", field(1, 0.5, 2, 8)},
      {"log-std 2 rough", field(2, 0.1, 0.5, 16)},
      {"two-phase 1e4", field(1, 0.2, 1, 8, "threshold")}};
  for (const auto &[name, coefficient] : fields_3d)
    run_3d("cube, hexahedra, " + name,
           generated("subdivided_hyper_cube", "4 : 0 : 1 : false",
                     is_quick ? 2 : 3) +
               coefficient);
  if (!is_quick)
    run_3d("cube, hexahedra, log-std 1",
           generated("subdivided_hyper_cube", "6 : 0 : 1 : false", 3) +
               fields_3d[0].second);
  for (const auto &[name, coefficient] : fields_3d)
    run_3d("ball, tetrahedra, " + name,
           from_file("ball.msh", is_quick ? 1 : 2) + coefficient);
  std::printf("\ngeneration.csv written\n");
  return 0;
}
