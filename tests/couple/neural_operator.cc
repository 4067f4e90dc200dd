// SPDX-License-Identifier: LGPL-2.1-or-later
// Operators inside solvers: as preconditioners of flexible methods and as
// initial guesses. What they are worth shows after training (tests/run); here,
// that answers are right whatever the weights are.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/learn/model.h>

#include <tests/solver/systems.h>
#include <tests/task/assembled.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <limits>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(neural_operator)

namespace
{
  /// The first sample of Darcy flow, and of what @p lines say.
  struct Darcy : Assembled<2>
  {
    explicit Darcy(const std::string &lines, MPI_Comm comm = MPI_COMM_WORLD)
        : Assembled<2>("Mesh/Refinements=3\nMesh/generator/Simplices=true\n"
                       "Inputs/coefficient/Sampler=gaussian random field\n"
                       "Inputs/coefficient/Map=log-normal\n"
                       "Inputs/source/Sampler=gaussian random field\n" +
                           lines,
                       comm)
    {
      assemble(0);
    }
  };

  /// What an operator is made for.
  struct Shape
  {
    std::string problem = "darcy", operator_name = "multigrid";
    unsigned int dim = 2;
    std::vector<std::string> coefficients = {"coefficient"},
                             sources = {"source"};
  };

  /// A folder with an operator as it is before training, whose weights
  /// @p change has changed. Collective.
  std::string untrained(const std::string &name,
                        const std::function<void(torch::Tensor)> &change = {},
                        const Shape &shape = Shape())
  {
    const std::string folder = "neural-operator-" + name;
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_of(MPI_COMM_WORLD) == 0)
    {
      std::filesystem::remove_all(folder);
      const auto network =
          Registry<NeuralOperator>::create(shape.operator_name);
      ModelDescription description;
      description.operator_name = shape.operator_name;
      if (shape.operator_name == "multigrid")
        description.parameters = {
            {"Channels", "4"}, {"Cycles", "2"}, {"Width", "8"}};
      Parameters prm;
      network->add_parameters(prm);
      std::string settings;
      for (const auto &[entry, value] : description.parameters)
        settings += "set " + entry + " = " + value + "\n";
      prm.apply(ParameterFile::parse(settings, "test.prm"));
      const unsigned int n = shape.coefficients.size();
      description.shape = {shape.dim, n, unsigned(shape.sources.size()),
                           unsigned(shape.sources.size())};
      description.normalizer.coefficient_mean.assign(n, 0);
      description.normalizer.coefficient_scale.assign(n, 1);
      description.normalizer.coefficient_is_logarithm.assign(n, true);
      description.normalizer.source_scale.assign(shape.sources.size(), 1);
      description.problem = shape.problem;
      description.coefficients = shape.coefficients;
      description.sources = shape.sources;
      description.outputs.assign(shape.sources.size(), "solution");
      description.coarsest_size = 8;
      description.precision = "double";
      network->initialize(description.shape, description.normalizer,
                          Random(3, 0, 0));
      if (change)
      {
        const torch::NoGradGuard guard;
        for (const auto &[weight, tensor] : network->weights())
          change(tensor);
      }
      write_model(folder, description, *network);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    return folder;
  }

  std::string with_operator(const std::string &method,
                            const std::string &folder,
                            const std::string &smoother = "ssor")
  {
    const std::string section = "Solver/Preconditioners/neural operator/";
    return "Solver/Method=" + method +
           "\nSolver/Preconditioner=neural operator\n" + section +
           "Model=" + folder + "\n" + section + "Smoother=" + smoother + "\n";
  }

  double true_residual(Assembled<2> &problem)
  {
    return relative_residual(problem.system->matrix(), problem.x,
                             problem.system->rhs());
  }
} // namespace

