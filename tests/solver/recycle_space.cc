// SPDX-License-Identifier: LGPL-2.1-or-later
#include "systems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/recycle_space.h>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

using namespace nodal;

namespace
{
  int rank()
  {
    int result = 0;
    MPI_Comm_rank(PETSC_COMM_WORLD, &result);
    return result;
  }

  RecycleSpace example(Mat A)
  {
    RecycleSpace space;
    for (unsigned int j = 0; j < 3; ++j)
      space.U.push_back(systems::random_vector(A, j));
    for (unsigned int i = 0; i < 9; ++i)
      space.gram.push_back(i / 7.);
    for (unsigned int j = 0; j < 2; ++j)
      space.solutions.push_back(systems::random_vector(A, 5 + j));
    space.weights = {1., .25};
    return space;
  }

  std::string read(const std::string &file)
  {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void write(const std::string &file, const std::string &content)
  {
    if (rank() == 0)
      std::ofstream(file, std::ios::binary) << content;
    MPI_Barrier(PETSC_COMM_WORLD);
  }

  struct Files
  {
    Files()
    {
      int size = 1;
      MPI_Comm_size(PETSC_COMM_WORLD, &size);
      const std::string end = std::to_string(size) + ".bin";
      whole = "recycle-space-" + end;
      broken = "recycle-space-broken-" + end;
      systems::Grid grid;
      A = systems::matrix(PETSC_COMM_WORLD, grid);
      example(A).save(whole, "layout", PETSC_COMM_WORLD);
      MPI_Barrier(PETSC_COMM_WORLD);
    }

    std::string whole, broken;
    MatHandle A;
  };
} // namespace

BOOST_FIXTURE_TEST_SUITE(recycle_space, Files)

BOOST_AUTO_TEST_CASE(round_trip)
{
  const RecycleSpace space = example(A);
  RecycleSpace found;
  BOOST_TEST(found.load(whole, "layout", space.U[0]));
  BOOST_TEST_REQUIRE(found.size() == 3);
  BOOST_TEST(found.gram == space.gram);
  BOOST_TEST(found.weights == space.weights);
  BOOST_TEST_REQUIRE(found.solutions.size() == 2);
  for (unsigned int j = 0; j < 2; ++j)
    BOOST_TEST(systems::gather(found.solutions[j]) ==
               systems::gather(space.solutions[j]));
  for (unsigned int j = 0; j < 3; ++j)
    BOOST_TEST(systems::gather(found.U[j]) == systems::gather(space.U[j]));
}

BOOST_AUTO_TEST_CASE(foreign_files_are_refused)
{
  const VecHandle x = systems::vector_for(A);
  RecycleSpace space = example(A);
  BOOST_TEST(!space.load(whole, "another layout", x));
  BOOST_TEST(space.size() == 0);
  BOOST_TEST(space.gram.empty());
  BOOST_TEST(!space.load("no such file", "layout", x));
  systems::Grid grid;
  grid.m = 9;
  const MatHandle other = systems::matrix(PETSC_COMM_WORLD, grid);
  BOOST_TEST(!space.load(whole, "layout", systems::vector_for(other)));
  BOOST_CHECK_THROW(
      example(A).save("no/such/folder/file", "layout", PETSC_COMM_WORLD),
      BadInput);
}

BOOST_AUTO_TEST_CASE(broken_files_are_refused)
{
  const std::string content = read(whole);
  const VecHandle x = systems::vector_for(A);
  for (std::size_t size = 0; size < content.size(); size += 97)
  {
    write(broken, content.substr(0, size));
    RecycleSpace space;
    BOOST_TEST(!space.load(broken, "layout", x));
    BOOST_TEST(space.size() == 0);
    BOOST_TEST(space.solutions.empty());
  }
  for (std::size_t at = 0; at < content.size(); at += 61)
  {
    std::string changed = content;
    changed[at] = ~changed[at];
    write(broken, changed);
    RecycleSpace space;
    BOOST_TEST(!space.load(broken, "layout", x));
  }
}

BOOST_AUTO_TEST_SUITE_END()
