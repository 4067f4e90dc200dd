// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_hierarchy_h
#define nodal_source_solver_lane_hierarchy_h

#include "lane_level.h"

#include <list>
#include <memory>

namespace nodal
{
  /// The levels of a family with their vectors, and the V-cycle over them.
  class LaneHierarchy
  {
  public:
    /// @p family has at least two levels, @p kernels suit all but the last of
    /// them. If levels are divided among the ranks of @p comm, everything is
    /// collective.
    LaneHierarchy(const LaneFamily &family,
                  const std::vector<LevelKernels> &kernels, double range,
                  MPI_Comm comm);

    /// Make the matrices of all levels from the coefficients of the finest,
    /// which are in finest().coefficient.
    void set_up();

    /// First smoothing on the finest level: z from r; see
    /// lanes::Kernels::smooth_from_zero().
    void begin_cycle(const lanes::KrylovVectors &krylov, const float *alpha,
                     const double *step, double *norm_squared);

    /// The rest of the V-cycle; @p rz is the product of r and z, per lane.
    void end_cycle(double *rz);

    /// p = z + β p, q = A p; see lanes::Kernels::direction().
    void direction(const lanes::KrylovVectors &krylov, const float *beta,
                   double *pq);

    SmoothedLevel &finest()
    {
      return levels.front();
    }

    /// The finest included.
    unsigned int n_levels() const
    {
      return levels.size() + 1;
    }

    int n_coarsest() const
    {
      return coarsest.n_free;
    }

    /// Of all vectors that hold lanes.
    std::size_t bytes() const;

  private:
    void link(const LaneFamily &family);

    /// Whether ranks have parts of @p level and all of the next.
    bool is_last_divided(std::list<SmoothedLevel>::iterator level) const;

    /// On a level that all ranks have, add up what each of them has.
    void sum_over_ranks(LaneArray<float> &values) const;

    lanes::LevelVectors vectors(std::list<SmoothedLevel>::iterator level);
    void cycle(std::list<SmoothedLevel>::iterator level, double *rz);

    const MPI_Comm comm;
    std::list<SmoothedLevel> levels; ///< finest first
    FactoredLevel coarsest;
    LaneArray<float> ring;
  };
} // namespace nodal

#endif
