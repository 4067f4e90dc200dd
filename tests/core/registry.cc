// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/choice.h>
#include <nodal/core/exceptions.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

namespace
{
  struct Animal
  {
    virtual ~Animal() = default;
    static std::string kind()
    {
      return "animal of the tests";
    }
    virtual void add_parameters(Parameters &prm)
    {
      prm.add("Legs", legs, "How many.", 0, 100);
    }
    unsigned int legs = 4;
  };

  struct Dog : Animal
  {
  };

  struct Bird : Animal
  {
    Bird()
    {
      legs = 2;
    }
  };

  const Registered<Animal, Dog> dog("dog", "Barks.");
  const Registered<Animal, Bird> bird("bird", "Flies.");
} // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(classes_are_listed_by_kind)
{
  const auto animals = RegistryKinds::list("animal of the tests");
  BOOST_TEST_REQUIRE(animals.size() == 2u);
  BOOST_TEST(animals[0].name == "bird");
  BOOST_TEST(animals[1].description == "Barks.");
  BOOST_CHECK_THROW(RegistryKinds::list("animal of the test"), BadInput);
}

BOOST_AUTO_TEST_CASE(a_choice_binds_the_parameters_of_all_candidates)
{
  Choice<Animal> choice("dog");
  Parameters prm;
  choice.add_parameters(prm, "Pet", "Which one.");
  prm.apply(ParameterFile::parse(
      "set Pet = bird\nsubsection bird\nset Legs = 3\nend\n", "a.prm"));
  BOOST_TEST(choice.name() == "bird");
  BOOST_TEST(choice->legs == 3u);
  choice.choose("dog");
  BOOST_TEST(choice->legs == 4u);
  BOOST_CHECK_THROW(prm.apply(ParameterFile::parse("set Pet = cat\n", "a.prm")),
                    BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
