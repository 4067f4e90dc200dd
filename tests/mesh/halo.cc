// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/mesh/halo.h>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(halo)

namespace
{
  /// Rank r owns r + 2 nodes; ghosts are the first nodes of all other ranks,
  /// from the last rank to the first.
  std::unique_ptr<Halo> first_nodes()
  {
    const int rank = rank_of(MPI_COMM_WORLD), size = size_of(MPI_COMM_WORLD);
    std::vector<int> ranks;
    for (int r = size - 1; r >= 0; --r)
      if (r != rank)
        ranks.push_back(r);
    return std::make_unique<Halo>(MPI_COMM_WORLD, rank + 2, ranks,
                                  std::vector<int>(ranks.size(), 0));
  }
} // namespace

BOOST_AUTO_TEST_CASE(ghosts_get_the_rows_of_their_owners)
{
  const auto halo = first_nodes();
  std::vector<float> values;
  for (int i = 0; i < halo->n_owned(); ++i)
    for (int c = 0; c < 3; ++c)
      values.push_back(100 * rank_of(MPI_COMM_WORLD) + 10 * i + c);
  halo->broadcast(values, 3);
  for (int k = 0; k < halo->n_ghosts(); ++k)
    for (int c = 0; c < 3; ++c)
      BOOST_TEST(values[(halo->n_owned() + k) * 3 + c] ==
                 100.f * halo->ghost_ranks[k] + c);
}

BOOST_AUTO_TEST_CASE(owners_add_the_rows_of_their_ghosts)
{
  const auto halo = first_nodes();
  const int size = size_of(MPI_COMM_WORLD), rank = rank_of(MPI_COMM_WORLD);
  std::vector<float> ghosts(halo->n_ghosts() * 2, 1 << rank),
      owned(halo->n_owned() * 2, 0.5f);
  halo->add_to_owners(ghosts.data(), owned.data(), 2);
  const float others = (1 << size) - 1 - (1 << rank);
  for (int i = 0; i < halo->n_owned() * 2; ++i)
    BOOST_TEST(owned[i] == (i < 2 ? 0.5f + others : 0.5f));
}

BOOST_AUTO_TEST_CASE(halos_put_together_work_as_one)
{
  const auto a = first_nodes(), b = first_nodes();
  const Halo both({a.get(), b.get()});
  BOOST_TEST(both.n_owned() == 2 * a->n_owned());
  BOOST_TEST(both.n_ghosts() == 2 * a->n_ghosts());
  std::vector<double> values(both.n_owned());
  for (int i = 0; i < both.n_owned(); ++i)
    values[i] = 100 * rank_of(MPI_COMM_WORLD) + i;
  both.broadcast(values);
  for (int k = 0; k < a->n_ghosts(); ++k)
  {
    const int r = a->ghost_ranks[k];
    BOOST_TEST(values[both.n_owned() + k] == 100. * r);
    BOOST_TEST(values[both.n_owned() + a->n_ghosts() + k] == 100. * r + r + 2);
  }
}

BOOST_AUTO_TEST_SUITE_END()
