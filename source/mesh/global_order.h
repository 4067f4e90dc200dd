// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_global_order_h
#define nodal_source_mesh_global_order_h

#include <nodal/core/gather.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * For each of @p keys how many keys of all ranks of @p comm are less; no two
   * keys are equal. Sorts by regular sampling (Shi, Schaeffer: Parallel sorting
   * by regular sampling, 1992), so that a rank holds about two shares of all
   * keys at most. Collective.
   */
  template <class Key>
  std::vector<std::int64_t> places_in_order(const std::vector<Key> &keys,
                                            MPI_Comm comm)
  {
    struct Item
    {
      Key key;
      int rank, index;

      bool operator<(const Item &other) const
      {
        return key < other.key;
      }
    };
    const int n_ranks = size_of(comm), rank = rank_of(comm);
    std::vector<Item> items;
    for (std::size_t i = 0; i < keys.size(); ++i)
      items.push_back({keys[i], rank, int(i)});
    std::sort(items.begin(), items.end());

    std::vector<Item> samples;
    for (int r = 0; r < n_ranks && !items.empty(); ++r)
      samples.push_back(items[items.size() * r / n_ranks]);
    samples = gather_on_all(samples, comm);
    std::sort(samples.begin(), samples.end());
    std::vector<std::vector<Item>> parts(n_ranks);
    auto begin = items.begin();
    for (int r = 0; r < n_ranks; ++r)
    {
      const auto end =
          r + 1 == n_ranks || samples.empty()
              ? items.end()
              : std::lower_bound(begin, items.end(),
                                 samples[samples.size() * (r + 1) / n_ranks]);
      parts[r].assign(begin, end);
      begin = end;
    }

    items.clear();
    for (const std::vector<Item> &part : all_to_all(parts, comm))
      items.insert(items.end(), part.begin(), part.end());
    std::sort(items.begin(), items.end());
    std::int64_t first = 0, n = items.size();
    MPI_Exscan(&n, &first, 1, MPI_INT64_T, MPI_SUM, comm);
    if (rank == 0)
      first = 0;

    struct Place
    {
      int index;
      std::int64_t place;
    };
    std::vector<std::vector<Place>> answers(n_ranks);
    for (std::size_t k = 0; k < items.size(); ++k)
      answers[items[k].rank].push_back(
          {items[k].index, first + std::int64_t(k)});
    std::vector<std::int64_t> result(keys.size());
    for (const std::vector<Place> &answer : all_to_all(answers, comm))
      for (const Place &place : answer)
        result[place.index] = place.place;
    return result;
  }
} // namespace nodal

#endif