BOOST_AUTO_TEST_CASE(an_operator_helps_flexible_methods)
{
  const std::string folder = untrained("helps");
  const unsigned int alone =
      Darcy("Solver/Method=deflated cg\nSolver/Preconditioner=ssor\n")
          .solve()
          .iterations;
  for (const std::string method : {"fcg", "fgmres", "gcrodr"})
    for (const std::string smoother : {"ssor", "nothing"})
      BOOST_TEST_CONTEXT(method << ", " << smoother)
      {
        Darcy problem(with_operator(method, folder, smoother) +
                      (method == "gcrodr"
                           ? "Solver/Methods/gcrodr/Side=flexible\n"
                           : ""));
        const SolveResult result = problem.solve();
        BOOST_TEST(result.converged());
        BOOST_TEST(result.n_fallbacks == 0u);
        BOOST_TEST(true_residual(problem) <= 1e-8);
        if (smoother == "ssor")
          BOOST_TEST(result.iterations < alone);
        // Of another sample, too.
        problem.assemble(1);
        BOOST_TEST(problem.solve().converged());
        BOOST_TEST(true_residual(problem) <= 1e-8);
      }
}

// Networks and their graphs are the same on any number of ranks; smoothers are
// not, so there is none.
BOOST_AUTO_TEST_CASE(the_ranks_share_an_operator)
{
  const std::string folder = untrained("shared");
  for (const std::string mesh :
       {"", "Mesh/generator/Simplices=false\nMesh/Local refinements=1\n"
            "Mesh/Refine where=0.5 - x - y\n"})
  {
    const std::string lines =
        mesh + with_operator("fcg", folder, "nothing") +
        "Problem/Boundary conditions/Dirichlet=0: 0\n"
        "Problem/Boundary conditions/Robin=*: 0 | 2\n"
        "Mesh/generator/Arguments=0 : 1 : true\n"
        "Solver/Preconditioners/neural operator/Patience=200\n";
    Darcy problem(lines);
    const SolveResult result = problem.solve();
    BOOST_TEST(result.converged());
    BOOST_TEST(result.n_fallbacks == 0u);
    if (rank_of(MPI_COMM_WORLD) != 0)
      continue;
    const SolveResult alone = Darcy(lines, MPI_COMM_SELF).solve();
    BOOST_TEST(std::abs(int(result.iterations) - int(alone.iterations)) <= 1);
  }
}

BOOST_AUTO_TEST_CASE(whatever_the_weights_the_answer_is_right)
{
  unsigned int position = 0;
  const Random random(5, 0, 0);
  const auto noise = [&](const torch::Tensor &weight)
  {
    for (std::int64_t i = 0; i < weight.numel(); ++i)
      weight.data_ptr<double>()[i] = 3 * random.normal_at(position++);
  };
  const auto nothing = [](torch::Tensor weight)
  { weight.fill_(std::numeric_limits<double>::quiet_NaN()); };
  const auto zero = [](torch::Tensor weight) { weight.zero_(); };
  struct Weights
  {
    std::string name;
    std::function<void(torch::Tensor)> change;
  };
  for (const Weights &weights :
       {Weights{"noise", noise}, Weights{"nan", nothing},
        Weights{"zero", zero}})
  {
    const std::string folder = untrained(weights.name, weights.change);
    for (const std::string method : {"fcg", "fgmres"})
      for (const std::string smoother : {"ssor", "nothing"})
        BOOST_TEST_CONTEXT(weights.name << ", " << method << ", " << smoother)
        {
          Darcy problem(with_operator(method, folder, smoother));
          const SolveResult result = problem.solve();
          BOOST_TEST(result.converged());
          BOOST_TEST(true_residual(problem) <= 1e-8);
          if (weights.name == "nan" || smoother == "nothing")
            BOOST_TEST(result.n_fallbacks == 1u);
        }
    // Where there is no time left for it, nobody says that it has worked.
    Darcy problem(with_operator("fgmres", folder, "nothing") +
                  "Solver/Maximum iterations=3\n");
    const SolveResult result = problem.solve();
    BOOST_TEST(!result.converged());
    BOOST_TEST(result.true_residual > 1e-8);
    BOOST_TEST(std::abs(result.true_residual - true_residual(problem)) < 1e-12);
  }
}

