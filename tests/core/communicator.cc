// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(communicator)

BOOST_AUTO_TEST_CASE(every_rank_learns_of_a_failure_on_one)
{
  const unsigned int last = size_of(MPI_COMM_WORLD) - 1;
  const auto fail_on_last = [&]
  {
    if (rank_of(MPI_COMM_WORLD) == last)
      throw BadInput("too bad", "Some/Entry");
  };
  try
  {
    agree(MPI_COMM_WORLD, fail_on_last);
    BOOST_TEST(false, "nothing was thrown");
  }
  catch (const BadInput &error)
  {
    BOOST_TEST(std::string(error.what()) == "too bad");
    BOOST_TEST(error.entry == "Some/Entry");
  }
  BOOST_CHECK_THROW(agree(MPI_COMM_WORLD,
                          [&]
                          {
                            if (rank_of(MPI_COMM_WORLD) == 0)
                              throw NumericalFailure("diverged");
                          }),
                    NumericalFailure);
  agree(MPI_COMM_WORLD, [] {});
}

BOOST_AUTO_TEST_CASE(groups_are_contiguous)
{
  const unsigned int size = size_of(MPI_COMM_WORLD);
  const Groups one(MPI_COMM_WORLD, size);
  BOOST_TEST(one.n == 1u);
  BOOST_TEST(size_of(one.group) == size);
  BOOST_TEST(one.is_root == (rank_of(MPI_COMM_WORLD) == 0));
  const Groups single(MPI_COMM_WORLD, 1);
  BOOST_TEST(single.n == size);
  BOOST_TEST(single.index == rank_of(MPI_COMM_WORLD));
  BOOST_TEST(size_of(single.roots) == size);
  BOOST_CHECK_THROW(Groups(MPI_COMM_WORLD, size + 1), BadInput);
}

BOOST_AUTO_TEST_CASE(text_travels)
{
  const std::string text = rank_of(MPI_COMM_WORLD) == 0
                               ? "a sentence"
                               : "something longer than that";
  BOOST_TEST(broadcast(text, MPI_COMM_WORLD) == "a sentence");
}

BOOST_AUTO_TEST_SUITE_END()
