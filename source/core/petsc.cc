// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/petsc.h>

// Documented, but declared in a private header only.
PETSC_EXTERN PetscErrorCode PetscObjectStateGet(PetscObject,
                                                PetscObjectState *);

namespace nodal
{
  namespace
  {
    std::string describe(const int code, const char *call, const char *file,
                         const int line)
    {
      const char *text = nullptr;
      PetscErrorMessage(code, &text, nullptr);
      return std::string("PETSc error ") + std::to_string(code) + " (" +
             (text ? text : "unknown") + ") in " + call + " at " + file + ":" +
             std::to_string(line);
    }
  } // namespace

  PetscFailure::PetscFailure(const int code, const char *call, const char *file,
                             const int line)
      : std::runtime_error(describe(code, call, file, line)), code(code)
  {
  }

  VecHandle duplicate(Vec other)
  {
    VecHandle result;
    NODAL_PETSC(VecDuplicate(other, result.put()));
    return result;
  }

  MatHandle duplicate(Mat A)
  {
    MatHandle result;
    NODAL_PETSC(MatDuplicate(A, MAT_COPY_VALUES, result.put()));
    copy_near_null_space(A, result);
    return result;
  }

  std::vector<double> owned_entries(Vec x)
  {
    PetscInt n = 0;
    const double *entries = nullptr;
    NODAL_PETSC(VecGetLocalSize(x, &n));
    NODAL_PETSC(VecGetArrayRead(x, &entries));
    std::vector<double> result(entries, entries + n);
    NODAL_PETSC(VecRestoreArrayRead(x, &entries));
    return result;
  }

  bool is_aij(Mat A)
  {
    PetscBool result = PETSC_FALSE;
    NODAL_PETSC(PetscObjectTypeCompareAny(reinterpret_cast<PetscObject>(A),
                                          &result, MATSEQAIJ, MATMPIAIJ, ""));
    return result == PETSC_TRUE;
  }

  void set_near_null_space(Mat A, std::vector<VecHandle> vectors)
  {
    std::vector<Vec> basis;
    for (const VecHandle &x : vectors)
    {
      double before = 0, after = 0;
      NODAL_PETSC(VecNorm(x, NORM_2, &before));
      for (unsigned int pass = 0; pass < 2; ++pass)
        for (const Vec other : basis)
        {
          double share = 0;
          NODAL_PETSC(VecDot(x, other, &share));
          NODAL_PETSC(VecAXPY(x, -share, other));
        }
      NODAL_PETSC(VecNorm(x, NORM_2, &after));
      if (!(after > 1e-10 * before))
        continue;
      NODAL_PETSC(VecScale(x, 1 / after));
      basis.push_back(x);
    }
    MatNullSpace space = nullptr;
    NODAL_PETSC(
        MatNullSpaceCreate(PetscObjectComm(reinterpret_cast<PetscObject>(A)),
                           PETSC_FALSE, basis.size(), basis.data(), &space));
    NODAL_PETSC(MatSetNearNullSpace(A, space));
    NODAL_PETSC(MatNullSpaceDestroy(&space));
  }

  void copy_near_null_space(Mat from, Mat to)
  {
    MatNullSpace space = nullptr;
    NODAL_PETSC(MatGetNearNullSpace(from, &space));
    if (space)
      NODAL_PETSC(MatSetNearNullSpace(to, space));
  }

  MatVersion::MatVersion(Mat A)
  {
    const auto object = reinterpret_cast<PetscObject>(A);
    NODAL_PETSC(PetscObjectGetId(object, &id));
    NODAL_PETSC(PetscObjectStateGet(object, &state));
  }

  bool MatVersion::is_of(Mat A) const
  {
    const MatVersion other(A);
    int is_same = id == other.id && state == other.state;
    MPI_Allreduce(MPI_IN_PLACE, &is_same, 1, MPI_INT, MPI_MIN,
                  PetscObjectComm(reinterpret_cast<PetscObject>(A)));
    return is_same != 0;
  }

  unsigned int n_ranks(PetscObject object)
  {
    int size = 1;
    MPI_Comm_size(PetscObjectComm(object), &size);
    return size;
  }
} // namespace nodal
