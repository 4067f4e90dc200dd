// SPDX-License-Identifier: LGPL-2.1-or-later
// Properties of every registered steady problem.
#include <nodal/core/communicator.h>
#include <nodal/core/random.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/numbering.h>
#include <nodal/pde/waves.h>
#include <nodal/task/sample_solver.h>

#include <deal.II/grid/grid_generator.h>
#include <deal.II/numerics/vector_tools.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;

namespace
{
  /// The unit cube with boundary ids 0 … 2 dim − 1, face by face.
  template <int dim>
  std::shared_ptr<Mesh<dim>>
  make_cube(const bool simplex, const unsigned int refinements, MPI_Comm comm)
  {
    auto cube = std::make_unique<Triangulation<dim>>();
    GridGenerator::hyper_cube(*cube, 0, 1, true);
    if (!simplex)
      return std::make_shared<Mesh<dim>>(std::move(cube), comm, refinements);
    auto simplices = std::make_unique<Triangulation<dim>>();
    GridGenerator::convert_hypercube_to_simplex_mesh(*cube, *simplices);
    return std::make_shared<Mesh<dim>>(std::move(simplices), comm, refinements);
  }

  /// A manufactured problem with each type of boundary condition on a face.
  template <int dim>
  struct Manufactured
  {
    explicit Manufactured(const std::string &name)
        : problem(Registry<SteadyProblem<dim>>::create(name)),
          exact(problem->manufactured())
    {
      for (const auto &[input, function] : exact.inputs)
        inputs[input].function = function;
      for (unsigned int face = 0; face < 2 * dim; ++face)
        boundary.conditions[face] = {BoundaryType::dirichlet, exact.solution};
      natural(1, BoundaryType::neumann, 0);
      natural(2, BoundaryType::robin, 2.);
      if (problem->boundary_types().count(BoundaryType::impedance))
        natural(3, BoundaryType::impedance, 0);
      // A factorisation in 2d; in 3d it would take the longest of all.
      solver.method.choose(dim == 2 ? "direct" : "gmres");
      solver.preconditioner.choose(dim == 2 ? "lu" : "ilu");
      solver.control.tolerance = 1e-10;
    }

    void natural(const unsigned int face, const BoundaryType type,
                 const double alpha)
    {
      Tensor<1, dim> normal;
      normal[face / 2] = face % 2 ? 1 : -1;
      const unsigned int n = problem->n_components();
      const bool robin = type == BoundaryType::robin;
      const SteadyProblem<dim> *p = problem.get();
      boundary.conditions[face] = {
          type,
          std::make_shared<FormulaFunction<dim>>(
              n + robin,
              [=, u = exact.solution,
               k = inputs.count("wave number")
                       ? inputs.at("wave number").function
                       : nullptr](const Point<dim> &x, const unsigned int c)
              {
                if (c == n)
                  return alpha;
                const double g =
                    p->manufactured_flux(x, normal)[c] + alpha * u->value(x, c);
                if (type != BoundaryType::impedance)
                  return g;
                // q − i k u by real and imaginary part
                const double ku = k->value(x) * u->value(x, 1 - c);
                return c == 0 ? g + ku : g - ku;
              })};
    }

    SolveResult solve(const Space<dim> &space)
    {
      sample = std::make_unique<SampleSolver<dim>>(space, *problem, boundary,
                                                   solver, newton);
      return sample->solve(inputs, nullptr);
    }

    std::unique_ptr<SteadyProblem<dim>> problem;
    ManufacturedSolution<dim> exact;
    Inputs<dim> inputs;
    BoundaryConditions<dim> boundary;
    LinearSolver solver;
    NewtonSolver newton;
    std::unique_ptr<SampleSolver<dim>> sample;
  };

  template <int dim>
  double error(const Space<dim> &space, const Manufactured<dim> &problem,
               const VectorTools::NormType norm)
  {
    const Triangulation<dim> &mesh = space.mesh->triangulation();
    Vector<float> cells(mesh.n_active_cells());
    const Quadrature<dim> quadrature =
        mesh.get_reference_cells()[0].template get_gauss_type_quadrature<dim>(
            std::min(space.degree + 2, 4u));
    VectorTools::integrate_difference(
        space.mesh->mapping(), space.dofs, problem.sample->solution(),
        *problem.exact.solution, cells, quadrature, norm);
    return VectorTools::compute_global_error(mesh, cells, norm);
  }

  /// Errors on two meshes give orders degree + 1 and degree.
  template <int dim>
  void check_order(const std::string &name, const bool simplex,
                   const unsigned int degree, const unsigned int refinements)
  {
    double L2[2], H1[2];
    for (unsigned int i = 0; i < 2; ++i)
    {
      Manufactured<dim> problem(name);
      const auto mesh = make_cube<dim>(simplex, refinements + i, MPI_COMM_SELF);
      const Space<dim> space(mesh, degree, problem.problem->n_components());
      const SolveResult result = problem.solve(space);
      BOOST_TEST_REQUIRE(result.converged(), result.message);
      L2[i] = error(space, problem, VectorTools::L2_norm);
      H1[i] = error(space, problem, VectorTools::H1_seminorm);
    }
    const double order_L2 = std::log2(L2[0] / L2[1]);
    const double order_H1 = std::log2(H1[0] / H1[1]);
    BOOST_TEST_CONTEXT(name << " in " << dim << "d, "
                            << (simplex ? "simplex" : "hypercube")
                            << ", degree " << degree)
    {
      BOOST_TEST(order_L2 > degree + 1 - 0.25);
      BOOST_TEST(order_L2 < degree + 1 + 0.75);
      BOOST_TEST(order_H1 > degree - 0.2);
      BOOST_TEST(order_H1 < degree + 0.75);
    }
  }

