// SPDX-License-Identifier: LGPL-2.1-or-later
#include "problems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/linear_solver.h>

#include <deal.II/dofs/dof_tools.h>

#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

using namespace problems;

namespace
{
  /// One condition on all faces, from expressions as the user writes them.
  template <int dim>
  BoundaryConditions<dim> everywhere(const BoundaryType type,
                                     const std::string &expression,
                                     const unsigned int n)
  {
    BoundaryConditions<dim> boundary;
    for (unsigned int face = 0; face < 2 * dim; ++face)
      boundary.conditions[face] = {type, function<dim>(expression, n)};
    return boundary;
  }

  template <int dim>
  FieldVector interpolated(const Space<dim> &space,
                           const std::string &expression)
  {
    FieldVector u = space.vector();
    VectorTools::interpolate(space.mesh->mapping(), space.dofs,
                             *function<dim>(expression, space.n_components), u);
    u.update_ghost_values();
    return u;
  }

  /// The sum over all ranks of the entries of @p x.
  double sum(Vec x)
  {
    double result;
    NODAL_PETSC(VecSum(x, &result));
    return result;
  }

  template <class Test>
  void for_all_meshes(const Test &test)
  {
    for (const bool simplex : {false, true})
      for (const bool is_local : {false, true})
        for (const unsigned int degree : {1, 2})
          BOOST_TEST_CONTEXT((simplex ? "simplices" : "hypercubes")
                             << (is_local ? ", local" : "") << ", degree "
                             << degree)
          {
            test(simplex, is_local, degree);
          }
  }

