// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/pde/expressions.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;

BOOST_AUTO_TEST_SUITE(expressions)

BOOST_AUTO_TEST_CASE(coordinates_constants_and_components)
{
  const auto f =
      parse_expression<3>("x + 2*y*z ; sin(pi/2) * a", 2, {{"a", 5}}, "entry");
  const Point<3> p(1, 2, 3);
  BOOST_TEST(f->value(p, 0) == 13.);
  BOOST_TEST(f->value(p, 1) == 5.);
  const auto g = parse_expression<2>("1 | x", 2, {}, "entry", '|');
  BOOST_TEST(g->value(Point<2>(7, 0), 1) == 7.);
}

BOOST_AUTO_TEST_CASE(refusals_blame_the_entry_and_give_the_reason)
{
  const auto refuse = [](const std::string &text, const std::string &reason)
  {
    BOOST_CHECK_EXCEPTION(parse_expression<2>(text, 2, {}, "A/B"), BadInput,
                          [&](const BadInput &error)
                          {
                            BOOST_TEST_MESSAGE(error.what());
                            return error.entry == "A/B" &&
                                   std::string(error.what()).find(reason) !=
                                       std::string::npos;
                          });
  };
  refuse("1", "has 1 components, separated by ';', where 2 are expected");
  refuse("1; 2; 3", "has 3 components");
  refuse("; 1", "empty component");
  refuse("", "has 0 components");
  refuse("1; (2", "cannot be used: ");
  refuse("1; z", "z");
  refuse("1; alpha", "alpha");
  refuse("1; 2 3", "cannot be used: ");
}

BOOST_AUTO_TEST_SUITE_END()
