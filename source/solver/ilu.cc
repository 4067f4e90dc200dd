// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Ilu : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Levels", levels, "Levels of fill.", 0, 20);
        prm.add("Shift", shift,
                "What to do at a zero pivot: fail, or add to it.",
                {"none", "nonzero"});
      }

    private:
      std::vector<Option> options(const Setting &setting) const override
      {
        return on_blocks("ilu",
                         {{"pc_factor_levels", std::to_string(levels)},
                          {"pc_factor_shift_type", shift}},
                         setting);
      }

      bool keeps_spd() const override
      {
        return false;
      }

      unsigned int levels = 0;
      std::string shift = "nonzero";
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Ilu, "ilu",
                 "incomplete LU factorisation, on the block of each rank")
} // namespace nodal
