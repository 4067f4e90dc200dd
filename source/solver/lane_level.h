// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_level_h
#define nodal_source_solver_lane_level_h

#include "lane_array.h"
#include "lane_factor.h"
#include "lane_halo.h"
#include "lane_kernels.h"
#include "lane_patches.h"
#include "lane_rows.h"

#include <nodal/solver/lane_family.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace nodal
{
  /// Nodes of a block; see lanes::Sweep.
  constexpr int lane_nodes_per_block = 32;

  /// How the cell matrices of a whole hierarchy can be stored, on all ranks.
  lanes::Form find_form(const LaneFamily &family,
                        MPI_Comm comm = MPI_COMM_SELF);

  /// The cells of a level in the order of a sweep: sorted by their first node.
  class LaneOrder
  {
  public:
    LaneOrder(const LaneLevel &level, lanes::Form form, unsigned int lanes);

    template <class T>
    lanes::Sweep<T> view(const std::vector<T> &values,
                         const std::vector<T> &mask) const
    {
      return {n_nodes,
              static_cast<int>(ready.size()),
              ring - 1,
              nodes.data(),
              cells.data(),
              ready.data(),
              run_offsets.data(),
              run_lengths.data(),
              places.data(),
              values.data(),
              mask.data(),
              nullptr};
    }

    /// The cell of the family's order at each place of the sweep.
    std::vector<std::int32_t> cell_at;
    std::vector<std::int32_t> place_of_cell;

    /// Cell matrices in the order of the sweep, packed by the form.
    std::vector<double> packed;

    /// Their diagonals, each times the largest eigenvalue of the cell's D⁻¹K:
    /// with the sum of these as D, that of all D⁻¹A(μ) is at most one, to a few
    /// per cent (Fried, Int. J. Solids Struct. 1971, cell by cell).
    std::vector<float> diagonals;
    int ring = 1; ///< length of the ring of accumulators

  private:
    void make_blocks(const LaneLevel &level);
    void make_runs(const LaneLevel &level);
    void pack(const LaneLevel &level, lanes::Form form);

    int n_nodes;
    std::vector<int> nodes, cells, ready, run_offsets, run_lengths;
    std::vector<std::int32_t> cell_nodes; ///< in the order of the sweep
    std::vector<unsigned int> locals;     ///< which node of the cell each is
    std::vector<unsigned int> places;     ///< see lanes::Sweep
  };

  /// Kernels for the cells of a level and for its sweeps in single precision,
  /// which may take assembled rows instead.
  struct LevelKernels
  {
    const lanes::Kernels *cells, *sweeps;
  };

  /// Interpolation to a level from the next coarser one.
  struct LaneTransfer
  {
    lanes::Transfer view() const
    {
      return {offsets.data(), columns.data(), weights.data(),
              lane_rows.empty() ? nullptr : lane_rows.data(),
              lane_weights.data()};
    }

    std::vector<std::int32_t> offsets, columns;
    std::vector<float> weights;

    /// Where it follows the coefficient, instead; see lanes::Transfer.
    std::vector<std::int32_t> lane_rows;
    LaneArray<float> lane_weights, scratch;
  };

  /// A level on which a smoother works, with its vectors for all lanes. If it
  /// is divided among ranks, set_up() is collective.
  struct SmoothedLevel
  {
    /// Collective over @p comm. With @p patches, of which @p level has the
    /// couplings in place of cells, sweeps take rows and the smoother the
    /// bounded diagonal.
    SmoothedLevel(const LaneLevel &level, const LevelKernels &kernels,
                  double range, MPI_Comm comm = MPI_COMM_SELF,
                  const LanePatches *patches = nullptr);

    bool is_divided() const
    {
      return comm != MPI_COMM_SELF;
    }

    lanes::Sweep<float> sweep() const
    {
      return rows ? rows->view(mask) : order.view(values, mask);
    }

    /// What the sweep takes as its coefficient.
    const float *matrix() const
    {
      return rows ? entries.data() : coefficient.data();
    }

    /// Length of the ring of accumulators for both sweeps.
    int ring() const
    {
      return rows ? std::max(order.ring, rows->ring) : order.ring;
    }

    /// Make the matrix, and what smoothing takes from it, from the
    /// coefficient.
    void set_up();

    lanes::Transfer transfer() const
    {
      return (follows ? following : geometric).view();
    }

    const LanePatches *const patches; ///< of which this level has couplings
    const MPI_Comm comm;              ///< MPI_COMM_SELF if all have the level
    const lanes::Kernels &kernels;    ///< of sweeps in single precision
    const lanes::Kernels &cell_kernels;
    LaneOrder order;
    LaneHalo nodes, cells;
    std::unique_ptr<LaneRows> rows;
    int n_nodes, n_cells; ///< that are swept
    int n_coefficients;   ///< of those cells and others
    float omega[2];       ///< step sizes of the smoother
    std::vector<float> values, mask;
    LaneTransfer geometric, following;
    bool follows = false; ///< which of them is in use

    /// Cells of this level within each cell of the next coarser one.
    std::vector<std::int32_t> child_offsets, children;
    std::vector<float> child_weights;

    LaneArray<float> coefficient, entries, inverse_diagonal, r, z;

  private:
    void make_halos(const LaneLevel &level);
  };

  /// The coarsest level: a sparse factorisation per lane of the matrix of its
  /// free nodes.
  struct FactoredLevel
  {
    FactoredLevel(const LaneLevel &level, unsigned int lanes);

    lanes::CellSum sum() const
    {
      return {n_cells,        factor.n_entries(),
              offsets.data(), positions.data(),
              values.data(),  base.empty() ? nullptr : base.data()};
    }

    int n_free, n_cells;
    std::vector<std::int32_t> place; ///< of node, -1 where constrained
    LaneFactor factor;
    std::vector<std::int32_t> offsets, positions;
    std::vector<float> values, base;
    /// x has one value more, for constrained nodes.
    LaneArray<float> coefficient, entries, x;
  };
} // namespace nodal

#endif
