// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Cholesky : public PetscPreconditioner
    {
    public:
      void update(Mat A, const bool is_spd) override
      {
        if (!is_spd)
          throw BadInput("Preconditioner 'cholesky' needs a symmetric positive "
                         "definite matrix: choose 'lu'.");
        PetscPreconditioner::update(A, is_spd);
      }

      bool is_exact() const override
      {
        return true;
      }

    private:
      std::vector<Option> options(const Setting &setting) const override
      {
        return {{"pc_type", "cholesky"},
                {"pc_factor_mat_solver_type",
                 setting.is_parallel ? "mumps" : "cholmod"}};
      }

      bool keeps_spd() const override
      {
        return true;
      }

      bool needs_copy() const override
      {
        return true;
      }
    };
  } // namespace

  NODAL_REGISTER(
      Preconditioner, Cholesky, "cholesky",
      "complete Cholesky factorisation: CHOLMOD on one rank, MUMPS on several")
} // namespace nodal
