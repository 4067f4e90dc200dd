// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Gamg : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Threshold", threshold,
                "Drop weaker connections before aggregating; negative keeps "
                "all.",
                -1., 1.);
        prm.add("Smoothing steps", smoothing_steps,
                "Steps that smooth the prolongation.", 0, 10);
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        return {{"pc_type", "gamg"},
                {"pc_gamg_threshold", std::to_string(threshold)},
                {"pc_gamg_agg_nsmooths", std::to_string(smoothing_steps)}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      bool needs_copy() const override
      {
        return true;
      }

      double threshold = -1.;
      unsigned int smoothing_steps = 1;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Gamg, "gamg",
                 "algebraic multigrid of PETSc by smoothed aggregation")
} // namespace nodal
