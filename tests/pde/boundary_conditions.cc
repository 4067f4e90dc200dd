// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/pde/boundary_conditions.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;

namespace
{
  const std::set<types::boundary_id> ids = {0, 1, 2, 12};
  const std::set<BoundaryType> natural = {
      BoundaryType::dirichlet, BoundaryType::neumann, BoundaryType::robin};

  /// Conditions for @p n_components from entries, one per line.
  BoundaryConditions<2> parse(const std::string &lines,
                              const unsigned int n_components = 1,
                              const std::set<BoundaryType> &known = natural)
  {
    BoundaryConditions<2> boundary;
    Parameters prm;
    {
      Parameters::Section section(prm, "Problem");
      boundary.add_parameters(prm);
    }
    prm.apply(ParameterFile::parse("subsection Problem\nsubsection Boundary "
                                   "conditions\n" +
                                       lines + "\nend\nend\n",
                                   "test.prm"));
    boundary.parse(n_components, ids, known);
    return boundary;
  }

  void refuse(const std::string &lines, const std::string &sentence,
              const std::string &entry, const unsigned int n_components = 1)
  {
    BOOST_TEST_CONTEXT(lines)
    {
      BOOST_CHECK_EXCEPTION(parse(lines, n_components), BadInput,
                            [&](const BadInput &error)
                            {
                              BOOST_TEST_MESSAGE(error.what());
                              return std::string(error.what()).find(sentence) !=
                                         std::string::npos &&
                                     error.entry ==
                                         "Problem/Boundary conditions/" + entry;
                            });
    }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(boundary_conditions)

BOOST_AUTO_TEST_CASE(every_id_gets_the_condition_that_names_it)
{
  const BoundaryConditions<2> boundary =
      parse("set Dirichlet = 0: x; 12: 2*y\n"
            "set Neumann = *: -1\nset Robin = 2: 3 | 4");
  const auto &found = boundary.conditions;
  BOOST_TEST_REQUIRE(found.size() == ids.size());
  const Point<2> p(0.25, 0.5);
  BOOST_TEST((found.at(0).type == BoundaryType::dirichlet));
  BOOST_TEST(found.at(0).value->value(p) == 0.25);
  BOOST_TEST((found.at(12).type == BoundaryType::dirichlet));
  BOOST_TEST(found.at(12).value->value(p) == 1.);
  BOOST_TEST((found.at(1).type == BoundaryType::neumann));
  BOOST_TEST(found.at(1).value->value(p) == -1.);
  BOOST_TEST((found.at(2).type == BoundaryType::robin));
  BOOST_TEST(found.at(2).value->value(p, 0) == 3.);
  BOOST_TEST(found.at(2).value->value(p, 1) == 4.);
  // `*` stands for the Dirichlet boundaries.
  BOOST_TEST((boundary.sampled == std::set<types::boundary_id>({0, 12})));
  BOOST_TEST(!boundary.samples_natural());
}

BOOST_AUTO_TEST_CASE(several_ids_and_components)
{
  const BoundaryConditions<2> boundary =
      parse("set Dirichlet = 0, 1: x | y\nset Robin = 2,12: 1 | 2 | 3\n"
            "set Sampled boundaries = 1, 2",
            2);
  const Point<2> p(0.25, 0.5);
  for (const unsigned int id : {0, 1})
    for (unsigned int c = 0; c < 2; ++c)
      BOOST_TEST(boundary.conditions.at(id).value->value(p, c) == p[c]);
  BOOST_TEST(boundary.conditions.at(12).value->n_components == 3u);
  BOOST_TEST((boundary.sampled == std::set<types::boundary_id>({1, 2})));
  BOOST_TEST(boundary.samples_natural());
}

BOOST_AUTO_TEST_CASE(zero_alone_is_zero_in_all_components)
{
  const BoundaryConditions<2> boundary = parse("set Dirichlet = *: 0", 2);
  BOOST_TEST(boundary.conditions.at(1).value->n_components == 2U);
  BOOST_TEST(boundary.conditions.at(1).value->value(Point<2>(1, 1), 1) == 0);
}

BOOST_AUTO_TEST_CASE(a_second_reading_forgets_the_first)
{
  BoundaryConditions<2> boundary = parse("set Dirichlet = *: 0");
  boundary.parse(1, {5}, natural);
  BOOST_TEST(boundary.conditions.size() == 1u);
  BOOST_TEST(boundary.conditions.count(5) == 1u);
}

BOOST_AUTO_TEST_CASE(mistakes_name_their_entry)
{
  refuse("set Neumann = 7: 1", "no boundary id '7'; it has: 0, 1, 2, 12",
         "Neumann");
  refuse("set Neumann = -1: 1", "no boundary id '-1'", "Neumann");
  refuse("set Neumann = 0", "'0' is not of the form", "Neumann");
  refuse("set Neumann = : 1", "': 1' is not of the form", "Neumann");
  refuse("set Neumann = 0: 1; 0: 2", "Boundary 0 has two conditions",
         "Neumann");
  refuse("set Neumann = 0: 1\nset Robin = 0: 1 | 2", "two conditions", "Robin");
  refuse("set Neumann = *: 1", "A second condition for all other", "Neumann");
  refuse("set Dirichlet = 0: 1", "Boundary 1 of the mesh has no condition",
         "Dirichlet");
  refuse("set Impedance = 0: 1", "no Impedance conditions", "Impedance");
  refuse("set Robin = 0: 1", "has 1 components", "Robin");
  refuse("set Dirichlet = *: 1", "has 1 components", "Dirichlet", 2);
  refuse("set Dirichlet = *: | 1", "empty component", "Dirichlet", 2);
  refuse("set Dirichlet = *: sin(", "cannot be used", "Dirichlet");
  refuse("set Dirichlet = *: z", "cannot be used", "Dirichlet");
  refuse("set Sampled boundaries = 0, 9", "no boundary id '9'",
         "Sampled boundaries");
}

BOOST_AUTO_TEST_CASE(impedance_where_the_problem_knows_it)
{
  const BoundaryConditions<2> boundary =
      parse("set Dirichlet =\nset Impedance = *: 0 | 1", 2,
            {BoundaryType::impedance});
  for (const auto &entry : boundary.conditions)
    BOOST_TEST((entry.second.type == BoundaryType::impedance));
}

BOOST_AUTO_TEST_SUITE_END()
