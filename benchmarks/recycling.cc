// SPDX-License-Identifier: LGPL-2.1-or-later
// What Krylov recycling and sorting save against classical solvers, on
// sequences of systems from random inputs. Every solve is certified; the
// set-up of preconditioners counts, assembly does not. See README.md here.
#include "table.h"

#include <nodal/data/sequence.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>

#include <deal.II/base/mpi.h>

#include <cstdio>
#include <cstring>

using namespace nodal;

namespace
{
  struct Method
  {
    std::string name;       ///< in the table
    std::string parameters; ///< of section Solver
    bool recycles = false;
  };

  std::string solver_section(const std::string &method,
                             const std::string &preconditioner,
                             const std::string &more = "")
  {
    return "subsection Solver\nset Maximum iterations = 3000\nset Method = " +
           method + "\nset Preconditioner = " + preconditioner + "\n" + more +
           "end\n";
  }

  const std::string gmres_40 = "subsection Methods\nsubsection gmres\nset "
                               "Restart = 40\nend\nend\n";
  const std::string frozen = "set Preconditioner update interval = 1000000\n";
  const std::string left = "subsection Methods\nsubsection gcrodr\nset Side = "
                           "left\nend\nend\n";

  std::vector<Method> spd_methods()
  {
    return {{"GMRES(40) + Jacobi", solver_section("gmres", "jacobi", gmres_40)},
            {"GMRES(40) + ILU(0)", solver_section("gmres", "ilu", gmres_40)},
            {"CG + ICC(0)", solver_section("cg", "icc")},
            {"CG + ML", solver_section("cg", "ml")},
            {"CG + BoomerAMG, tuned", solver_section("cg", "boomeramg")},
            {"CG + GAMG", solver_section("cg", "gamg")},
            {"CHOLMOD, symbolic kept", solver_section("direct", "cholesky")},
            {"CG + CHOLMOD of the first sample",
             solver_section("cg", "cholesky", frozen)},
            {"GCRO-DR(40,20) + ILU(0)", solver_section("gcrodr", "ilu"), true},
            {"RCG + ICC(0)", solver_section("rcg", "icc"), true},
            {"RCG + tuned BoomerAMG", solver_section("rcg", "boomeramg"), true},
            {"RCG + CHOLMOD of the first sample",
             solver_section("rcg", "cholesky", frozen), true},
            {"Belos RCG + ICC(0)", solver_section("belos rcg", "icc"), true}};
  }

  std::vector<Method> general_methods()
  {
    return {
        {"GMRES(40) + Jacobi", solver_section("gmres", "jacobi", gmres_40)},
        {"GMRES(40) + ILU(0)", solver_section("gmres", "ilu", gmres_40)},
        {"GMRES(40) + ILU(2)",
         solver_section("gmres", "ilu",
                        gmres_40 + "subsection Preconditioners\nsubsection "
                                   "ilu\nset Levels = 2\nend\nend\n")},
        {"GMRES(40) + tuned BoomerAMG",
         solver_section("gmres", "boomeramg", gmres_40)},
        {"LU, symbolic kept", solver_section("direct", "lu")},
        {"GMRES(40) + LU of the first sample",
         solver_section("gmres", "lu", gmres_40 + frozen)},
        {"GCRO-DR(40,20) + ILU(0)", solver_section("gcrodr", "ilu"), true},
        {"GCRO-DR(40,20) + frozen ILU(0), left",
         solver_section("gcrodr", "ilu", left + frozen), true},
        {"GCRO-DR(40,20) + ILU(2)",
         solver_section("gcrodr", "ilu",
                        "subsection Preconditioners\nsubsection ilu\nset "
                        "Levels = 2\nend\nend\n"),
         true},
        {"GCRO-DR(40,20) + LU of the first sample",
         solver_section("gcrodr", "lu", frozen), true},
        {"GCRO-DR(40,20) + LU of the first, left",
         solver_section("gcrodr", "lu", left + frozen), true},
        {"Belos GCRODR + ILU(0)", solver_section("belos gcrodr", "ilu"), true}};
  }

