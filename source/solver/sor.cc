// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Sor : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Relaxation", omega, "Relaxation factor.", 1e-3, 1.999);
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        return {{"pc_type", "sor"},
                {"pc_sor_local_symmetric", "1"},
                {"pc_sor_omega", std::to_string(omega)}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      bool needs_copy() const override
      {
        return true;
      }

      double omega = 1.;
    };
  } // namespace

  NODAL_REGISTER(
      Preconditioner, Sor, "sor",
      "symmetric successive over-relaxation, on the block of each rank")
} // namespace nodal
