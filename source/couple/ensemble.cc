// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/couple/ensemble.h>

namespace nodal
{
  std::vector<double> Ensemble::mean() const
  {
    std::vector<double> result(n_rows, 0.);
    for (unsigned int m = 0; m < n_members; ++m)
      for (std::size_t i = 0; i < n_rows; ++i)
        result[i] += member(m)[i];
    for (double &value : result)
      value /= n_members;
    return result;
  }

  std::vector<double> Ensemble::center()
  {
    const std::vector<double> result = mean();
    for (unsigned int m = 0; m < n_members; ++m)
      for (std::size_t i = 0; i < n_rows; ++i)
        member(m)[i] -= result[i];
    return result;
  }

  void Ensemble::shift(const std::vector<double> &state)
  {
    for (unsigned int m = 0; m < n_members; ++m)
      for (std::size_t i = 0; i < n_rows; ++i)
        member(m)[i] += state[i];
  }

  void Ensemble::inflate(const double factor)
  {
    if (factor == 1)
      return;
    const std::vector<double> middle = center();
    for (double &value : values)
      value *= factor;
    shift(middle);
  }
} // namespace nodal
