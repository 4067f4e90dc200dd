// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_ghost_values_h
#define nodal_source_solver_ghost_values_h

#include <nodal/core/petsc.h>

namespace nodal
{
  /// The entries of a vector that the rows of this rank of a matrix of type
  /// mpiaij need of other ranks.
  class GhostValues
  {
  public:
    explicit GhostValues(Mat A)
    {
      Mat of_own = nullptr;
      const PetscInt *numbers = nullptr;
      IS all = nullptr;
      NODAL_PETSC(MatMPIAIJGetSeqAIJ(A, &of_own, &others, &numbers));
      NODAL_PETSC(MatGetSize(others, nullptr, &n));
      NODAL_PETSC(MatCreateVecs(A, own.put(), nullptr));
      NODAL_PETSC(MatCreateVecs(others, ghosts.put(), nullptr));
      NODAL_PETSC(ISCreateGeneral(PETSC_COMM_SELF, n, numbers,
                                  PETSC_COPY_VALUES, &all));
      NODAL_PETSC(VecScatterCreate(own, all, ghosts, nullptr, scatter.put()));
      NODAL_PETSC(ISDestroy(&all));
    }

    /// Fetch them for the entries of `own`. Collective.
    void update() const
    {
      NODAL_PETSC(VecScatterBegin(scatter, own, ghosts, INSERT_VALUES,
                                  SCATTER_FORWARD));
      NODAL_PETSC(
          VecScatterEnd(scatter, own, ghosts, INSERT_VALUES, SCATTER_FORWARD));
    }

    Mat others = nullptr; ///< what A has in columns of other ranks
    PetscInt n = 0;       ///< columns of it
    VecHandle own, ghosts;

  private:
    PetscHandle<VecScatter, VecScatterDestroy> scatter;
  };
} // namespace nodal

#endif
