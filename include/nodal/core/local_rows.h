// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_local_rows_h
#define nodal_core_local_rows_h

#include <nodal/core/petsc.h>

namespace nodal
{
  /// Compressed rows of a matrix of type seqaij, to be read while this lives.
  class LocalRows
  {
  public:
    explicit LocalRows(Mat A) : matrix(A)
    {
      PetscBool is_there = PETSC_FALSE;
      NODAL_PETSC(MatGetRowIJ(matrix, 0, PETSC_FALSE, PETSC_FALSE, &n, &offsets,
                              &columns, &is_there));
      NODAL_PETSC(MatSeqAIJGetArrayRead(matrix, &values));
    }
    LocalRows(const LocalRows &) = delete;

    ~LocalRows()
    {
      PetscBool is_there = PETSC_FALSE;
      MatSeqAIJRestoreArrayRead(matrix, &values);
      MatRestoreRowIJ(matrix, 0, PETSC_FALSE, PETSC_FALSE, &n, &offsets,
                      &columns, &is_there);
    }

    PetscInt n = 0;
    const PetscInt *offsets = nullptr, *columns = nullptr;
    const double *values = nullptr;

  private:
    Mat matrix;
  };
} // namespace nodal

#endif
