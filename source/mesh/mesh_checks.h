// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_mesh_mesh_checks_h
#define nodal_source_mesh_mesh_checks_h

#include <deal.II/grid/tria.h>

#include <functional>
#include <string>

namespace nodal
{
  /**
   * Call functions of deal.II that may not like the user's input: what they
   * throw, in a debug build also by Assert, becomes BadInput that says
   * "@p sentence: ..." and blames @p entry.
   */
  void try_deal_ii(const std::string &sentence, const std::string &entry,
                   const std::function<void()> &work);

  /// Throw BadInput("@p sentence: ...") unless @p mesh has cells and all have
  /// a finite positive measure.
  template <int dim>
  void check_cells(const dealii::Triangulation<dim> &mesh,
                   const std::string &sentence, const std::string &entry);
} // namespace nodal

#endif
