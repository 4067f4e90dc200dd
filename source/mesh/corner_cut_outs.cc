// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/mesh/geometry.h>

#include "square_cells.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// The unit square with rectangles cut out of some of its corners, as in
    /// BENO (Wang et al., ICLR 2024).
    class CornerCutOuts : public Geometry<2>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Cells", n_cells, "Square cells per side of the unit square.",
                2, 10000);
        prm.add("Corners", corners,
                "How many corners are cut out: 0 to 4, or several such numbers "
                "separated by `,` from which each sample draws one. Which "
                "corners these are is drawn, too.");
        corners_path = prm.path("Corners");
        prm.add("Smallest cut", smallest,
                "Least width and height of what is cut out, in cells.", 1,
                5000);
        prm.add("Largest cut", largest,
                "Largest width and height of what is cut out, in cells; less "
                "than half of `Cells`. Both are drawn.",
                1, 5000);
        largest_path = prm.path("Largest cut");
        prm.add("Second part", second_part,
                "Share of the length of the boundary, from a vertex that is "
                "drawn on, that has the boundary id 1; the rest has 0.",
                0., 0.99);
      }

      void check() const override
      {
        counts();
        if (largest < smallest)
          throw BadInput("The largest cut is below the smallest one; make it "
                         "at least " +
                             std::to_string(smallest) + ".",
                         largest_path);
        if (2 * largest >= n_cells)
          throw BadInput("Cuts of " + std::to_string(largest) + " of the " +
                             std::to_string(n_cells) +
                             " cells of a side would meet; make 'Largest cut' "
                             "less than half of 'Cells'.",
                         largest_path);
      }

      bool varies() const override
      {
        return true;
      }

      std::set<types::boundary_id> boundary_ids() const override
      {
        return second_part > 0 ? std::set<types::boundary_id>{0, 1}
                               : std::set<types::boundary_id>{0};
      }

      std::unique_ptr<Triangulation<2>>
      draw(const MeshSource<2> &, Random random, MPI_Comm) const override
      {
        SquareCells cells(n_cells);
        for (const unsigned int corner : draw_corners(random))
        {
          const unsigned int width = draw_size(random),
                             height = draw_size(random);
          for (unsigned int j = 0; j < height; ++j)
            for (unsigned int i = 0; i < width; ++i)
              cells.remove(corner % 2 ? n_cells - 1 - i : i,
                           corner / 2 ? n_cells - 1 - j : j);
        }
        const unsigned int n = cells.boundary().size();
        std::vector<types::boundary_id> ids(n, 0);
        const unsigned int first = draw_below(n, random);
        for (unsigned int k = 0; k < std::lround(second_part * n); ++k)
          ids[(first + k) % n] = 1;
        return cells.mesh(ids);
      }

    private:
      /// The numbers in the entry `Corners`.
      std::vector<unsigned int> counts() const
      {
        std::vector<unsigned int> result;
        for (const std::string &word : split(corners, ','))
          if (word.size() == 1 && word[0] >= '0' && word[0] <= '4')
            result.push_back(word[0] - '0');
          else
            throw BadInput("'" + word +
                               "' is no number of corners; give numbers from 0 "
                               "to 4, separated by commas.",
                           corners_path);
        if (result.empty())
          throw BadInput("Give how many corners are cut out, from 0 to 4.",
                         corners_path);
        return result;
      }

      static unsigned int draw_below(const unsigned int n, Random &random)
      {
        return std::min<unsigned int>(n - 1, n * random.uniform());
      }

      unsigned int draw_size(Random &random) const
      {
        return smallest + draw_below(largest - smallest + 1, random);
      }

      std::vector<unsigned int> draw_corners(Random &random) const
      {
        const std::vector<unsigned int> possible = counts();
        const unsigned int n = possible[draw_below(possible.size(), random)];
        std::vector<unsigned int> all = {0, 1, 2, 3};
        for (unsigned int i = 0; i < 4; ++i)
          std::swap(all[i], all[i + draw_below(4 - i, random)]);
        all.resize(n);
        return all;
      }

      unsigned int n_cells = 32, smallest = 4, largest = 10;
      std::string corners = "4", corners_path, largest_path;
      double second_part = 0;
    };
  } // namespace

  NODAL_REGISTER(Geometry<2>, CornerCutOuts, "corner cut-outs",
                 "the unit square of square cells with rectangles of random "
                 "size cut out of its corners; needs no mesh source")
} // namespace nodal
