// SPDX-License-Identifier: LGPL-2.1-or-later
// Sources that are made of Ritz vectors.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/pde/discretized_equation.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <sstream>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(ritz_vectors)

namespace
{
  template <int dim>
  struct Drawn
  {
    explicit Drawn(const std::string &lines, MPI_Comm comm = MPI_COMM_WORLD)
    {
      ParameterFile file = ParameterFile::parse("", "test.prm");
      std::istringstream all("Mesh/Refinements=3\n"
                             "Inputs/source/Sampler=ritz vectors\n"
                             "Inputs/source/ritz vectors/Steps=30\n" +
                             lines);
      for (std::string line; std::getline(all, line);)
        file.override_entry(line);
      experiment.add_parameters(prm);
      prm.apply(file);
      experiment.check(prm);
      space = experiment.make_space(comm);
      numbering = std::make_unique<Numbering<dim>>(*space);
      experiment.inputs.prepare(*space, *numbering);
      system = std::make_unique<SteadySystem<dim>>(*space, *experiment.problem,
                                                   experiment.boundary);
    }

    void assemble(const unsigned int sample)
    {
      system->assemble(experiment.inputs.sample(1, sample));
    }

    /// Σ θ of the load: b·D⁻¹A D⁻¹b / b·D⁻¹b with the diagonal D of the mass
    /// matrix, which is high for what oscillates.
    double roughness() const
    {
      const VecHandle D = duplicate(system->rhs()), v = duplicate(D),
                      image = duplicate(D);
      NODAL_PETSC(
          MatGetDiagonal(equation_of(system->matrix())->mass_matrix(), D));
      NODAL_PETSC(VecPointwiseDivide(v, system->rhs(), D));
      NODAL_PETSC(MatMult(system->matrix(), v, image));
      double energy = 0, size = 0;
      NODAL_PETSC(VecDot(v, image, &energy));
      NODAL_PETSC(VecDot(v, system->rhs(), &size));
      return energy / size;
    }

    Parameters prm;
    Experiment<dim> experiment;
    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
    std::unique_ptr<SteadySystem<dim>> system;
  };

  /// All entries of the load in the order of Numbering, on rank 0.
  template <int dim>
  std::vector<double> load(const Drawn<dim> &drawn)
  {
    FieldVector field = drawn.space->vector();
    copy(drawn.system->rhs(), field);
    return drawn.numbering->gather_nodes(field, false);
  }

  const std::string varying_coefficient =
      "Inputs/coefficient/Sampler=gaussian random field\n"
      "Inputs/coefficient/Map=log-normal\n";
} // namespace

BOOST_AUTO_TEST_CASE(sources_have_size_one)
{
  for (const std::string mesh :
       {"", "Mesh/generator/Simplices=true\n",
        "Mesh/Local refinements=1\nMesh/Refine where=0.5 - x - y\n",
        "Problem/Name=elasticity\n"})
  {
    const bool is_elastic = mesh.find("elasticity") != std::string::npos;
    Drawn<2> drawn(is_elastic ? mesh : varying_coefficient + mesh);
    drawn.assemble(0);
    DiscretizedEquation &equation = *equation_of(drawn.system->matrix());
    // f·M f over the free nodes, f = M⁻¹ b.
    KSPHandle solver;
    NODAL_PETSC(KSPCreate(MPI_COMM_WORLD, solver.put()));
    NODAL_PETSC(KSPSetOperators(solver, equation.mass_matrix(),
                                equation.mass_matrix()));
    NODAL_PETSC(KSPSetType(solver, KSPCG));
    PC jacobi = nullptr;
    NODAL_PETSC(KSPGetPC(solver, &jacobi));
    NODAL_PETSC(PCSetType(jacobi, PCJACOBI));
    NODAL_PETSC(KSPSetTolerances(solver, 1e-13, 0, 1e100, 1000));
    const VecHandle f = duplicate(drawn.system->rhs());
    NODAL_PETSC(KSPSolve(solver, drawn.system->rhs(), f));
    double square = 0;
    NODAL_PETSC(VecDot(f, drawn.system->rhs(), &square));
    BOOST_TEST_INFO(mesh);
    BOOST_TEST(std::abs(square - 1) < 1e-8);
  }
}

BOOST_AUTO_TEST_CASE(samples_differ_and_are_the_same_again_on_any_ranks)
{
  Drawn<2> drawn(varying_coefficient);
  drawn.assemble(1);
  const std::vector<double> other = load(drawn);
  drawn.assemble(0);
  const std::vector<double> here = load(drawn);
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  Drawn<2> alone(varying_coefficient, MPI_COMM_SELF);
  alone.assemble(0);
  const std::vector<double> expected = load(alone);
  double size = 0, difference = 0, distance = 0;
  for (std::size_t i = 0; i < here.size(); ++i)
  {
    size = std::max(size, std::abs(expected[i]));
    difference = std::max(difference, std::abs(expected[i] - here[i]));
    distance = std::max(distance, std::abs(other[i] - here[i]));
  }
  BOOST_TEST(size > 1e-4);
  BOOST_TEST(difference < 1e-6 * size);
  BOOST_TEST(distance > 0.1 * size);
}

// The lower half of the spectrum weighs more as it is told to, and what a
// smoother leaves is smooth.
BOOST_AUTO_TEST_CASE(loads_are_as_smooth_as_they_shall_be)
{
  const auto mean = [](const std::string &lines)
  {
    Drawn<2> drawn(varying_coefficient + lines);
    double sum = 0;
    for (unsigned int sample = 0; sample < 5; ++sample)
    {
      drawn.assemble(sample);
      sum += drawn.roughness();
    }
    return sum;
  };
  const std::string section = "Inputs/source/ritz vectors/";
  const double usual = mean(""), equal = mean(section + "Lower weight=1\n"),
               residuals = mean(section + "Share of residuals=1\n" + section +
                                "Most iterations=1\n");
  BOOST_TEST(usual < 0.5 * equal);
  BOOST_TEST(std::abs(residuals / usual - 1) > 0.05);
}

BOOST_AUTO_TEST_CASE(what_it_is_not_for_is_refused)
{
  const auto message = [](const std::string &lines)
  {
    try
    {
      Drawn<2>(lines).assemble(0);
    }
    catch (const BadInput &error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message("Problem/Name=convection diffusion\n")
                 .find("symmetric positive definite") != std::string::npos);
  BOOST_TEST(message("Inputs/coefficient/Sampler=ritz vectors\n")
                 .find("sources at nodes") != std::string::npos);
  BOOST_TEST(message("Inputs/source/ritz vectors/Share of residuals=1\n"
                     "Inputs/source/ritz vectors/Preconditioner=sor-sor\n")
                 .find("sor-sor") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
