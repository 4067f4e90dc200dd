// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/mesh/mesh.h>

#include "cell_order.h"
#include "simplex_refinement.h"

#include <deal.II/base/mpi.h>
#include <deal.II/distributed/fully_distributed_tria.h>
#include <deal.II/distributed/tria.h>
#include <deal.II/fe/fe_simplex_p.h>
#include <deal.II/fe/mapping_fe.h>
#include <deal.II/fe/mapping_q.h>
#include <deal.II/grid/grid_tools.h>
#include <deal.II/grid/tria_description.h>

#include <cmath>
#include <set>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// p4est keeps neighbours across vertices within one level of each other;
    /// so does this serial mesh, so that refinement gives the same cells.
    template <int dim>
    class BalancedTriangulation : public Triangulation<dim>
    {
    public:
      explicit BalancedTriangulation(const Triangulation<dim> &coarse)
      {
        this->copy_triangulation(coarse);
        this->smooth_grid =
            Triangulation<dim>::limit_level_difference_at_vertices;
      }
    };

    /// Straight-sided simplices; MappingFE itself refuses cells that have a
    /// curved manifold on some of their sides only.
    template <int dim>
    class SimplexMapping : public MappingFE<dim>
    {
    public:
      SimplexMapping() : MappingFE<dim>(FE_SimplexP<dim>(1))
      {
      }

      std::unique_ptr<Mapping<dim>> clone() const override
      {
        return std::make_unique<SimplexMapping>();
      }

    protected:
      std::vector<Point<dim>> compute_mapping_support_points(
          const typename Triangulation<dim>::cell_iterator &cell) const override
      {
        std::vector<Point<dim>> points;
        for (const unsigned int v : cell->vertex_indices())
          points.push_back(cell->vertex(v));
        return points;
      }
    };

    template <int dim>
    void check_cell_kinds(const Triangulation<dim> &mesh)
    {
      if (mesh.n_cells() == 0)
        throw BadInput("The mesh has no cells.");
      AssertThrow(mesh.n_levels() == 1,
                  ExcMessage("A coarse mesh must not be refined."));
      const std::vector<ReferenceCell> &kinds = mesh.get_reference_cells();
      if (kinds.size() > 1 ||
          !(kinds[0].is_hyper_cube() || kinds[0].is_simplex()))
        throw BadInput(
            "The mesh mixes cells of several kinds, or has wedges or "
            "pyramids; nodal works on triangles, quadrilaterals, tetrahedra "
            "or hexahedra alone. Mesh the domain with one kind.");
    }

    /// What decides whether a cell is refined.
    struct Candidate
    {
      CellKey key;
      double indicator;

      /// Largest indicator first, then by cell. Indicators differ in their
      /// last digits from one number of ranks to another: 20 bits count.
      bool operator<(const Candidate &other) const
      {
        if (indicator != other.indicator)
          return indicator > other.indicator;
        return key < other.key;
      }
    };

    double rounded(const double x)
    {
      int exponent;
      const double mantissa = std::frexp(x, &exponent);
      return std::ldexp(std::round(std::ldexp(mantissa, 20)), exponent - 20);
    }

    /// The cells with the largest indicators, on all ranks, sorted by key.
    std::vector<CellKey> select(const std::vector<Candidate> &local,
                                const double fraction, MPI_Comm comm)
    {
      std::vector<Candidate> all = gather(local, comm);
      const std::size_t n = std::llround(fraction * all.size());
      std::nth_element(all.begin(), all.begin() + n, all.end());
      std::vector<CellKey> chosen;
      for (std::size_t i = 0; i < n; ++i)
        chosen.push_back(all[i].key);
      std::sort(chosen.begin(), chosen.end());
      return broadcast_vector(chosen, comm);
    }
  } // namespace

  template <int dim>
  Mesh<dim>::Mesh(std::unique_ptr<Triangulation<dim>> coarse, MPI_Comm comm,
                  const unsigned int n_refinements)
      : comm(comm)
  {
    check_cell_kinds(*coarse);
    if (coarse->all_reference_cells_are_simplex())
      serial = std::move(coarse);
    else
      serial = std::make_unique<BalancedTriangulation<dim>>(*coarse);
    coarse.reset();
    if (is_simplex())
      linear_mapping = std::make_unique<SimplexMapping<dim>>();
    else
      linear_mapping = std::make_unique<MappingQ<dim>>(1);

    if (is_simplex() && dim == 3)
      // deal.II 9.4 cuts the octahedron within a tetrahedron along a diagonal
      // that makes the cells flatter with each refinement: linear elements
      // then lose half an order. Bisection keeps their shape.
      for (unsigned int i = 0; i < n_refinements; ++i)
        serial = bisected(*serial,
                          std::vector<bool>(serial->n_active_cells(), true));
    else if (size_of(comm) == 1 || is_simplex())
      serial->refine_global(n_refinements);
    if (is_simplex() && dim == 2 && n_refinements > 0)
      serial = flattened(*serial);
    distribute();
    if (size_of(comm) > 1 && !is_simplex())
      distributed->refine_global(n_refinements);
  }

  template <int dim>
  void Mesh<dim>::distribute()
  {
    const unsigned int n_ranks = size_of(comm);
    if (n_ranks == 1)
    {
      active = serial.get();
      return;
    }
    distributed.reset();
    if (is_simplex())
    {
      // METIS gives shorter interfaces, but wants many cells per rank.
      if (serial->n_active_cells() > 20 * n_ranks)
        GridTools::partition_triangulation(n_ranks, *serial);
      else
        GridTools::partition_triangulation_zorder(n_ranks, *serial, false);
      distributed =
          std::make_unique<parallel::fullydistributed::Triangulation<dim>>(
              comm);
      distributed->create_triangulation(
          TriangulationDescription::Utilities::
              create_description_from_triangulation(*serial, comm));
    }
    else
    {
      distributed = std::make_unique<parallel::distributed::Triangulation<dim>>(
          comm, Triangulation<dim>::limit_level_difference_at_vertices);
      distributed->copy_triangulation(*serial);
    }
    active = distributed.get();
  }

  template <int dim>
  void Mesh<dim>::refine(const Vector<float> &indicators, const double fraction)
  {
    AssertDimension(indicators.size(), active->n_active_cells());
    Assert(fraction >= 0 && fraction <= 1, ExcMessage("Not a fraction."));
    std::vector<Candidate> local;
    for (const auto &cell : active->active_cell_iterators())
      if (cell->is_locally_owned())
        local.push_back(
            {CellKey(cell), rounded(indicators[cell->active_cell_index()])});
    const std::vector<CellKey> chosen = select(local, fraction, comm);

    const auto is_chosen = [&](const auto &cell)
    { return std::binary_search(chosen.begin(), chosen.end(), CellKey(cell)); };
    if (is_simplex())
    {
      std::vector<bool> flags;
      for (const auto &cell : serial->active_cell_iterators())
        flags.push_back(is_chosen(cell));
      distributed.reset();
      serial = bisected(*serial, flags);
      distribute();
      return;
    }
    for (const auto &cell : active->active_cell_iterators())
      if (cell->is_locally_owned() && is_chosen(cell))
        cell->set_refine_flag();
    active->execute_coarsening_and_refinement();
  }

  template <int dim>
  bool Mesh<dim>::is_simplex() const
  {
    return serial->all_reference_cells_are_simplex();
  }

  template <int dim>
  std::set<types::boundary_id> Mesh<dim>::boundary_ids() const
  {
    std::set<types::boundary_id> ids;
    for (const auto &cell : active->active_cell_iterators())
      if (cell->is_locally_owned())
        for (const unsigned int f : cell->face_indices())
          if (cell->face(f)->at_boundary())
            ids.insert(cell->face(f)->boundary_id());
    return Utilities::MPI::compute_set_union(ids, comm);
  }

  template <int dim>
  std::string Mesh<dim>::cell_type() const
  {
    if (dim == 2)
      return is_simplex() ? "triangle" : "quadrilateral";
    return is_simplex() ? "tetrahedron" : "hexahedron";
  }

  template class Mesh<2>;
  template class Mesh<3>;
} // namespace nodal
