// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_lane_halo_h
#define nodal_source_solver_lane_halo_h

#include <nodal/solver/lane_family.h>

#include <cstddef>
#include <vector>

namespace nodal
{
  /**
   * Exchange of vectors of lanes on nodes or cells that other ranks own. All
   * calls are collective over the ranks.
   */
  class LaneHalo
  {
  public:
    /// Nothing to exchange.
    LaneHalo() = default;

    /// Those in @p ids are at places 0, 1, … of vectors. Collective.
    LaneHalo(MPI_Comm comm, const LaneIds &ids);

    /// Give those of others the owners' values; @p lanes at each place.
    template <class T>
    void update(T *values, unsigned int lanes);

    /// Add to own ones what other ranks have there.
    template <class T>
    void add(T *values, unsigned int lanes);

  private:
    struct Neighbour
    {
      int rank;
      std::vector<std::int32_t> own, others; ///< places here of what it shares
    };

    /// Send what is at the places of one list of every neighbour and call
    /// @p receive(place, lanes) for the other.
    template <class T, class Receive>
    void transfer(const T *values, unsigned int lanes,
                  std::vector<std::int32_t> Neighbour::*from,
                  std::vector<std::int32_t> Neighbour::*to,
                  const Receive &receive);

    MPI_Comm comm = MPI_COMM_SELF;
    std::vector<Neighbour> neighbours;
    std::vector<MPI_Request> requests;
    std::vector<char> sent, received;
  };
} // namespace nodal

#endif
