// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_tests_solver_lane_families_h
#define nodal_tests_solver_lane_families_h

#include <nodal/core/dense.h>
#include <nodal/solver/lane_family.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

/// Small families of systems for tests of the lane kernels.
namespace families
{
  using nodal::Dense;
  using nodal::LaneFamily;
  using nodal::LaneLevel;

  /// What a cell matrix has beside symmetry and definiteness.
  enum class Kind
  {
    zero_row_sums,
    no_constant,
    with_constant
  };

  inline void add_random_matrix(const unsigned int n, const bool zero_row_sums,
                                std::mt19937 &random,
                                std::vector<double> &matrices)
  {
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> B(n * n), K(n * n, 0.);
    for (unsigned int i = 0; i < n; ++i)
    {
      for (unsigned int j = 0; j < n; ++j)
        B[i * n + j] = uniform(random) + (i == j ? 2 : 0);
      if (zero_row_sums)
      {
        const double mean = std::accumulate(&B[i * n], &B[i * n] + n, 0.) / n;
        for (unsigned int j = 0; j < n; ++j)
          B[i * n + j] -= mean;
      }
    }
    for (unsigned int i = 0; i < n; ++i)
      for (unsigned int j = 0; j < n; ++j)
        for (unsigned int k = 0; k < n; ++k)
          K[i * n + j] += B[k * n + i] * B[k * n + j];
    matrices.insert(matrices.end(), K.begin(), K.end());
  }

  /// Cells with @p n nodes each among near numbers, random matrices, some
  /// nodes constrained; one level.
  inline LaneFamily random_family(const unsigned int n, const Kind kind)
  {
    std::mt19937 random(n);
    LaneLevel level;
    level.n = n;
    level.n_nodes = 3 * n + 70;
    level.n_cells = level.n_nodes;
    for (unsigned int c = 0; c < level.n_cells; ++c)
    {
      const unsigned int width = n + 6;
      std::vector<std::int32_t> nodes(width);
      std::iota(nodes.begin(), nodes.end(), std::min(c, level.n_nodes - width));
      std::shuffle(nodes.begin(), nodes.end(), random);
      level.cell_nodes.insert(level.cell_nodes.end(), nodes.begin(),
                              nodes.begin() + n);
      add_random_matrix(n, kind == Kind::zero_row_sums, random, level.unit);
      if (kind == Kind::with_constant)
        add_random_matrix(n, false, random, level.constant);
    }
    // Nodes without a cell have no equation.
    level.is_constrained.assign(level.n_nodes, true);
    for (const std::int32_t node : level.cell_nodes)
      level.is_constrained[node] = node % 7 == 0;
    LaneFamily family;
    family.levels.push_back(level);
    return family;
  }

  /// Bilinear elements on the unit square with m × m cells, zero boundary
  /// values, reaction term @p r, and all levels down to 2 × 2 cells.
  inline LaneFamily square(unsigned int m, const double r = 0)
  {
    LaneFamily family;
    for (; m >= 2; m /= 2)
    {
      LaneLevel level;
      const unsigned int n = m + 1, half = m / 2;
      level.n = 4;
      level.n_nodes = n * n;
      level.n_cells = m * m;
      const double K[] = {4,  -1, -1, -2, -1, 4,  -2, -1,
                          -1, -2, 4,  -1, -2, -1, -1, 4};
      const double M[] = {4, 2, 2, 1, 2, 4, 1, 2, 2, 1, 4, 2, 1, 2, 2, 4};
      const auto on_boundary = [](const unsigned int i, const unsigned int j,
                                  const unsigned int last)
      { return i == 0 || j == 0 || i == last || j == last; };
      level.offsets = {0};
      for (unsigned int j = 0; j < n; ++j)
        for (unsigned int i = 0; i < n; ++i)
        {
          level.is_constrained.push_back(on_boundary(i, j, m));
          if (!level.is_constrained.back())
            for (unsigned int b = j / 2; b <= (j + 1) / 2; ++b)
              for (unsigned int a = i / 2; a <= (i + 1) / 2; ++a)
                if (!on_boundary(a, b, half))
                {
                  level.columns.push_back(b * (half + 1) + a);
                  level.weights.push_back((i % 2 ? .5 : 1) * (j % 2 ? .5 : 1));
                }
          level.offsets.push_back(level.columns.size());
        }
      for (unsigned int j = 0; j < m; ++j)
        for (unsigned int i = 0; i < m; ++i)
        {
          const int first = j * n + i, up = n;
          for (const int node : {first, first + 1, first + up, first + up + 1})
            level.cell_nodes.push_back(node);
          for (const double k : K)
            level.unit.push_back(k / 6);
          if (r != 0)
            for (const double k : M)
              level.constant.push_back(r * k / (36. * m * m));
          level.parent.push_back((j / 2) * half + i / 2);
          level.share.push_back(.25);
        }
      family.levels.push_back(level);
    }
    return family;
  }

