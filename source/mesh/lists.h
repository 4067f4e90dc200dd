// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_lists_h
#define nodal_source_mesh_lists_h

#include <nodal/mesh/halo.h>

#include <algorithm>
#include <vector>

namespace nodal
{
  template <class T>
  using Lists = std::vector<std::vector<T>>; ///< one for each node

  /// Add the lists of the owners for all ghosts to @p lists of owned nodes.
  template <class T>
  void add_ghosts(const Halo &halo, Lists<T> &lists)
  {
    if (halo.is_trivial())
      return;
    unsigned int width = 0;
    for (const std::vector<T> &list : lists)
      width = std::max<unsigned int>(width, list.size());
    MPI_Allreduce(MPI_IN_PLACE, &width, 1, MPI_UNSIGNED, MPI_MAX, halo.comm);
    std::vector<int> sizes;
    std::vector<T> padded(lists.size() * width);
    for (std::size_t i = 0; i < lists.size(); ++i)
    {
      sizes.push_back(lists[i].size());
      std::copy(lists[i].begin(), lists[i].end(), padded.begin() + i * width);
    }
    halo.broadcast(sizes);
    halo.broadcast(padded, width);
    for (int i = halo.n_owned(); i < halo.n_nodes(); ++i)
      lists.emplace_back(padded.begin() + i * width,
                         padded.begin() + i * width + sizes[i]);
  }
} // namespace nodal

#endif
