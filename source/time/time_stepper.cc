// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/time/time_stepper.h>

#include <stdexcept>

namespace nodal
{
  void TimeStepper::step_transposed(double, Vec, Vec, Vec)
  {
    throw std::logic_error("The method has no derivative.");
  }
} // namespace nodal