// What takes over needs more steps than a network is given.
BOOST_AUTO_TEST_CASE(a_slow_fallback_has_its_time)
{
  const std::string entry = "Solver/Preconditioners/neural operator/";
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), 0.})
  {
    const std::string folder =
        untrained("slow", [&](torch::Tensor weight) { weight.fill_(value); });
    for (const std::string method : {"fcg", "fgmres"})
    {
      Darcy problem(with_operator(method, folder, "nothing") + entry +
                    "Fallback=none\n" + entry + "Patience=3\n");
      const SolveResult result = problem.solve();
      BOOST_TEST(result.converged());
      BOOST_TEST(result.n_fallbacks == 1u);
      BOOST_TEST(result.iterations > 20u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_fallback_that_fails_fails_its_sample_alone)
{
  const std::string folder =
      untrained("failing", [](torch::Tensor weight)
                { weight.fill_(std::numeric_limits<double>::quiet_NaN()); });
  Darcy problem(with_operator("fcg", folder, "nothing") +
                "Solver/Preconditioners/neural operator/Fallback=cholesky\n");
  BOOST_TEST(problem.solve().converged());
  // A zero row: no factorisation exists.
  PetscInt row = 0;
  NODAL_PETSC(MatSetOption(problem.system->matrix(), MAT_KEEP_NONZERO_PATTERN,
                           PETSC_TRUE));
  NODAL_PETSC(
      MatZeroRows(problem.system->matrix(), 1, &row, 0, nullptr, nullptr));
  SolveResult result;
  BOOST_CHECK_NO_THROW(result = problem.solve());
  BOOST_TEST(!result.converged());
  BOOST_TEST(!result.message.empty());
  problem.assemble(1);
  BOOST_TEST(problem.solve().converged());
}

// Transport, which is not symmetric, and two unknowns at a node; the matrix
// that the second is preconditioned by is another one.
BOOST_AUTO_TEST_CASE(other_problems_than_diffusion_are_taken)
{
  Shape transport;
  transport.problem = "convection diffusion";
  transport.coefficients = {"diffusion"};
  const std::string of_transport = untrained("transport", {}, transport);
  Shape waves;
  waves.problem = "helmholtz";
  waves.coefficients = {};
  waves.sources = {"source", "source"};
  waves.operator_name = "gno";
  const std::string of_waves = untrained("waves", {}, waves);
  for (const std::string smoother : {"sor", "nothing"})
  {
    Assembled<2> problem("Mesh/Refinements=3\nProblem/Name=convection "
                         "diffusion\nInputs/diffusion/Value=0.1\n" +
                         with_operator("fgmres", of_transport, smoother));
    problem.assemble(0);
    BOOST_TEST(problem.solve().converged());
    BOOST_TEST(true_residual(problem) <= 1e-8);
    for (const std::string damping : {"0", "0.5"})
    {
      Assembled<2> complex("Mesh/Refinements=3\nProblem/Name=helmholtz\n"
                           "Problem/helmholtz/Preconditioner damping=" +
                           damping + "\n" +
                           with_operator("fgmres", of_waves, smoother) +
                           "Solver/Preconditioners/neural operator/"
                           "Fallback=lu\n");
      complex.assemble(0);
      BOOST_TEST(complex.solve().converged());
      BOOST_TEST(true_residual(complex) <= 1e-8);
    }
    // What would fail in the middle of a run is found before it.
    Assembled<2> refused("Mesh/Refinements=3\nProblem/Name=convection "
                         "diffusion\n" +
                         with_operator("fgmres", of_transport, "ssor"));
    BOOST_CHECK_THROW(refused.experiment.solver.try_out(MPI_COMM_WORLD, false),
                      BadInput);
  }
}

BOOST_AUTO_TEST_CASE(an_operator_may_stay_for_several_systems)
{
  Darcy problem(with_operator("fcg", untrained("stays")) +
                "Solver/Preconditioner update interval=3\n");
  for (unsigned int sample = 0; sample < 4; ++sample)
  {
    problem.assemble(sample);
    BOOST_TEST(problem.solve().converged());
    BOOST_TEST(true_residual(problem) <= 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(guesses_do_no_harm)
{
  const auto energy_of_error = [](Assembled<2> &problem, Vec x, Vec solution)
  {
    const VecHandle e = duplicate(x), image = duplicate(x);
    NODAL_PETSC(VecWAXPY(e, -1, x, solution));
    NODAL_PETSC(MatMult(problem.system->matrix(), e, image));
    double energy = 0;
    NODAL_PETSC(VecDot(e, image, &energy));
    return energy;
  };
  unsigned int position = 0;
  const Random random(6, 0, 0);
  const auto noise = [&](const torch::Tensor &weight)
  {
    for (std::int64_t i = 0; i < weight.numel(); ++i)
      weight.data_ptr<double>()[i] += random.normal_at(position++);
  };
  for (const bool is_bad : {false, true})
  {
    const std::string folder =
        untrained(is_bad ? "bad-guess" : "guess",
                  is_bad ? std::function<void(torch::Tensor)>(noise)
                         : std::function<void(torch::Tensor)>());
    const std::string guess = "Solver/Initial guess=neural operator\n"
                              "Solver/Initial guesses/neural operator/Model=" +
                              folder + "\nSolver/Method=cg\n";
    for (const std::string boundary :
         {"", "Problem/Boundary conditions/Dirichlet=*: 1 + x\n",
          "Inputs/boundary value/Sampler=fourier\n"})
    {
      Darcy problem(guess + boundary);
      const SolveResult result = problem.solve();
      BOOST_TEST(result.converged());
      BOOST_TEST(true_residual(problem) <= 1e-8);
      LinearSolver &solver = problem.experiment.solver;
      const VecHandle zero = duplicate(problem.x), x = duplicate(problem.x);
      NODAL_PETSC(VecSet(zero, 0));
      NODAL_PETSC(VecSet(x, 0));
      solver.initial_guess->guess(problem.system->matrix(),
                                  problem.system->rhs(), true, x);
      BOOST_TEST(energy_of_error(problem, x, problem.x) <=
                 energy_of_error(problem, zero, problem.x) * (1 + 1e-12));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused)
{
  const std::string folder = untrained("refused");
  const auto message = [](const std::string &lines)
  {
    try
    {
      Darcy(lines).solve();
    }
    catch (const BadInput &error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto refuses = [&](const std::string &lines, const std::string &part)
  {
    const std::string text = message(lines);
    BOOST_TEST_INFO(text);
    BOOST_TEST(text.find(part) != std::string::npos);
  };
  Shape other, space;
  other.problem = "helmholtz";
  space.dim = 3;
  refuses(with_operator("cg", folder), "needs a linear preconditioner");
  refuses(with_operator("gmres", folder), "needs a linear preconditioner");
  refuses(with_operator("fcg", ""), "needs a trained operator");
  refuses(with_operator("fcg", "nowhere"), "no model in 'nowhere");
  refuses(with_operator("fcg", untrained("other", {}, other)),
          "trained for problem 'helmholtz'");
  refuses(with_operator("fcg", untrained("space", {}, space)), "trained in 3d");
  // A matrix of somebody else.
  LinearSolver solver;
  systems::configure(solver,
                     "subsection Solver\nset Method = fcg\nset Preconditioner "
                     "= neural operator\nsubsection Preconditioners\n"
                     "subsection neural operator\nset Model = " +
                         folder + "\nend\nend\nend\n");
  solver.try_out(MPI_COMM_WORLD, true);
  const MatHandle A = systems::matrix(MPI_COMM_WORLD, systems::Grid());
  const VecHandle b = systems::random_vector(A, 1), x = duplicate(b);
  BOOST_CHECK_EXCEPTION(
      solver.solve(A, x, b, true), BadInput,
      [](const BadInput &error)
      {
        return std::string(error.what()).find("has to know the mesh") !=
               std::string::npos;
      });
}

BOOST_AUTO_TEST_SUITE_END()
