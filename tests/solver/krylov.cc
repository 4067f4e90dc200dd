// SPDX-License-Identifier: LGPL-2.1-or-later
// What single Krylov methods refuse, and how the section `Solver` behaves.
#include "nonlinear_preconditioner.h"
#include "systems.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/linear_solver.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

namespace
{
  MatHandle laplace(const PetscInt m)
  {
    systems::Grid grid;
    grid.m = m;
    return systems::matrix(PETSC_COMM_WORLD, grid);
  }

  std::string message_of(const std::function<void()> &action)
  {
    try
    {
      action();
    }
    catch (const BadInput &error)
    {
      return error.what();
    }
    return "";
  }
} // namespace

BOOST_AUTO_TEST_CASE(nonlinear_preconditioners_need_flexible_methods)
{
  const MatHandle A = laplace(15);
  const VecHandle b = systems::random_vector(A, 1);
  NonlinearPreconditioner M;
  M.update(A, true);
  const std::vector<std::pair<std::string, std::string>> rigid = {
      {"gcrodr", "set Side = left"},
      {"gcrodr", "set Side = right"},
      {"gmres", ""},
      {"cg", ""},
      {"rcg", ""},
      {"petsc", "set Type = bcgs"}};
  for (const auto &[name, entries] : rigid)
    BOOST_TEST_CONTEXT(name << " " << entries)
    {
      const auto method = Registry<KrylovSolver>::create(name);
      systems::configure(*method, entries);
      const VecHandle x = systems::vector_for(A);
      BOOST_TEST(message_of(
                     [&] {
                       method->solve(A, x, b, M, {1e-8, 500}, nullptr);
                     })
                     .find("linear preconditioner") != std::string::npos);
    }
  const std::vector<std::pair<std::string, std::string>> flexible = {
      {"gcrodr", "set Side = flexible"},
      {"petsc", "set Type = fgmres"},
      {"petsc", "set Type = gcr"}};
  for (const auto &[name, entries] : flexible)
    BOOST_TEST_CONTEXT(name << " " << entries)
    {
      const auto method = Registry<KrylovSolver>::create(name);
      systems::configure(*method, entries);
      RecycleSpace space;
      for (unsigned int s = 0; s < 3; ++s)
      {
        const VecHandle x = systems::vector_for(A);
        const SolveResult result =
            method->solve(A, x, b, M, {1e-8, 500}, &space);
        BOOST_TEST(result.converged());
        BOOST_TEST(relative_residual(A, x, b) <= 1e-8);
      }
    }
}

BOOST_AUTO_TEST_CASE(solver_section)
{
  LinearSolver solver;
  Parameters prm;
  solver.add_parameters(prm);
  prm.apply(ParameterFile::parse("subsection Solver\n"
                                 "  set Tolerance = 1e-6\n"
                                 "  set Method = gcrodr\n"
                                 "  set Preconditioner = ilu\n"
                                 "  subsection Methods\n"
                                 "    subsection gcrodr\n"
                                 "      set Basis size = 20\n"
                                 "      set Recycled vectors = 30\n"
                                 "    end\n"
                                 "  end\n"
                                 "end\n",
                                 "test"));
  BOOST_TEST(solver.control.tolerance == 1e-6);
  BOOST_TEST(message_of([&] { solver.check(); }).find("Basis size") !=
             std::string::npos);
  solver.method.choose("direct");
  BOOST_TEST(message_of([&] { solver.check(); }).find("'lu'") !=
             std::string::npos);
  solver.preconditioner.choose("lu");
  BOOST_CHECK_NO_THROW(solver.check());
}

