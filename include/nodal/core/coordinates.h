// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_coordinates_h
#define nodal_core_coordinates_h

#include <nodal/core/petsc.h>

#include <functional>
#include <vector>

namespace nodal
{
  /// Where the nodes are to which the rows of a matrix belong.
  struct Coordinates
  {
    unsigned int dim = 0;       ///< 0 for a matrix to try something out
    std::vector<double> values; ///< nodes of this rank × dim

    /// Coordinate @p d of node @p k.
    double operator()(const std::size_t k, const unsigned int d) const
    {
      return values[k * dim + d];
    }
  };

  /// Let @p A know where its nodes are, of which each has as many rows, one
  /// after the other, as the block size. @p make is called when somebody asks
  /// first, and must be valid as long as @p A lives. Copies of it know nothing.
  void attach_coordinates(Mat A, std::function<Coordinates()> make);

  /// What @p A has been told, or null. The same for all its ranks.
  const Coordinates *coordinates_of(Mat A);
} // namespace nodal

#endif
