// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class NoPreconditioner : public PetscPreconditioner
    {
      std::vector<Option> options(const Setting &) const override
      {
        return {{"pc_type", "none"}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

    public:
      OperatorTraits traits() const override
      {
        return {true, true};
      }
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, NoPreconditioner, "none", "the identity")
} // namespace nodal
