// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/coordinates.h>

#include <memory>
#include <utility>

namespace nodal
{
  namespace
  {
    constexpr const char *coordinates_name = "nodal coordinates";

    /// Coordinates, or what makes them.
    struct LazyCoordinates
    {
      std::function<Coordinates()> make;
      Coordinates made;
    };

    PetscErrorCode destroy_coordinates(void *object)
    {
      delete static_cast<LazyCoordinates *>(object);
      return 0;
    }

    PetscObject attached(Mat A)
    {
      PetscObject result = nullptr;
      NODAL_PETSC(PetscObjectQuery(reinterpret_cast<PetscObject>(A),
                                   coordinates_name, &result));
      return result;
    }
  } // namespace

  void attach_coordinates(Mat A, std::function<Coordinates()> make)
  {
    auto lazy = std::make_unique<LazyCoordinates>();
    lazy->make = std::move(make);
    PetscHandle<PetscContainer, PetscContainerDestroy> container;
    NODAL_PETSC(PetscContainerCreate(
        PetscObjectComm(reinterpret_cast<PetscObject>(A)), container.put()));
    NODAL_PETSC(PetscContainerSetUserDestroy(container, destroy_coordinates));
    NODAL_PETSC(PetscContainerSetPointer(container, lazy.release()));
    NODAL_PETSC(PetscObjectCompose(
        reinterpret_cast<PetscObject>(A), coordinates_name,
        reinterpret_cast<PetscObject>(static_cast<PetscContainer>(container))));
  }

  const Coordinates *coordinates_of(Mat A)
  {
    const auto container = reinterpret_cast<PetscContainer>(attached(A));
    if (!container)
      return nullptr;
    void *object = nullptr;
    NODAL_PETSC(PetscContainerGetPointer(container, &object));
    auto &lazy = *static_cast<LazyCoordinates *>(object);
    if (lazy.make)
    {
      lazy.made = lazy.make();
      lazy.make = nullptr;
    }
    return &lazy.made;
  }
} // namespace nodal
