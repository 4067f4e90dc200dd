// SPDX-License-Identifier: LGPL-2.1-or-later
// A parallel deal.II program whose preconditioner is swapped: see
// docs/dealii.md.
//
//   mpirun -n 2 ./swap_preconditioner amg|nodal [REFINEMENTS]
//
// Diffusion in a disc, ten thousand times as fast in wavy channels.
#include <nodal/solver/precondition.h>

#include <deal.II/base/quadrature_lib.h>
#include <deal.II/base/timer.h>
#include <deal.II/distributed/tria.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/fe/fe_values.h>
#include <deal.II/grid/grid_generator.h>
#include <deal.II/lac/affine_constraints.h>
#include <deal.II/lac/solver_cg.h>
#include <deal.II/lac/sparsity_tools.h>
#include <deal.II/lac/trilinos_precondition.h>
#include <deal.II/lac/trilinos_sparse_matrix.h>
#include <deal.II/lac/trilinos_vector.h>
#include <deal.II/numerics/vector_tools.h>

#include <cmath>
#include <exception>
#include <iostream>

using namespace dealii;
using SystemMatrix = TrilinosWrappers::SparseMatrix;
using SystemVector = TrilinosWrappers::MPI::Vector;

namespace
{
  double conductivity(const Point<2> &p)
  {
    return std::sin(25 * (p[1] + 0.1 * std::sin(6 * p[0]))) > 0.6 ? 1e4 : 1;
  }

  void assemble(const DoFHandler<2> &dofs,
                const AffineConstraints<double> &constraints, SystemMatrix &A,
                SystemVector &b)
  {
    const FiniteElement<2> &fe = dofs.get_fe();
    const QGauss<2> quadrature(fe.degree + 1);
    FEValues<2> values(fe, quadrature,
                       update_values | update_gradients |
                           update_quadrature_points | update_JxW_values);
    const unsigned int n = fe.n_dofs_per_cell();
    FullMatrix<double> matrix(n, n);
    Vector<double> load(n);
    std::vector<types::global_dof_index> numbers(n);
    for (const auto &cell : dofs.active_cell_iterators())
    {
      if (!cell->is_locally_owned())
        continue;
      values.reinit(cell);
      matrix = 0;
      load = 0;
      for (const unsigned int q : values.quadrature_point_indices())
        for (const unsigned int i : values.dof_indices())
        {
          for (const unsigned int j : values.dof_indices())
            matrix(i, j) += conductivity(values.quadrature_point(q)) *
                            values.shape_grad(i, q) * values.shape_grad(j, q) *
                            values.JxW(q);
          load(i) += values.shape_value(i, q) * values.JxW(q);
        }
      cell->get_dof_indices(numbers);
      constraints.distribute_local_to_global(matrix, load, numbers, A, b);
    }
    A.compress(VectorOperation::add);
    b.compress(VectorOperation::add);
  }

  /// Conjugate gradients with the preconditioner @p P, made here.
  template <class P>
  void solve(const SystemMatrix &A, const SystemVector &b,
             ConditionalOStream &out)
  {
    SystemVector x(b);
    x = 0;
    Timer timer(b.get_mpi_communicator(), true);
    P preconditioner;
    preconditioner.initialize(A);
    SolverControl control(5000, 1e-8 * b.l2_norm());
    SolverCG<SystemVector> solver(control);
    solver.solve(A, x, b, preconditioner);
    timer.stop();
    SystemVector r(b);
    const double residual = A.residual(r, x, b);
    out << control.last_step() << " iterations, relative residual "
        << residual / b.l2_norm() << ", " << timer.wall_time() << " s\n";
  }

  int run(const std::string &preconditioner, const unsigned int n_refinements)
  {
    const MPI_Comm comm = MPI_COMM_WORLD;
    ConditionalOStream out(std::cout,
                           Utilities::MPI::this_mpi_process(comm) == 0);
    parallel::distributed::Triangulation<2> mesh(comm);
    GridGenerator::hyper_ball_balanced(mesh);
    mesh.refine_global(n_refinements);
    const FE_Q<2> fe(1);
    DoFHandler<2> dofs(mesh);
    dofs.distribute_dofs(fe);
    IndexSet relevant;
    DoFTools::extract_locally_relevant_dofs(dofs, relevant);
    AffineConstraints<double> constraints(relevant);
    VectorTools::interpolate_boundary_values(
        dofs, 0, Functions::ZeroFunction<2>(), constraints);
    constraints.close();
    DynamicSparsityPattern pattern(relevant);
    DoFTools::make_sparsity_pattern(dofs, pattern, constraints, false);
    SparsityTools::distribute_sparsity_pattern(
        pattern, dofs.locally_owned_dofs(), comm, relevant);
    SystemMatrix A;
    A.reinit(dofs.locally_owned_dofs(), dofs.locally_owned_dofs(), pattern,
             comm);
    SystemVector b(dofs.locally_owned_dofs(), comm);
    assemble(dofs, constraints, A, b);
    out << dofs.n_dofs() << " unknowns, " << preconditioner << ": ";
    if (preconditioner == "amg")
      solve<TrilinosWrappers::PreconditionAMG>(A, b, out);
    else
      solve<nodal::Precondition>(A, b, out);
    return 0;
  }
} // namespace

int
main(int argc, char *argv[])
{
  const std::string preconditioner = argc > 1 ? argv[1] : "";
  if (argc > 3 || (preconditioner != "amg" && preconditioner != "nodal"))
  {
    std::cerr << "usage: " << argv[0] << " amg|nodal [REFINEMENTS]\n";
    return 2;
  }
  try
  {
    Utilities::MPI::MPI_InitFinalize mpi(argc, argv, 1);
    return run(preconditioner, argc > 2 ? std::stoi(argv[2]) : 6);
  }
  catch (const std::exception &error)
  {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
