// SPDX-License-Identifier: LGPL-2.1-or-later
#include "raw_mesh.h"

#include <deal.II/grid/grid_tools.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace nodal
{
  using namespace dealii;

  unsigned int n_vertices(const Shape shape)
  {
    static const unsigned int n[] = {1, 2, 3, 4, 4, 8};
    return n[unsigned(shape)];
  }

  unsigned int dimension(const Shape shape)
  {
    static const unsigned int dimensions[] = {0, 1, 2, 2, 3, 3};
    return dimensions[unsigned(shape)];
  }

  std::string to_string(const Shape shape)
  {
    static const char *names[] = {"vertex",        "line",        "triangle",
                                  "quadrilateral", "tetrahedron", "hexahedron"};
    return names[unsigned(shape)];
  }

  void RawMesh::add_point(const std::int64_t id, const Point<3> &point,
                          const TextScanner &scanner)
  {
    if (!index_of_id.insert({id, points.size()}).second)
      scanner.fail("node " + std::to_string(id) + " is given twice");
    points.push_back(point);
  }

  void RawMesh::read_element(const Shape shape, const std::int64_t tag,
                             TextScanner &scanner)
  {
    RawElement element = {shape, {}, tag, scanner.line_number};
    for (unsigned int v = 0; v < n_vertices(shape); ++v)
    {
      const std::int64_t id = scanner.integer("the number of a node");
      const auto found = index_of_id.find(id);
      if (found == index_of_id.end())
        scanner.fail("there is no node " + std::to_string(id));
      element.vertices.push_back(found->second);
    }
    elements.push_back(element);
  }

  namespace
  {
    using Vertices = std::vector<unsigned int>;

    /// The faces of a cell in VTK's order, ordered so that they look outward.
    const std::vector<Vertices> &outward_faces(const Shape shape)
    {
      static const std::vector<Vertices> triangle = {{0, 1}, {1, 2}, {2, 0}},
                                         quadrilateral = {
                                             {0, 1}, {1, 2}, {2, 3}, {3, 0}};
      static const std::vector<Vertices> tetrahedron = {
          {0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {0, 3, 2}};
      static const std::vector<Vertices> hexahedron = {
          {0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4},
          {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}};
      switch (shape)
      {
      case Shape::triangle:
        return triangle;
      case Shape::quadrilateral:
        return quadrilateral;
      case Shape::tetrahedron:
        return tetrahedron;
      default:
        return hexahedron;
      }
    }

    /// A polygon turned so that it begins with its least vertex; a line as it
    /// is.
    Vertices turned(Vertices face)
    {
      if (face.size() > 2)
        std::rotate(face.begin(), std::min_element(face.begin(), face.end()),
                    face.end());
      return face;
    }

    double determinant(const Tensor<1, 3> &a, const Tensor<1, 3> &b,
                       const Tensor<1, 3> &c)
    {
      return cross_product_3d(a, b) * c;
    }

    /// Twice the area (6 times the volume) of the parallelogram that the
    /// edges at each vertex of @p cell span, over the longest edge squared
    /// (cubed): least and greatest.
    std::pair<double, double>
    corner_measures(const RawElement &cell, const std::vector<Point<3>> &points)
    {
      const auto edge = [&](unsigned int a, unsigned int b)
      { return points[cell.vertices[b]] - points[cell.vertices[a]]; };
      const Tensor<1, 3> z = Point<3>::unit_vector(2);
      std::vector<double> measures;
      switch (cell.shape)
      {
      case Shape::triangle:
        measures = {determinant(edge(0, 1), edge(0, 2), z)};
        break;
      case Shape::quadrilateral:
        for (unsigned int i = 0; i < 4; ++i)
          measures.push_back(
              determinant(edge(i, (i + 1) % 4), edge(i, (i + 3) % 4), z));
        break;
      case Shape::tetrahedron:
        measures = {determinant(edge(0, 1), edge(0, 2), edge(0, 3))};
        break;
      default:
        for (unsigned int i = 0; i < 4; ++i)
        {
          const unsigned int next = (i + 1) % 4, last = (i + 3) % 4;
          measures.push_back(
              determinant(edge(i, next), edge(i, last), edge(i, i + 4)));
          measures.push_back(determinant(
              edge(i + 4, next + 4), edge(i + 4, last + 4), edge(i, i + 4)));
        }
      }
      double longest = 0;
      for (unsigned int i = 0; i < cell.vertices.size(); ++i)
        for (unsigned int j = 0; j < i; ++j)
          longest = std::max(longest, edge(i, j).norm());
      const double scale = std::pow(longest, dimension(cell.shape));
      const auto [least, greatest] =
          std::minmax_element(measures.begin(), measures.end());
      return {*least / scale, *greatest / scale};
    }

    void turn_over(RawElement &cell)
    {
      Vertices &v = cell.vertices;
      if (cell.shape == Shape::hexahedron)
        std::swap_ranges(v.begin(), v.begin() + 4, v.begin() + 4);
      else if (cell.shape == Shape::quadrilateral)
        std::swap(v[1], v[3]);
      else
        std::swap(v[1], v[2]);
    }

    /// Turns the elements of a file into what deal.II wants, or refuses.
    template <int dim>
    class Builder
    {
    public:
      Builder(RawMesh &raw, const TextScanner &scanner)
          : raw(raw), scanner(scanner)
      {
        sort_elements(raw.elements);
        for (RawElement *cell : cells)
          check_cell(*cell);
        check_plane();
        collect_faces();
        for (const RawElement *face : faces)
          mark_boundary(*face);
      }

      void create(Triangulation<dim> &triangulation) const
      {
        std::vector<Point<dim>> vertices;
        std::map<unsigned int, unsigned int> index;
        std::vector<CellData<dim>> cell_data;
        for (const RawElement *cell : cells)
        {
          CellData<dim> data(cell->vertices.size());
          data.material_id = material(*cell);
          for (unsigned int i = 0; i < data.vertices.size(); ++i)
            data.vertices[i] =
                number(cell->vertices[deal_order(i)], index, vertices);
          cell_data.push_back(data);
        }
        const SubCellData faces = boundary(index);
        if (cells[0]->shape == Shape::quadrilateral ||
            cells[0]->shape == Shape::hexahedron)
          GridTools::consistently_order_cells(cell_data);
        triangulation.create_triangulation(vertices, cell_data, faces);
      }

    private:
      void sort_elements(std::vector<RawElement> &elements)
      {
        for (RawElement &element : elements)
        {
          const unsigned int d = dimension(element.shape);
          if (d > dim)
            scanner.fail("the mesh has a " + to_string(element.shape) +
                             "; a 2d mesh has triangles or quadrilaterals",
                         element.line);
          if (d == dim)
            cells.push_back(&element);
          else if (d == dim - 1)
            faces.push_back(&element);
        }
        if (cells.empty())
          scanner.fail(
              dim == 2
                  ? "the mesh has no triangles or quadrilaterals"
                  : "the mesh has no tetrahedra or hexahedra" +
                        std::string(
                            faces.empty() ? "" : ": it is a mesh of surfaces"));
        for (const RawElement *cell : cells)
          if (cell->shape != cells[0]->shape)
            scanner.fail("the mesh mixes " + to_string(cells[0]->shape) +
                             " and " + to_string(cell->shape) +
                             "; mesh the domain with cells of one kind",
                         cell->line);
      }

      void check_cell(RawElement &cell) const
      {
        const std::set<unsigned int> distinct(cell.vertices.begin(),
                                              cell.vertices.end());
        if (distinct.size() != cell.vertices.size())
          scanner.fail("a cell has the same vertex twice", cell.line);
        if (corner_measures(cell, raw.points).second < 0)
          turn_over(cell);
        // Written so that NaN is refused, too.
        if (!(corner_measures(cell, raw.points).first > 1e-14))
          scanner.fail("the " + to_string(cell.shape) +
                           " is degenerate, not convex or folded: its "
                           "Jacobian is not positive",
                       cell.line);
      }

      void check_plane() const
      {
        if (dim == 3)
          return;
        for (const RawElement *cell : cells)
        {
          const Point<3> &origin = raw.points[cell->vertices[0]];
          const double size = origin.distance(raw.points[cell->vertices[1]]);
          for (const unsigned int v : cell->vertices)
            if (std::abs(raw.points[v][2]) > 1e-8 * size)
              scanner.fail("the vertices of a 2d mesh must have z = 0, but "
                           "one has z = " +
                               std::to_string(raw.points[v][2]),
                           cell->line);
        }
      }

      /// Each face has one cell, or two that see it from opposite sides.
      void collect_faces()
      {
        for (const RawElement *cell : cells)
          for (const Vertices &corners : outward_faces(cell->shape))
          {
            Vertices face;
            for (const unsigned int v : corners)
              face.push_back(cell->vertices[v]);
            face = turned(face);
            Vertices key = face;
            std::sort(key.begin(), key.end());
            const auto [known, is_new] = seen.insert({key, {face, 1}});
            if (is_new)
              continue;
            if (++known->second.n_cells > 2)
              scanner.fail("more than two cells share a face", cell->line);
            std::reverse(face.begin(), face.end());
            if (turned(face) != known->second.vertices)
              scanner.fail("a cell overlaps its neighbour or is given "
                           "twice",
                           cell->line);
          }
      }

      void mark_boundary(const RawElement &face)
      {
        if (face.tag < 0 || face.tag >= numbers::internal_face_boundary_id)
          scanner.fail("a boundary cannot have the id " +
                           std::to_string(face.tag),
                       face.line);
        Vertices key = face.vertices;
        std::sort(key.begin(), key.end());
        const auto known = seen.find(key);
        if (known == seen.end())
          scanner.fail("a " + to_string(face.shape) +
                           " of the boundary is not a face of any cell",
                       face.line);
        Face &side = known->second;
        if (side.has_id && side.id != face.tag)
          scanner.fail("a face of the boundary has the id " +
                           std::to_string(side.id) + " and again " +
                           std::to_string(face.tag),
                       face.line);
        side.has_id = true;
        side.id = face.tag;
      }

      types::material_id material(const RawElement &cell) const
      {
        if (cell.tag < 0 || cell.tag >= numbers::invalid_material_id)
          scanner.fail("a cell cannot have the material " +
                           std::to_string(cell.tag),
                       cell.line);
        return cell.tag;
      }

      /// Vertex @p i of deal.II in VTK's order.
      unsigned int deal_order(const unsigned int i) const
      {
        return cells[0]->vertices.size() == dim + 1 ? i : i ^ (i >> 1 & 1);
      }

      /// Number vertices by use; those that no cell uses are left out.
      unsigned int number(const unsigned int v,
                          std::map<unsigned int, unsigned int> &index,
                          std::vector<Point<dim>> &vertices) const
      {
        const auto [known, is_new] = index.insert({v, vertices.size()});
        if (is_new)
        {
          Point<dim> point;
          for (unsigned int d = 0; d < dim; ++d)
            point[d] = raw.points[v][d];
          vertices.push_back(point);
        }
        return known->second;
      }

      /// Groups inside of the domain are no boundary.
      SubCellData
      boundary(const std::map<unsigned int, unsigned int> &index) const
      {
        SubCellData result;
        for (const auto &[key, side] : seen)
        {
          if (side.n_cells == 2 || !side.has_id)
            continue;
          const unsigned int n = side.vertices.size();
          CellData<dim - 1> data(n);
          for (unsigned int i = 0; i < n; ++i)
            data.vertices[i] =
                index.at(side.vertices[n == 4 ? i ^ (i >> 1 & 1) : i]);
          data.boundary_id = side.id;
          push(data, result);
        }
        return result;
      }

      static void push(const CellData<1> &line, SubCellData &boundary)
      {
        boundary.boundary_lines.push_back(line);
      }

      static void push(const CellData<2> &quad, SubCellData &boundary)
      {
        boundary.boundary_quads.push_back(quad);
      }

      struct Face
      {
        Vertices vertices; ///< as the first cell sees them from inside
        unsigned int n_cells = 0;
        std::int64_t id = 0;
        bool has_id = false;
      };

      const RawMesh &raw;
      const TextScanner &scanner;
      std::vector<RawElement *> cells, faces;
      std::map<Vertices, Face> seen; ///< by sorted vertices
    };
  } // namespace

  template <int dim>
  void build(RawMesh &raw, const TextScanner &scanner,
             Triangulation<dim> &triangulation)
  {
    const Builder<dim> builder(raw, scanner);
    builder.create(triangulation);
  }

  template void build(RawMesh &, const TextScanner &, Triangulation<2> &);
  template void build(RawMesh &, const TextScanner &, Triangulation<3> &);
} // namespace nodal
