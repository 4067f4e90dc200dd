// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    class Lu : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add(
            "Package", package,
            "What factorises: automatic is umfpack on one rank and mumps on "
            "several.",
            {"automatic", "umfpack", "mumps", "superlu_dist"});
      }

      bool is_exact() const override
      {
        return true;
      }

    private:
      std::vector<Option> options(const Setting &setting) const override
      {
        const std::string fitting = setting.is_parallel ? "mumps" : "umfpack";
        return {{"pc_type", "lu"},
                {"pc_factor_mat_solver_type",
                 package == "automatic" ? fitting : package}};
      }

      bool keeps_spd() const override
      {
        return false;
      }

      std::string package = "automatic";
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, Lu, "lu", "complete LU factorisation")
} // namespace nodal
