// SPDX-License-Identifier: LGPL-2.1-or-later
// Sources that are made of Ritz vectors.
#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/pde/discretized_equation.h>
#include <nodal/solver/mass_solver.h>

#include <tests/task/assembled.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(ritz_vectors)

namespace
{
  struct Drawn : Assembled<2>
  {
    explicit Drawn(const std::string &lines, MPI_Comm comm = MPI_COMM_WORLD)
        : Assembled<2>("Mesh/Refinements=3\n"
                       "Inputs/source/Sampler=ritz vectors\n"
                       "Inputs/source/ritz vectors/Steps=30\n" +
                           lines,
                       comm)
    {
    }

    /// The mean of θ over the load: b·D⁻¹A D⁻¹b / b·D⁻¹b with the diagonal D of
    /// the mass matrix, which is high for what oscillates.
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
  };

  /// All entries of the load in the order of Numbering, on rank 0.
  std::vector<double> load(const Drawn &drawn)
  {
    FieldVector field = drawn.space->vector();
    copy(drawn.system->rhs(), field);
    return drawn.numbering->gather_nodes(field, false);
  }

  const std::string varying_coefficient =
      "Inputs/coefficient/Sampler=gaussian random field\n"
      "Inputs/coefficient/Map=log-normal\n";
} // namespace

BOOST_AUTO_TEST_CASE(sources_have_root_mean_square_one)
{
  for (const std::string mesh :
       {"", "Mesh/generator/Simplices=true\n",
        "Mesh/Local refinements=1\nMesh/Refine where=0.5 - x - y\n",
        "Mesh/generator/Arguments=0 : 3 : false\n",
        "Problem/Name=elasticity\n"})
  {
    const bool is_elastic = mesh.find("elasticity") != std::string::npos;
    Drawn drawn(is_elastic ? mesh : varying_coefficient + mesh);
    drawn.assemble(0);
    DiscretizedEquation &equation = *equation_of(drawn.system->matrix());
    // f·M f over the free nodes, f = M⁻¹ b.
    const KSPHandle solver = make_mass_solver(equation.mass_matrix(), 1e-13);
    const VecHandle f = duplicate(drawn.system->rhs());
    NODAL_PETSC(KSPSolve(solver, drawn.system->rhs(), f));
    double square = 0;
    NODAL_PETSC(VecDot(f, drawn.system->rhs(), &square));
    BOOST_TEST_INFO(mesh);
    const double volume = mesh.find("0 : 3") != std::string::npos ? 9 : 1;
    BOOST_TEST(std::abs(square / volume - 1) < 1e-8);
  }
}

// With so many steps that rounding decides on the signs of eigenvectors.
BOOST_AUTO_TEST_CASE(samples_differ_and_are_the_same_again_on_any_ranks)
{
  const std::string lines = varying_coefficient +
                            "Mesh/Refinements=4\n"
                            "Inputs/source/ritz vectors/Steps=150\n";
  Drawn drawn(lines);
  std::unique_ptr<Drawn> alone;
  if (rank_of(MPI_COMM_WORLD) == 0)
    alone = std::make_unique<Drawn>(lines, MPI_COMM_SELF);
  std::vector<double> before;
  for (unsigned int sample = 0; sample < 12; ++sample)
  {
    drawn.assemble(sample);
    const std::vector<double> here = load(drawn);
    if (!alone)
      continue;
    alone->assemble(sample);
    const std::vector<double> expected = load(*alone);
    before.resize(here.size());
    double size = 0, difference = 0, distance = 0;
    for (std::size_t i = 0; i < here.size(); ++i)
    {
      size = std::max(size, std::abs(expected[i]));
      difference = std::max(difference, std::abs(expected[i] - here[i]));
      distance = std::max(distance, std::abs(before[i] - here[i]));
    }
    BOOST_TEST(size > 1e-4);
    BOOST_TEST(difference < 1e-6 * size);
    BOOST_TEST(distance > 0.1 * size);
    before = here;
  }
}

BOOST_AUTO_TEST_CASE(the_lower_half_of_the_spectrum_weighs_more)
{
  const auto mean = [](const std::string &lines)
  {
    Drawn drawn(varying_coefficient + lines);
    double sum = 0;
    for (unsigned int sample = 0; sample < 5; ++sample)
    {
      drawn.assemble(sample);
      sum += drawn.roughness();
    }
    return sum;
  };
  BOOST_TEST(mean("") <
             0.5 * mean("Inputs/source/ritz vectors/Lower weight=1\n"));
}

// After one iteration that is b less the best multiple of A M b.
BOOST_AUTO_TEST_CASE(residuals_are_those_of_iterations)
{
  const std::string section = "Inputs/source/ritz vectors/";
  Drawn drawn(varying_coefficient),
      harvested(varying_coefficient + section + "Share of residuals=1\n" +
                section + "Most iterations=1\n");
  drawn.assemble(2);
  harvested.assemble(2);
  Mat A = drawn.system->matrix();
  Vec b = drawn.system->rhs();
  const auto M = Registry<Preconditioner>::create("ssor");
  M->update(A, true);
  const VecHandle z = duplicate(b), image = duplicate(b);
  M->apply(b, z);
  NODAL_PETSC(MatMult(A, z, image));
  double with_b = 0, energy = 0;
  NODAL_PETSC(VecDot(z, b, &with_b));
  NODAL_PETSC(VecDot(z, image, &energy));
  NODAL_PETSC(VecAYPX(image, -with_b / energy, b));
  const Vec found = harvested.system->rhs();
  double product = 0, expected_size = 0, size = 0;
  NODAL_PETSC(VecDot(image, found, &product));
  NODAL_PETSC(VecNorm(image, NORM_2, &expected_size));
  NODAL_PETSC(VecNorm(found, NORM_2, &size));
  BOOST_TEST(std::abs(product / (expected_size * size) - 1) < 1e-9);
  NODAL_PETSC(VecDot(b, found, &product));
  NODAL_PETSC(VecNorm(b, NORM_2, &expected_size));
  BOOST_TEST(std::abs(product / (expected_size * size)) < 0.9);
}

BOOST_AUTO_TEST_CASE(what_it_is_not_for_is_refused)
{
  const auto message = [](const std::string &lines)
  {
    try
    {
      Drawn(lines).assemble(0);
    }
    catch (const BadInput &error)
    {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message("Problem/Name=convection diffusion\n")
                 .find("symmetric positive definite") != std::string::npos);
  BOOST_TEST(message("Problem/Name=nonlinear diffusion\n")
                 .find("symmetric positive definite") != std::string::npos);
  for (const std::string input : {"coefficient", "boundary value"})
    BOOST_TEST(message("Inputs/" + input + "/Sampler=ritz vectors\n")
                   .find("sources at nodes") != std::string::npos);
  BOOST_TEST(message("Inputs/source/ritz vectors/Share of residuals=1\n"
                     "Inputs/source/ritz vectors/Preconditioner=sor-sor\n")
                 .find("sor-sor") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
