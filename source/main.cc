// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/memory.h>
#include <nodal/core/run.h>
#include <nodal/core/threads.h>
#include <nodal/task/command_line.h>

#include <deal.II/base/mpi.h>

#include <petscsys.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace
{
  /// Parse the command line and carry it out with MPI and PETSc running.
  int run(const std::vector<std::string> &words, char *program)
  {
    std::unique_ptr<nodal::CommandLine> command;
    std::string mistake;
    try
    {
      command = std::make_unique<nodal::CommandLine>(words);
    }
    catch (const nodal::BadInput &error)
    {
      mistake = error.what();
    }

    // Only PETSc's own options go to MPI and PETSc.
    std::vector<std::string> options;
    if (command)
      options = command->petsc_options;
    std::vector<char *> pointers = {program};
    for (std::string &word : options)
      pointers.push_back(&word[0]);
    int argc = pointers.size();
    pointers.push_back(nullptr);
    char **argv = pointers.data();
    dealii::Utilities::MPI::MPI_InitFinalize mpi(argc, argv, 1);
    PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
    nodal::catch_stop_signals();
    nodal::limit_threads();
    nodal::keep_freed_memory();
    if (!command)
    {
      // Once, not once per rank.
      if (dealii::Utilities::MPI::this_mpi_process(MPI_COMM_WORLD) == 0)
        std::cerr << "nodal: " << mistake << std::endl;
      return nodal::exit_bad_input;
    }
    try
    {
      return nodal::execute(*command);
    }
    catch (const std::exception &error)
    {
      std::cerr << "nodal: internal error: " << error.what() << std::endl;
    }
    catch (...)
    {
      std::cerr << "nodal: internal error of unknown kind" << std::endl;
    }
    // The other ranks may be waiting for this one.
    MPI_Abort(MPI_COMM_WORLD, nodal::exit_internal_error);
    return nodal::exit_internal_error;
  }
} // namespace

int
main(int argc, char *argv[])
{
  return run(std::vector<std::string>(argv + 1, argv + argc), argv[0]);
}
