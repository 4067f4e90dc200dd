// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_partition.h"

#include <nodal/core/exchange.h>

#include <boost/serialization/vector.hpp>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace nodal
{
  namespace
  {
    /// The vectors @p local of all ranks, one after the other, on all ranks.
    template <class T>
    std::vector<T> gather_all(const std::vector<T> &local, MPI_Comm comm)
    {
      if (size_of(comm) == 1)
        return local;
      const std::uint64_t n_local = local.size() * sizeof(T);
      std::vector<std::uint64_t> sizes(size_of(comm));
      MPI_Allgather(&n_local, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T,
                    comm);
      std::vector<int> counts, offsets;
      std::uint64_t total = 0;
      for (const std::uint64_t size : sizes)
      {
        counts.push_back(size);
        offsets.push_back(total);
        total += size;
        if (total > std::uint64_t(std::numeric_limits<int>::max()))
          throw BadInput("the mesh has too many cells for every rank to hold "
                         "its coarsest level; take a coarser mesh and refine "
                         "it more often");
      }
      std::vector<T> all(total / sizeof(T));
      MPI_Allgatherv(local.data(), n_local, MPI_BYTE, all.data(), counts.data(),
                     offsets.data(), MPI_BYTE, comm);
      return all;
    }

    std::vector<bool> gather_all(const std::vector<bool> &local, MPI_Comm comm)
    {
      const std::vector<char> all =
          gather_all(std::vector<char>(local.begin(), local.end()), comm);
      return {all.begin(), all.end()};
    }

    /// The ranges of all ranks, of which this one has @p n.
    std::vector<std::int64_t> gather_ranges(const std::int64_t n, MPI_Comm comm)
    {
      const std::vector<std::int64_t> sizes =
          gather_all(std::vector<std::int64_t>{n}, comm);
      std::vector<std::int64_t> begin = {0};
      for (const std::int64_t size : sizes)
        begin.push_back(begin.back() + size);
      return begin;
    }

    /// Ranks without cells do not know what cells are.
    void agree_on_shape(LanePart &part, MPI_Comm comm)
    {
      unsigned int shape[] = {part.n, part.n_components, part.dim,
                              part.constant.empty() ? 0U : 1U};
      MPI_Allreduce(MPI_IN_PLACE, shape, 4, MPI_UNSIGNED, MPI_MAX, comm);
      part.n = shape[0];
      part.n_components = shape[1];
      part.dim = shape[2];
      if (shape[3] == 1)
        part.constant.resize(part.unit.size(), 0.);
    }

    /// Remove entries in columns of constrained nodes of @p coarse, and those
    /// of rows of constrained nodes.
    void drop_constrained(LaneLevel &fine, const LaneLevel &coarse)
    {
      std::int32_t n = 0, begin = 0;
      for (unsigned int i = 0; i < fine.n_nodes; ++i)
      {
        const std::int32_t end = fine.offsets[i + 1];
        for (std::int32_t k = begin; k < end; ++k)
          if (!fine.is_constrained[i] &&
              !coarse.is_constrained[fine.columns[k]])
          {
            fine.columns[n] = fine.columns[k];
            fine.weights[n++] = fine.weights[k];
          }
        begin = end;
        fine.offsets[i + 1] = n;
      }
      fine.columns.resize(n);
      fine.weights.resize(n);
    }

    /// The whole of a level.
    LaneLevel gather(const LanePart &part, MPI_Comm comm)
    {
      LaneLevel level;
      const auto narrow = [&](const std::vector<std::int64_t> &local)
      {
        return gather_all(std::vector<std::int32_t>(local.begin(), local.end()),
                          comm);
      };
      level.n = part.n;
      level.n_components = part.n_components;
      level.dim = part.dim;
      level.cell_nodes = narrow(part.cell_nodes);
      level.unit = gather_all(part.unit, comm);
      level.constant = gather_all(part.constant, comm);
      level.is_constrained = gather_all(part.is_constrained, comm);
      level.points = gather_all(part.points, comm);
      level.n_nodes = level.is_constrained.size();
      level.n_cells = level.cell_nodes.size() / level.n;
      level.parent = narrow(part.parent);
      level.share = gather_all(part.share, comm);
      if (gather_ranges(part.offsets.size(), comm).back() == 0)
        return level;
      level.columns = narrow(part.columns);
      level.weights = gather_all(part.weights, comm);
      std::vector<std::int64_t> sizes;
      for (unsigned int i = 0; i < part.n_nodes; ++i)
        sizes.push_back(part.offsets[i + 1] - part.offsets[i]);
      level.offsets = {0};
      for (const std::int32_t size : narrow(sizes))
        level.offsets.push_back(level.offsets.back() + size);
      return level;
    }

    struct Cells
    {
      std::vector<std::int64_t> ids, nodes;
      std::vector<double> unit, constant;

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &ids &nodes &unit &constant;
      }
    };

    struct Children
    {
      std::vector<std::int64_t> ids, parents;
      std::vector<double> shares;

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &ids &parents &shares;
      }
    };

    struct Nodes
    {
      std::vector<char> is_constrained;
      std::vector<double> points;
      std::vector<std::int64_t> sizes, columns; ///< of rows of interpolation
      std::vector<double> weights;

      template <class Archive>
      void serialize(Archive &archive, unsigned int)
      {
        archive &is_constrained &points &sizes &columns &weights;
      }

      /// Add own node @p i of @p part.
      void add(const LanePart &part, const std::size_t i)
      {
        is_constrained.push_back(part.is_constrained[i]);
        for (unsigned int d = 0; d < part.dim; ++d)
          points.push_back(part.points[i * part.dim + d]);
        sizes.push_back(part.offsets[i + 1] - part.offsets[i]);
        columns.insert(columns.end(), part.columns.begin() + part.offsets[i],
                       part.columns.begin() + part.offsets[i + 1]);
        weights.insert(weights.end(), part.weights.begin() + part.offsets[i],
                       part.weights.begin() + part.offsets[i + 1]);
      }
    };

    /// One divided level in the making.
    class Division
    {
    public:
      /// @p columns are nodes that interpolation at finer nodes takes.
      Division(const LanePart &part, MPI_Comm comm,
               const std::vector<std::int64_t> &columns,
               const std::function<unsigned int(std::int64_t)> &parent_owner)
          : part(part), comm(comm), self(rank_of(comm))
      {
        level.n = part.n;
        level.n_components = part.n_components;
        level.dim = part.dim;
        level.nodes.begin = gather_ranges(part.n_nodes, comm);
        level.cells.begin = gather_ranges(part.n_cells, comm);
        add_cells();
        add_parents(parent_owner);
        number_nodes(columns);
        add_nodes();
      }

      LaneLevel level;
      std::vector<std::int64_t> parents; ///< of cells, -1 if another rank's
      std::vector<std::int64_t> columns; ///< of interpolation

    private:
      /// The ranks that own nodes of own cell @p c.
      std::vector<unsigned int> owners(const unsigned int c) const
      {
        std::vector<unsigned int> result;
        for (unsigned int i = 0; i < part.n; ++i)
          result.push_back(level.nodes.owner(part.cell_nodes[c * part.n + i]));
        std::sort(result.begin(), result.end());
        result.erase(std::unique(result.begin(), result.end()), result.end());
        return result;
      }

      /// Swept are all cells of own nodes.
      void add_cells()
      {
        ByRank<Cells> sent;
        std::vector<std::int64_t> rest;
        const std::size_t n = part.n, n2 = n * n;
        for (unsigned int c = 0; c < part.n_cells; ++c)
        {
          const std::int64_t id = part.first_cell + c;
          bool is_swept = false;
          for (const unsigned int rank : owners(c))
          {
            is_swept |= rank == self;
            Cells &cells = sent[rank];
            cells.ids.push_back(id);
            cells.nodes.insert(cells.nodes.end(), &part.cell_nodes[c * n],
                               &part.cell_nodes[c * n] + n);
            cells.unit.insert(cells.unit.end(), &part.unit[c * n2],
                              &part.unit[c * n2] + n2);
            if (!part.constant.empty())
              cells.constant.insert(cells.constant.end(),
                                    &part.constant[c * n2],
                                    &part.constant[c * n2] + n2);
          }
          if (!is_swept)
            rest.push_back(id);
        }
        for (const auto &[rank, cells] : exchange(comm, std::move(sent)))
        {
          level.cells.ids.insert(level.cells.ids.end(), cells.ids.begin(),
                                 cells.ids.end());
          cell_nodes.insert(cell_nodes.end(), cells.nodes.begin(),
                            cells.nodes.end());
          level.unit.insert(level.unit.end(), cells.unit.begin(),
                            cells.unit.end());
          level.constant.insert(level.constant.end(), cells.constant.begin(),
                                cells.constant.end());
        }
        level.n_cells = level.cells.ids.size();
        level.cells.ids.insert(level.cells.ids.end(), rest.begin(), rest.end());
      }

      /// The owner of a coarse cell makes its coefficient.
      void
      add_parents(const std::function<unsigned int(std::int64_t)> &parent_owner)
      {
        ByRank<Children> sent;
        for (unsigned int c = 0; c < part.n_cells; ++c)
          if (part.parent[c] >= 0)
          {
            Children &children = sent[parent_owner(part.parent[c])];
            children.ids.push_back(part.first_cell + c);
            children.parents.push_back(part.parent[c]);
            children.shares.push_back(part.share[c]);
          }
        std::unordered_map<std::int64_t, std::size_t> place;
        for (std::size_t c = 0; c < level.cells.ids.size(); ++c)
          place[level.cells.ids[c]] = c;
        parents.assign(place.size(), -1);
        level.share.assign(place.size(), 0.);
        for (const auto &[rank, children] : exchange(comm, std::move(sent)))
          for (std::size_t k = 0; k < children.ids.size(); ++k)
          {
            const auto [found, is_new] =
                place.emplace(children.ids[k], parents.size());
            if (is_new)
            {
              level.cells.ids.push_back(children.ids[k]);
              parents.push_back(-1);
              level.share.push_back(0);
            }
            parents[found->second] = children.parents[k];
            level.share[found->second] = children.shares[k];
          }
      }

      void number_nodes(const std::vector<std::int64_t> &more)
      {
        std::vector<std::int64_t> &ids = level.nodes.ids;
        ids = cell_nodes;
        ids.insert(ids.end(), more.begin(), more.end());
        for (unsigned int i = 0; i < part.n_nodes; ++i)
          ids.push_back(part.first_node + i);
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        level.n_nodes = ids.size();
        for (const std::int64_t node : cell_nodes)
          level.cell_nodes.push_back(
              std::lower_bound(ids.begin(), ids.end(), node) - ids.begin());
      }

      /// What belongs to nodes, from their owners. Owned ranges ascend with
      /// the rank, as nodes do here, so answers can be put behind one another.
      void add_nodes()
      {
        ByRank<std::vector<std::int64_t>> wanted;
        for (const std::int64_t id : level.nodes.ids)
          wanted[level.nodes.owner(id)].push_back(id);
        ByRank<Nodes> answers;
        for (const auto &[rank, ids] : exchange(comm, std::move(wanted)))
          for (const std::int64_t id : ids)
            answers[rank].add(part, id - part.first_node);
        level.offsets = {0};
        for (const auto &[rank, nodes] : exchange(comm, std::move(answers)))
        {
          level.is_constrained.insert(level.is_constrained.end(),
                                      nodes.is_constrained.begin(),
                                      nodes.is_constrained.end());
          level.points.insert(level.points.end(), nodes.points.begin(),
                              nodes.points.end());
          for (const std::int64_t size : nodes.sizes)
            level.offsets.push_back(level.offsets.back() + size);
          columns.insert(columns.end(), nodes.columns.begin(),
                         nodes.columns.end());
          level.weights.insert(level.weights.end(), nodes.weights.begin(),
                               nodes.weights.end());
        }
      }

      const LanePart &part;
      const MPI_Comm comm;
      const unsigned int self;
      std::vector<std::int64_t> cell_nodes;
    };

    /// Take parents and interpolation of @p part, the only level, from @p whole
    /// to which the others have been added; returns who makes the coefficient
    /// of each coarse cell: the owner of its first child.
    std::vector<unsigned int> take_links(LanePart &part, const LaneLevel &whole,
                                         const unsigned int n_coarse,
                                         MPI_Comm comm)
    {
      const LaneIds cells = {{}, gather_ranges(part.n_cells, comm)};
      constexpr unsigned int nobody = -1;
      std::vector<unsigned int> owner(n_coarse, nobody);
      for (std::size_t c = 0; c < whole.parent.size(); ++c)
        if (whole.parent[c] >= 0 && owner[whole.parent[c]] == nobody)
          owner[whole.parent[c]] = cells.owner(c);
      const auto cell = [&](const auto &list)
      { return list.begin() + part.first_cell; };
      part.parent.assign(cell(whole.parent), cell(whole.parent) + part.n_cells);
      part.share.assign(cell(whole.share), cell(whole.share) + part.n_cells);
      part.offsets = {0};
      for (unsigned int i = 0; i < part.n_nodes; ++i)
      {
        const std::int64_t node = part.first_node + i;
        for (std::int32_t k = whole.offsets[node]; k < whole.offsets[node + 1];
             ++k)
        {
          part.columns.push_back(whole.columns[k]);
          part.weights.push_back(whole.weights[k]);
        }
        part.offsets.push_back(part.columns.size());
      }
      return owner;
    }

    /// Where each of @p wanted is in @p ids, which is sorted.
    std::vector<std::int32_t> find_all(const std::vector<std::int64_t> &wanted,
                                       const std::vector<std::int64_t> &ids)
    {
      std::vector<std::int32_t> result;
      for (const std::int64_t id : wanted)
        result.push_back(std::lower_bound(ids.begin(), ids.end(), id) -
                         ids.begin());
      return result;
    }
  } // namespace

  LanePartition
  divide(DistributedLaneFamily parts, const std::int64_t few,
         const std::function<LaneFamily(LaneFamily, unsigned int)> &complete)
  {
    MPI_Comm comm = parts.comm;
    std::vector<LanePart> &levels = parts.levels;
    std::vector<LaneIds> cells;
    std::vector<std::int64_t> n_nodes;
    for (LanePart &part : levels)
    {
      agree_on_shape(part, comm);
      cells.push_back({{}, gather_ranges(part.n_cells, comm)});
      n_nodes.push_back(gather_ranges(part.n_nodes, comm).back());
    }

    const bool is_alone = size_of(comm) == 1;
    unsigned int n_divided = is_alone || levels.size() == 1 ? 0 : 1;
    while (!is_alone && n_divided + 1 < levels.size() &&
           n_nodes[n_divided] > few)
      ++n_divided;
    LaneFamily whole;
    for (std::size_t l = n_divided; l < levels.size(); ++l)
      whole.levels.push_back(gather(levels[l], comm));
    for (std::size_t l = 0; l + 1 < whole.levels.size(); ++l)
      drop_constrained(whole.levels[l], whole.levels[l + 1]);
    // Smoothing and factorisation need a level each.
    whole = complete(std::move(whole), n_divided == 0 ? 2 : 1);
    if (is_alone)
      return {std::move(whole), 0};
    std::function<unsigned int(std::int64_t)> last_owner =
        [&](const std::int64_t cell) { return cells[n_divided].owner(cell); };
    std::vector<unsigned int> owner;
    if (n_divided == 0)
    {
      n_divided = 1;
      owner =
          take_links(levels[0], whole.levels[0], whole.levels[1].n_cells, comm);
      last_owner = [&](const std::int64_t cell) { return owner[cell]; };
      whole.levels.erase(whole.levels.begin());
    }

    std::vector<std::int64_t> more;
    std::vector<Division> divided;
    for (unsigned int l = 0; l < n_divided; ++l)
    {
      divided.emplace_back(
          levels[l], comm, more,
          l + 1 == n_divided ? last_owner
                             : [&](const std::int64_t cell)
              { return cells[l + 1].owner(cell); });
      more = divided.back().columns;
    }
    for (unsigned int l = 0; l < n_divided; ++l)
    {
      LaneLevel &level = divided[l].level;
      const bool is_last = l + 1 == n_divided;
      if (is_last)
      {
        level.columns.assign(divided[l].columns.begin(),
                             divided[l].columns.end());
        level.parent.assign(divided[l].parents.begin(),
                            divided[l].parents.end());
      }
      else
      {
        const LaneLevel &coarse = divided[l + 1].level;
        level.columns = find_all(divided[l].columns, coarse.nodes.ids);
        std::unordered_map<std::int64_t, std::int32_t> place;
        for (std::size_t c = 0; c < coarse.cells.ids.size(); ++c)
          place[coarse.cells.ids[c]] = c;
        for (const std::int64_t parent : divided[l].parents)
          level.parent.push_back(parent < 0 ? -1 : place.at(parent));
      }
      drop_constrained(level, is_last ? whole.levels[0] : divided[l + 1].level);
    }
    LanePartition result;
    for (Division &division : divided)
      result.family.levels.push_back(std::move(division.level));
    for (LaneLevel &level : whole.levels)
      result.family.levels.push_back(std::move(level));
    result.n_divided = n_divided;
    return result;
  }
} // namespace nodal