  /// Largest difference between a matrix and its transpose.
  template <int dim>
  double asymmetry(const std::string &name)
  {
    Manufactured<dim> problem(name);
    const auto mesh = make_cube<dim>(false, 2, MPI_COMM_SELF);
    const Space<dim> space(mesh, 1, problem.problem->n_components());
    SteadySystem<dim> system(space, *problem.problem, problem.boundary);
    FieldVector state = space.vector();
    VectorTools::interpolate(space.mesh->mapping(), space.dofs,
                             *problem.exact.solution, state);
    state.update_ghost_values();
    system.assemble(problem.inputs, &state);
    MatHandle transpose;
    NODAL_PETSC(
        MatTranspose(system.matrix(), MAT_INITIAL_MATRIX, transpose.put()));
    NODAL_PETSC(MatAXPY(transpose, -1, system.matrix(), SAME_NONZERO_PATTERN));
    double norm;
    NODAL_PETSC(MatNorm(transpose, NORM_INFINITY, &norm));
    return norm;
  }

  /// The matrix for the cell values of @p base + factor × @p direction in the
  /// input in which the problem says that the matrix is linear.
  MatHandle matrix_for(SteadySystem<2> &system, Inputs<2> inputs,
                       const std::string &input,
                       const std::vector<double> &base,
                       const std::vector<double> &direction,
                       const double factor)
  {
    inputs[input] = {};
    for (unsigned int i = 0; i < base.size(); ++i)
      inputs[input].cell_values.push_back(base[i] + factor * direction[i]);
    system.assemble(inputs);
    MatHandle copy;
    NODAL_PETSC(MatDuplicate(system.matrix(), MAT_COPY_VALUES, copy.put()));
    return copy;
  }

  /// The solution in the order of Numbering, on all ranks.
  template <int dim>
  std::vector<double> gathered_solution(const std::string &name,
                                        const bool simplex, MPI_Comm comm)
  {
    Manufactured<dim> problem(name);
    const auto mesh = make_cube<dim>(simplex, dim == 2 ? 3 : 2, comm);
    const Space<dim> space(mesh, 1, problem.problem->n_components());
    BOOST_TEST_REQUIRE(problem.solve(space).converged());
    const Numbering<dim> numbering(space);
    std::vector<double> values =
        numbering.gather_nodes(problem.sample->solution(), false);
    values.resize(numbering.n_nodes * space.n_components);
    MPI_Bcast(values.data(), values.size(), MPI_DOUBLE, 0, comm);
    return values;
  }

  template <int dim>
  void check_ranks(const std::string &name, const bool simplex)
  {
    const auto serial = gathered_solution<dim>(name, simplex, MPI_COMM_SELF);
    const auto parallel = gathered_solution<dim>(name, simplex, MPI_COMM_WORLD);
    BOOST_TEST_REQUIRE(serial.size() == parallel.size());
    double difference = 0, size = 0;
    for (unsigned int i = 0; i < serial.size(); ++i)
    {
      difference = std::max(difference, std::abs(serial[i] - parallel[i]));
      size = std::max(size, std::abs(serial[i]));
    }
    BOOST_TEST_CONTEXT(name << " in " << dim << "d")
    {
      BOOST_TEST(size > 0.1);
      BOOST_TEST(difference < 1e-7 * size);
    }
  }

  /// Degree and refinements at which an order in 3d is measured.
  struct Order
  {
    bool is_simplex;
    unsigned int degree, refinements;
  };

  template <int dim, class Test>
  void for_every_problem(const Test &test)
  {
    for (const RegistryEntry &entry : Registry<SteadyProblem<dim>>::list())
      test(entry.name);
  }

} // namespace

BOOST_AUTO_TEST_SUITE(every_problem)

BOOST_AUTO_TEST_CASE(manufactured_solution_converges_2d)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_problem<2>(
      [](const std::string &name)
      {
        for (const bool simplex : {false, true})
          for (const unsigned int degree : {1, 2})
            check_order<2>(name, simplex, degree, 4);
        check_order<2>(name, false, 3, 2);
      });
}

BOOST_AUTO_TEST_CASE(manufactured_solution_converges_3d)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
#ifdef DEBUG
  // The meshes on which the order shows take minutes with assertions on; the
  // forms are the same code as in 2d.
  return;
#endif
  for_every_problem<3>(
      [](const std::string &name)
      {
        // Stabilisation fades only as the cells get small.
        check_order<3>(name, false, 1, name == "convection diffusion" ? 4 : 3);
        check_order<3>(name, true, 1, 3);
      });
}

