// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_level.h"

#include "lane_runs.h"

#include <nodal/core/communicator.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    bool has_zero_row_sums(const double *K, const unsigned int n)
    {
      for (unsigned int i = 0; i < n; ++i)
      {
        double sum = 0, size = 0;
        for (unsigned int j = 0; j < n; ++j)
        {
          sum += K[i * n + j];
          size += std::abs(K[i * n + j]);
        }
        if (std::abs(sum) > 1e-12 * size)
          return false;
      }
      return true;
    }

    /// The largest eigenvalue of D^-1/2 K D^-1/2 by the power method, a little
    /// enlarged.
    double largest_eigenvalue(const double *K, const unsigned int n)
    {
      std::vector<double> scale(n), x(n), y(n);
      for (unsigned int i = 0; i < n; ++i)
      {
        scale[i] = K[i * n + i] > 0 ? 1 / std::sqrt(K[i * n + i]) : 0;
        x[i] = 1 + 0.37 * (i % 3) - 0.61 * (i % 5);
      }
      double norm = 0;
      for (unsigned int step = 0; step < 30; ++step)
      {
        norm = 0;
        for (unsigned int i = 0; i < n; ++i)
        {
          y[i] = 0;
          for (unsigned int j = 0; j < n; ++j)
            y[i] += scale[i] * K[i * n + j] * scale[j] * x[j];
          norm += y[i] * y[i];
        }
        norm = std::sqrt(norm);
        if (!(norm > 0))
          return 0;
        for (unsigned int i = 0; i < n; ++i)
          x[i] = y[i] / norm;
      }
      return 1.03 * norm;
    }

    /// The free nodes in order, -1 for the others.
    std::vector<std::int32_t> number_free(const LaneLevel &level)
    {
      std::vector<std::int32_t> result(level.n_nodes, -1);
      int n = 0;
      for (unsigned int i = 0; i < level.n_nodes; ++i)
        if (!level.is_constrained[i])
          result[i] = n++;
      return result;
    }

    LaneFactor make_factor(const LaneLevel &level,
                           const std::vector<std::int32_t> &number)
    {
      std::vector<std::pair<int, int>> edges;
      const unsigned int n = level.n;
      for (unsigned int c = 0; c < level.n_cells; ++c)
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int j = 0; j < i; ++j)
          {
            const int a = number[level.cell_nodes[c * n + i]],
                      b = number[level.cell_nodes[c * n + j]];
            if (a >= 0 && b >= 0)
              edges.push_back({a, b});
          }
      return LaneFactor(std::count_if(number.begin(), number.end(),
                                      [](const int i) { return i >= 0; }),
                        edges);
    }
  } // namespace

  lanes::Form find_form(const LaneFamily &family, MPI_Comm comm)
  {
    int is_difference = 1;
    for (const LaneLevel &level : family.levels)
    {
      is_difference &= level.constant.empty();
      const std::size_t stride = std::size_t(level.n) * level.n;
      for (unsigned int c = 0; c < level.n_cells && is_difference; ++c)
        is_difference = has_zero_row_sums(&level.unit[c * stride], level.n);
    }
    MPI_Allreduce(MPI_IN_PLACE, &is_difference, 1, MPI_INT, MPI_MIN, comm);
    return is_difference ? lanes::difference_form : lanes::affine_form;
  }

  LaneOrder::LaneOrder(const LaneLevel &level, const lanes::Form form,
                       const unsigned int lanes)
      : n_nodes(level.n_nodes)
  {
    const unsigned int n = level.n;
    for (std::size_t k = 0; k < level.cell_nodes.size(); ++k)
      locals.push_back(k % n);
    std::vector<std::int32_t> first(level.n_cells);
    for (unsigned int c = 0; c < level.n_cells; ++c)
      first[c] = *std::min_element(&level.cell_nodes[c * n],
                                   &level.cell_nodes[c * n] + n);
    cell_at.resize(level.n_cells);
    std::iota(cell_at.begin(), cell_at.end(), 0);
    std::stable_sort(cell_at.begin(), cell_at.end(),
                     [&](const int a, const int b)
                     { return first[a] < first[b]; });
    for (const std::int32_t c : cell_at)
      cell_nodes.insert(cell_nodes.end(), &level.cell_nodes[c * n],
                        &level.cell_nodes[c * n] + n);
    make_blocks(level);
    if (lanes::has_runs(form, n))
      make_runs(level);
    place_of_cell.resize(level.n_cells);
    for (unsigned int place = 0; place < level.n_cells; ++place)
      place_of_cell[cell_at[place]] = place;
    pack(level, form);
    const std::vector<std::int32_t> &at = cell_nodes;
    for (std::size_t c = 0; c < at.size(); c += n)
    {
      for (unsigned int i = 0; i < n; ++i)
        places.push_back(at[c + i] * lanes);
      for (unsigned int i = 0; i < n; ++i)
        places.push_back((at[c + i] & (ring - 1)) * lanes);
    }
  }

  void LaneOrder::make_blocks(const LaneLevel &level)
  {
    const int n = level.n, n_cells = level.n_cells;
    nodes = {0};
    cells = {0};
    int cell = 0, prepared = 0, longest = 1;
    for (int begin = 0; begin < n_nodes; begin += lane_nodes_per_block)
    {
      const int end = std::min(begin + lane_nodes_per_block, n_nodes);
      prepared = std::max(prepared, end);
      for (; cell < n_cells; ++cell)
      {
        const std::int32_t *const at = &cell_nodes[cell * n];
        if (*std::min_element(at, at + n) >= end)
          break;
        prepared = std::max(prepared, *std::max_element(at, at + n) + 1);
      }
      nodes.push_back(end);
      cells.push_back(cell);
      ready.push_back(prepared);
      longest = std::max(longest, prepared - begin);
    }
    while (ring < longest)
      ring *= 2;
  }

  void LaneOrder::make_runs(const LaneLevel &level)
  {
    const unsigned int n = level.n;
    const std::vector<std::int32_t> old_nodes = cell_nodes, old_at = cell_at;
    run_offsets = {0};
    for (std::size_t b = 0; b < ready.size(); ++b)
    {
      const int begin = cells[b];
      const LaneRuns runs(&old_nodes[std::size_t(begin) * n],
                          cells[b + 1] - begin, n);
      for (std::size_t c = 0; c < runs.cells.size(); ++c)
      {
        const std::size_t from = begin + runs.cells[c], to = begin + c;
        cell_at[to] = old_at[from];
        for (unsigned int i = 0; i < n; ++i)
        {
          locals[to * n + i] = runs.locals[c * n + i];
          cell_nodes[to * n + i] = old_nodes[from * n + locals[to * n + i]];
        }
      }
      run_lengths.insert(run_lengths.end(), runs.lengths.begin(),
                         runs.lengths.end());
      run_offsets.push_back(run_lengths.size());
    }
  }

  void LaneOrder::pack(const LaneLevel &level, const lanes::Form form)
  {
    const unsigned int n = level.n;
    const unsigned int start = form == lanes::difference_form ? 1 : 0;
    const auto put = [&](const double *K, const unsigned int *const local)
    {
      for (unsigned int i = start; i < n; ++i)
        for (unsigned int j = i; j < n; ++j)
          packed.push_back(
              0.5 * (K[local[i] * n + local[j]] + K[local[j] * n + local[i]]));
      const double largest = largest_eigenvalue(K, n);
      for (unsigned int i = 0; i < n; ++i)
        diagonals.push_back(largest * K[local[i] * n + local[i]]);
    };
    const std::vector<double> zero(n * n, 0.);
    for (std::size_t place = 0; place < cell_at.size(); ++place)
    {
      const std::size_t k = std::size_t(cell_at[place]) * n * n;
      const unsigned int *const local = &locals[place * n];
      put(&level.unit[k], local);
      if (form == lanes::affine_form)
        put(level.constant.empty() ? zero.data() : &level.constant[k], local);
    }
  }

  SmoothedLevel::SmoothedLevel(const LaneLevel &level,
                               const LevelKernels &kernels, const double range,
                               MPI_Comm comm, const LanePatches *patches)
      : patches(patches),
        comm(level.nodes.begin.empty() ? MPI_COMM_SELF : comm),
        kernels(*kernels.sweeps), cell_kernels(*kernels.cells),
        order(patches ? LaneLevel() : level, kernels.cells->form,
              kernels.cells->lanes),
        n_nodes(level.n_nodes), n_cells(level.n_cells),
        n_coefficients(is_divided() ? level.cells.ids.size() : level.n_cells),
        geometric{level.offsets,
                  level.columns,
                  {level.weights.begin(), level.weights.end()},
                  {},
                  {},
                  {}},
        coefficient(std::size_t(n_coefficients) * this->kernels.lanes),
        inverse_diagonal(std::size_t(n_nodes) * this->kernels.lanes),
        r(std::size_t(n_nodes) * this->kernels.lanes),
        z(std::size_t(n_nodes) * this->kernels.lanes)
  {
    for (const bool is_constrained : level.is_constrained)
      mask.push_back(is_constrained ? 0 : 1);
    if (is_divided())
      make_halos(level);
    if (this->kernels.form == lanes::row_form)
    {
      std::vector<std::int32_t> cell_at = order.cell_at;
      if (patches)
      {
        cell_at.resize(n_cells);
        std::iota(cell_at.begin(), cell_at.end(), 0);
      }
      rows = std::make_unique<LaneRows>(level, cell_at, this->kernels.lanes);
      entries.resize(std::size_t(rows->n_entries()) * this->kernels.lanes);
    }
    else
      values.assign(order.packed.begin(), order.packed.end());
    // The spectrum of D⁻¹A ends at one.
    const double low = 1 / range;
    for (unsigned int k = 0; k < 2; ++k)
      omega[k] = 2 / (1 + low + (1 - low) * std::cos(M_PI * (2 * k + 1) / 4.));
  }

  void SmoothedLevel::make_halos(const LaneLevel &level)
  {
    const unsigned int self = rank_of(comm);
    for (int i = 0; i < n_nodes; ++i)
      if (level.nodes.owner(level.nodes.ids[i]) != self)
        mask[i] = 0;
    nodes = LaneHalo(comm, level.nodes);
    LaneIds in_order = level.cells;
    for (int place = 0; place < n_cells; ++place)
      in_order.ids[place] = level.cells.ids[order.cell_at[place]];
    cells = LaneHalo(comm, in_order);
  }

  void SmoothedLevel::set_up()
  {
    cells.update(coefficient.data(), kernels.lanes);
    if (rows)
      kernels.add_cells(rows->sum(), coefficient.data(), entries.data());
    if (patches)
      cell_kernels.bounded_diagonal(
          n_nodes, patches->n_patches, patches->cell_nodes.data(),
          coefficient.data(), mask.data(), inverse_diagonal.data());
    else
      cell_kernels.diagonal(order.view(values, mask), order.diagonals.data(),
                            coefficient.data(), inverse_diagonal.data());
    nodes.update(inverse_diagonal.data(), kernels.lanes);
  }

  FactoredLevel::FactoredLevel(const LaneLevel &level, const unsigned int lanes)
      : n_cells(level.n_cells), place(number_free(level)),
        factor(make_factor(level, place))
  {
    n_free = factor.view().n;
    for (std::int32_t &p : place)
      if (p >= 0)
        p = factor.place(p);
    const std::vector<std::int32_t> number = number_free(level);
    const unsigned int n = level.n;
    if (!level.constant.empty())
      base.assign(factor.n_entries(), 0.F);
    offsets = {0};
    for (unsigned int c = 0; c < level.n_cells; ++c)
    {
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j <= i; ++j)
        {
          const int a = number[level.cell_nodes[c * n + i]],
                    b = number[level.cell_nodes[c * n + j]];
          if (a < 0 || b < 0)
            continue;
          // Of a symmetric matrix one half is kept, but both where two nodes
          // of a cell are the same.
          const double weight = a == b && i != j ? 2 : 1;
          const std::size_t k = (std::size_t(c) * n + i) * n + j;
          const int at = factor.position(a, b);
          if (!level.constant.empty())
            base[at] += weight * level.constant[k];
          if (level.unit[k] == 0)
            continue;
          positions.push_back(at);
          values.push_back(weight * level.unit[k]);
        }
      offsets.push_back(positions.size());
    }
    coefficient.resize(std::size_t(n_cells) * lanes);
    entries.resize(std::size_t(factor.n_entries()) * lanes);
    x.resize(std::size_t(n_free + 1) * lanes);
  }
} // namespace nodal
