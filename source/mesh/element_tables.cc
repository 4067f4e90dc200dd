// SPDX-License-Identifier: LGPL-2.1-or-later
#include "element_tables.h"

#include <deal.II/fe/fe_tools.h>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    using Cells = std::vector<std::vector<unsigned int>>;

    /// (degree)^dim cells between the nodes of FE_Q.
    template <int dim>
    Cells cut_hypercube(const unsigned int degree,
                        const std::vector<unsigned int> &vtk_vertices)
    {
      const std::vector<unsigned int> node =
          FETools::lexicographic_to_hierarchic_numbering<dim>(degree);
      const unsigned int stride[3] = {1, degree + 1,
                                      (degree + 1) * (degree + 1)};
      Cells cells;
      for (unsigned int k = 0; k < (dim == 3 ? degree : 1); ++k)
        for (unsigned int j = 0; j < degree; ++j)
          for (unsigned int i = 0; i < degree; ++i)
          {
            std::vector<unsigned int> cell;
            for (const unsigned int v : vtk_vertices)
              cell.push_back(node[(i + (v & 1)) * stride[0] +
                                  (j + (v >> 1 & 1)) * stride[1] +
                                  (k + (v >> 2)) * stride[2]]);
            cells.push_back(cell);
          }
      return cells;
    }

    /// The number of the node between vertices @p a and @p b.
    template <int dim>
    unsigned int midpoint(const FiniteElement<dim> &fe, const unsigned int a,
                          const unsigned int b)
    {
      const std::vector<Point<dim>> &points = fe.get_unit_support_points();
      for (unsigned int i = 0; i < points.size(); ++i)
        if (points[i].distance(points[a] + (points[b] - points[a]) / 2) < 1e-10)
          return i;
      AssertThrow(false, ExcInternalError());
      return 0;
    }

    template <int dim>
    Cells cut_simplex(const FiniteElement<dim> &fe)
    {
      if (fe.degree == 1)
        return dim == 2 ? Cells{{0, 1, 2}} : Cells{{0, 1, 2, 3}};
      const auto m = [&](unsigned int a, unsigned int b)
      { return midpoint(fe, a, b); };
      if (dim == 2)
        return {{0, m(0, 1), m(0, 2)},
                {m(0, 1), 1, m(1, 2)},
                {m(0, 2), m(1, 2), 2},
                {m(0, 1), m(1, 2), m(0, 2)}};
      // Four corners, and the octahedron between them in four parts around
      // its diagonal from 02 to 13.
      return {{0, m(0, 1), m(0, 2), m(0, 3)},
              {m(0, 1), 1, m(1, 2), m(1, 3)},
              {m(0, 2), m(1, 2), 2, m(2, 3)},
              {m(0, 3), m(1, 3), m(2, 3), 3},
              {m(0, 1), m(0, 2), m(0, 3), m(1, 3)},
              {m(0, 1), m(1, 2), m(0, 2), m(1, 3)},
              {m(0, 2), m(1, 3), m(2, 3), m(0, 3)},
              {m(0, 2), m(1, 2), m(2, 3), m(1, 3)}};
    }
  } // namespace

  template <int dim>
  ElementTables<dim>::ElementTables(const FiniteElement<dim> &fe)
      : n_nodes(fe.n_dofs_per_cell())
  {
    const ReferenceCell cell = fe.reference_cell();
    n_vertices = cell.n_vertices();
    n_faces = cell.n_faces();
    const bool is_simplex = cell.is_simplex();

    if (is_simplex)
      for (unsigned int v = 0; v < n_vertices; ++v)
        vtk_vertices.push_back(v);
    else
      for (unsigned int v = 0; v < n_vertices; ++v)
        vtk_vertices.push_back(v ^ (v >> 1 & 1));

    for (const Point<dim> &point : fe.get_unit_support_points())
      for (unsigned int v = 0; v < n_vertices; ++v)
        vertex_weights.push_back(cell.d_linear_shape_function(point, v));

    for (unsigned int f = 0; f < n_faces; ++f)
    {
      const unsigned int n = cell.face_reference_cell(f).n_vertices();
      std::vector<unsigned int> vertices;
      for (unsigned int i = 0; i < n; ++i)
        vertices.push_back(cell.face_to_cell_vertices(f, i, 1));
      std::vector<unsigned int> nodes;
      for (unsigned int i = 0; i < n_nodes; ++i)
      {
        double weight = 0;
        for (const unsigned int v : vertices)
          weight += vertex_weights[i * n_vertices + v];
        if (weight > 1 - 1e-10)
          nodes.push_back(i);
      }
      face_nodes.push_back(nodes);
      if (n == 4)
        std::swap(vertices[2], vertices[3]);
      face_vertices.push_back(vertices);
    }

    linear_cells = is_simplex ? cut_simplex(fe)
                              : cut_hypercube<dim>(fe.degree, vtk_vertices);
  }

  template struct ElementTables<2>;
  template struct ElementTables<3>;
} // namespace nodal
