// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/hash.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(hash)

// Test vectors of its authors.
BOOST_AUTO_TEST_CASE(known_words_have_known_hashes)
{
  const auto short_hash = [](const std::string &text)
  { return Fnv1a<std::uint32_t>().add(text).value(); };
  const auto long_hash = [](const std::string &text)
  { return Fnv1a<std::uint64_t>().add(text).value(); };
  BOOST_TEST(short_hash("") == 0x811c9dc5u);
  BOOST_TEST(short_hash("a") == 0xe40c292cu);
  BOOST_TEST(short_hash("foobar") == 0xbf9cf968u);
  BOOST_TEST(long_hash("") == 0xcbf29ce484222325u);
  BOOST_TEST(long_hash("a") == 0xaf63dc4c8601ec8cu);
  BOOST_TEST(long_hash("foobar") == 0x85944171f73967e8u);
}

BOOST_AUTO_TEST_CASE(pieces_hash_as_the_whole_and_digits_are_the_value)
{
  Fnv1a<std::uint64_t> pieces;
  pieces.add("foo").add(std::vector<char>{'b', 'a', 'r'});
  BOOST_TEST(pieces.value() == 0x85944171f73967e8u);
  BOOST_TEST(pieces.word() == "85944171f73967e8");
  BOOST_TEST(Fnv1a<std::uint32_t>().add("foobar").word() == "bf9cf968");
}

BOOST_AUTO_TEST_SUITE_END()
