// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/solver/initial_guess.h>

namespace nodal
{
  namespace
  {
    class ZeroGuess : public InitialGuess
    {
    public:
      void guess(Mat, Vec, bool, Vec) override
      {
      }
    };
  } // namespace

  NODAL_REGISTER(InitialGuess, ZeroGuess, "zero", "nothing")
} // namespace nodal