  /// A linear function is in every space: it solves the equations that it
  /// satisfies, whatever hangs.
  template <int dim>
  void check_patch(const bool simplex, const bool is_local,
                   const unsigned int degree)
  {
    const auto problem = Registry<SteadyProblem<dim>>::create("darcy");
    const Space<dim> space(cube<dim>(simplex, is_local, dim == 2 ? 2 : 1),
                           degree, 1);
    // u = 1 + 2 x − y, a = 3: fluxes 6 on the faces x = 0, 1 (outwards −, +)
    // and −3 across y.
    BoundaryConditions<dim> boundary =
        everywhere<dim>(BoundaryType::dirichlet, "1 + 2*x - y", 1);
    boundary.conditions[0] = {BoundaryType::neumann, function<dim>("-6")};
    boundary.conditions[1] = {BoundaryType::robin,
                              function<dim>("6 + 5*(1 + 2*x - y); 5", 2)};
    std::set<types::boundary_id> dirichlet;
    for (unsigned int face = 2; face < 2 * dim; ++face)
      dirichlet.insert(face);
    SteadySystem<dim> system(space, *problem, boundary);
    system.assemble(
        inputs_of<dim>(*problem, {{"coefficient", "3"}, {"source", "0"}}));
    FieldVector u = interpolated(space, "1 + 2*x - y");
    FieldVector made = u;
    system.distribute(made);
    made -= u;
    BOOST_TEST(made.linfty_norm() < 1e-13);
    // What is eliminated is zero in the system; distribute() fills it in.
    const IndexSet boundary_dofs =
        DoFTools::extract_boundary_dofs(space.dofs, ComponentMask(), dirichlet);
    for (const auto dof : space.owned)
      if (space.hanging_nodes.is_constrained(dof) ||
          boundary_dofs.is_element(dof))
        u(dof) = 0;
    BOOST_TEST(defect(system, u) < 1e-11);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(steady_system)

BOOST_AUTO_TEST_CASE(linear_functions_pass_the_patch_test)
{
  for_all_meshes(check_patch<2>);
  for_all_meshes(check_patch<3>);
}

namespace
{
  template <int dim>
  void check_rigid_bodies(const bool simplex, const bool is_local,
                          const unsigned int degree)
  {
    const auto problem = Registry<SteadyProblem<dim>>::create("elasticity");
    const Space<dim> space(cube<dim>(simplex, is_local, dim == 2 ? 2 : 1),
                           degree, dim);
    const BoundaryConditions<dim> boundary =
        everywhere<dim>(BoundaryType::neumann, dim == 2 ? "0;0" : "0;0;0", dim);
    SteadySystem<dim> system(space, *problem, boundary);
    system.assemble(inputs_of<dim>(*problem, {{"young modulus", "1 + x"}}));
    PetscInt block_size = 0, n_modes = 0;
    MatNullSpace modes = nullptr;
    const Vec *vectors = nullptr;
    PetscBool has_constant = PETSC_TRUE;
    NODAL_PETSC(MatGetBlockSize(system.matrix(), &block_size));
    BOOST_TEST(block_size == dim);
    NODAL_PETSC(MatGetNearNullSpace(system.matrix(), &modes));
    NODAL_PETSC(MatNullSpaceGetVecs(modes, &has_constant, &n_modes, &vectors));
    BOOST_TEST(!has_constant);
    BOOST_TEST(n_modes == (dim == 2 ? 3 : 6));
    for (PetscInt k = 0; k < n_modes; ++k)
    {
      const VecHandle force = duplicate(vectors[k]);
      NODAL_PETSC(MatMult(system.matrix(), vectors[k], force));
      // Values that follow others have a row of their own.
      FieldVector field = space.vector();
      copy(force, field);
      for (const auto dof : space.owned)
        if (space.hanging_nodes.is_constrained(dof))
          field(dof) = 0;
      BOOST_TEST(field.linfty_norm() < 1e-12);
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(preconditioners_are_told_of_rigid_bodies)
{
  for_all_meshes(check_rigid_bodies<2>);
  for_all_meshes(check_rigid_bodies<3>);
}

BOOST_AUTO_TEST_CASE(multigrid_makes_use_of_rigid_bodies)
{
  const auto problem = Registry<SteadyProblem<2>>::create("elasticity");
  const Space<2> space(cube<2>(true, false, 4), 1, 2);
  const BoundaryConditions<2> boundary =
      everywhere<2>(BoundaryType::dirichlet, "0;0", 2);
  SteadySystem<2> system(space, *problem, boundary);
  system.assemble(inputs_of<2>(*problem, {}));
  for (const std::string name : {"gamg", "ml", "two level"})
  {
    unsigned int n[2];
    for (const bool knows : {false, true})
    {
      // A copy by hand has no modes.
      MatHandle A;
      NODAL_PETSC(MatDuplicate(system.matrix(), MAT_COPY_VALUES, A.put()));
      if (knows)
        copy_near_null_space(system.matrix(), A);
      const VecHandle x = duplicate(system.rhs());
      LinearSolver solver;
      solver.method.choose("cg");
      solver.preconditioner.choose(name);
      NODAL_PETSC(VecSet(x, 0));
      const SolveResult result = solver.solve(A, x, system.rhs(), true);
      BOOST_TEST(result.converged());
      n[knows] = result.iterations;
    }
    BOOST_TEST(n[true] < n[false]);
  }
}

BOOST_AUTO_TEST_CASE(elimination_keeps_the_matrix_symmetric)
{
  for_all_meshes(
      [](const bool simplex, const bool is_local, const unsigned int degree)
      {
        const auto problem = Registry<SteadyProblem<2>>::create("elasticity");
        const Space<2> space(cube<2>(simplex, is_local), degree, 2);
        const BoundaryConditions<2> boundary =
            everywhere<2>(BoundaryType::dirichlet, "x; 1", 2);
        SteadySystem<2> system(space, *problem, boundary);
        system.assemble(inputs_of<2>(*problem, {}));
        MatHandle transpose;
        NODAL_PETSC(
            MatTranspose(system.matrix(), MAT_INITIAL_MATRIX, transpose.put()));
        NODAL_PETSC(
            MatAXPY(transpose, -1, system.matrix(), SAME_NONZERO_PATTERN));
        double asymmetry, size;
        NODAL_PETSC(MatNorm(transpose, NORM_INFINITY, &asymmetry));
        NODAL_PETSC(MatNorm(system.matrix(), NORM_INFINITY, &size));
        BOOST_TEST(asymmetry < 1e-14 * size);
      });
}

BOOST_AUTO_TEST_CASE(eliminated_rows_hold_a_diagonal_alone)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  const Space<2> space(cube<2>(false, true), 1, 1);
  const BoundaryConditions<2> boundary =
      everywhere<2>(BoundaryType::dirichlet, "1 + x", 1);
  SteadySystem<2> system(space, *problem, boundary);
  system.assemble(inputs_of<2>(*problem, {}));
  FieldVector u = space.vector();
  system.distribute(u);
  const FieldVector exact = interpolated(space, "1 + x");
  const IndexSet fixed =
      DoFTools::extract_boundary_dofs(space.dofs) & space.owned;
  for (const auto dof : fixed)
  {
    PetscInt n;
    const PetscInt *columns;
    const double *values;
    NODAL_PETSC(MatGetRow(system.matrix(), dof, &n, &columns, &values));
    for (PetscInt i = 0; i < n; ++i)
      if (columns[i] == PetscInt(dof))
        BOOST_TEST(values[i] > 0);
      else
        BOOST_TEST(values[i] == 0.);
    NODAL_PETSC(MatRestoreRow(system.matrix(), dof, &n, &columns, &values));
    const PetscInt row = dof;
    double b;
    NODAL_PETSC(VecGetValues(system.rhs(), 1, &row, &b));
    BOOST_TEST(b == 0.);
    BOOST_TEST(u(dof) == exact(dof));
  }
  const unsigned int n = Utilities::MPI::sum(
      static_cast<unsigned int>(fixed.n_elements()), space.mesh->comm);
  BOOST_TEST(n >= 16u);
}

BOOST_AUTO_TEST_CASE(pure_neumann_data_balance_the_source)
{
  // Constants are in the kernel, and the right-hand side sums to the source
  // plus the flux: 2 − 4 · 0.5.
  for_all_meshes(
      [](const bool simplex, const bool is_local, const unsigned int degree)
      {
        const auto problem = Registry<SteadyProblem<2>>::create("darcy");
        const Space<2> space(cube<2>(simplex, is_local), degree, 1);
        const BoundaryConditions<2> boundary =
            everywhere<2>(BoundaryType::neumann, "-0.5", 1);
        SteadySystem<2> system(space, *problem, boundary);
        system.assemble(inputs_of<2>(
            *problem, {{"coefficient", "1 + x"}, {"source", "2"}}));
        BOOST_TEST(std::abs(sum(system.rhs())) < 1e-12);
        const VecHandle one = duplicate(system.rhs()),
                        product = duplicate(system.rhs());
        FieldVector u = interpolated(space, "1");
        for (const auto dof : space.owned)
          if (space.hanging_nodes.is_constrained(dof))
            u(dof) = 0;
        copy(u, one);
        NODAL_PETSC(MatMult(system.matrix(), one, product));
        double norm;
        NODAL_PETSC(VecNorm(product, NORM_INFINITY, &norm));
        BOOST_TEST(norm < 1e-12);
      });
}

BOOST_AUTO_TEST_CASE(robin_data_add_the_mass_of_the_boundary)
{
  // 1ᵀ A 1 = α |∂Ω| and 1ᵀ b = g |∂Ω| without source.
  for (const bool simplex : {false, true})
  {
    const auto problem = Registry<SteadyProblem<3>>::create("darcy");
    const Space<3> space(cube<3>(simplex, false, 1), 1, 1);
    const BoundaryConditions<3> boundary =
        everywhere<3>(BoundaryType::robin, "3; 2", 2);
    SteadySystem<3> system(space, *problem, boundary);
    system.assemble(inputs_of<3>(*problem, {{"source", "0"}}));
    const VecHandle one = duplicate(system.rhs()),
                    product = duplicate(system.rhs());
    NODAL_PETSC(VecSet(one, 1));
    NODAL_PETSC(MatMult(system.matrix(), one, product));
    BOOST_TEST(std::abs(sum(product) - 2 * 6) < 1e-12);
    BOOST_TEST(std::abs(sum(system.rhs()) - 3 * 6) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(the_value_at_a_shared_corner_is_that_of_the_lower_id)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  const Space<2> space(cube<2>(false, false), 1, 1);
  BoundaryConditions<2> boundary;
  for (unsigned int face = 0; face < 4; ++face)
    boundary.conditions[face] = {BoundaryType::dirichlet,
                                 function<2>(std::to_string(face))};
  SteadySystem<2> system(space, *problem, boundary);
  system.set_constraints(inputs_of<2>(*problem, {}));
  FieldVector u = space.vector();
  system.distribute(u);
  std::map<types::global_dof_index, Point<2>> points;
  DoFTools::map_dofs_to_support_points(space.mesh->mapping(), space.dofs,
                                       points);
  for (const auto dof : space.owned)
  {
    const Point<2> x = points.at(dof);
    const double expected = x[0] == 0   ? 0
                            : x[0] == 1 ? 1
                            : x[1] == 0 ? 2
                            : x[1] == 1 ? 3
                                        : 0;
    BOOST_TEST(u(dof) == expected);
  }
}

BOOST_AUTO_TEST_CASE(assembling_again_gives_the_same_system)
{
  const auto problem =
      Registry<SteadyProblem<2>>::create("convection diffusion");
  const Space<2> space(cube<2>(true, true), 2, 1);
  const BoundaryConditions<2> boundary =
      everywhere<2>(BoundaryType::dirichlet, "x", 1);
  SteadySystem<2> system(space, *problem, boundary);
  const Inputs<2> first = inputs_of<2>(*problem, {}),
                  other = inputs_of<2>(*problem, {{"diffusion", "2 + x"}});
  system.assemble(first);
  MatHandle matrix;
  NODAL_PETSC(MatDuplicate(system.matrix(), MAT_COPY_VALUES, matrix.put()));
  system.assemble(other);
  PetscBool is_equal = PETSC_TRUE;
  NODAL_PETSC(MatEqual(matrix, system.matrix(), &is_equal));
  BOOST_TEST(is_equal == PETSC_FALSE);
  system.assemble(first);
  NODAL_PETSC(MatAXPY(matrix, -1, system.matrix(), SAME_NONZERO_PATTERN));
  double norm;
  NODAL_PETSC(MatNorm(matrix, NORM_INFINITY, &norm));
  BOOST_TEST(norm < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_missing_input_is_refused)
{
  const auto problem = Registry<SteadyProblem<2>>::create("darcy");
  const Space<2> space(cube<2>(false, false), 1, 1);
  const BoundaryConditions<2> boundary =
      everywhere<2>(BoundaryType::dirichlet, "0", 1);
  SteadySystem<2> system(space, *problem, boundary);
  BOOST_CHECK_THROW(system.assemble({}), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
