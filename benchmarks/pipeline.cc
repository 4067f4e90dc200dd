// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole runs of the task generate, from the mesh to the closed file: the engine
// that `auto` takes against each engine by itself, and several ranks against
// one. See README.md here.
#include "table.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/task/generator.h>

#include <deal.II/base/mpi.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

using namespace nodal;

namespace
{
  namespace fs = std::filesystem;

  /// Keeps what runs log, which is in their files, from the table.
  class Quiet
  {
  public:
    Quiet() : shown(dup(STDOUT_FILENO))
    {
      std::fflush(stdout);
      const int nowhere = open("/dev/null", O_WRONLY);
      dup2(nowhere, STDOUT_FILENO);
      close(nowhere);
    }
    Quiet(const Quiet &) = delete;

    ~Quiet()
    {
      std::cout.flush();
      std::fflush(stdout);
      dup2(shown, STDOUT_FILENO);
      close(shown);
    }

  private:
    const int shown;
  };

  std::string mesh_file(const std::string &name, const unsigned int refinements)
  {
    return "subsection Mesh\nset Source = file\nset Refinements = " +
           std::to_string(refinements) +
           "\nsubsection file\nset File = " NODAL_SOURCE_DIR "/meshes/" + name +
           "\nend\nend\n";
  }

  std::string square(const unsigned int refinements)
  {
    return "subsection Mesh\nset Source = generator\nset Refinements = " +
           std::to_string(refinements) +
           "\nsubsection generator\nset Name = subdivided_hyper_cube\nset "
           "Arguments = 11 : 0 : 1 : false\nend\nend\n";
  }

  std::string varies(const std::string &input, const std::string &map)
  {
    return "subsection Inputs\nsubsection " + input +
           "\nset Sampler = gaussian random field\nset Map = " + map +
           "\nset Below = 1\nset Above = 10000\nend\nend\n";
  }

  const std::string solver =
      "subsection Solver\nset Method = cg\nset Preconditioner = "
      "boomeramg\nend\n";

  /// Seconds of a whole run on @p comm; negative if the engine does not take
  /// the experiment. @p chosen receives the engine that went on.
  template <int dim>
  double run(MPI_Comm comm, const std::string &parameters,
             const std::string &engine, const unsigned int n_samples,
             const std::string &folder)
  {
    if (rank_of(comm) == 0)
      fs::remove_all(folder);
    MPI_Barrier(comm);
    const ParameterFile file =
        ParameterFile::parse(parameters + "subsection Dataset\nset Samples = " +
                                 std::to_string(n_samples) + "\nend\n",
                             "benchmark");
    Parameters prm;
    Experiment<dim> experiment;
    experiment.add_parameters(prm);
    GenerateSettings<dim> settings;
    {
      Parameters::Section section(prm, "Generate");
      settings.engine.add_parameters(prm, "Engine", "", {"auto"}, "Engines");
    }
    prm.apply(file);
    settings.engine.choose(engine);
    experiment.check(prm);
    const Quiet quiet;
    Run the_run(comm, folder, false, file, prm);
    const Groups groups(comm, 1);
    MPI_Barrier(comm);
    const double start = MPI_Wtime();
    try
    {
      Generator<dim>(experiment, prm, settings, groups, the_run).run();
    }
    catch (const BadInput &)
    {
      return -1;
    }
    MPI_Barrier(comm);
    return MPI_Wtime() - start;
  }

  /// Sleep until all ranks are here: those that have nothing to do must not
  /// take a core.
  void wait_for_all()
  {
    MPI_Request request;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    for (int done = 0; !done; usleep(2000))
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  }

  struct Line
  {
    std::string name;
    double seconds;
  };

