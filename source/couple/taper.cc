// SPDX-License-Identifier: LGPL-2.1-or-later
#include "taper.h"

#include <cmath>

namespace nodal
{
  double taper(const double distance, const double radius)
  {
    const double r = distance / (std::sqrt(10. / 3) * radius);
    if (r >= 2)
      return 0;
    const double r2 = r * r, r3 = r2 * r, r4 = r2 * r2, r5 = r4 * r;
    if (r <= 1)
      return 1 - 5. / 3 * r2 + 5. / 8 * r3 + r4 / 2 - r5 / 4;
    return 4 - 5 * r + 5. / 3 * r2 + 5. / 8 * r3 - r4 / 2 + r5 / 12 -
           2 / (3 * r);
  }
} // namespace nodal
