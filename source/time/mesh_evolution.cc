// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/vector_values.h>
#include <nodal/pde/adders.h>
#include <nodal/pde/discretized_equation.h>
#include <nodal/time/mesh_evolution.h>

#include <deal.II/base/mpi.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/grid/grid_tools.h>
#include <deal.II/grid/grid_tools_cache.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace nodal
{
  using namespace dealii;

  template <int dim>
  MeshEvolution<dim>::MeshEvolution(std::unique_ptr<Space<dim>> space_,
                                    const EvolutionProblem<dim> &problem,
                                    const BoundaryConditions<dim> &boundary,
                                    Inputs<dim> inputs_, InitialState initial)
      : space(std::move(space_)), problem(problem), inputs(std::move(inputs_)),
        initial(std::move(initial)),
        system(*space, problem.linear_part(), boundary), state(space->vector())
  {
    system.assemble(inputs);
    L = duplicate(system.matrix());
    NODAL_PETSC(MatScale(L, -1));
    set_load();
    if (problem.has_nonlinear_term())
      quadrature = std::make_unique<QuadratureInputs<dim>>(
          *space, problem.linear_part(), inputs, &state);
    const Coordinates &nodes = *coordinates_of(system.matrix());
    const unsigned int n = space->n_components;
    for (std::size_t k = 0; k < space->owned.n_elements(); ++k)
    {
      Point<3> place;
      for (unsigned int d = 0; d < dim; ++d)
        place[d] = nodes(k / n, d);
      places.push_back(place);
      component_of_row.push_back(k % n);
    }
  }

  template <int dim>
  void MeshEvolution<dim>::set_load()
  {
    // The rows of the system's right-hand side that belong to prescribed
    // values are zero; theirs is a g.
    constant_load = duplicate(system.rhs());
    NODAL_PETSC(VecCopy(system.rhs(), constant_load));
    state = 0;
    system.distribute(state);
    const VecHandle values = duplicate(constant_load),
                    diagonal = duplicate(constant_load);
    copy(state, values);
    NODAL_PETSC(MatGetDiagonal(system.matrix(), diagonal));
    NODAL_PETSC(VecPointwiseMult(values, values, diagonal));
    const std::vector<bool> is_prescribed =
        equation_of(system.matrix())->constrained_rows();
    const ReadValues from(values);
    const WriteValues to(constant_load);
    for (std::size_t i = 0; i < is_prescribed.size(); ++i)
      if (is_prescribed[i])
        to[i] = from[i];
  }

  template <int dim>
  Mat MeshEvolution<dim>::mass() const
  {
    return equation_of(system.matrix())->mass_matrix();
  }

  template <int dim>
  bool MeshEvolution<dim>::is_spd() const
  {
    return problem.linear_part().traits().is_spd;
  }

  template <int dim>
  void MeshEvolution<dim>::fill(Vec u, FieldVector &result) const
  {
    copy(u, result);
    result.zero_out_ghost_values();
    space->hanging_nodes.distribute(result);
    result.update_ghost_values();
  }

  template <int dim>
  const FieldVector &MeshEvolution<dim>::field(Vec u) const
  {
    fill(u, state);
    return state;
  }

  template <int dim>
  void MeshEvolution<dim>::constrain(Vec u) const
  {
    copy(u, state);
    system.distribute(state);
    copy(state, u);
  }

  template <int dim>
  void MeshEvolution<dim>::nonlinear(double, Vec u, Vec load)
  {
    NODAL_PETSC(VecCopy(constant_load, load));
    if (!quadrature)
      return;
    field(u);
    const unsigned int n = space->fe->n_dofs_per_cell();
    Vector<double> terms(n);
    std::vector<types::global_dof_index> dofs(n);
    VectorAdder adder = {load};
    for (const auto &cell : space->dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        terms = 0;
        problem.nonlinear_term(quadrature->on_cell(cell), terms);
        cell->get_dof_indices(dofs);
        system.zero_constraints().distribute_local_to_global(terms, dofs,
                                                             adder);
      }
    NODAL_PETSC(VecAssemblyBegin(load));
    NODAL_PETSC(VecAssemblyEnd(load));
  }

  template <int dim>
  void MeshEvolution<dim>::nonlinear_transposed(double, Vec u, Vec lambda,
                                                Vec result)
  {
    NODAL_PETSC(VecSet(result, 0));
    if (!quadrature)
      return;
    field(u);
    // Nothing is added to rows of Dirichlet values.
    FieldVector factors = space->vector();
    copy(lambda, factors);
    factors.zero_out_ghost_values();
    system.zero_constraints().distribute(factors);
    factors.update_ghost_values();
    const unsigned int n = space->fe->n_dofs_per_cell();
    FullMatrix<double> derivative(n, n);
    Vector<double> local(n), terms(n);
    std::vector<types::global_dof_index> dofs(n);
    VectorAdder adder = {result};
    for (const auto &cell : space->dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        derivative = 0;
        problem.nonlinear_derivative(quadrature->on_cell(cell), derivative);
        cell->get_dof_values(factors, local);
        derivative.Tvmult(terms, local);
        cell->get_dof_indices(dofs);
        space->hanging_nodes.distribute_local_to_global(terms, dofs, adder);
      }
    NODAL_PETSC(VecAssemblyBegin(result));
    NODAL_PETSC(VecAssemblyEnd(result));
  }

  template <int dim>
  void MeshEvolution<dim>::add_term(const std::vector<Vec> &fields,
                                    const PointFunction &term, Vec load) const
  {
    const unsigned int n = space->n_components,
                       n_dofs = space->fe->n_dofs_per_cell();
    std::vector<FieldVector> values(fields.size(), space->vector());
    for (std::size_t f = 0; f < fields.size(); ++f)
      fill(fields[f], values[f]);
    FEValues<dim> fe(space->mesh->mapping(), *space->fe, space->quadrature,
                     update_values | update_gradients | update_JxW_values |
                         update_quadrature_points);
    PointState at;
    PointTerm result;
    at.dim = result.dim = dim;
    at.values.resize(fields.size() * n);
    at.slopes.resize(fields.size() * n * dim);
    std::vector<std::vector<Vector<double>>> all_values(
        fields.size(),
        std::vector<Vector<double>>(fe.n_quadrature_points, Vector<double>(n)));
    std::vector<std::vector<std::vector<Tensor<1, dim>>>> all_slopes(
        fields.size(),
        std::vector<std::vector<Tensor<1, dim>>>(
            fe.n_quadrature_points, std::vector<Tensor<1, dim>>(n)));
    Vector<double> terms(n_dofs);
    std::vector<types::global_dof_index> dofs(n_dofs);
    VectorAdder adder = {load};
    for (const auto &cell : space->dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        fe.reinit(cell);
        // Of the cube, or of the simplex with edges at right angles.
        const double n_fitting = cell->reference_cell().is_hyper_cube() ? 1
                                 : dim == 2                             ? 2
                                                                        : 6;
        at.spacing =
            std::pow(n_fitting * cell->measure(), 1. / dim) / space->degree;
        for (std::size_t f = 0; f < fields.size(); ++f)
        {
          fe.get_function_values(values[f], all_values[f]);
          fe.get_function_gradients(values[f], all_slopes[f]);
        }
        terms = 0;
        for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
        {
          for (unsigned int d = 0; d < dim; ++d)
            at.place[d] = fe.quadrature_point(q)[d];
          for (std::size_t f = 0; f < fields.size(); ++f)
            for (unsigned int c = 0; c < n; ++c)
            {
              at.values[f * n + c] = all_values[f][q][c];
              for (unsigned int d = 0; d < dim; ++d)
                at.slopes[(f * n + c) * dim + d] = all_slopes[f][q][c][d];
            }
          result.sources.assign(n, 0.);
          result.fluxes.assign(n * dim, 0.);
          term(at, result);
          for (unsigned int i = 0; i < n_dofs; ++i)
          {
            const unsigned int c =
                space->fe->system_to_component_index(i).first;
            double sum = result.sources[c] * fe.shape_value(i, q);
            for (unsigned int d = 0; d < dim; ++d)
              sum += result.fluxes[c * dim + d] * fe.shape_grad(i, q)[d];
            terms[i] += sum * fe.JxW(q);
          }
        }
        cell->get_dof_indices(dofs);
        system.zero_constraints().distribute_local_to_global(terms, dofs,
                                                             adder);
      }
    NODAL_PETSC(VecAssemblyBegin(load));
    NODAL_PETSC(VecAssemblyEnd(load));
  }

  template <int dim>
  void MeshEvolution<dim>::initial_state(const std::uint64_t seed,
                                         const std::uint32_t sample, Vec u)
  {
    const InputField<dim> values = initial(seed, sample);
    const unsigned int n = space->n_components;
    FieldVector result = space->vector();
    for (std::size_t k = 0; k < places.size(); ++k)
    {
      const unsigned int c = k % n;
      Point<dim> place;
      for (unsigned int d = 0; d < dim; ++d)
        place[d] = places[k][d];
      result.local_element(k) =
          values.function ? values.function->value(place, c)
                          : values.node_values[c].local_element(k / n);
    }
    result.update_ghost_values();
    system.distribute(result);
    copy(result, u);
  }

  template <int dim>
  std::vector<std::string> MeshEvolution<dim>::component_names() const
  {
    if (space->n_components == 1)
      return {"u"};
    std::vector<std::string> result;
    for (unsigned int c = 0; c < space->n_components; ++c)
      result.push_back("u" + std::to_string(c));
    return result;
  }

  template <int dim>
  Tensor<1, 3> MeshEvolution<dim>::displacement(const Point<3> &a,
                                                const Point<3> &b) const
  {
    return b - a;
  }

  template <int dim>
  Interpolation MeshEvolution<dim>::at(const std::vector<Point<3>> &points,
                                       const unsigned int component) const
  {
    const Triangulation<dim> &mesh = space->mesh->triangulation();
    const GridTools::Cache<dim> cache(mesh, space->mesh->mapping());
    const MPI_Comm comm = space->mesh->comm;
    const int own = Utilities::MPI::this_mpi_process(comm);
    // Each point belongs to the lowest rank that has it in a cell of its own.
    std::vector<int> owner(points.size(), std::numeric_limits<int>::max());
    std::vector<std::pair<typename Triangulation<dim>::active_cell_iterator,
                          Point<dim>>>
        found(points.size());
    for (std::size_t k = 0; k < points.size(); ++k)
    {
      Point<dim> point;
      bool is_finite = true;
      for (unsigned int d = 0; d < 3; ++d)
      {
        is_finite = is_finite && std::isfinite(points[k][d]) &&
                    (int(d) < dim || points[k][d] == 0);
        if (int(d) < dim)
          point[d] = points[k][d];
      }
      if (!is_finite)
        continue;
      try
      {
        found[k] = GridTools::find_active_cell_around_point(cache, point);
        if (found[k].first.state() != IteratorState::valid)
          continue;
        // It may be a neighbour's where a cell of this rank has it, too.
        if (!found[k].first->is_locally_owned())
          for (const auto &other :
               GridTools::find_all_active_cells_around_point(
                   space->mesh->mapping(), mesh, point, 1e-10, found[k]))
            if (other.first->is_locally_owned())
            {
              found[k] = other;
              break;
            }
        if (found[k].first->is_locally_owned())
          owner[k] = own;
      }
      catch (const ExceptionBase &) // it is in no cell here
      {
      }
    }
    std::vector<int> lowest(points.size());
    MPI_Allreduce(owner.data(), lowest.data(), points.size(), MPI_INT, MPI_MIN,
                  comm);
    // What the points have in the entries of any rank, point by point.
    std::vector<unsigned int> n_shares(points.size(), 0);
    std::vector<types::global_dof_index> entries;
    std::vector<double> weights;
    std::vector<types::global_dof_index> dofs(space->fe->n_dofs_per_cell());
    const auto share = [&](const std::size_t k,
                           const types::global_dof_index dof,
                           const double weight)
    {
      ++n_shares[k];
      entries.push_back(dof);
      weights.push_back(weight);
    };
    for (std::size_t k = 0; k < points.size(); ++k)
    {
      if (lowest[k] == std::numeric_limits<int>::max())
      {
        std::ostringstream text;
        text << "The point (" << points[k] << ") lies outside the mesh.";
        throw BadInput(text.str());
      }
      if (lowest[k] != own)
        continue;
      const typename DoFHandler<dim>::active_cell_iterator cell(
          &mesh, found[k].first->level(), found[k].first->index(),
          &space->dofs);
      cell->get_dof_indices(dofs);
      for (unsigned int i = 0; i < dofs.size(); ++i)
      {
        if (space->fe->system_to_component_index(i).first != component)
          continue;
        const double weight = space->fe->shape_value(i, found[k].second);
        if (std::abs(weight) < 1e-14)
          continue;
        const auto *const others =
            space->hanging_nodes.get_constraint_entries(dofs[i]);
        if (!others)
          share(k, dofs[i], weight);
        else
          for (const auto &[dof, factor] : *others)
            share(k, dof, weight * factor);
      }
    }
    // Each rank keeps those of its own entries.
    const auto all_n = Utilities::MPI::all_gather(comm, n_shares);
    const auto all_entries = Utilities::MPI::all_gather(comm, entries);
    const auto all_weights = Utilities::MPI::all_gather(comm, weights);
    std::vector<std::size_t> position(all_n.size(), 0);
    Interpolation result;
    for (std::size_t k = 0; k < points.size(); ++k)
    {
      for (std::size_t r = 0; r < all_n.size(); ++r)
        for (unsigned int i = 0; i < all_n[r][k]; ++i, ++position[r])
        {
          const types::global_dof_index dof = all_entries[r][position[r]];
          if (space->owned.is_element(dof))
            result.add(space->owned.index_within_set(dof),
                       all_weights[r][position[r]]);
        }
      result.end_point();
    }
    return result;
  }

  template <int dim>
  std::map<std::string, double> MeshEvolution<dim>::quantities(double,
                                                               Vec u) const
  {
    field(u);
    const unsigned int n = space->n_components;
    FEValues<dim> fe(space->mesh->mapping(), *space->fe, space->quadrature,
                     update_values | update_JxW_values);
    std::vector<Vector<double>> values(fe.n_quadrature_points,
                                       Vector<double>(n));
    std::vector<double> sums(n + 1, 0.); // integrals, and half of the square's
    for (const auto &cell : space->dofs.active_cell_iterators())
      if (cell->is_locally_owned())
      {
        fe.reinit(cell);
        fe.get_function_values(state, values);
        for (unsigned int q = 0; q < fe.n_quadrature_points; ++q)
          for (unsigned int c = 0; c < n; ++c)
          {
            sums[c] += values[q][c] * fe.JxW(q);
            sums[n] += values[q][c] * values[q][c] / 2 * fe.JxW(q);
          }
      }
    MPI_Allreduce(MPI_IN_PLACE, sums.data(), sums.size(), MPI_DOUBLE, MPI_SUM,
                  space->mesh->comm);
    std::map<std::string, double> result = {
        {"energy", sums[n]}, {"largest modulus", state.linfty_norm()}};
    const std::vector<std::string> names = component_names();
    for (unsigned int c = 0; c < n; ++c)
      result["integral of " + names[c]] = sums[c];
    return result;
  }

  template <int dim>
  std::string MeshEvolution<dim>::layout() const
  {
    std::ostringstream text;
    text << "mesh " << dim << ' '
         << space->mesh->triangulation().n_global_active_cells() << ' '
         << space->dofs.n_dofs() << ' ' << space->degree;
    return text.str();
  }

  template class MeshEvolution<2>;
  template class MeshEvolution<3>;
} // namespace nodal
