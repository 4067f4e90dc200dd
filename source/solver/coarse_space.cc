// SPDX-License-Identifier: LGPL-2.1-or-later
#include "coarse_space.h"

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// What the owned rows give to Wᵀ A W, row by row.
    std::vector<SmallSystem::Entry> owned_part(const CoarseImages &images,
                                               const SparseColumns &AW)
    {
      const GroupedRows &W = images.W;
      const std::vector<int> &first = images.first;
      const int width = W.width, n_groups = int(first.size()) - 1;
      std::vector<SmallSystem::Entry> entries;
      // The blocks of the present rows, width × width, by group.
      std::vector<int> place(n_groups, -1), met;
      std::vector<double> blocks;
      for (std::size_t k = 0; k < AW.numbers.size(); ++k)
      {
        met.clear();
        blocks.clear();
        for (int t = AW.offsets[k]; t < AW.offsets[k + 1]; ++t)
        {
          const int i = AW.rows[t];
          const double *const image = AW.values.data() + std::size_t(width) * t;
          for (int u = W.offsets[i]; u < W.offsets[i + 1]; ++u)
          {
            int &at = place[W.groups[u]];
            if (at < 0)
            {
              at = blocks.size();
              met.push_back(W.groups[u]);
              blocks.resize(blocks.size() + std::size_t(width) * width, 0.);
            }
            const double *const column =
                W.values.data() + std::size_t(width) * u;
            double *const block = blocks.data() + at;
            for (int r = 0; r < width; ++r)
              for (int c = 0; c < width; ++c)
                block[r * width + c] += image[r] * column[c];
          }
        }
        std::sort(met.begin(), met.end());
        for (int r = 0; r < AW.n_columns[k]; ++r)
          for (const int g : met)
            for (int c = first[g]; c < first[g + 1]; ++c)
              entries.push_back(
                  {AW.numbers[k] + r, c,
                   blocks[place[g] + r * width + (c - first[g])]});
        for (const int g : met)
          place[g] = -1;
      }
      return entries;
    }
  } // namespace

  CoarseSpace::CoarseSpace(Mat A, const CoarseImages &images)
      : comm(PetscObjectComm(reinterpret_cast<PetscObject>(A))),
        n_columns(images.first.back())
  {
    if (n_columns == 0)
      return;
    W = images.W.by_columns(images.first);
    AW = images.AW.by_columns(images.first);
    E = std::make_unique<SmallSystem>(owned_part(images, AW), n_columns,
                                      "The coarse space", comm);
  }

  void CoarseSpace::restrict_to(const double *const x, Vector &coarse) const
  {
    coarse.assign(n_columns, 0.);
    W.products(x, coarse);
    sum_over_ranks(coarse);
  }

  void CoarseSpace::add_columns(const Vector &coarse, double *const x) const
  {
    W.add(coarse, 1, x);
  }

  void CoarseSpace::subtract_images(const Vector &coarse, double *const x) const
  {
    AW.add(coarse, -1, x);
  }

  void CoarseSpace::subtract_products(const double *const x,
                                      Vector &coarse) const
  {
    products.assign(n_columns, 0.);
    AW.products(x, products);
    sum_over_ranks(products);
    for (std::size_t c = 0; c < n_columns; ++c)
      coarse[c] -= products[c];
  }
} // namespace nodal
