// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_aggregate_features_h
#define nodal_source_couple_aggregate_features_h

#include <nodal/solver/local_frames.h>

#include <vector>

namespace nodal
{
  /**
   * What a network is told of an aggregate: numbers of order one that do not
   * change if the matrix is scaled, or the domain is scaled, moved or turned.
   * They are
   *  - the logarithm of the number of nodes, and those of the extents in units
   *    of the distance of neighbours;
   *  - the third and fourth moments of the positions in the frame;
   *  - moments up to the second order, in the frame, of what the rows differ
   *    in: their tensors, the logarithm of the tensors' traces, the couplings
   *    that leave the aggregate, and the sums of rows, which are not zero near
   *    Dirichlet boundaries.
   */
  class AggregateFeatures
  {
  public:
    /// Of all aggregates of @p A on this rank.
    AggregateFeatures(Mat A, const Aggregates &aggregates,
                      const LocalFrames &frames);

    static unsigned int number(unsigned int dim);

    /// A direction of a frame is known up to its sign. Which features change
    /// theirs with direction d: those with bit d.
    static std::vector<unsigned int> parities(unsigned int dim);

    /// The same of the terms of LocalFrames.
    static std::vector<unsigned int> parities_of_terms(unsigned int dim);

    unsigned int n = 0;        ///< aggregates
    std::vector<float> values; ///< n × number()
  };
} // namespace nodal

#endif