  template <int dim>
  void compare_engines(const std::string &name, const std::string &parameters,
                       const unsigned int n_samples)
  {
    std::vector<Line> lines;
    if (rank_of(MPI_COMM_WORLD) == 0)
    {
      std::vector<std::string> engines = {"auto"};
      for (const RegistryEntry &entry : Registry<Engine<dim>>::list())
        engines.push_back(entry.name);
      for (const std::string &engine : engines)
      {
        // The better of two runs; the first reads files and libraries.
        double best = -1;
        for (unsigned int repeat = 0; repeat < 2; ++repeat)
        {
          const double seconds = run<dim>(MPI_COMM_SELF, parameters, engine,
                                          n_samples, "pipeline-run");
          if (best < 0 || seconds < best)
            best = seconds;
        }
        if (best >= 0)
          lines.push_back({engine, best});
      }
    }
    wait_for_all();
    if (lines.empty())
      return;
    double best = 1e300;
    for (const Line &line : lines)
      if (line.name != "auto")
        best = std::min(best, line.seconds);
    std::printf("\n%s, %u samples\n%-24s %10s %14s\n", name.c_str(), n_samples,
                "engine", "seconds", "over the best");
    for (const Line &line : lines)
      std::printf("%-24s %10.2f %14.2f\n", line.name.c_str(), line.seconds,
                  line.seconds / best);
  }

  void compare_ranks(const std::string &name, const std::string &parameters,
                     const unsigned int n_per_rank)
  {
    const unsigned int n_ranks = size_of(MPI_COMM_WORLD);
    // Set-up is the same on one rank and on many; two lengths of run take it
    // out.
    const auto rate = [&](MPI_Comm comm)
    {
      double seconds[2];
      for (const unsigned int i : {0, 1})
        seconds[i] =
            run<2>(comm, parameters, "batched",
                   (i + 1) * n_per_rank * size_of(comm), "pipeline-run");
      return n_per_rank * size_of(comm) / (seconds[1] - seconds[0]);
    };
    double alone = 0;
    if (rank_of(MPI_COMM_WORLD) == 0)
      alone = rate(MPI_COMM_SELF);
    wait_for_all();
    const double together = rate(MPI_COMM_WORLD);
    if (rank_of(MPI_COMM_WORLD) == 0)
      std::printf("\n%s: samples per second, %.0f on one rank, %.0f on %u: "
                  "%.2f times\n",
                  name.c_str(), alone, together, n_ranks, together / alone);
  }
} // namespace

int
main(int argc, char *argv[])
{
  bool is_quick = false;
  for (int i = 1; i < argc; ++i)
    is_quick |= std::strcmp(argv[i], "--quick") == 0;
  int petsc_argc = 1;
  dealii::Utilities::MPI::MPI_InitFinalize mpi(petsc_argc, argv, 1);
  PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
  const std::string about = environment();
  const bool is_root = rank_of(MPI_COMM_WORLD) == 0;
  if (is_root)
    std::printf("%s\n", about.c_str());

  const unsigned int n = is_quick ? 50 : 200;
  const std::string darcy = "subsection Problem\nset Name = darcy\nend\n";
  compare_engines<2>("square, log-std 1",
                     square(is_quick ? 3 : 4) + darcy + solver +
                         varies("coefficient", "log-normal"),
                     n);
  compare_engines<2>("plate with hole as given, two-phase 1e4",
                     mesh_file("plate-with-hole-quads.msh", is_quick ? 1 : 2) +
                         darcy + solver + varies("coefficient", "threshold") +
                         "subsection Generate\nsubsection Engines\nsubsection "
                         "batched\nset Nested meshes = false\nend\nend\nend\n",
                     n);
  compare_engines<2>(
      "square, varying source",
      square(is_quick ? 3 : 4) + darcy + solver + varies("source", "none"), n);
  compare_engines<3>("ball, log-std 1",
                     mesh_file("ball.msh", 1) + darcy + solver +
                         varies("coefficient", "log-normal"),
                     n);
  if (size_of(MPI_COMM_WORLD) > 1)
    compare_ranks("square, log-std 1",
                  square(is_quick ? 3 : 4) + darcy + solver +
                      varies("coefficient", "log-normal"),
                  is_quick ? 200 : 1500);
  if (is_root)
    fs::remove_all("pipeline-run");
  return 0;
}
