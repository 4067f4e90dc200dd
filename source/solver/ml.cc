// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Ml : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Threshold", threshold,
                "Drop weaker connections before aggregating.", 0., 1.);
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        return {{"pc_type", "ml"},
                {"pc_ml_Threshold", std::to_string(threshold)}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      bool needs_copy() const override
      {
        return true;
      }

      double threshold = 0.;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Ml, "ml",
                 "algebraic multigrid of Trilinos by smoothed aggregation")
} // namespace nodal
