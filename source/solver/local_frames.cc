// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/local_rows.h>
#include <nodal/solver/local_frames.h>

#include <deal.II/base/symmetric_tensor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace nodal
{
  namespace
  {
    using dealii::SymmetricTensor;
    using dealii::Tensor;

    template <int dim>
    using Tensors = std::vector<SymmetricTensor<2, dim>>;

    template <int dim>
    Tensor<1, dim> point(const Coordinates &positions, const int k)
    {
      Tensor<1, dim> result;
      const double *const x = &positions.values[std::size_t(k) * dim];
      for (int d = 0; d < dim; ++d)
        result[d] = x[d];
      return result;
    }

    /// K_i of the rows.
    template <int dim>
    Tensors<dim> tensors_of_rows(const LocalRows &rows,
                                 const Coordinates &positions)
    {
      constexpr int n_pairs = dim * (dim + 1) / 2;
      Tensors<dim> result(rows.n);
      const double *const x = positions.values.data();
      for (PetscInt i = 0; i < rows.n; ++i)
      {
        const double *const here = x + std::size_t(i) * dim;
        double sum[n_pairs] = {};
        for (PetscInt t = rows.offsets[i]; t < rows.offsets[i + 1]; ++t)
        {
          const double *const there = x + std::size_t(rows.columns[t]) * dim;
          double way[dim];
          for (int d = 0; d < dim; ++d)
            way[d] = there[d] - here[d];
          for (int d = 0, pair = 0; d < dim; ++d)
            for (int e = d; e < dim; ++e)
              sum[pair++] -= rows.values[t] * way[d] * way[e];
        }
        for (int d = 0, pair = 0; d < dim; ++d)
          for (int e = d; e < dim; ++e)
            result[i][d][e] = 0.5 * sum[pair++];
      }
      return result;
    }

    /// Eigenvalues, falling, and eigenvectors; those of zero if @p tensor has
    /// an entry that is no number.
    template <int dim>
    std::array<std::pair<double, Tensor<1, dim>>, dim>
    axes_of(const SymmetricTensor<2, dim> &tensor)
    {
      const bool is_finite = std::isfinite(tensor.norm());
      return dealii::eigenvectors(
          is_finite ? tensor : SymmetricTensor<2, dim>(),
          dealii::SymmetricTensorEigenvectorMethod::jacobi);
    }

    /// K^(−1/2), or the identity if @p K is not positive. Directions of less
    /// than a millionth of the largest diffusion count as that.
    template <int dim>
    Tensor<2, dim> inverse_root(const SymmetricTensor<2, dim> &K)
    {
      Tensor<2, dim> result;
      const auto pairs = axes_of(K);
      const double largest = pairs[0].first;
      if (!(largest > 0))
      {
        for (unsigned int d = 0; d < dim; ++d)
          result[d][d] = 1;
        return result;
      }
      for (const auto &[value, direction] : pairs)
        result += 1 / std::sqrt(std::max(value, 1e-6 * largest)) *
                  outer_product(direction, direction);
      return result;
    }

    template <int dim>
    void add_frames(const LocalRows &rows, const Coordinates &positions,
                    LocalFrames &frames)
    {
      const Tensors<dim> tensors = tensors_of_rows<dim>(rows, positions);
      const RowsOfAggregates &members = frames.members;
      frames.positions.reserve(members.rows.size() * dim);
      frames.tensors.reserve(members.rows.size() * frames.n_pairs());
      for (std::size_t k = 0; k + 1 < members.offsets.size(); ++k)
      {
        const int begin = members.offsets[k], end = members.offsets[k + 1];
        Tensor<1, dim> centre;
        SymmetricTensor<2, dim> K, spread;
        for (int m = begin; m < end; ++m)
        {
          centre += point<dim>(positions, members.rows[m]) / (end - begin);
          K += tensors[members.rows[m]];
        }
        const Tensor<2, dim> root = inverse_root(K);
        for (int m = begin; m < end; ++m)
        {
          const Tensor<1, dim> x =
              root * (point<dim>(positions, members.rows[m]) - centre);
          spread += symmetrize(outer_product(x, x)) / (end - begin);
        }
        const auto axes = axes_of(spread);
        Tensor<1, dim> directions[dim];
        double scales[dim], cubes[dim] = {};
        for (unsigned int d = 0; d < dim; ++d)
        {
          directions[d] = root * axes[d].second;
          const double extent = axes[d].first;
          frames.extents.push_back(extent);
          scales[d] =
              extent > 1e-12 * axes[0].first ? 1 / std::sqrt(extent) : 0;
        }
        for (int m = begin; m < end; ++m)
        {
          const Tensor<1, dim> x =
              point<dim>(positions, members.rows[m]) - centre;
          for (unsigned int d = 0; d < dim; ++d)
          {
            const double xi =
                scales[d] > 0 ? scales[d] * (directions[d] * x) : 0;
            frames.positions.push_back(xi);
            cubes[d] += xi * xi * xi;
          }
        }
        // Of the two signs that a direction can have, the one that makes the
        // mean of cubes positive.
        for (unsigned int d = 0; d < dim; ++d)
          if (cubes[d] < 0)
          {
            directions[d] *= -1;
            for (int m = begin; m < end; ++m)
              frames.positions[m * dim + d] *= -1;
          }
        for (int m = begin; m < end; ++m)
          for (unsigned int d = 0; d < dim; ++d)
          {
            const Tensor<1, dim> image =
                tensors[members.rows[m]] * directions[d];
            for (unsigned int e = d; e < dim; ++e)
              frames.tensors.push_back(image * directions[e]);
          }
      }
    }
  } // namespace

  void LocalFrames::terms(const std::size_t member, double *result) const
  {
    const double *const x = &positions[member * dim];
    for (unsigned int d = 0; d < dim; ++d)
      *result++ = x[d];
    for (unsigned int d = 0; d < dim; ++d)
      for (unsigned int e = d; e < dim; ++e)
        *result++ = x[d] * x[e];
  }

  LocalFrames local_frames(Mat A, const Coordinates &positions,
                           const Aggregates &aggregates)
  {
    Mat own = nullptr;
    NODAL_PETSC(MatGetDiagonalBlock(A, &own));
    const LocalRows rows(own);
    LocalFrames frames;
    frames.dim = positions.dim;
    frames.members = RowsOfAggregates(aggregates);
    if (frames.dim == 2)
      add_frames<2>(rows, positions, frames);
    else
      add_frames<3>(rows, positions, frames);
    return frames;
  }

  void check_one_unknown_per_node(Mat A, const std::string &columns)
  {
    PetscInt block_size = 1;
    NODAL_PETSC(MatGetBlockSize(A, &block_size));
    if (block_size != 1)
      throw BadInput("Columns '" + columns +
                     "' are for one unknown per node, and this matrix has " +
                     std::to_string(block_size) +
                     ": choose 'constant', 'linear' or 'recycled'.");
  }
} // namespace nodal
