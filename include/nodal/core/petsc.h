// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_petsc_h
#define nodal_core_petsc_h

#include <petscksp.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nodal
{
  /// A PETSc function returned an error code: an internal error of nodal.
  class PetscFailure : public std::runtime_error
  {
  public:
    PetscFailure(int code, const char *call, const char *file, int line);
    const int code;
  };

  inline void check_petsc(const int code, const char *call, const char *file,
                          const int line)
  {
    if (code != 0)
      throw PetscFailure(code, call, file, line);
  }

  /// While it lives, errors of PETSc are returned, not printed: for mistakes of
  /// the user and failures that are expected.
  class QuietPetscErrors
  {
  public:
    QuietPetscErrors()
    {
      PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
    }
    QuietPetscErrors(const QuietPetscErrors &) = delete;

    ~QuietPetscErrors()
    {
      PetscPopErrorHandler();
    }
  };

  /// Owns one PETSc object; `Destroy` is the function that frees it.
  template <class T, PetscErrorCode (*Destroy)(T *)>
  class PetscHandle
  {
  public:
    PetscHandle() = default;

    /// Takes over the ownership of @p object.
    explicit PetscHandle(T object) : object(object)
    {
    }

    PetscHandle(PetscHandle &&other) noexcept
        : object(std::exchange(other.object, nullptr))
    {
    }

    PetscHandle &operator=(PetscHandle &&other) noexcept
    {
      std::swap(object, other.object);
      return *this;
    }

    ~PetscHandle()
    {
      reset();
    }

    void reset()
    {
      if (object)
        Destroy(&object);
      object = nullptr;
    }

    /// For functions that create an object; frees the present one.
    T *put()
    {
      reset();
      return &object;
    }

    operator T() const
    {
      return object;
    }

  private:
    T object = nullptr;
  };

  using MatHandle = PetscHandle<Mat, MatDestroy>;
  using VecHandle = PetscHandle<Vec, VecDestroy>;
  using KSPHandle = PetscHandle<KSP, KSPDestroy>;
  using PCHandle = PetscHandle<PC, PCDestroy>;

  /// A new vector with the layout of @p other.
  VecHandle duplicate(Vec other);

  /// The entries of @p x that this rank owns.
  std::vector<double> owned_entries(Vec x);

  /// A copy of @p A. MatDuplicate leaves out what is nearly in its null space.
  MatHandle duplicate(Mat A);

  /// True for the matrices that nodal's own preconditioners read: compressed
  /// rows.
  bool is_aij(Mat A);

  /// Let @p A have @p vectors, made orthonormal, as near null space; what
  /// depends on those before is left out. Collective.
  void set_near_null_space(Mat A, std::vector<VecHandle> vectors);

  /// Let @p to have the vectors that MatSetNearNullSpace gave @p from, if any.
  void copy_near_null_space(Mat from, Mat to);

  /// Tells whether a matrix is the one it was made from, with the same entries.
  class MatVersion
  {
  public:
    MatVersion() = default;
    explicit MatVersion(Mat A);

    /// The same on all ranks. Collective.
    bool is_of(Mat A) const;

  private:
    PetscObjectId id = -1;
    PetscObjectState state = -1;
  };

  /// Number of ranks of the communicator of @p object.
  unsigned int n_ranks(PetscObject object);
} // namespace nodal

/// Call a PETSc function and throw PetscFailure if it fails.
#define NODAL_PETSC(...)                                                       \
  ::nodal::check_petsc((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

#endif
