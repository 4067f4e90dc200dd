// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_rows_h
#define nodal_source_solver_lane_rows_h

#include "lane_kernels.h"

#include <nodal/solver/lane_family.h>

#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * The assembled matrix of a level, A_ii x_i + Σ_j A_ij x_j = s_i x_i +
   * Σ_j A_ij (x_j − x_i) with the sum s_i of row i: the sums and the entries
   * above the diagonal, row by row, one value per lane. Constrained nodes have
   * no entries, so s_i is the sum over free nodes.
   *
   * Of linear functions on a mesh in 3d a node has 24 tetrahedra but only 14
   * neighbours, of which half are above the diagonal: a product with rows
   * takes a fraction of the operations of one cell by cell, and more memory.
   */
  class LaneRows
  {
  public:
    /// @p cell_at is the order of cells in which coefficients come.
    LaneRows(const LaneLevel &level, const std::vector<std::int32_t> &cell_at,
             unsigned int lanes);

    /// The sweep over the rows; its coefficient is the array of entries.
    lanes::Sweep<float> view(const std::vector<float> &mask) const
    {
      return {n_nodes,       static_cast<int>(ready.size()),
              ring - 1,      nodes.data(),
              nullptr,       ready.data(),
              nullptr,       nullptr,
              places.data(), nullptr,
              mask.data(),   offsets.data()};
    }

    /// How the entries follow from the coefficients.
    lanes::CellSum sum() const
    {
      return {static_cast<int>(sum_offsets.size()) - 1,
              n_entries(),
              sum_offsets.data(),
              positions.data(),
              values.data(),
              base.empty() ? nullptr : base.data()};
    }

    int n_entries() const
    {
      return n_nodes + offsets.back();
    }

    int ring = 1; ///< length of the ring of accumulators

    /// Entries above the diagonal.
    static std::size_t n_neighbours(const LaneLevel &level);

  private:
    using Neighbours = std::vector<std::vector<std::int32_t>>;

    static Neighbours find_neighbours(const LaneLevel &level);
    void make_blocks(const Neighbours &above);
    void tabulate(const LaneLevel &level,
                  const std::vector<std::int32_t> &cell_at);
    int place_of_sum(int row) const;
    int place_of_entry(int row, int column) const;

    int n_nodes;
    std::vector<int> offsets; ///< of the entries above the diagonal
    std::vector<std::int32_t> columns;
    std::vector<unsigned int> places; ///< see lanes::Sweep
    std::vector<int> nodes, ready;
    std::vector<int> sum_offsets, positions;
    std::vector<float> values, base;
  };
} // namespace nodal

#endif
