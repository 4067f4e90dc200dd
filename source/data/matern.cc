// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/petsc.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>

#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/lac/dynamic_sparsity_pattern.h>
#include <deal.II/lac/petsc_sparse_matrix.h>
#include <deal.II/lac/sparsity_tools.h>

#include <cmath>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * Matérn field on the mesh itself: the solution of (κ² − Δ)^(α/2) u = W
     * with white noise W and natural boundary conditions (Lindgren, Rue,
     * Lindström: An explicit link between Gaussian fields and Gaussian Markov
     * random fields, J. R. Stat. Soc. B 73, 2011), α = 2 or 4. Follows the
     * shape of the domain, as no covariance in the bounding box does. The
     * variance is one away from the boundary and larger at it, about twice
     * along a straight one; the mesh has to resolve the correlation length.
     *
     * The load of the noise on test function φ_i is Σ_q √(JxW_q) φ_i(x_q) ξ_q
     * over all quadrature points, whose covariance is the mass matrix of any
     * element. ξ_q is a function of the number of the cell, so that the sample
     * does not depend on the ranks, up to rounding.
     */
    template <int dim>
    class Matern : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Correlation length", correlation_length,
                "Correlation length of the field, in the unit of the mesh, "
                "which has to resolve it.",
                1e-6, 1e6);
        prm.add("Solves", n_solves,
                "Solves per sample, 1 or 2: the smoothness nu is twice this "
                "number minus half the dimension.",
                1, 2);
      }

      void prepare(const Sites<dim> &sites) override;

      void sample(Random random, unsigned int n_components,
                  std::vector<double> &values) override;

      bool is_closed_form() const override
      {
        return false;
      }

    private:
      void make_matrices();

      template <class Matrix>
      void assemble(Matrix &system, Matrix &mass) const;

      void factorise();

      void draw_noise(const Random &random, unsigned int component);

      void solve();

      /// The solution as a field with halo, times the factor for variance 1.
      FieldVector solution() const;

      double smoothness() const
      {
        return 2. * n_solves - 0.5 * dim;
      }

      double kappa() const
      {
        return std::sqrt(2 * smoothness()) / correlation_length;
      }

      double correlation_length = 0.2;
      unsigned int n_solves = 1;

      const Sites<dim> *sites = nullptr;
      std::unique_ptr<PETScWrappers::MatrixBase> system_matrix, mass_matrix;
      KSPHandle solver;
      VecHandle rhs, u;
    };

    template <int dim>
    void Matern<dim>::prepare(const Sites<dim> &s)
    {
      if (s.location == Location::scalar)
        throw BadInput("The sampler 'matern' needs a mesh and cannot give the "
                       "numbers of a scalar input; choose 'uniform'.");
      sites = &s;
      make_matrices();
      factorise();
    }

    template <int dim>
    void Matern<dim>::make_matrices()
    {
      const Space<dim> &space = sites->space;
      const MPI_Comm comm = space.mesh->comm;
      DynamicSparsityPattern pattern(space.n_nodes(), space.n_nodes(),
                                     space.scalar_relevant);
      DoFTools::make_sparsity_pattern(space.scalar_dofs, pattern,
                                      space.scalar_hanging_nodes, false);
      if (Utilities::MPI::n_mpi_processes(comm) == 1)
      {
        // CHOLMOD takes sequential matrices only.
        auto system = std::make_unique<PETScWrappers::SparseMatrix>();
        auto mass = std::make_unique<PETScWrappers::SparseMatrix>();
        system->reinit(pattern);
        mass->reinit(pattern);
        assemble(*system, *mass);
        system_matrix = std::move(system);
        mass_matrix = std::move(mass);
        return;
      }
      SparsityTools::distribute_sparsity_pattern(pattern, space.scalar_owned,
                                                 comm, space.scalar_relevant);
      auto system = std::make_unique<PETScWrappers::MPI::SparseMatrix>();
      auto mass = std::make_unique<PETScWrappers::MPI::SparseMatrix>();
      system->reinit(space.scalar_owned, space.scalar_owned, pattern, comm);
      mass->reinit(space.scalar_owned, space.scalar_owned, pattern, comm);
      assemble(*system, *mass);
      system_matrix = std::move(system);
      mass_matrix = std::move(mass);
    }

    template <int dim>
    template <class Matrix>
    void Matern<dim>::assemble(Matrix &system, Matrix &mass) const
    {
      const Space<dim> &space = sites->space;
      FEValues<dim> fe(space.mesh->mapping(), *space.scalar_fe,
                       space.quadrature,
                       update_values | update_gradients | update_JxW_values);
      const unsigned int n = fe.dofs_per_cell;
      FullMatrix<double> cell_system(n, n), cell_mass(n, n);
      std::vector<types::global_dof_index> dofs(n);
      const double kappa2 = kappa() * kappa();
      for (const auto &cell : space.scalar_dofs.active_cell_iterators())
        if (cell->is_locally_owned())
        {
          fe.reinit(cell);
          cell_system = 0;
          cell_mass = 0;
          for (const unsigned int q : fe.quadrature_point_indices())
            for (unsigned int i = 0; i < n; ++i)
              for (unsigned int j = 0; j < n; ++j)
              {
                const double product =
                    fe.shape_value(i, q) * fe.shape_value(j, q) * fe.JxW(q);
                cell_mass(i, j) += product;
                cell_system(i, j) +=
                    kappa2 * product +
                    fe.shape_grad(i, q) * fe.shape_grad(j, q) * fe.JxW(q);
              }
          cell->get_dof_indices(dofs);
          space.scalar_hanging_nodes.distribute_local_to_global(cell_system,
                                                                dofs, system);
          space.scalar_hanging_nodes.distribute_local_to_global(cell_mass, dofs,
                                                                mass);
        }
      system.compress(VectorOperation::add);
      mass.compress(VectorOperation::add);
    }

    template <int dim>
    void Matern<dim>::factorise()
    {
      const MPI_Comm comm = sites->space.mesh->comm;
      const bool is_serial = Utilities::MPI::n_mpi_processes(comm) == 1;
      const Mat matrix = *system_matrix;
      NODAL_PETSC(MatSetOption(matrix, MAT_SPD, PETSC_TRUE));
      NODAL_PETSC(KSPCreate(is_serial ? PETSC_COMM_SELF : comm, solver.put()));
      NODAL_PETSC(KSPSetOperators(solver, matrix, matrix));
      NODAL_PETSC(KSPSetType(solver, KSPPREONLY));
      PC factor;
      NODAL_PETSC(KSPGetPC(solver, &factor));
      NODAL_PETSC(PCSetType(factor, PCCHOLESKY));
      NODAL_PETSC(PCFactorSetMatSolverType(factor, is_serial ? MATSOLVERCHOLMOD
                                                             : MATSOLVERMUMPS));
      NODAL_PETSC(KSPSetUp(solver));
      NODAL_PETSC(MatCreateVecs(matrix, u.put(), rhs.put()));
    }

    template <int dim>
    void Matern<dim>::draw_noise(const Random &random,
                                 const unsigned int component)
    {
      const Space<dim> &space = sites->space;
      FEValues<dim> fe(space.mesh->mapping(), *space.scalar_fe,
                       space.quadrature, update_values | update_JxW_values);
      const unsigned int n = fe.dofs_per_cell, n_q = fe.n_quadrature_points;
      const std::uint64_t first = component * sites->numbering.n_cells;
      std::vector<types::global_dof_index> dofs(n);
      Vector<double> load(n);
      FieldVector sum = space.vector(true);
      for (const auto &cell : space.scalar_dofs.active_cell_iterators())
        if (cell->is_locally_owned())
        {
          fe.reinit(cell);
          load = 0;
          const std::uint64_t number =
              first + sites->numbering.cell_number[cell->active_cell_index()];
          for (unsigned int q = 0; q < n_q; ++q)
          {
            const double noise =
                std::sqrt(fe.JxW(q)) * random.normal_at(number * n_q + q);
            for (unsigned int i = 0; i < n; ++i)
              load[i] += noise * fe.shape_value(i, q);
          }
          cell->get_dof_indices(dofs);
          space.scalar_hanging_nodes.distribute_local_to_global(load, dofs,
                                                                sum);
        }
      sum.compress(VectorOperation::add);
      PetscScalar *values;
      NODAL_PETSC(VecGetArray(rhs, &values));
      for (unsigned int i = 0; i < sum.locally_owned_size(); ++i)
        values[i] = sum.local_element(i);
      NODAL_PETSC(VecRestoreArray(rhs, &values));
    }

    template <int dim>
    void Matern<dim>::solve()
    {
      for (unsigned int i = 0; i < n_solves; ++i)
      {
        if (i > 0)
          NODAL_PETSC(MatMult(*mass_matrix, u, rhs));
        NODAL_PETSC(KSPSolve(solver, rhs, u));
      }
      KSPConvergedReason outcome;
      NODAL_PETSC(KSPGetConvergedReason(solver, &outcome));
      if (outcome < 0)
        throw NumericalFailure("The direct solver of the sampler 'matern' "
                               "failed; does the mesh have very flat cells?");
    }

    template <int dim>
    FieldVector Matern<dim>::solution() const
    {
      const double nu = smoothness(), alpha = 2. * n_solves;
      const double variance = std::tgamma(nu) / (std::tgamma(alpha) *
                                                 std::pow(4 * M_PI, 0.5 * dim) *
                                                 std::pow(kappa(), 2 * nu));
      FieldVector field = sites->space.vector(true);
      const PetscScalar *values;
      NODAL_PETSC(VecGetArrayRead(u, &values));
      for (unsigned int i = 0; i < field.locally_owned_size(); ++i)
        field.local_element(i) = values[i] / std::sqrt(variance);
      NODAL_PETSC(VecRestoreArrayRead(u, &values));
      field.update_ghost_values();
      sites->space.scalar_hanging_nodes.distribute(field);
      field.update_ghost_values();
      return field;
    }

    template <int dim>
    void Matern<dim>::sample(const Random random,
                             const unsigned int n_components,
                             std::vector<double> &values)
    {
      const Space<dim> &space = sites->space;
      values.assign(sites->points.size() * n_components, 0.);
      for (unsigned int c = 0; c < n_components; ++c)
      {
        draw_noise(random, c);
        solve();
        const FieldVector field = solution();
        if (sites->location != Location::cell)
        {
          for (std::size_t i = 0; i < sites->points.size(); ++i)
            values[i * n_components + c] =
                field(space.scalar_relevant.nth_index_in_set(i));
          continue;
        }
        std::vector<types::global_dof_index> dofs(
            space.scalar_fe->n_dofs_per_cell());
        for (const auto &cell : space.scalar_dofs.active_cell_iterators())
          if (!cell->is_artificial())
          {
            cell->get_dof_indices(dofs);
            double sum = 0;
            for (const types::global_dof_index dof : dofs)
              sum += field(dof);
            values[cell->active_cell_index() * n_components + c] =
                sum / dofs.size();
          }
      }
    }
  } // namespace

  NODAL_REGISTER_DIM(Sampler, Matern, "matern",
                     "Matern field that follows the shape of the domain, by "
                     "solving a stochastic equation on the mesh.")
} // namespace nodal
