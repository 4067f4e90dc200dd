// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/solver/petsc_preconditioner.h>

namespace nodal
{
  namespace
  {
    /// Any preconditioner of PETSc. It counts as SPD only where PETSc's type
    /// with default options is.
    class PetscByName : public PetscPreconditioner
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Type", pc_type, "PETSc's name, as after -pc_type.");
        prm.add("Options", more_options,
                "Options of PETSc, as on its command line.");
      }

      bool is_exact() const override
      {
        return pc_type == "lu" || pc_type == "cholesky" ||
               pc_type == "redundant" || pc_type == "svd";
      }

    private:
      std::vector<Option> options(const Setting &) const override
      {
        std::vector<Option> result = parse(more_options);
        result.push_back({"pc_type", pc_type});
        return result;
      }

      bool keeps_spd() const override
      {
        for (const char *name :
             {"none", "jacobi", "pbjacobi", "vpbjacobi", "sor", "icc",
              "cholesky", "gamg", "ml", "hypre", "deflation"})
          if (pc_type == name)
            return true;
        return false;
      }

      bool needs_copy() const override
      {
        return true;
      }

      std::string pc_type = "bjacobi";
      std::string more_options;
    };
  } // namespace

  NODAL_REGISTER(Preconditioner, PetscByName, "petsc",
                 "any preconditioner of PETSc, by its name")
} // namespace nodal
