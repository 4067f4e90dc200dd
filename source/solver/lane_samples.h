// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_samples_h
#define nodal_source_solver_lane_samples_h

#include "lane_level.h"

#include <array>

namespace nodal
{
  constexpr unsigned int most_lanes = 16;

  /// One number per lane.
  template <class T>
  struct alignas(128) PerLane
  {
    std::array<T, most_lanes> values = {};

    T &operator[](const unsigned int lane)
    {
      return values[lane];
    }

    const T &operator[](const unsigned int lane) const
    {
      return values[lane];
    }

    T *data()
    {
      return values.data();
    }

    const T *data() const
    {
      return values.data();
    }
  };

  /**
   * What callers give and take sample by sample, in lanes: coefficients,
   * right-hand sides, solutions; all in double precision. On several ranks
   * arrays of a sample hold the nodes and cells that the rank owns, and loading
   * is collective.
   */
  class LaneSamples
  {
  public:
    /// @p top is the finest level, made from @p level, @p number the places of
    /// own nodes.
    LaneSamples(SmoothedLevel &top, const LaneLevel &level,
                std::vector<std::int32_t> number, MPI_Comm comm);

    /// Also for the finest level. A sample with a coefficient that is not a
    /// positive number gets ones.
    void load_coefficients(const std::vector<const double *> &samples);

    void load_vectors(const std::vector<const double *> &samples_f,
                      const std::vector<double *> &start);

    void unload(const std::vector<double *> &solution) const;

    /// Numbers held.
    std::size_t size() const
    {
      return coefficient.size() + x.size() + f.size();
    }

    unsigned int n = 0; ///< samples, of which the lanes may hold more
    PerLane<bool> has_bad_data;
    LaneArray<double> coefficient, x, f;
    bool is_shared_f = false;
    bool starts_from_zero = true; ///< at free nodes
    bool is_zero = true;          ///< x at all nodes

  private:
    void find_own_cells(const LaneLevel &level);

    /// Arrays of all lanes; those without a sample have the first one's.
    template <class T>
    PerLane<const double *> in_lanes(const std::vector<T *> &samples) const;

    SmoothedLevel &top;
    const MPI_Comm comm;
    const unsigned int S;
    const std::vector<std::int32_t> number; ///< of own nodes in lanes
    std::vector<std::int32_t> own_cell; ///< at each place; 0 if another rank's
    bool has_own_cells;
  };
} // namespace nodal

#endif