  /// The systems of one case, assembled one after the other.
  template <int dim>
  class Sequence
  {
  public:
    explicit Sequence(const std::string &text)
    {
      experiment.add_parameters(prm);
      prm.apply(ParameterFile::parse(text, "benchmark"));
      experiment.check(prm);
      space = experiment.make_space(MPI_COMM_SELF);
      numbering = std::make_unique<Numbering<dim>>(*space);
      experiment.inputs.prepare(*space, *numbering);
      system = std::make_unique<SteadySystem<dim>>(*space, *experiment.problem,
                                                   experiment.boundary);
    }

    void assemble(const unsigned int sample)
    {
      system->assemble(experiment.inputs.sample(experiment.seed, sample));
    }

    /// The greedy order of the first @p n samples.
    std::vector<unsigned int> sorted(const unsigned int n)
    {
      std::vector<double> features;
      unsigned int width = 0;
      for (unsigned int i = 0; i < n; ++i)
      {
        const Inputs<dim> inputs = experiment.inputs.sample(experiment.seed, i);
        const std::size_t before = features.size();
        for (const FieldDescription &field : experiment.inputs.varying())
        {
          const std::vector<double> &v = inputs.at(field.name).cell_values;
          for (std::size_t k = 0; k < v.size(); k += 16)
            features.push_back(v[k]);
        }
        width = features.size() - before;
      }
      return sort_samples(features, width, "greedy", 1);
    }

    Parameters prm;
    Experiment<dim> experiment;
    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
    std::unique_ptr<SteadySystem<dim>> system;
  };

  /// A method with what it keeps from system to system.
  struct Contestant
  {
    Contestant(const Method &method, const std::string &suffix)
        : recycles(method.recycles)
    {
      solver.add_parameters(prm);
      prm.apply(ParameterFile::parse(method.parameters, "benchmark"));
      solver.check();
      row.method = method.name + suffix;
      row.is_classical = !method.recycles;
    }

    void solve(Mat A, Vec b, const bool is_spd)
    {
      VecHandle x = duplicate(b);
      NODAL_PETSC(VecSet(x, 0));
      const double start = cpu_seconds();
      const SolveResult result =
          solver.solve(A, x, b, is_spd, recycles ? &space : nullptr);
      row.cpu_ms += 1e3 * (cpu_seconds() - start);
      row.iterations += result.iterations;
      row.share_failed += !result.converged();
      row.certified_residual =
          std::max(row.certified_residual, result.true_residual);
      ++n_samples;
    }

    BenchmarkRow mean() const
    {
      BenchmarkRow result = row;
      result.cpu_ms /= n_samples;
      result.iterations /= n_samples;
      result.share_failed /= n_samples;
      return result;
    }

    const bool recycles;
    Parameters prm;
    LinearSolver solver;
    RecycleSpace space;
    BenchmarkRow row;
    unsigned int n_samples = 0;
  };

  template <int dim>
  std::vector<BenchmarkRow>
  run_case(const std::string &name, const std::string &text,
           const std::vector<Method> &methods, const unsigned int n_samples)
  {
    Sequence<dim> sequence(text);
    const bool is_spd = sequence.experiment.problem->traits().is_spd;
    std::vector<std::unique_ptr<Contestant>> all;
    const auto run = [&](const std::vector<unsigned int> &order,
                         const std::string &suffix, const bool only_recycling)
    {
      const std::size_t first = all.size();
      for (const Method &method : methods)
        if (method.recycles || !only_recycling)
          all.push_back(std::make_unique<Contestant>(
              method, method.recycles ? suffix : ""));
      for (const unsigned int sample : order)
      {
        sequence.assemble(sample);
        for (std::size_t i = first; i < all.size(); ++i)
          all[i]->solve(sequence.system->matrix(), sequence.system->rhs(),
                        is_spd);
      }
    };
    std::vector<unsigned int> unsorted(n_samples);
    for (unsigned int i = 0; i < n_samples; ++i)
      unsorted[i] = i;
    run(unsorted, ", unsorted", false);
    run(sequence.sorted(n_samples), ", sorted", true);

    std::vector<BenchmarkRow> rows;
    for (const auto &contestant : all)
    {
      rows.push_back(contestant->mean());
      rows.back().benchmark_case = name;
      rows.back().n = sequence.space->dofs.n_dofs();
    }
    finish_case(rows);
    return rows;
  }

