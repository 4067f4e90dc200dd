// SPDX-License-Identifier: LGPL-2.1-or-later
// What the columns of a coarse space cost by themselves: the time in which
// 'linear', 'quadratic' and 'learned' give their vectors for a matrix whose
// aggregates are known, the least of several. See README.md here.
//
//   columns
#include "table.h"

#include <nodal/core/registry.h>
#include <nodal/mesh/numbering.h>
#include <nodal/pde/steady_system.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/task/experiment.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cstdio>

using namespace nodal;

namespace
{
  template <int dim>
  void print_times(const std::string &file, const unsigned int refinements)
  {
    Experiment<dim> experiment;
    Parameters prm;
    experiment.add_parameters(prm);
    prm.apply(ParameterFile::parse(
        "subsection Mesh\nset Source = file\nset Refinements = " +
            std::to_string(refinements) +
            "\nsubsection file\nset File = " NODAL_SOURCE_DIR "/meshes/" +
            file + ".msh\nend\nend\n",
        "benchmark"));
    experiment.check(prm);
    const auto space = experiment.make_space(MPI_COMM_SELF);
    const Numbering<dim> numbering(*space);
    experiment.inputs.prepare(*space, numbering);
    SteadySystem<dim> system(*space, *experiment.problem, experiment.boundary);
    system.assemble(experiment.inputs.sample(1, 0));
    Mat A = system.matrix();
    const Aggregates aggregates =
        aggregate_by_strength(A, 2 * automatic_aggregate_size(A), 0.25);
    std::printf("%-20s %8u unknowns, %6d aggregates:", file.c_str(),
                space->dofs.n_dofs(), aggregates.n);
    for (const std::string name : {"linear", "quadratic", "learned"})
    {
      const auto basis = Registry<CoarseBasis>::create(name);
      Parameters own;
      basis->add_parameters(own);
      if (name == "learned")
        own.apply(ParameterFile::parse("set Model = " NODAL_SOURCE_DIR
                                       "/models/darcy-columns-" +
                                           std::to_string(dim) + "d\n",
                                       "benchmark"));
      basis->prepare(A, nullptr, 0);
      double least = 1e9;
      for (unsigned int k = 0; k < 30; ++k)
      {
        const double start = cpu_seconds();
        basis->vectors(A, aggregates);
        least = std::min(least, cpu_seconds() - start);
      }
      std::printf("  %s %.2f ms", name.c_str(), 1e3 * least);
    }
    std::printf("\n");
  }
} // namespace

int
main(int argc, char *argv[])
{
  const dealii::Utilities::MPI::MPI_InitFinalize mpi(argc, argv, 1);
  std::printf("%s\n", environment().c_str());
  print_times<2>("plate-with-hole", 2);
  print_times<2>("gear", 3);
  print_times<3>("ball", 2);
}
