// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_hierarchy.h"

#include <algorithm>

namespace nodal
{
  LaneHierarchy::LaneHierarchy(const LaneFamily &family,
                               const std::vector<LevelKernels> &kernels,
                               const double range, MPI_Comm comm)
      : comm(comm), coarsest(family.levels.back(), kernels[0].cells->lanes)
  {
    for (std::size_t l = 0; l + 1 < family.levels.size(); ++l)
      levels.emplace_back(family.levels[l], kernels[l], range, comm);
    link(family);
    int longest = 1;
    for (const SmoothedLevel &level : levels)
      longest = std::max(longest, level.ring());
    ring.resize(std::size_t(longest) * kernels[0].cells->lanes);
  }

  void LaneHierarchy::link(const LaneFamily &family)
  {
    auto level = levels.begin();
    for (std::size_t l = 0; l + 1 < family.levels.size(); ++l, ++level)
    {
      const LaneLevel &from = family.levels[l];
      const auto coarse = std::next(level);
      const bool is_last = coarse == levels.end();
      const int n_coarse = is_last ? coarsest.n_cells : coarse->n_coefficients;
      // Behind the cells that are swept, others stay in their order.
      const auto place = [&](const std::int32_t parent)
      {
        return is_last || parent >= coarse->n_cells
                   ? parent
                   : coarse->order.place_of_cell[parent];
      };

      std::vector<std::int32_t> &offsets = level->child_offsets;
      offsets.assign(n_coarse + 1, 0);
      for (const std::int32_t parent : from.parent)
        if (parent >= 0)
          ++offsets[place(parent) + 1];
      for (int c = 0; c < n_coarse; ++c)
        offsets[c + 1] += offsets[c];
      std::vector<std::int32_t> next(offsets.begin(), offsets.end() - 1);
      level->children.resize(offsets.back());
      level->child_weights.resize(offsets.back());
      for (int child = 0; child < level->n_coefficients; ++child)
      {
        const std::int32_t c =
            child < level->n_cells ? level->order.cell_at[child] : child;
        if (from.parent[c] < 0)
          continue;
        const std::int32_t k = next[place(from.parent[c])]++;
        level->children[k] = child;
        level->child_weights[k] = from.share[c];
      }
      if (is_last)
        for (std::int32_t &column : level->columns)
          column = coarsest.place[column];
    }
  }

  void LaneHierarchy::set_up()
  {
    for (auto level = levels.begin(); level != levels.end(); ++level)
    {
      const lanes::Kernels &kernels = level->kernels;
      level->set_up();
      const auto coarse = std::next(level);
      LaneArray<float> &coarse_coefficient =
          coarse == levels.end() ? coarsest.coefficient : coarse->coefficient;
      kernels.average(level->child_offsets.size() - 1,
                      level->child_offsets.data(), level->children.data(),
                      level->child_weights.data(), level->coefficient.data(),
                      coarse_coefficient.data());
      if (is_last_divided(level))
        sum_over_ranks(coarse_coefficient);
    }
    const lanes::Kernels &kernels = finest().kernels;
    kernels.add_cells(coarsest.sum(), coarsest.coefficient.data(),
                      coarsest.entries.data());
    kernels.factorise(coarsest.factor.view(), coarsest.entries.data());
  }

  bool LaneHierarchy::is_last_divided(
      const std::list<SmoothedLevel>::iterator level) const
  {
    const auto coarse = std::next(level);
    return level->is_divided() &&
           (coarse == levels.end() || !coarse->is_divided());
  }

  void LaneHierarchy::sum_over_ranks(LaneArray<float> &values) const
  {
    MPI_Allreduce(MPI_IN_PLACE, values.data(), values.size(), MPI_FLOAT,
                  MPI_SUM, comm);
  }

  lanes::LevelVectors
  LaneHierarchy::vectors(const std::list<SmoothedLevel>::iterator level)
  {
    const auto coarse = std::next(level);
    const bool is_last = coarse == levels.end();
    return {level->matrix(),
            level->inverse_diagonal.data(),
            level->r.data(),
            level->z.data(),
            is_last ? coarsest.x.data() : coarse->r.data(),
            is_last ? coarsest.x.data() : coarse->z.data(),
            ring.data()};
  }

  void LaneHierarchy::begin_cycle(const lanes::KrylovVectors &krylov,
                                  const float *alpha, const double *step,
                                  double *norm_squared)
  {
    const auto level = levels.begin();
    level->kernels.smooth_from_zero(level->sweep(), vectors(level),
                                    level->omega, &krylov, alpha, step,
                                    norm_squared);
    level->nodes.update(level->z.data(), level->kernels.lanes);
  }

  void LaneHierarchy::end_cycle(double *rz)
  {
    cycle(levels.begin(), rz);
  }

  void LaneHierarchy::cycle(const std::list<SmoothedLevel>::iterator level,
                            double *rz)
  {
    const auto coarse = std::next(level);
    const bool is_last = coarse == levels.end();
    const lanes::Kernels &kernels = level->kernels;
    const lanes::LevelVectors v = vectors(level);
    LaneArray<float> &coarse_r = is_last ? coarsest.x : coarse->r;
    std::fill(coarse_r.begin(), coarse_r.end(), 0.F);
    kernels.restrict_residual(level->sweep(), level->transfer(), v);
    if (is_last_divided(level))
      sum_over_ranks(coarse_r);
    if (is_last)
      kernels.solve(coarsest.factor.view(), coarsest.entries.data(),
                    coarsest.x.data());
    else
    {
      coarse->nodes.add(coarse->r.data(), kernels.lanes);
      coarse->nodes.update(coarse->r.data(), kernels.lanes);
      coarse->kernels.smooth_from_zero(coarse->sweep(), vectors(coarse),
                                       coarse->omega, nullptr, nullptr, nullptr,
                                       nullptr);
      coarse->nodes.update(coarse->z.data(), kernels.lanes);
      cycle(coarse, nullptr);
    }
    kernels.prolong_and_smooth(level->sweep(), level->transfer(), v,
                               level->omega[1]);
    level->nodes.update(level->z.data(), kernels.lanes);
    kernels.smooth(level->sweep(), v, level->omega[0], rz);
    level->nodes.update(level->z.data(), kernels.lanes);
  }

  void LaneHierarchy::direction(const lanes::KrylovVectors &krylov,
                                const float *beta, double *pq)
  {
    const auto level = levels.begin();
    level->kernels.direction(level->sweep(), vectors(level), krylov, beta, pq);
    level->nodes.update(krylov.q, level->kernels.lanes);
  }

  std::size_t LaneHierarchy::bytes() const
  {
    std::size_t n = coarsest.coefficient.size() + coarsest.entries.size() +
                    coarsest.x.size() + ring.size();
    for (const SmoothedLevel &level : levels)
      n += level.coefficient.size() + level.entries.size() +
           level.inverse_diagonal.size() + level.r.size() + level.z.size();
    return n * sizeof(float);
  }
} // namespace nodal
