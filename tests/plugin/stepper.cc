// SPDX-License-Identifier: LGPL-2.1-or-later
// A deal.II program that knows nothing of nodal: Poisson's equation as in its
// step-17, whose solver reads PETSc's options.
#include <deal.II/base/quadrature_lib.h>
#include <deal.II/base/utilities.h>
#include <deal.II/dofs/dof_handler.h>
#include <deal.II/dofs/dof_renumbering.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/grid/grid_generator.h>
#include <deal.II/grid/grid_tools.h>
#include <deal.II/lac/affine_constraints.h>
#include <deal.II/lac/dynamic_sparsity_pattern.h>
#include <deal.II/lac/petsc_precondition.h>
#include <deal.II/lac/petsc_solver.h>
#include <deal.II/lac/petsc_sparse_matrix.h>
#include <deal.II/lac/petsc_vector.h>
#include <deal.II/lac/sparsity_tools.h>
#include <deal.II/numerics/vector_tools.h>

#include <iostream>

    using namespace dealii;

int
main(int argc, char *argv[])
{
  Utilities::MPI::MPI_InitFinalize mpi(argc, argv, 1);
  const MPI_Comm comm = MPI_COMM_WORLD;
  const unsigned int rank = Utilities::MPI::this_mpi_process(comm);
  Triangulation<2> mesh;
  GridGenerator::hyper_cube(mesh);
  mesh.refine_global(6);
  GridTools::partition_triangulation(Utilities::MPI::n_mpi_processes(comm),
                                     mesh);
  const FE_Q<2> fe(1);
  DoFHandler<2> dofs(mesh);
  dofs.distribute_dofs(fe);
  DoFRenumbering::subdomain_wise(dofs);
  const IndexSet owned = DoFTools::locally_owned_dofs_per_subdomain(dofs)[rank];
  AffineConstraints<double> constraints;
  VectorTools::interpolate_boundary_values(
      dofs, 0, Functions::ZeroFunction<2>(), constraints);
  constraints.close();
  DynamicSparsityPattern pattern(dofs.n_dofs());
  DoFTools::make_sparsity_pattern(dofs, pattern, constraints, false);
  PETScWrappers::MPI::SparseMatrix A;
  A.reinit(owned, owned, pattern, comm);
  PETScWrappers::MPI::Vector x(owned, comm), b(owned, comm);

  const QGauss<2> quadrature(2);
  FEValues<2> values(fe, quadrature,
                     update_values | update_gradients | update_JxW_values);
  FullMatrix<double> matrix(4, 4);
  Vector<double> load(4);
  std::vector<types::global_dof_index> numbers(4);
  for (const auto &cell : dofs.active_cell_iterators())
  {
    if (cell->subdomain_id() != rank)
      continue;
    values.reinit(cell);
    matrix = 0;
    load = 0;
    for (const unsigned int q : values.quadrature_point_indices())
      for (const unsigned int i : values.dof_indices())
      {
        load(i) += values.shape_value(i, q) * values.JxW(q);
        for (const unsigned int j : values.dof_indices())
          matrix(i, j) +=
              values.shape_grad(i, q) * values.shape_grad(j, q) * values.JxW(q);
      }
    cell->get_dof_indices(numbers);
    constraints.distribute_local_to_global(matrix, load, numbers, A, b);
  }
  A.compress(VectorOperation::add);
  b.compress(VectorOperation::add);
  SolverControl control(1000, 1e-8 * b.l2_norm());
  PETScWrappers::SolverCG solver(control, comm);
  PETScWrappers::PreconditionJacobi preconditioner(A);
  solver.solve(A, x, b, preconditioner);
  if (rank == 0)
    std::cout << control.last_step() << " iterations, maximum ";
  const double maximum = x.linfty_norm();
  if (rank == 0)
    std::cout << maximum << std::endl;
  return 0;
}
