// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class BoomerAmg : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Threshold", threshold,
                "Matrix entries below this share of the largest in their row "
                "are weak.",
                0., 1.);
        prm.add("Coarsening", coarsening, "How coarse unknowns are chosen.",
                {"CLJP", "Ruge-Stueben", "Falgout", "PMIS", "HMIS"});
        prm.add("Interpolation", interpolation,
                "How coarse unknowns reach the fine ones.",
                {"classical", "direct", "multipass", "standard", "ext+i"});
        prm.add("Entries per row", p_max,
                "Largest number of entries in a row of the interpolation; 0 is "
                "no limit.");
        prm.add("Aggressive levels", aggressive_levels,
                "Number of levels that are coarsened twice.", 0, 20);
        prm.add("Sweeps", sweeps, "Smoothing steps, down and up.", 1, 20);
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        const std::string start = "pc_hypre_boomeramg_";
        return {{"pc_type", "hypre"},
                {"pc_hypre_type", "boomeramg"},
                {start + "strong_threshold", std::to_string(threshold)},
                {start + "coarsen_type", coarsening},
                {start + "interp_type", interpolation},
                {start + "P_max", std::to_string(p_max)},
                {start + "agg_nl", std::to_string(aggressive_levels)},
                {start + "grid_sweeps_down", std::to_string(sweeps)},
                {start + "grid_sweeps_up", std::to_string(sweeps)},
                {start + "relax_type_down", "symmetric-SOR/Jacobi"},
                {start + "relax_type_up", "symmetric-SOR/Jacobi"}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      double threshold = 0.25;
      std::string coarsening = "PMIS";
      std::string interpolation = "ext+i";
      unsigned int p_max = 4;
      unsigned int aggressive_levels = 1;
      unsigned int sweeps = 1;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, BoomerAmg, "boomeramg",
                 "algebraic multigrid of hypre")
} // namespace nodal
