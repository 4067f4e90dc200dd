// SPDX-License-Identifier: LGPL-2.1-or-later
// libnodal_pc.so: nodal's preconditioners as type `nodal` of PETSc's PC, and
// its deflated conjugate gradients as type `nodal` of KSP, in programs that
// know nothing of nodal. See docs/plugin.md.
#ifndef nodal_source_plugin_plugin_h
#define nodal_source_plugin_plugin_h

#include <nodal/core/petsc.h>
#include <nodal/solver/operator.h>

#include <exception>
#include <string>

namespace nodal
{
  namespace plugin
  {
    /// Call @p work; what it throws becomes an error of PETSc.
    template <class Work>
    PetscErrorCode guarded(PetscObject object, const Work &work)
    {
      std::string why;
      try
      {
        work();
        return 0;
      }
      catch (const std::exception &error)
      {
        why = error.what();
      }
      SETERRQ(PetscObjectComm(object), PETSC_ERR_USER, "type nodal: %s",
              why.c_str());
    }

    /// @p A, or its block of type seqaij if it is of type mpiaij on one rank.
    inline Mat working_matrix(Mat A)
    {
      Mat result = A;
      if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
        NODAL_PETSC(MatGetDiagonalBlock(A, &result));
      return result;
    }

    /// What a PC of type `nodal` has been set up with, or null if it is of
    /// another type.
    const Preconditioner *preconditioner_of(PC pc);

    /// Makes a KSP one of type `nodal`.
    PetscErrorCode create_ksp(KSP ksp);
  } // namespace plugin
} // namespace nodal

#endif
