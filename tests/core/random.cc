// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/random.h>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(random_numbers)

BOOST_AUTO_TEST_CASE(philox_gives_the_published_words)
{
  // Known answers of the authors' library Random123 for 4x32, 10 rounds.
  const auto zero = Random::philox({0, 0, 0, 0}, {0, 0});
  BOOST_TEST(zero[0] == 0x6627e8d5u);
  BOOST_TEST(zero[1] == 0xe169c58du);
  BOOST_TEST(zero[2] == 0xbc57ac4cu);
  BOOST_TEST(zero[3] == 0x9b00dbd8u);
  const std::uint32_t f = 0xffffffffu;
  const auto ones = Random::philox({f, f, f, f}, {f, f});
  BOOST_TEST(ones[0] == 0x408f276du);
  BOOST_TEST(ones[1] == 0x41c83b0eu);
  BOOST_TEST(ones[2] == 0xa20bc7c6u);
  BOOST_TEST(ones[3] == 0x6d5451fdu);
}

BOOST_AUTO_TEST_CASE(moments)
{
  Random random(7, 3, 1);
  const unsigned int n = 20000;
  double mean = 0, square = 0, uniform_mean = 0;
  for (unsigned int i = 0; i < n; ++i)
  {
    const double g = random.normal(), u = random.uniform();
    BOOST_TEST_REQUIRE((u > 0 && u < 1));
    mean += g / n;
    square += g * g / n;
    uniform_mean += u / n;
  }
  BOOST_TEST(std::abs(mean) < 0.03);
  BOOST_TEST(std::abs(square - 1) < 0.05);
  BOOST_TEST(std::abs(uniform_mean - 0.5) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_function_of_seed_sample_and_stream_alone)
{
  Random a(7, 3, 1), same(7, 3, 1);
  BOOST_TEST(a.normal() == same.normal());
  BOOST_TEST(a.normal_at(5) == Random(7, 3, 1).normal_at(5));
  const double value = Random(7, 3, 1).uniform();
  BOOST_TEST(value != Random(8, 3, 1).uniform());
  BOOST_TEST(value != Random(7, 4, 1).uniform());
  BOOST_TEST(value != Random(7, 3, 2).uniform());
}

BOOST_AUTO_TEST_SUITE_END()
