// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_sequence_h
#define nodal_data_sequence_h

#include <string>
#include <vector>

namespace nodal
{
  /**
   * An order of samples in which neighbours are alike, so that a recycle space
   * fits the next system (SKR: Wang et al., ICLR 2024).
   *
   * @p features holds @p n_features numbers per sample, row-major: the
   * parameter fields, or a reduction of them. @p method is
   * - `none`: the order of the ids;
   * - `greedy`: from sample 0 always on to the nearest sample not yet visited,
   *   in the Euclidean norm of the features; O(n²) time, O(n) extra memory;
   * - `hilbert`: the two to four directions of largest variance, ordered along
   *   a Hilbert curve, then greedy within each of @p n_chunks contiguous
   *   chunks;
   * - `auto`: greedy up to 5,000 samples, hilbert beyond.
   *
   * The result is a permutation of 0 … n-1, the same on every rank.
   */
  std::vector<unsigned int> sort_samples(const std::vector<double> &features,
                                         unsigned int n_features,
                                         const std::string &method,
                                         unsigned int n_chunks);

  /// Sum of the distances between neighbours of @p order.
  double path_length(const std::vector<double> &features,
                     unsigned int n_features,
                     const std::vector<unsigned int> &order);
} // namespace nodal

#endif
