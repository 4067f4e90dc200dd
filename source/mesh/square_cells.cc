// SPDX-License-Identifier: LGPL-2.1-or-later
#include "square_cells.h"

#include <deal.II/base/exceptions.h>
#include <deal.II/grid/reference_cell.h>

#include <map>

namespace nodal
{
  using namespace dealii;

  SquareCells::SquareCells(const unsigned int n) : n(n), cells(n * n, true)
  {
  }

  void SquareCells::remove(const unsigned int i, const unsigned int j)
  {
    cells[j * n + i] = false;
  }

  bool SquareCells::has(const int i, const int j) const
  {
    return i >= 0 && j >= 0 && i < int(n) && j < int(n) && cells[j * n + i];
  }

  unsigned int SquareCells::vertex(const unsigned int i,
                                   const unsigned int j) const
  {
    return j * (n + 1) + i;
  }

  std::vector<SquareCells::Edge> SquareCells::boundary() const
  {
    std::map<unsigned int, unsigned int> next;
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
      {
        if (!has(i, j))
          continue;
        if (!has(i, int(j) - 1))
          next.emplace(vertex(i, j), vertex(i + 1, j));
        if (!has(i + 1, j))
          next.emplace(vertex(i + 1, j), vertex(i + 1, j + 1));
        if (!has(i, j + 1))
          next.emplace(vertex(i + 1, j + 1), vertex(i, j + 1));
        if (!has(int(i) - 1, j))
          next.emplace(vertex(i, j + 1), vertex(i, j));
      }
    std::vector<Edge> result;
    unsigned int at = next.begin()->first;
    do
    {
      result.emplace_back(at, next.at(at));
      at = result.back().second;
    } while (at != next.begin()->first);
    AssertThrow(result.size() == next.size(),
                ExcMessage("The boundary is not one closed line."));
    return result;
  }

  std::unique_ptr<Triangulation<2>>
  SquareCells::mesh(const std::vector<types::boundary_id> &ids) const
  {
    std::vector<unsigned int> number((n + 1) * (n + 1),
                                     numbers::invalid_unsigned_int);
    std::vector<Point<2>> points;
    std::vector<CellData<2>> cell_data;
    const auto add = [&](const unsigned int i, const unsigned int j)
    {
      unsigned int &k = number[vertex(i, j)];
      if (k == numbers::invalid_unsigned_int)
      {
        k = points.size();
        points.emplace_back(double(i) / n, double(j) / n);
      }
      return k;
    };
    for (unsigned int j = 0; j < n; ++j)
      for (unsigned int i = 0; i < n; ++i)
        if (has(i, j))
        {
          CellData<2> cell(4);
          cell.vertices = {add(i, j), add(i + 1, j), add(i, j + 1),
                           add(i + 1, j + 1)};
          cell_data.push_back(cell);
        }
    SubCellData faces;
    const std::vector<Edge> edges = boundary();
    for (unsigned int k = 0; k < edges.size(); ++k)
    {
      CellData<1> face(2);
      face.vertices = {number[edges[k].first], number[edges[k].second]};
      face.boundary_id = ids[k];
      faces.boundary_lines.push_back(face);
    }
    auto result = std::make_unique<Triangulation<2>>();
    result->create_triangulation(points, cell_data, faces);
    return result;
  }
} // namespace nodal
