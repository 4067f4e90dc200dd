// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_attachment_h
#define nodal_core_attachment_h

#include <nodal/core/petsc.h>

#include <memory>

namespace nodal
{
  /// Keep @p object with @p A, under @p name, as long as that lives; in place
  /// of the one that has the name. Copies of the matrix have none.
  void attach(Mat A, const char *name, std::shared_ptr<void> object);

  /// What is kept with @p A under @p name, or null.
  void *attached(Mat A, const char *name);
} // namespace nodal

#endif
