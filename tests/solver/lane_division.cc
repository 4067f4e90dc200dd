// SPDX-License-Identifier: LGPL-2.1-or-later
// Lanes over several ranks do what they do on one.
#include "lane_families.h"
#include "systems.h"

#include <nodal/core/communicator.h>
#include <nodal/solver/lane_multigrid.h>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace nodal;

namespace
{
  /// How ranks share nodes and cells.
  enum class Share
  {
    alike,
    differently, ///< nodes and cells, and levels
    last_has_all
  };

  /// The first of @p n things that rank @p rank of @p size has.
  std::int64_t begin_of(const unsigned int n, const Share share,
                        const unsigned int level, const bool is_node,
                        const unsigned int rank, const unsigned int size)
  {
    if (rank == 0)
      return 0;
    if (rank == size)
      return n;
    if (share == Share::last_has_all)
      return 0;
    const double x = double(rank) / size;
    return share == Share::alike
               ? n * x
               : n * std::pow(x, (is_node ? 1.4 : 0.8) + 0.3 * (level % 2));
  }

  DistributedLaneFamily cut(const LaneFamily &family, const Share share)
  {
    DistributedLaneFamily result;
    result.comm = MPI_COMM_WORLD;
    const unsigned int rank = rank_of(result.comm), size = size_of(result.comm);
    for (unsigned int l = 0; l < family.levels.size(); ++l)
    {
      const LaneLevel &level = family.levels[l];
      const bool is_coarsest = l + 1 == family.levels.size();
      const auto node = [&](const unsigned int r)
      { return begin_of(level.n_nodes, share, l, true, r, size); };
      const auto cell = [&](const unsigned int r)
      { return begin_of(level.n_cells, share, l, false, r, size); };
      LanePart part;
      part.first_node = node(rank);
      part.n_nodes = node(rank + 1) - node(rank);
      part.first_cell = cell(rank);
      part.n_cells = cell(rank + 1) - cell(rank);
      part.n = level.n;
      part.n_components = level.n_components;
      part.dim = level.dim;
      const auto piece = [](const auto &all, const std::size_t width,
                            const std::int64_t begin, const std::int64_t n,
                            auto &to)
      {
        if (!all.empty())
          to.assign(all.begin() + begin * width,
                    all.begin() + (begin + n) * width);
      };
      const unsigned int n = level.n;
      piece(level.cell_nodes, n, part.first_cell, part.n_cells,
            part.cell_nodes);
      piece(level.unit, n * n, part.first_cell, part.n_cells, part.unit);
      piece(level.constant, n * n, part.first_cell, part.n_cells,
            part.constant);
      piece(level.is_constrained, 1, part.first_node, part.n_nodes,
            part.is_constrained);
      piece(level.points, level.dim, part.first_node, part.n_nodes,
            part.points);
      if (!is_coarsest)
      {
        piece(level.parent, 1, part.first_cell, part.n_cells, part.parent);
        piece(level.share, 1, part.first_cell, part.n_cells, part.share);
        part.offsets = {0};
        for (unsigned int i = 0; i < part.n_nodes; ++i)
        {
          const std::size_t k = part.first_node + i;
          for (int e = level.offsets[k]; e < level.offsets[k + 1]; ++e)
          {
            part.columns.push_back(level.columns[e]);
            part.weights.push_back(level.weights[e]);
          }
          part.offsets.push_back(part.columns.size());
        }
      }
      result.levels.push_back(part);
    }
    return result;
  }

  using Samples = std::vector<std::vector<double>>;

  struct Family
  {
    Family(const LaneFamily &family, const unsigned int n_samples)
        : family(family)
    {
      const LaneLevel &level = family.levels[0];
      for (unsigned int s = 0; s < n_samples; ++s)
      {
        mu.push_back(families::coefficient(level, s, 0.7));
        f.emplace_back();
        x.emplace_back();
        for (unsigned int i = 0; i < level.n_nodes; ++i)
        {
          f[s].push_back(systems::noise(i, s));
          x[s].push_back(level.is_constrained[i] ? systems::noise(i, 50 + s)
                                                 : 0.);
        }
      }
    }

    /// Solve for the part from @p node and @p cell on of all samples.
    std::vector<SolveResult> solve(LaneMultigrid &multigrid,
                                   const std::int64_t node,
                                   const std::int64_t cell)
    {
      std::vector<const double *> a, b;
      std::vector<double *> u;
      for (std::size_t s = 0; s < mu.size(); ++s)
      {
        a.push_back(mu[s].data() + cell);
        b.push_back(f[s].data() + node);
        u.push_back(x[s].data() + node);
      }
      return multigrid.solve(a, b, u, {});
    }

    const LaneFamily family;
    Samples mu, f, x;
  };

  void check(const Family &problem, const Share share,
             const LaneMultigrid::Settings &settings)
  {
    Family whole = problem, part = problem;
    LaneMultigrid reference(problem.family, settings);
    const auto expected = whole.solve(reference, 0, 0);
    const DistributedLaneFamily parts = cut(problem.family, share);
    LaneMultigrid multigrid(parts, settings);
    const std::int64_t begin = parts.levels[0].first_node,
                       end = begin + parts.levels[0].n_nodes;
    const auto results =
        part.solve(multigrid, begin, parts.levels[0].first_cell);
    BOOST_TEST_REQUIRE(results.size() == expected.size());
    for (std::size_t s = 0; s < results.size(); ++s)
    {
      BOOST_TEST_CONTEXT("sample " << s)
      {
        BOOST_TEST(int(results[s].status) == int(expected[s].status));
        if (!expected[s].converged())
          continue;
        BOOST_TEST(results[s].true_residual <= SolveControl().tolerance);
        BOOST_TEST(results[s].iterations <= expected[s].iterations + 1);
        BOOST_TEST(expected[s].iterations <= results[s].iterations + 1);
        double error = 0, size = 0;
        for (std::int64_t i = begin; i < end; ++i)
        {
          error = std::max(error, std::abs(part.x[s][i] - whole.x[s][i]));
          size = std::max(size, std::abs(whole.x[s][i]));
        }
        BOOST_TEST(error <= 1e-6 * size);
      }
    }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(lane_division)

BOOST_AUTO_TEST_CASE(several_ranks_do_what_one_does)
{
  const std::pair<const char *, LaneFamily> cases[] = {
      {"square", families::square(32)},
      {"with reaction", families::square(16, 5.)},
      {"triangles", families::triangles(20)}};
  for (const auto &[name, family] : cases)
  {
    Family problem(family, 5);
    // A bad sample is nobody else's business.
    problem.mu[2].back() = -1;
    problem.mu[3].front() = std::numeric_limits<double>::quiet_NaN();
    for (unsigned int i = 0; i < family.levels[0].n_nodes; ++i)
      if (!family.levels[0].is_constrained[i])
        problem.x[4][i] = systems::noise(i, 9);
    for (const std::string matrices : {"cells", "rows"})
      for (const unsigned int least_divided : {0, 100, 4000})
        for (const Share share :
             {Share::alike, Share::differently, Share::last_has_all})
          BOOST_TEST_CONTEXT(name << ", " << matrices << ", " << least_divided
                                  << ", share " << int(share))
          {
            LaneMultigrid::Settings settings;
            settings.matrices = matrices;
            settings.least_divided = least_divided;
            settings.most_coarsest = 50;
            check(problem, share, settings);
          }
  }
}

BOOST_AUTO_TEST_SUITE_END()
