// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_runs_h
#define nodal_source_solver_lane_runs_h

#include <cstdint>
#include <vector>

namespace nodal
{
  /**
   * Order the cells of a block, with @p n = 3 or 4 nodes each, in runs: the
   * last two nodes of a cell are the first two of the next, as in a row of
   * quadrilaterals or a strip of triangles. So a sweep keeps what it knows of
   * them in registers.
   */
  class LaneRuns
  {
  public:
    /// @p cell_nodes holds the nodes of @p n_cells cells.
    LaneRuns(const std::int32_t *cell_nodes, unsigned int n_cells,
             unsigned int n);

    /// The cells in the new order.
    std::vector<unsigned int> cells;
    /// n per cell in the new order: which of its nodes is at each place.
    std::vector<unsigned int> locals;
    std::vector<int> lengths; ///< of the runs

  private:
    void begin(unsigned int cell);
    bool extend();
    int find(unsigned int cell, std::int32_t node, int other) const;
    void append(unsigned int cell, int first, int second);

    const std::int32_t *const cell_nodes;
    const unsigned int n;
    std::vector<bool> is_placed;
    unsigned int first_free = 0;
  };
} // namespace nodal

#endif
