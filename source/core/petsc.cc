// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/petsc.h>

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

  unsigned int n_ranks(PetscObject object)
  {
    int size = 1;
    MPI_Comm_size(PetscObjectComm(object), &size);
    return size;
  }
} // namespace nodal
