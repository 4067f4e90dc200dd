// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/attachment.h>

#include <utility>

namespace nodal
{
  namespace
  {
    PetscErrorCode destroy_attachment(void *object)
    {
      delete static_cast<std::shared_ptr<void> *>(object);
      return 0;
    }
  } // namespace

  void attach(Mat A, const char *const name, std::shared_ptr<void> object)
  {
    auto kept = std::make_unique<std::shared_ptr<void>>(std::move(object));
    PetscHandle<PetscContainer, PetscContainerDestroy> container;
    NODAL_PETSC(PetscContainerCreate(
        PetscObjectComm(reinterpret_cast<PetscObject>(A)), container.put()));
    NODAL_PETSC(PetscContainerSetUserDestroy(container, destroy_attachment));
    NODAL_PETSC(PetscContainerSetPointer(container, kept.release()));
    NODAL_PETSC(PetscObjectCompose(
        reinterpret_cast<PetscObject>(A), name,
        reinterpret_cast<PetscObject>(static_cast<PetscContainer>(container))));
  }

  void *attached(Mat A, const char *const name)
  {
    PetscObject found = nullptr;
    NODAL_PETSC(
        PetscObjectQuery(reinterpret_cast<PetscObject>(A), name, &found));
    const auto container = reinterpret_cast<PetscContainer>(found);
    if (!container)
      return nullptr;
    void *kept = nullptr;
    NODAL_PETSC(PetscContainerGetPointer(container, &kept));
    return static_cast<std::shared_ptr<void> *>(kept)->get();
  }
} // namespace nodal
