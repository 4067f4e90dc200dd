// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/field.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace nodal;

namespace
{
  template <int dim>
  bool is_definite(const std::vector<double> &values)
  {
    return is_positive_definite(symmetric_tensor<dim>(values.data()));
  }
} // namespace

BOOST_AUTO_TEST_SUITE(fields)

BOOST_AUTO_TEST_CASE(components_of_a_tensor)
{
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  const auto two = symmetric_tensor<2>(values.data());
  BOOST_TEST(two[0][0] == 1);
  BOOST_TEST(two[1][1] == 2);
  BOOST_TEST(two[1][0] == 3);
  const auto three = symmetric_tensor<3>(values.data());
  BOOST_TEST(three[2][2] == 3);
  BOOST_TEST(three[1][0] == 4);
  BOOST_TEST(three[2][0] == 5);
  BOOST_TEST(three[2][1] == 6);
}

BOOST_AUTO_TEST_CASE(positive_definite_tensors)
{
  BOOST_TEST(is_definite<2>({1, 1, 0.9}));
  BOOST_TEST(!is_definite<2>({1, 1, 1}));
  BOOST_TEST(!is_definite<2>({1, 1, -1.1}));
  BOOST_TEST(!is_definite<2>({-1, -1, 0}));
  BOOST_TEST(!is_definite<2>({1, NAN, 0}));
  BOOST_TEST(is_definite<3>({1, 1, 1, 0, 0, 0}));
  BOOST_TEST(is_definite<3>({1, 1, 1, 0.4, -0.4, 0.4}));
  BOOST_TEST(!is_definite<3>({1, 1, 1, -0.6, 0.6, 0.6}));
  BOOST_TEST(!is_definite<3>({-1, -1, 1, 0, 0, 0}));
  BOOST_TEST(!is_definite<3>({1, 1, NAN, 0, 0, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
