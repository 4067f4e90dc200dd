// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_output_h
#define nodal_mesh_output_h

#include <nodal/mesh/space.h>

#include <string>
#include <vector>

namespace nodal
{
  /// A field to be written for ParaView.
  struct OutputField
  {
    std::string name;
    /// Over space.dofs (all components), or over space.scalar_dofs.
    const FieldVector *nodes = nullptr;
    /// Or: one value per active cell index.
    const std::vector<double> *cells = nullptr;
    bool is_scalar = true; ///< false for a field over space.dofs
  };

  /**
   * Write @p fields to FOLDER/NAME-STEP.vtu, with one more piece per rank and
   * a .pvtu on several ranks, and the series so far to FOLDER/../NAME.pvd.
   * Cells of higher degree are cut into linear ones. Collective.
   */
  template <int dim>
  class VtuSeries
  {
  public:
    VtuSeries(const std::string &folder, const std::string &name);

    /// Go on behind steps that another run has written at @p times.
    void resume(const std::vector<double> &times);

    void write(const Space<dim> &space, const std::vector<OutputField> &fields,
               double time);

  private:
    /// The name of the folder alone.
    std::string leaf() const;

    const std::string folder, name;
    std::vector<std::pair<double, std::string>> steps;
  };
} // namespace nodal

#endif
