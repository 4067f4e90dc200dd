// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/text.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(splits_and_trims)
{
  const std::vector<std::string> expected = {"a", "b c", ""};
  BOOST_TEST(split(" a; b c ; ", ';') == expected,
             boost::test_tools::per_element());
  BOOST_TEST(split("", ';').empty());
  BOOST_TEST(trim("\t x y \n") == "x y");
  BOOST_TEST(join({"a", "b"}, ", ") == "a, b");
}

BOOST_AUTO_TEST_CASE(edit_distance_counts_slips)
{
  BOOST_TEST(edit_distance("Degree", "degree") == 0u);
  BOOST_TEST(edit_distance("Degre", "Degree") == 1u);
  BOOST_TEST(edit_distance("Dergee", "Degree") == 1u); // neighbours swapped
  BOOST_TEST(edit_distance("", "abc") == 3u);
}

BOOST_AUTO_TEST_CASE(suggests_only_what_is_near)
{
  const std::vector<std::string> known = {"darcy", "helmholtz"};
  BOOST_TEST(did_you_mean("dracy", known) == " Did you mean 'darcy'?");
  BOOST_TEST(did_you_mean("navier stokes", known) == "");
}

BOOST_AUTO_TEST_SUITE_END()
