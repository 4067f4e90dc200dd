// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/time/interpolation.h>

namespace nodal
{
  void Interpolation::apply(const double *const state,
                            double *const values) const
  {
    for (std::size_t k = 0; k < n_points(); ++k)
    {
      values[k] = 0;
      for (std::size_t e = offsets[k]; e < offsets[k + 1]; ++e)
        values[k] += weights[e] * state[rows[e]];
    }
  }
} // namespace nodal
