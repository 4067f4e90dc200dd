// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_point_terms_h
#define nodal_time_point_terms_h

#include <deal.II/base/point.h>

#include <functional>
#include <vector>

namespace nodal
{
  /// Fields at one point of a cell.
  struct PointState
  {
    double value(const unsigned int c) const
    {
      return values[c];
    }

    /// ∂_d of value(c)
    double slope(const unsigned int c, const unsigned int d) const
    {
      return slopes[c * dim + d];
    }

    unsigned int dim = 1;
    dealii::Point<3> place;
    double spacing = 0;         ///< of nodes in the cell
    std::vector<double> values; ///< of the components, field after field
    std::vector<double> slopes; ///< component × dim
  };

  /// What a term of an equation is at one point: for each component, a source
  /// s and a flux f, as in (s, v) + (f, ∇v).
  struct PointTerm
  {
    double &flux(const unsigned int c, const unsigned int d)
    {
      return fluxes[c * dim + d];
    }

    unsigned int dim = 1;
    std::vector<double> sources; ///< by component
    std::vector<double> fluxes;  ///< component × dim
  };

  /// Sets the term, which comes as zero.
  using PointFunction = std::function<void(const PointState &, PointTerm &)>;
} // namespace nodal

#endif
