// SPDX-License-Identifier: LGPL-2.1-or-later
#include "graph_coarsening.h"
#include "edge_views.h"
#include "lists.h"

#include <nodal/core/communicator.h>
#include <nodal/core/gather.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// Whether a node is in the set.
    enum class State : std::int8_t
    {
      open,
      chosen,
      left_out
    };

    /// A node of the coarser level, as every rank may know it.
    struct CoarseNode
    {
      std::int64_t number = -1; ///< less than zero for one that is none
      int rank = 0, index = 0;  ///< its owner, and its place there

      bool operator<(const CoarseNode &other) const
      {
        return number < other.number;
      }

      bool operator==(const CoarseNode &other) const
      {
        return number == other.number;
      }
    };

    struct Weight
    {
      CoarseNode node;
      double value = 0;
    };

    bool any(const bool is_so, MPI_Comm comm)
    {
      int answer = is_so;
      MPI_Allreduce(MPI_IN_PLACE, &answer, 1, MPI_INT, MPI_MAX, comm);
      return answer;
    }

    class Coarsening
    {
    public:
      Coarsening(GraphLevel &fine, const unsigned int dim)
          : fine(fine), dim(dim), rank(rank_of(fine.halo->comm))
      {
      }

      /// False if all nodes are chosen.
      bool make(GraphLevel &result)
      {
        choose_nodes();
        name_nodes();
        if (!any(coarse.n_owned < fine.n_owned, fine.halo->comm))
          return false;
        near.resize(fine.n_owned);
        for (int i = 0; i < fine.n_owned; ++i)
          near[i] = around(i, [&](const int j, std::vector<CoarseNode> &list)
                           { add(nodes[j], list); });
        add_ghosts(*fine.halo, near);
        connect();
        make_halo();
        make_rows();
        interpolate();
        describe_nodes();
        result = std::move(coarse);
        return true;
      }

    private:
      /// True if @p a is asked before @p b: those of the boundary, then from
      /// low to high coordinates, the last one first.
      bool is_before(const int a, const int b) const
      {
        const bool inside_a = fine.type[a] < 0, inside_b = fine.type[b] < 0;
        if (inside_a != inside_b)
          return inside_b;
        for (int d = dim - 1; d >= 0; --d)
        {
          const double x = fine.points[a * dim + d],
                       y = fine.points[b * dim + d];
          if (x != y)
            return x < y;
        }
        return fine.number[a] < fine.number[b];
      }

      /// A node is chosen if none of its neighbours before it is. Each rank
      /// goes as far as it can, then tells the others.
      void choose_nodes()
      {
        states.assign(fine.n_nodes(), State::open);
        std::vector<int> open(fine.n_owned);
        std::iota(open.begin(), open.end(), 0);
        std::sort(open.begin(), open.end(),
                  [&](const int a, const int b) { return is_before(a, b); });
        do
        {
          std::vector<int> waiting;
          for (const int i : open)
          {
            states[i] = decide(i);
            if (states[i] == State::open)
              waiting.push_back(i);
          }
          open = std::move(waiting);
          fine.halo->broadcast(states);
        } while (any(!open.empty(), fine.halo->comm));
      }

      State decide(const int i) const
      {
        bool is_waiting = false;
        for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
          if (const int j = fine.sources[t]; states[j] == State::chosen)
            return State::left_out;
          else if (states[j] == State::open && is_before(j, i))
            is_waiting = true;
        return is_waiting ? State::open : State::chosen;
      }

      void name_nodes()
      {
        nodes.resize(fine.n_nodes());
        for (int i = 0; i < fine.n_owned; ++i)
          if (states[i] == State::chosen)
          {
            nodes[i] = {fine.number[i], int(rank), coarse.n_owned++};
            coarse.finer_index.push_back(i);
          }
        fine.halo->broadcast(nodes);
      }

      void add(const CoarseNode &node, std::vector<CoarseNode> &list) const
      {
        if (node.number >= 0)
          list.push_back(node);
      }

      /// What @p collect(j, list) adds for the neighbours j of node @p i, by
      /// number, each once.
      template <class Collect>
      std::vector<CoarseNode> around(const int i, const Collect &collect) const
      {
        std::vector<CoarseNode> list;
        for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
          collect(fine.sources[t], list);
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
        return list;
      }

      /// Chosen nodes near the neighbours of node @p i, by @p lists.
      std::vector<CoarseNode> further(const int i,
                                      const Lists<CoarseNode> &lists) const
      {
        return around(
            i, [&](const int j, std::vector<CoarseNode> &list)
            { list.insert(list.end(), lists[j].begin(), lists[j].end()); });
      }

      /// Edges between chosen nodes within two edges of one another, or three
      /// if a node has no others.
      void connect()
      {
        const auto remove = [](const CoarseNode &node,
                               std::vector<CoarseNode> &list) {
          list.erase(std::remove(list.begin(), list.end(), node), list.end());
        };
        edges.resize(coarse.n_owned);
        std::vector<std::int64_t> lonely;
        for (int c = 0; c < coarse.n_owned; ++c)
        {
          const int i = coarse.finer_index[c];
          edges[c] = further(i, near);
          remove(nodes[i], edges[c]);
          if (edges[c].empty())
            lonely.push_back(nodes[i].number);
        }
        if (!any(!lonely.empty(), fine.halo->comm))
          return;
        lonely = gather_on_all(lonely, fine.halo->comm);
        std::sort(lonely.begin(), lonely.end());
        const auto is_lonely = [&](const CoarseNode &node) {
          return std::binary_search(lonely.begin(), lonely.end(), node.number);
        };
        Lists<CoarseNode> far(fine.n_owned);
        for (int i = 0; i < fine.n_owned; ++i)
          far[i] = further(i, near);
        add_ghosts(*fine.halo, far);
        for (int c = 0; c < coarse.n_owned; ++c)
        {
          const int i = coarse.finer_index[c];
          for (const CoarseNode &other : further(i, far))
            if (!(other == nodes[i]) &&
                (is_lonely(nodes[i]) || is_lonely(other)))
              edges[c].push_back(other);
          std::sort(edges[c].begin(), edges[c].end());
          edges[c].erase(std::unique(edges[c].begin(), edges[c].end()),
                         edges[c].end());
        }
      }

      void make_halo()
      {
        const auto add_other = [&](const CoarseNode &node)
        {
          if (node.rank != int(rank))
            ghosts.push_back(node);
        };
        for (const Lists<CoarseNode> *const lists : {&edges, &near})
          for (std::size_t i = 0; i < lists->size(); ++i)
            // Of ghosts the lists are known, but are not rows of this rank.
            if (lists == &edges || int(i) < fine.n_owned)
              for (const CoarseNode &node : (*lists)[i])
                add_other(node);
        std::sort(ghosts.begin(), ghosts.end());
        ghosts.erase(std::unique(ghosts.begin(), ghosts.end()), ghosts.end());
        std::vector<int> ranks, indices;
        for (const CoarseNode &node : ghosts)
        {
          ranks.push_back(node.rank);
          indices.push_back(node.index);
        }
        coarse.halo = std::make_shared<Halo>(fine.halo->comm, coarse.n_owned,
                                             ranks, indices);
      }

      int index_of(const CoarseNode &node) const
      {
        if (node.rank == int(rank))
          return node.index;
        return coarse.n_owned +
               (std::lower_bound(ghosts.begin(), ghosts.end(), node) -
                ghosts.begin());
      }

      void make_rows()
      {
        coarse.offsets.push_back(0);
        for (const std::vector<CoarseNode> &row : edges)
        {
          for (const CoarseNode &node : row)
            coarse.sources.push_back(index_of(node));
          coarse.offsets.push_back(coarse.sources.size());
        }
      }

      double distance(const int i, const int j) const
      {
        double square = 0;
        for (unsigned int d = 0; d < dim; ++d)
        {
          const double x = fine.points[i * dim + d] - fine.points[j * dim + d];
          square += x * x;
        }
        return std::sqrt(square);
      }

      /// Weights by the inverse distance, of sum one.
      std::vector<Weight> weights_of(const int i) const
      {
        if (nodes[i].number >= 0)
          return {{nodes[i], 1.}};
        std::vector<Weight> weights;
        double sum = 0;
        for (int t = fine.offsets[i]; t < fine.offsets[i + 1]; ++t)
          if (const int j = fine.sources[t]; nodes[j].number >= 0)
          {
            // Two nodes may be at one point, on the sides of a crack.
            weights.push_back({nodes[j], 1 / std::max(distance(i, j), 1e-100)});
            sum += weights.back().value;
          }
        for (Weight &weight : weights)
          weight.value /= sum;
        return weights;
      }

      void interpolate()
      {
        Lists<Weight> weights(fine.n_owned);
        SparseRows &rows = fine.interpolation;
        rows.offsets.push_back(0);
        for (int i = 0; i < fine.n_owned; ++i)
        {
          weights[i] = weights_of(i);
          for (const Weight &weight : weights[i])
          {
            rows.columns.push_back(index_of(weight.node));
            rows.weights.push_back(weight.value);
          }
          rows.offsets.push_back(rows.columns.size());
        }
        add_ghosts(*fine.halo, weights);

        SparseRows &columns = fine.restriction;
        columns.offsets.push_back(0);
        for (const int own : coarse.finer_index)
        {
          const auto add_entry = [&](const int i)
          {
            for (const Weight &weight : weights[i])
              if (weight.node == nodes[own])
              {
                columns.columns.push_back(i);
                columns.weights.push_back(weight.value);
              }
          };
          bool is_done = false;
          for (int t = fine.offsets[own]; t < fine.offsets[own + 1]; ++t)
          {
            const int i = fine.sources[t];
            if (!is_done && fine.number[i] > fine.number[own])
            {
              add_entry(own);
              is_done = true;
            }
            add_entry(i);
          }
          if (!is_done)
            add_entry(own);
          columns.offsets.push_back(columns.columns.size());
        }
      }

      /// Pᵀ @p in for @p n numbers per node.
      std::vector<double> restricted(const std::vector<double> &in,
                                     const unsigned int n) const
      {
        const SparseRows &rows = fine.restriction;
        std::vector<double> out(coarse.n_owned * n, 0.);
        for (int c = 0; c < coarse.n_owned; ++c)
          for (int t = rows.offsets[c]; t < rows.offsets[c + 1]; ++t)
            for (unsigned int k = 0; k < n; ++k)
              out[c * n + k] += rows.weights[t] * in[rows.columns[t] * n + k];
        return out;
      }

      void describe_nodes()
      {
        for (const int i : coarse.finer_index)
        {
          coarse.number.push_back(fine.number[i]);
          coarse.type.push_back(fine.type[i]);
          for (unsigned int d = 0; d < dim; ++d)
          {
            coarse.points.push_back(fine.points[i * dim + d]);
            coarse.normals.push_back(fine.normals[i * dim + d]);
          }
        }
        coarse.volume = restricted(fine.volume, 1);
        coarse.boundary_measure = restricted(fine.boundary_measure, 3);
        coarse.halo->broadcast(coarse.number);
        coarse.halo->broadcast(coarse.type);
        coarse.halo->broadcast(coarse.points, dim);
        coarse.halo->broadcast(coarse.normals, dim);
        coarse.halo->broadcast(coarse.volume);
        coarse.halo->broadcast(coarse.boundary_measure, 3);
        add_views(dim, coarse);
      }

      GraphLevel &fine;
      GraphLevel coarse;
      const unsigned int dim, rank;
      std::vector<State> states;     ///< of all nodes
      std::vector<CoarseNode> nodes; ///< of all nodes; not chosen: none

      /// Chosen neighbours of all nodes; neighbours of owned coarse nodes.
      Lists<CoarseNode> near, edges;
      std::vector<CoarseNode> ghosts; ///< of the coarser level
    };
  } // namespace

  bool add_coarser_level(Graph &graph)
  {
    GraphLevel coarse;
    if (!Coarsening(graph.levels.back(), graph.dim).make(coarse))
      return false;
    graph.levels.push_back(std::move(coarse));
    return true;
  }
} // namespace nodal
