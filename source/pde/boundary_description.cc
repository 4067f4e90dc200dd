// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/boundary_description.h>

#include <limits>
#include <utility>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// Type and boundary id, by which conditions compete for a node.
    using Claim = std::pair<BoundaryType, types::boundary_id>;

    /// The claim that wins at each node of @p mesh; those inside have none.
    template <int dim>
    std::vector<Claim> find_claims(const BoundaryConditions<dim> &boundary,
                                   const MeshDescription &mesh)
    {
      const Claim none = {BoundaryType::impedance,
                          std::numeric_limits<types::boundary_id>::max()};
      std::vector<Claim> claims(mesh.n_nodes(), none);
      const std::size_t n_faces = mesh.boundary_ids.size();
      const std::size_t per_face =
          n_faces > 0 ? mesh.boundary_face_nodes.size() / n_faces : 0;
      for (std::size_t i = 0; i < n_faces * per_face; ++i)
      {
        const types::boundary_id id = mesh.boundary_ids[i / per_face];
        Claim &claim = claims[mesh.boundary_face_nodes[i]];
        claim = std::min(claim, Claim(boundary.conditions.at(id).type, id));
      }
      return claims;
    }

    template <int dim>
    Point<dim> point_of(const MeshDescription &mesh, const std::int64_t node)
    {
      Point<dim> point;
      for (unsigned int d = 0; d < dim; ++d)
        point[d] = mesh.support_points[node * dim + d];
      return point;
    }
  } // namespace

  template <int dim>
  void describe_boundary(const BoundaryConditions<dim> &boundary,
                         const unsigned int n_components, const bool is_sampled,
                         MeshDescription &mesh)
  {
    mesh.boundary_types.clear();
    mesh.boundary_node_types.clear();
    mesh.boundary_sampled.clear();
    mesh.boundary_values.clear();
    mesh.boundary_coefficients.clear();
    for (const std::int32_t id : mesh.boundary_ids)
      mesh.boundary_types.push_back(
          std::int8_t(boundary.conditions.at(id).type));
    const std::vector<Claim> claims = find_claims(boundary, mesh);
    for (const std::int64_t node : mesh.boundary_nodes)
    {
      const auto [type, id] = claims[node];
      const Function<dim> &value = *boundary.conditions.at(id).value;
      const Point<dim> point = point_of<dim>(mesh, node);
      const bool is_drawn = is_sampled && boundary.sampled.count(id) > 0;
      mesh.boundary_node_types.push_back(std::int8_t(type));
      mesh.boundary_sampled.push_back(is_drawn);
      for (unsigned int c = 0; c < n_components; ++c)
        mesh.boundary_values.push_back(is_drawn ? 0. : value.value(point, c));
      mesh.boundary_coefficients.push_back(
          type == BoundaryType::robin ? value.value(point, n_components) : 0.);
    }
  }

  template void describe_boundary(const BoundaryConditions<2> &, unsigned int,
                                  bool, MeshDescription &);
  template void describe_boundary(const BoundaryConditions<3> &, unsigned int,
                                  bool, MeshDescription &);
} // namespace nodal
