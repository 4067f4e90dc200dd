// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    /// Chow's ParaSails (SIAM J. Sci. Comput. 21, 2000) in hypre: GᵀG with a
    /// lower triangular G near the inverse of the Cholesky factor, whose
    /// pattern is that of a power of the matrix without its small entries.
    class Fsai : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Levels", levels,
                "The pattern of G is that of the matrix to the power of this "
                "and one.",
                0, 10);
        prm.add("Threshold", threshold,
                "Matrix entries below this, after scaling to a unit diagonal, "
                "do not count for the pattern.",
                0., 1.);
        prm.add("Filter", filter,
                "Entries of G below this, after scaling, are dropped.", 0., 1.);
      }

      void update(Mat A, const bool is_spd) override
      {
        if (!is_spd)
          throw BadInput("Preconditioner 'fsai' needs a symmetric positive "
                         "definite matrix: choose 'ilu'.");
        PetscPreconditioner::update(A, is_spd);
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        const std::string start = "pc_hypre_parasails_";
        return {{"pc_type", "hypre"},
                {"pc_hypre_type", "parasails"},
                {start + "nlevels", std::to_string(levels)},
                {start + "thresh", std::to_string(threshold)},
                {start + "filter", std::to_string(filter)},
                {start + "sym", "SPD"}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      unsigned int levels = 1;
      double threshold = 0.1;
      double filter = 0.05;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Fsai, "fsai",
                 "factorised sparse approximate inverse: ParaSails of hypre")
} // namespace nodal
