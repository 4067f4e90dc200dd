// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_hierarchy_h
#define nodal_source_solver_lane_hierarchy_h

#include "lane_kernel_choice.h"
#include "lane_level.h"

#include <list>
#include <memory>

namespace nodal
{
  /**
   * The levels of a family with their vectors, and the V-cycle over them.
   *
   * There are up to two sets of levels below the finest: those of the family,
   * whose cells have means of coefficients, and, where cells are patches, those
   * with interpolation that follows the coefficient. The latter need a third of
   * the iterations where the coefficient jumps, and more memory and set-up.
   */
  class LaneHierarchy
  {
  public:
    /// @p family has at least two levels, @p kernels suit all but the last of
    /// them. If levels are divided among the ranks of @p comm, everything is
    /// collective.
    LaneHierarchy(const LaneFamily &family, const ChosenKernels &kernels,
                  const LaneMultigrid::Settings &settings, MPI_Comm comm);

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
      return factored->n_free;
    }

    /// Whether there are levels with interpolation that follows the
    /// coefficient.
    bool can_follow() const
    {
      return !patches.empty();
    }

    /// Of all vectors that hold lanes.
    std::size_t bytes() const;

  private:
    using Level = std::list<SmoothedLevel>::iterator;

    struct CoarseLevels
    {
      std::list<SmoothedLevel> smoothed;
      std::unique_ptr<FactoredLevel> factored;
    };

    CoarseLevels make_geometric(const LaneFamily &family,
                                const ChosenKernels &kernels);
    CoarseLevels make_following(const LaneFamily &family,
                                const ChosenKernels &kernels);
    void find_patches(const LaneFamily &family, const ChosenKernels &kernels);
    void link(const LaneFamily &family, CoarseLevels &coarse);

    /// Whether the coefficients of a patch differ much somewhere.
    bool has_jumps();

    /// Take the one set of coarse levels or the other.
    void use(bool following);

    /// Whether ranks have parts of @p level and all of the next.
    bool is_last_divided(Level level) const;

    /// On a level that all ranks have, add up what each of them has.
    void sum_over_ranks(LaneArray<float> &values) const;

    lanes::LevelVectors vectors(Level level);
    void coarsen(Level level, LaneArray<float> &coarse);
    void cycle(Level level, double *rz);

    const MPI_Comm comm;
    const double range;
    const bool is_automatic; ///< both sets are there, jumps decide

    /// In use: the finest first, then the others.
    std::list<SmoothedLevel> levels;
    std::unique_ptr<FactoredLevel> factored;

    CoarseLevels others; ///< not in use
    /// Of all levels but the finest.
    std::vector<std::unique_ptr<LanePatches>> patches;
    LaneArray<float> ring;
  };
} // namespace nodal

#endif
