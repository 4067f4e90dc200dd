// SPDX-License-Identifier: LGPL-2.1-or-later
#include "circle_of_values.h"

#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  void CircleOfValues::make_state(const double length_,
                                  std::vector<double> places_,
                                  std::vector<unsigned int> component_of_row_)
  {
    length = length_;
    places.clear();
    for (const double x : places_)
      places.push_back(dealii::Point<3>(x, 0, 0));
    component_of_row = std::move(component_of_row_);
    NODAL_PETSC(VecCreateSeq(PETSC_COMM_SELF, places.size(), state.put()));
  }

  double CircleOfValues::on_circle(const double x) const
  {
    if (!std::isfinite(x))
      throw BadInput("A point on the circle has a coordinate that is not a "
                     "finite number.");
    const double rest = std::fmod(x, length);
    return rest < 0 ? rest + length : rest;
  }

  Interpolation
  CircleOfValues::between(const std::vector<dealii::Point<3>> &points,
                          const unsigned int n, const unsigned int first) const
  {
    Interpolation result;
    for (const dealii::Point<3> &point : points)
    {
      const double x = on_circle(point[0]) * n / length;
      const unsigned int i = x;
      const double share = x - i;
      result.add(first + i % n, 1 - share);
      if (share > 0)
        result.add(first + (i + 1) % n, share);
      result.end_point();
    }
    return result;
  }

  dealii::Tensor<1, 3>
  CircleOfValues::displacement(const dealii::Point<3> &a,
                               const dealii::Point<3> &b) const
  {
    const double way = on_circle(b[0] - a[0]);
    return dealii::Point<3>(way > length / 2 ? way - length : way, 0, 0);
  }

  std::string CircleOfValues::layout() const
  {
    return "circle of " + std::to_string(places.size());
  }
} // namespace nodal
