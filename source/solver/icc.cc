// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Icc : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Levels", levels, "Levels of fill.", 0, 20);
      }

    private:
      std::vector<Option> options(const Setting &setting) const override
      {
        return on_blocks("icc",
                         {{"pc_factor_levels", std::to_string(levels)},
                          {"pc_factor_shift_type", "positive_definite"}},
                         setting);
      }

      bool keeps_spd() const override
      {
        return true;
      }

      unsigned int levels = 0;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Icc, "icc",
                 "incomplete Cholesky factorisation, on the block of each rank")
} // namespace nodal