// Takes minutes: the label `long`.
BOOST_AUTO_TEST_CASE(higher_orders_in_3d, *boost::unit_test::disabled())
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_problem<3>(
      [](const std::string &name)
      {
        for (const Order order :
             {Order{false, 2, 3}, Order{false, 3, 2}, Order{true, 2, 2}})
          check_order<3>(name, order.is_simplex, order.degree,
                         order.refinements);
      });
}

BOOST_AUTO_TEST_CASE(symmetric_if_it_says_so)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_problem<2>(
      [](const std::string &name)
      {
        const bool promised =
            Registry<SteadyProblem<2>>::create(name)->traits().is_symmetric;
        const double found = asymmetry<2>(name);
        BOOST_TEST_CONTEXT(name)
        {
          BOOST_TEST((promised ? found < 1e-12 : found > 1e-6));
        }
      });
}

BOOST_AUTO_TEST_CASE(linear_in_what_it_says)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  for_every_problem<2>(
      [](const std::string &name)
      {
        Manufactured<2> problem(name);
        const std::string input = problem.problem->traits().linear_in;
        if (input.empty())
          return;
        const auto mesh = make_cube<2>(false, 2, MPI_COMM_SELF);
        const Space<2> space(mesh, 1, problem.problem->n_components());
        SteadySystem<2> system(space, *problem.problem, problem.boundary);
        Random random(1, 0, 0);
        std::vector<double> base, direction;
        for (unsigned int i = 0; i < mesh->triangulation().n_active_cells();
             ++i)
        {
          base.push_back(1 + random.uniform());
          direction.push_back(random.uniform());
        }
        const auto A = [&](const double factor) {
          return matrix_for(system, problem.inputs, input, base, direction,
                            factor);
        };
        // A(0) + A(2) = 2 A(1): boundary and reaction terms are constant.
        const MatHandle sum = A(0), two = A(2), one = A(1);
        double size, difference;
        NODAL_PETSC(MatAXPY(sum, 1, two, SAME_NONZERO_PATTERN));
        NODAL_PETSC(MatNorm(sum, NORM_INFINITY, &size));
        NODAL_PETSC(MatAXPY(sum, -2, one, SAME_NONZERO_PATTERN));
        NODAL_PETSC(MatNorm(sum, NORM_INFINITY, &difference));
        BOOST_TEST_CONTEXT(name)
        {
          BOOST_TEST(difference < 1e-13 * size);
          // And it does depend on the input.
          NODAL_PETSC(MatAXPY(two, -1, one, SAME_NONZERO_PATTERN));
          NODAL_PETSC(MatNorm(two, NORM_INFINITY, &difference));
          BOOST_TEST(difference > 1e-3 * size);
        }
      });
}

BOOST_AUTO_TEST_CASE(same_answer_on_any_number_of_ranks)
{
  for_every_problem<2>(
      [](const std::string &name)
      {
        for (const bool simplex : {false, true})
          check_ranks<2>(name, simplex);
      });
  check_ranks<3>("elasticity", false);
  check_ranks<3>("darcy", true);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(damped_waves_for_preconditioners)
{
  // P − A is the skew damping term: applied to ones, its entries sum up to
  // the area times β k² in each component, with opposite signs.
  const Space<2> space(make_cube<2>(false, 3, MPI_COMM_WORLD), 1, 2);
  const auto problem = Registry<SteadyProblem<2>>::create("helmholtz");
  Parameters prm;
  problem->add_parameters(prm);
  prm.apply(ParameterFile::parse("set Preconditioner damping = 0.5", "test"));
  BoundaryConditions<2> boundary;
  for (unsigned int face = 0; face < 4; ++face)
    boundary.conditions[face] = {
        BoundaryType::neumann, std::make_shared<Functions::ZeroFunction<2>>(2)};
  Inputs<2> inputs;
  inputs["wave number"].function =
      std::make_shared<Functions::ConstantFunction<2>>(3.);
  inputs["source"].function = std::make_shared<Functions::ZeroFunction<2>>(2);
  SteadySystem<2> system(space, *problem, boundary);
  for (unsigned int pass = 0; pass < 2; ++pass)
  {
    system.assemble(inputs);
    const Mat A = system.matrix(), P = system.preconditioner_matrix(inputs);
    const VecHandle ones = duplicate(system.rhs()), Ax = duplicate(ones),
                    Px = duplicate(ones);
    NODAL_PETSC(VecSet(ones, 1));
    NODAL_PETSC(MatMult(A, ones, Ax));
    NODAL_PETSC(MatMult(P, ones, Px));
    NODAL_PETSC(VecAXPY(Px, -1, Ax));
    double sum = 0, size = 0;
    NODAL_PETSC(VecDot(Px, ones, &sum));
    NODAL_PETSC(VecNorm(Px, NORM_1, &size));
    BOOST_TEST(std::abs(sum) < 1e-10);
    BOOST_TEST(std::abs(size - 2 * 0.5 * 9) < 1e-10);
  }
}
