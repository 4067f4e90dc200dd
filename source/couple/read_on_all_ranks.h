// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_read_on_all_ranks_h
#define nodal_source_couple_read_on_all_ranks_h

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/petsc.h>

#include <memory>
#include <string>

namespace nodal
{
  /// Model::read(@p folder) to @p model, unless that has been done; each rank
  /// of @p A reads, perhaps on a disk of its own. Throws BadInput, on all
  /// ranks; @p if_none is what it says without a folder.
  template <class Model>
  void read_on_all_ranks(std::unique_ptr<Model> &model,
                         const std::string &folder, Mat A,
                         const std::string &if_none)
  {
    if (model)
      return;
    if (folder.empty())
      throw BadInput(if_none);
    std::unique_ptr<Model> next;
    agree(PetscObjectComm(reinterpret_cast<PetscObject>(A)),
          [&] { next = std::make_unique<Model>(Model::read(folder)); });
    model = std::move(next);
  }
} // namespace nodal

#endif
