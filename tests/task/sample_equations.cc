// SPDX-License-Identifier: LGPL-2.1-or-later
// The equations behind samples, each against dense matrices made from its own
// columns and against the solutions in its data set.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>
#include <nodal/task/sample_equations.h>
#include <nodal/task/task.h>

#include <deal.II/lac/full_matrix.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <sstream>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(sample_equations)

namespace
{
  using Values = std::vector<double>;

  const std::string quarter_with_hanging_nodes =
      "Mesh/Local refinements=1\nMesh/Refine where=0.5 - x - y\n";
  const std::string random_sources =
      "Inputs/source/Sampler=gaussian random field\n";
  const std::string random_boundary =
      "Inputs/boundary value/Sampler=gaussian random field\n";
  const std::string random_coefficients =
      "Inputs/coefficient/Sampler=gaussian random field\n"
      "Inputs/coefficient/Map=log-normal\n";

  /// A data set of three samples, solved exactly, from lines entry=value.
  class SmallSet
  {
  public:
    explicit SmallSet(const std::string &lines)
    {
      ParameterFile file = ParameterFile::parse("", "test.prm");
      std::istringstream all(
          "Mesh/Refinements=2\nSolver/Method=direct\n"
          "Solver/Preconditioner=lu\nSolver/Tolerance=1e-12\n"
          "Generate/Engine=sequential\nDataset/Samples=3\n" +
          lines);
      for (std::string line; std::getline(all, line);)
        file.override_entry(line);
      Experiment<2> experiment;
      Parameters prm;
      experiment.add_parameters(prm);
      const auto task = Registry<Task<2>>::create("generate");
      task->add_parameters(prm);
      prm.apply(file);
      experiment.check(prm);
      std::filesystem::remove_all("sample-equations");
      Run run(MPI_COMM_SELF, "sample-equations", false, file, prm);
      task->run(experiment, prm, run);
      reader = std::make_unique<DatasetReader>("sample-equations/dataset.h5");
    }

    ~SmallSet()
    {
      std::filesystem::remove_all("sample-equations");
    }

    Values solution(const unsigned int sample) const
    {
      return reader->output("solution", sample);
    }

    /// By value of the solution.
    std::vector<bool> is_dirichlet(const unsigned int sample) const
    {
      const MeshDescription mesh = reader->mesh(reader->mesh_of(sample));
      const std::size_t n = reader->outputs()[0].n_components;
      std::vector<bool> result(mesh.n_nodes() * n, false);
      for (std::size_t b = 0; b < mesh.boundary_nodes.size(); ++b)
        if (mesh.boundary_node_types[b] == 0)
          for (std::size_t c = 0; c < n; ++c)
            result[mesh.boundary_nodes[b] * n + c] = true;
      return result;
    }

    std::unique_ptr<DatasetReader> reader;
  };

  double largest(const Values &values)
  {
    double result = 0;
    for (const double x : values)
      result = std::max(result, std::abs(x));
    return result;
  }

  Values minus(Values a, const Values &b)
  {
    for (std::size_t i = 0; i < a.size(); ++i)
      a[i] -= b[i];
    return a;
  }

  /// Column j is @p apply of the j-th unit vector.
  template <class Apply>
  dealii::FullMatrix<double> dense(const std::size_t n, const Apply &apply)
  {
    dealii::FullMatrix<double> result(n, n);
    for (std::size_t j = 0; j < n; ++j)
    {
      Values unit(n, 0.);
      unit[j] = 1;
      const Values column = apply(unit);
      for (std::size_t i = 0; i < n; ++i)
        result(i, j) = column[i];
    }
    return result;
  }

  /// Whatever the space and the conditions are.
  void check_equation(const SampleEquation &equation, const Values &solution,
                      const std::vector<bool> &is_dirichlet)
  {
    const std::size_t n = solution.size();
    const Values b = equation.residual(Values(n, 0.));
    const auto A = dense(n, [&](const Values &u)
                         { return minus(b, equation.residual(u)); });
    const auto transposed =
        dense(n, [&](const Values &z) { return equation.apply_transposed(z); });
    const auto M =
        dense(n, [&](const Values &r) { return equation.precondition(r); });
    double adjoint = 0, symmetry = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
      {
        adjoint = std::max(adjoint, std::abs(A(i, j) - transposed(j, i)));
        symmetry = std::max(symmetry, std::abs(M(i, j) - M(j, i)));
      }
    BOOST_TEST(adjoint < 1e-12 * A.linfty_norm());
    BOOST_TEST(symmetry < 1e-12 * M.linfty_norm());

    // With Dirichlet values given, A u = b has one solution, the one known;
    // Dirichlet rows are zero in all.
    dealii::FullMatrix<double> whole = A;
    dealii::Vector<double> u(n), rhs(b.begin(), b.end());
    double dirichlet_rows = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (is_dirichlet[i])
      {
        dirichlet_rows = std::max(dirichlet_rows, std::abs(b[i]));
        for (std::size_t j = 0; j < n; ++j)
          dirichlet_rows =
              std::max({dirichlet_rows, std::abs(A(i, j)), std::abs(M(i, j))});
        whole(i, i) = 1;
        rhs(i) = solution[i];
      }
    BOOST_TEST(dirichlet_rows == 0);
    whole.gauss_jordan();
    whole.vmult(u, rhs);
    BOOST_TEST(largest(minus(Values(u.begin(), u.end()), solution)) <
               1e-9 * largest(solution));
    BOOST_TEST(largest(equation.residual(solution)) <
               1e-9 * A.linfty_norm() * largest(solution));
  }

  /// What BadInput says that @p action throws.
  template <class Action>
  std::string refusal(const Action &action)
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

