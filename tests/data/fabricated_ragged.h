// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_data_fabricated_ragged_h
#define nodal_tests_data_fabricated_ragged_h

#include "fabricated.h"

#include <nodal/data/ragged_dataset.h>

namespace nodal
{
  /// fabricated_mesh() with boundary conditions.
  inline MeshDescription fabricated_conditions(const unsigned int n)
  {
    MeshDescription mesh = fabricated_mesh(n);
    mesh.boundary_face_nodes = mesh.boundary_faces;
    mesh.boundary_types.assign(mesh.boundary_ids.size(), 2);
    for (std::size_t i = 0; i < mesh.boundary_nodes.size(); ++i)
    {
      mesh.boundary_node_types.push_back(i % 3);
      mesh.boundary_sampled.push_back(i % 2);
      for (unsigned int c = 0; c < 2; ++c)
        mesh.boundary_values.push_back(i % 2 ? 0 : 10. * i + c);
      mesh.boundary_coefficients.push_back(i % 3 == 2 ? 0.5 : 0);
    }
    return mesh;
  }

  /// fabricated_layout() whose first output is that with the boundary values'
  /// components.
  inline DatasetLayout ragged_layout(const unsigned int n_samples)
  {
    DatasetLayout layout = fabricated_layout(n_samples);
    layout.mesh = MeshDescription();
    return layout;
  }

  /// Sample @p id, a function of it alone, with its values at the sites.
  inline RaggedSample ragged_sample(const DatasetLayout &layout,
                                    const unsigned int id)
  {
    RaggedSample sample;
    sample.id = id;
    sample.mesh = fabricated_conditions(2 + id % 3);
    sample.inputs = fabricated_values(layout.inputs, sample.mesh, id);
    sample.outputs = fabricated_values(layout.outputs, sample.mesh, id);
    for (const FieldDescription &field : layout.inputs)
      if (field.location == Location::boundary)
        sample.inputs[field.name].resize(sample.mesh.boundary_nodes.size() *
                                         field.n_components);
    sample.certificate = {1e-9, 10 + id, 0.5, SampleStatus::certified};
    return sample;
  }
} // namespace nodal

#endif