  std::string mesh_section(const unsigned int refinements)
  {
    return "subsection Mesh\nset Source = generator\nsubsection generator\nset "
           "Name = hyper_cube_with_cylindrical_hole\nset Arguments = 0.25 : 1 "
           ": 0.5 : 1 : false\nend\nset Refinements = " +
           std::to_string(refinements) + "\nend\n";
  }

  std::string field(const std::string &input, const std::string &map,
                    const double mean, const double deviation,
                    const double length, const double smoothness)
  {
    return "subsection Inputs\nsubsection " + input +
           "\nset Sampler = gaussian random field\nset Map = " + map +
           "\nset Mean = " + std::to_string(mean) +
           "\nset Deviation = " + std::to_string(deviation) +
           "\nsubsection gaussian random field\nset Correlation length = " +
           std::to_string(length) +
           "\nset Smoothness = " + std::to_string(smoothness) +
           "\nend\nend\nend\n";
  }
} // namespace

int
main(int argc, char *argv[])
{
  const bool is_quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  int petsc_argc = 1;
  dealii::Utilities::MPI::MPI_InitFinalize mpi(petsc_argc, argv, 1);
  PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
  std::printf("%s\n", environment().c_str());

  std::vector<BenchmarkRow> rows;
  const auto add = [&](const std::vector<BenchmarkRow> &more)
  {
    rows.insert(rows.end(), more.begin(), more.end());
    write_csv("recycling.csv", rows);
  };
  const unsigned int n_samples = is_quick ? 4 : 12;
  std::vector<unsigned int> levels = {5};
  if (!is_quick)
    levels.push_back(6);
  for (const unsigned int level : levels)
  {
    const std::string mesh = mesh_section(level);
    add(run_case<2>("darcy log-std 0.18",
                    mesh + field("coefficient", "log-normal", 0, 0.18, 0.5, 2),
                    spd_methods(), n_samples));
    add(run_case<2>("darcy log-std 1",
                    mesh + field("coefficient", "log-normal", 0, 1, 0.5, 2),
                    spd_methods(), n_samples));
    add(run_case<2>("darcy log-std 2 rough",
                    mesh + field("coefficient", "log-normal", 0, 2, 0.1, 0.5),
                    spd_methods(), n_samples));
    add(run_case<2>("convection diffusion",
                    mesh +
                        "subsection Problem\nset Name = convection "
                        "diffusion\nend\n" +
                        field("velocity", "none", 1, 0.3, 0.5, 2),
                    general_methods(), n_samples));
    add(run_case<2>("helmholtz k = 10",
                    mesh +
                        "subsection Problem\nset Name = helmholtz\nsubsection "
                        "Boundary conditions\nset Dirichlet =\nset Impedance "
                        "= *: 0 | 0\nend\nend\n" +
                        field("wave number", "none", 10, 0.3, 0.5, 2),
                    general_methods(), n_samples));
  }
  add(run_case<3>("darcy 3d log-std 1",
                  "subsection Mesh\nset Source = generator\nsubsection "
                  "generator\nset Name = hyper_cube\nset Arguments = 0 : 1 : "
                  "false\nend\nset Refinements = " +
                      std::string(is_quick ? "3" : "5") + "\nend\n" +
                      field("coefficient", "log-normal", 0, 1, 0.5, 2),
                  spd_methods(), is_quick ? 4 : 8));
  std::printf("\nrecycling.csv written\n");
  return 0;
}