  void check_all(const std::string &lines, const std::string &preconditioner)
  {
    BOOST_TEST_CONTEXT(lines << preconditioner)
    {
      const SmallSet set(lines);
      SampleEquations<2> equations(*set.reader, preconditioner);
      for (unsigned int k = 0; k < 2; ++k)
        check_equation(*equations.make(k), set.solution(k),
                       set.is_dirichlet(k));
    }
  }
} // namespace

BOOST_AUTO_TEST_CASE(solutions_and_only_they_have_no_residual)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  check_all(random_sources + random_boundary + quarter_with_hanging_nodes,
            "boomeramg");
  check_all(random_coefficients + quarter_with_hanging_nodes +
                "Problem/Boundary conditions/Dirichlet=0: x + y\n"
                "Problem/Boundary conditions/Robin=1: 1 | 2\n"
                "Problem/Boundary conditions/Neumann=2: y; 3: 1\n",
            "boomeramg");
  check_all(random_sources + "Mesh/Degree=2\nMesh/generator/Simplices=true\n"
                             "Mesh/Refinements=0\n",
            "boomeramg");
  check_all("Problem/Name=elasticity\n" + random_sources +
                "Inputs/young modulus/Sampler=uniform\n"
                "Inputs/young modulus/Map=log-normal\n" +
                quarter_with_hanging_nodes,
            "jacobi");
  check_all("Mesh/Geometry=corner cut-outs\nMesh/Refinements=0\n"
            "Mesh/corner cut-outs/Cells=8\n"
            "Mesh/corner cut-outs/Smallest cut=1\n"
            "Mesh/corner cut-outs/Largest cut=2\n" +
                random_sources + random_boundary,
            "boomeramg");
  check_all("Problem/Name=convection diffusion\n" + random_sources +
                quarter_with_hanging_nodes,
            "none");
}

BOOST_AUTO_TEST_CASE(samples_of_one_matrix_share_it)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const SmallSet set(random_sources + random_boundary +
                     quarter_with_hanging_nodes);
  SampleEquations<2> all(*set.reader, "boomeramg");
  const auto first = all.make(0), second = all.make(1), third = all.make(2);
  BOOST_TEST(all.n_matrices() == 1u);
  SampleEquations<2> alone(*set.reader, "boomeramg");
  const auto own = alone.make(2);
  const Values u = set.solution(0), r = own->residual(u);
  BOOST_TEST(largest(r) > 1e-3);
  BOOST_TEST(third->residual(u) == r, boost::test_tools::per_element());
  BOOST_TEST(third->precondition(r) == own->precondition(r),
             boost::test_tools::per_element());
  BOOST_TEST(third->apply_transposed(r) == own->apply_transposed(r),
             boost::test_tools::per_element());
  // Each keeps its own right-hand side.
  BOOST_TEST(largest(minus(first->residual(u), second->residual(u))) > 1e-3);
  BOOST_TEST(largest(first->residual(u)) < 1e-9);
}

BOOST_AUTO_TEST_CASE(samples_of_other_matrices_do_not)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const SmallSet set(random_coefficients);
  SampleEquations<2> equations(*set.reader, "boomeramg");
  const auto first = equations.make(0);
  const Values u = set.solution(0), z = first->apply_transposed(u);
  const auto second = equations.make(1);
  BOOST_TEST(equations.n_matrices() == 2u);
  // The first one has not become the second.
  BOOST_TEST(first->apply_transposed(u) == z, boost::test_tools::per_element());
  BOOST_TEST(largest(minus(second->apply_transposed(u), z)) > 1e-3);
  BOOST_TEST(largest(first->residual(u)) < 1e-9);
}

// PETSc's table of options is full after some fifty preconditioners.
BOOST_AUTO_TEST_CASE(there_may_be_many_matrices)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const SmallSet set(random_coefficients + "Dataset/Samples=80\n");
  SampleEquations<2> equations(*set.reader, "boomeramg");
  std::vector<std::shared_ptr<const SampleEquation>> all;
  for (unsigned int k = 0; k < 80; ++k)
    all.push_back(equations.make(k));
  BOOST_TEST(equations.n_matrices() == 80u);
  for (const unsigned int k : {0, 79})
  {
    // One cycle brings zero near to the solution.
    const Values u = set.solution(k), z = all[k]->precondition(all[k]->residual(
                                          Values(u.size(), 0.)));
    BOOST_TEST(largest(minus(u, z)) < 0.5 * largest(u));
    BOOST_TEST(largest(all[k]->residual(set.solution(k))) < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_said)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  {
    const SmallSet set("Problem/Name=nonlinear diffusion\n" + random_sources);
    BOOST_TEST(refusal([&] { SampleEquations<2>(*set.reader, "boomeramg"); })
                   .find("is not linear") != std::string::npos);
  }
  const SmallSet set("Problem/Name=convection diffusion\n" + random_sources);
  for (const char *name : {"boomeramg", "ilu"})
  {
    SampleEquations<2> equations(*set.reader, name);
    BOOST_TEST(refusal([&] { equations.make(0); })
                   .find("is not symmetric positive definite") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_that)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const SmallSet set(random_sources);
  SampleEquations<2> equations(*set.reader, "boomeramg");
  const auto equation = equations.make(0);
  Values u = set.solution(0);
  u[u.size() / 2] = std::nan("");
  BOOST_TEST(std::isnan(equation->precondition(equation->residual(u))[0]));
  // And does not stay behind.
  BOOST_TEST(std::isfinite(
      largest(equation->precondition(equation->residual(set.solution(0))))));
}

BOOST_AUTO_TEST_SUITE_END()
