// SPDX-License-Identifier: LGPL-2.1-or-later
// The test program of one room: MPI and PETSc run for its whole life.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#ifndef BOOST_TEST_DYN_LINK
#define BOOST_TEST_DYN_LINK
#endif
#include <boost/test/execution_monitor.hpp>
#include <boost/test/unit_test.hpp>

#include <nodal/core/communicator.h>
#include <nodal/core/threads.h>

#include <deal.II/base/exceptions.h>
#include <deal.II/base/mpi.h>

#include <iostream>
#include <string>
#include <vector>

namespace
{
  /// A test that throws on one rank would leave the others waiting.
  struct AbortOnException : boost::unit_test::test_observer
  {
    void exception_caught(boost::execution_exception const &error) override
    {
      if (nodal::size_of(MPI_COMM_WORLD) == 1)
        return;
      std::cerr << "exception on rank " << nodal::rank_of(MPI_COMM_WORLD)
                << ": " << error.what().begin() << std::endl;
      MPI_Abort(MPI_COMM_WORLD, 3);
    }

    int priority() override
    {
      return 100;
    }
  };
} // namespace

int
main(int argc, char *argv[])
{
  // PETSc takes no options from the command line of a test.
  int petsc_argc = 1;
  dealii::Utilities::MPI::MPI_InitFinalize mpi(petsc_argc, argv, 1);
  nodal::limit_threads();
  dealii::deal_II_exceptions::disable_abort_on_exception();

  AbortOnException observer;
  boost::unit_test::framework::register_observer(observer);

  std::vector<char *> arguments(argv, argv + argc);
  std::string quiet[] = {"--log_level=nothing", "--report_level=no"};
  if (nodal::rank_of(MPI_COMM_WORLD) != 0)
    for (std::string &option : quiet)
      arguments.push_back(&option[0]);
  const int result = boost::unit_test::unit_test_main(
      [] { return true; }, arguments.size(), arguments.data());
  boost::unit_test::framework::deregister_observer(observer);

  int worst = result;
  MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  return worst;
}
