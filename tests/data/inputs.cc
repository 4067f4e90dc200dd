// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/data/input_sampling.h>

#include <tests/mesh/samples.h>

#include <boost/test/unit_test.hpp>

using namespace samples;

namespace
{
  FieldDescription named(const std::string &name, const std::string &value)
  {
    FieldDescription field;
    field.name = name;
    field.location = Location::cell;
    field.default_value = value;
    return field;
  }

  const std::vector<FieldDescription> all = {named("a", "1"), named("b", "2"),
                                             named("a", "3"), named("c", "4")};
} // namespace

BOOST_AUTO_TEST_SUITE(inputs)

BOOST_AUTO_TEST_CASE(a_problem_uses_its_own_inputs_and_values)
{
  InputsSampling<2> sampling;
  Parameters prm;
  sampling.add_parameters(prm, all);
  prm.apply(ParameterFile::parse(
      "subsection Inputs\nsubsection b\nset Sampler = uniform\nend\nend\n",
      "test.prm"));
  sampling.use({named("b", "2"), named("a", "3")}, prm);
  BOOST_TEST(sampling.inputs.size() == 2);
  BOOST_REQUIRE(sampling.varying().size() == 1);
  BOOST_TEST(sampling.varying()[0].name == "b");

  auto mesh = std::make_shared<Mesh<2>>(
      generated<2>("hyper_cube", "0 : 1 : false", false, MPI_COMM_WORLD),
      MPI_COMM_WORLD, 2);
  const Space<2> space(mesh, 1, 1);
  const Numbering<2> numbering(space);
  sampling.prepare(space, numbering);
  const Inputs<2> drawn = sampling.sample(3, 0);
  BOOST_TEST(drawn.at("a").function->value(Point<2>()) == 3);
  BOOST_TEST(drawn.at("b").cell_values.size() ==
             mesh->triangulation().n_active_cells());
}

BOOST_AUTO_TEST_CASE(every_component_of_a_node_input_has_its_halo)
{
  FieldDescription field = named("load", "0;0;0");
  field.location = Location::node;
  field.n_components = 3;
  InputsSampling<2> sampling;
  Parameters prm;
  sampling.add_parameters(prm, {field});
  prm.apply(ParameterFile::parse(
      "subsection Inputs\nsubsection load\nset Sampler = expression\n"
      "subsection expression\nset Expression = 1 + x; 2 + y; 3 + x*y\n"
      "set Parameters =\nend\nend\nend\n",
      "test.prm"));
  sampling.use({field}, prm);
  auto mesh = std::make_shared<Mesh<2>>(
      generated<2>("hyper_cube", "0 : 1 : false", false, MPI_COMM_WORLD),
      MPI_COMM_WORLD, 3);
  const Space<2> space(mesh, 1, 1);
  const Numbering<2> numbering(space);
  sampling.prepare(space, numbering);
  const Inputs<2> drawn = sampling.sample(1, 0);
  const std::vector<FieldVector> &values = drawn.at("load").node_values;
  BOOST_TEST_REQUIRE(values.size() == 3u);
  for (unsigned int i = 0; i < numbering.node_point.size(); ++i)
  {
    const Point<2> x = numbering.node_point[i];
    const double expected[] = {1 + x[0], 2 + x[1], 3 + x[0] * x[1]};
    for (unsigned int c = 0; c < 3; ++c)
      BOOST_TEST(values[c](space.scalar_relevant.nth_index_in_set(i)) ==
                 expected[c]);
  }
}

BOOST_AUTO_TEST_CASE(a_tensor_that_is_not_positive_definite_is_refused)
{
  FieldDescription field = named("tensor", "1;1;0");
  field.n_components = 3;
  field.is_positive_definite = true;
  const auto refusal = [&](const std::string &entries)
  {
    InputsSampling<2> sampling;
    Parameters prm;
    sampling.add_parameters(prm, {field});
    prm.apply(ParameterFile::parse("subsection Inputs\nsubsection tensor\n" +
                                       entries + "end\nend\n",
                                   "test.prm"));
    sampling.use({field}, prm);
    auto mesh = std::make_shared<Mesh<2>>(
        generated<2>("hyper_cube", "0 : 1 : false", false, MPI_COMM_WORLD),
        MPI_COMM_WORLD, 2);
    const Space<2> space(mesh, 1, 1);
    const Numbering<2> numbering(space);
    return message_of(
        [&]
        {
          sampling.prepare(space, numbering);
          if (!sampling.varying().empty())
            sampling.sample(1, 0);
        });
  };
  BOOST_TEST(refusal("set Value = 2; 1; x\n") == "");
  BOOST_TEST(contains(refusal("set Value = 1; 1; 1.5*x\n"),
                      "must be a positive definite tensor everywhere, but is "
                      "1; 1; 1."));
  const std::string drawn = "set Sampler = expression\nsubsection expression\n"
                            "set Expression = 1 + a0; 2; ";
  BOOST_TEST(refusal(drawn + "a0\nend\n") == "");
  BOOST_TEST(
      contains(refusal(drawn + "4*x\nend\n"),
               "not a positive definite tensor. [Inputs/tensor/Sampler]"));
}

BOOST_AUTO_TEST_CASE(numbers_and_formulas_give_the_same_field)
{
  const auto value = [](const std::string &text)
  {
    InputSampling<2> sampling(named("a", text));
    return sampling.fixed().function->value(Point<2>(0.3, 0.4));
  };
  BOOST_TEST(value("0.1") == value("0.1 + 0*x"));
  BOOST_TEST(value("-2.5e-3") == -2.5e-3);
  BOOST_TEST(value("x") == 0.3);
  for (const char *text : {"nan", "inf", "0x10", "1 2", "", "1e"})
    BOOST_CHECK_THROW(value(text), BadInput);
}

BOOST_AUTO_TEST_CASE(an_input_of_another_problem_is_refused)
{
  InputsSampling<2> sampling;
  Parameters prm;
  sampling.add_parameters(prm, all);
  prm.apply(ParameterFile::parse(
      "subsection Inputs\nsubsection c\nset Value = 1\nend\nend\n",
      "test.prm"));
  const std::string message = message_of(
      [&] {
        sampling.use({named("b", "2"), named("a", "3")}, prm);
      });
  BOOST_TEST(message.find("no input 'c'") != std::string::npos);
  BOOST_TEST(message.find("Inputs/c/Value") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