BOOST_AUTO_TEST_CASE(spd_methods_refuse_what_is_not_spd)
{
  const MatHandle A = laplace(10);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  LinearSolver solver;
  for (const std::string method : {"cg", "rcg"})
  {
    solver.method.choose(method);
    solver.preconditioner.choose("jacobi");
    BOOST_TEST(message_of([&] { solver.solve(A, x, b, false); })
                   .find("symmetric positive definite") != std::string::npos);
    solver.preconditioner.choose("ilu");
    BOOST_TEST(message_of([&] { solver.solve(A, x, b, true); })
                   .find("symmetric positive definite") != std::string::npos);
  }
  solver.method.choose("gmres");
  solver.preconditioner.choose("cholesky");
  BOOST_TEST(message_of([&] { solver.solve(A, x, b, false); }).find("'lu'") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_petsc_names_are_the_users_mistake)
{
  const MatHandle A = laplace(5);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  LinearSolver solver;
  solver.method.choose("petsc");
  systems::configure(*solver.method, "set Type = gmers");
  solver.preconditioner.choose("none");
  BOOST_TEST(message_of([&] { solver.solve(A, x, b, true); }).find("gmers") !=
             std::string::npos);
  solver.method.choose("gmres");
  solver.preconditioner.choose("petsc");
  systems::configure(*solver.preconditioner, "set Type = iluu");
  BOOST_TEST(message_of([&] { solver.solve(A, x, b, true); }).find("iluu") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(petsc_options_reach_the_method)
{
  const MatHandle A = laplace(20);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  unsigned int n[2];
  for (unsigned int i = 0; i < 2; ++i)
  {
    LinearSolver solver;
    solver.method.choose("petsc");
    systems::configure(*solver.method,
                       i == 0 ? "set Restart = 3"
                              : "set Restart = 3\n"
                                "set Options = -ksp_gmres_restart 100");
    solver.preconditioner.choose("none");
    NODAL_PETSC(VecSet(x, 0.));
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    n[i] = result.iterations;
  }
  BOOST_TEST(n[1] < n[0]);
}

BOOST_AUTO_TEST_CASE(preconditioner_update_interval)
{
  LinearSolver solver;
  solver.method.choose("cg");
  solver.preconditioner.choose("cholesky");
  solver.update_interval = 2;
  systems::Grid grid;
  grid.m = 12;
  const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
  const VecHandle b = systems::random_vector(A, 1), x = systems::vector_for(A);
  std::vector<unsigned int> n;
  for (unsigned int s = 0; s < 4; ++s)
  {
    grid.a = systems::log_smooth(1, 10 * s);
    systems::fill(A, grid);
    NODAL_PETSC(VecSet(x, 0.));
    const SolveResult result = solver.solve(A, x, b, true);
    BOOST_TEST(result.converged());
    n.push_back(result.iterations);
  }
  BOOST_TEST(n[0] == 1);
  BOOST_TEST(n[1] > 3);
  BOOST_TEST(n[2] == 1);
  BOOST_TEST(n[3] > 3);
}

BOOST_AUTO_TEST_CASE(deflation_with_the_preconditioner_of_another_matrix)
{
  for (const std::string name : {"ssor", "two level"})
    for (const std::string smoother : {"ssor", "ic0"})
    {
      LinearSolver solver;
      solver.method.choose("deflated cg");
      solver.preconditioner.choose(name);
      if (name == "two level")
        systems::configure(*solver.preconditioner,
                           "set Aggregate size = 9\nset Smoother = " +
                               smoother);
      solver.update_interval = 2;
      systems::Grid grid;
      grid.m = 20;
      const MatHandle A = systems::matrix(PETSC_COMM_WORLD, grid);
      const VecHandle b = systems::random_vector(A, 1),
                      x = systems::vector_for(A);
      for (const double factor : {1., 3., 0.2})
      {
        grid.a = [=](double x, double y) { return factor * (1 + x * y); };
        systems::fill(A, grid);
        NODAL_PETSC(VecSet(x, 0.));
        const SolveResult result = solver.solve(A, x, b, true);
        BOOST_TEST(result.converged());
        BOOST_TEST(result.iterations < 80);
      }
    }
}

BOOST_AUTO_TEST_CASE(sizes_may_change_between_solves)
{
  for (const auto &[name, preconditioner] :
       {std::pair<std::string, std::string>("cg", "jacobi"),
        {"gcrodr", "jacobi"},
        {"rcg", "jacobi"},
        {"petsc", "jacobi"},
        {"deflated cg", "jacobi"},
        {"deflated cg", "ssor"},
        {"deflated cg", "two level"}})
  {
    LinearSolver solver;
    solver.method.choose(name);
    solver.preconditioner.choose(preconditioner);
    RecycleSpace space;
    for (const PetscInt m : {10, 14, 10})
    {
      const MatHandle A = laplace(m);
      const VecHandle b = systems::random_vector(A, 1),
                      x = systems::vector_for(A);
      BOOST_TEST(solver.solve(A, x, b, true, &space).converged());
    }
  }
}