  /// Linear triangles on a mesh that is ten times finer at one side of its
  /// curved domain than at the other; zero values on one side or everywhere on
  /// the boundary; one level, with points.
  inline LaneFamily triangles(const unsigned int m,
                              const bool everywhere = false)
  {
    LaneLevel level;
    level.n = 3;
    level.dim = 2;
    level.n_nodes = (m + 1) * (m + 1);
    level.n_cells = 2 * m * m;
    for (unsigned int j = 0; j <= m; ++j)
      for (unsigned int i = 0; i <= m; ++i)
      {
        const double t = double(i) / m, s = double(j) / m,
                     x = 0.19 * t + 0.81 * t * t;
        level.points.push_back(x);
        level.points.push_back((0.3 + x) * (s + 0.1 * std::sin(3 * x)));
        level.is_constrained.push_back(
            i == m || (everywhere && (i == 0 || j == 0 || j == m)));
      }
    const auto add = [&](const int a, const int b, const int c)
    {
      const int nodes[] = {a, b, c};
      const double *p[] = {&level.points[2 * a], &level.points[2 * b],
                           &level.points[2 * c]};
      double gradient[3][2];
      const double area2 = (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) -
                           (p[2][0] - p[0][0]) * (p[1][1] - p[0][1]);
      for (unsigned int i = 0; i < 3; ++i)
      {
        const double *const q = p[(i + 1) % 3], *const r = p[(i + 2) % 3];
        gradient[i][0] = (q[1] - r[1]) / area2;
        gradient[i][1] = (r[0] - q[0]) / area2;
        level.cell_nodes.push_back(nodes[i]);
      }
      for (const auto &u : gradient)
        for (const auto &v : gradient)
          level.unit.push_back((u[0] * v[0] + u[1] * v[1]) * area2 / 2);
    };
    for (unsigned int j = 0; j < m; ++j)
      for (unsigned int i = 0; i < m; ++i)
      {
        const int first = j * (m + 1) + i, above = first + m + 1;
        add(first, first + 1, above);
        add(first + 1, above + 1, above);
      }
    LaneFamily family;
    family.levels.push_back(level);
    return family;
  }

  /// A(μ) with unit rows and columns for constrained nodes.
  inline Dense matrix(const LaneLevel &level, const std::vector<double> &mu)
  {
    Dense A(level.n_nodes, level.n_nodes);
    const unsigned int n = level.n;
    for (unsigned int c = 0; c < level.n_cells; ++c)
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
        {
          const std::size_t k = (std::size_t(c) * n + i) * n + j;
          A(level.cell_nodes[c * n + i], level.cell_nodes[c * n + j]) +=
              mu[c] * level.unit[k] +
              (level.constant.empty() ? 0 : level.constant[k]);
        }
    return A;
  }

  inline Dense eliminated(const LaneLevel &level, Dense A)
  {
    for (unsigned int i = 0; i < level.n_nodes; ++i)
      for (unsigned int j = 0; j < level.n_nodes; ++j)
        if (level.is_constrained[i] || level.is_constrained[j])
          A(i, j) = i == j;
    return A;
  }

  /// Positive numbers that differ from sample to sample.
  inline std::vector<double> coefficient(const LaneLevel &level,
                                         const unsigned int sample,
                                         const double strength = 1)
  {
    std::mt19937 random(100 + sample);
    std::normal_distribution<double> normal(0, strength);
    std::vector<double> mu(level.n_cells);
    for (double &x : mu)
      x = std::exp(normal(random));
    return mu;
  }
} // namespace families

#endif
