// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/task/command_line.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

namespace
{
  using Words = std::vector<std::string>;

  void refuse(const Words &words, const std::string &sentence)
  {
    BOOST_CHECK_EXCEPTION(CommandLine{words}, BadInput,
                          [&](const BadInput &error)
                          {
                            BOOST_TEST_MESSAGE(error.what());
                            return std::string(error.what()).find(sentence) !=
                                   std::string::npos;
                          });
  }
} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(a_task_its_file_and_options)
{
  const CommandLine c(Words{"generate", "a.prm", "--set", "A/B=1", "--set",
                            "C = x=y", "--output", "out", "--resume"});
  BOOST_TEST(c.task == "generate");
  BOOST_TEST(c.parameter_file == "a.prm");
  BOOST_TEST(c.overrides == Words({"A/B=1", "C = x=y"}),
             boost::test_tools::per_element());
  BOOST_TEST(c.output == "out");
  BOOST_TEST(c.resume);
  BOOST_TEST(!c.validate);
  BOOST_TEST(!c.help);
}

BOOST_AUTO_TEST_CASE(values_behind_an_equals_sign_and_any_order)
{
  const CommandLine c(Words{"--output=a b", "solve", "--format=md", "x.prm"});
  BOOST_TEST(c.output == "a b");
  BOOST_TEST(c.format == "md");
  BOOST_TEST(c.task == "solve");
  BOOST_TEST(c.parameter_file == "x.prm");
  const CommandLine set(Words{"solve", "x.prm", "--set=A/B=1"});
  BOOST_TEST(set.overrides == Words({"A/B=1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(instead_of_a_task)
{
  BOOST_TEST(CommandLine(Words{}).help);
  BOOST_TEST(CommandLine(Words{"-h"}).help);
  BOOST_TEST(CommandLine(Words{"--version"}).version);
  BOOST_TEST(CommandLine(Words{"--list", "task"}).list == "task");
  const CommandLine validate(Words{"--validate", "x.prm"});
  BOOST_TEST(validate.validate);
  BOOST_TEST(validate.parameter_file == "x.prm");
  BOOST_TEST(validate.task.empty());
  const CommandLine all(Words{"--parameters"});
  BOOST_TEST(all.parameters);
  BOOST_TEST(all.section.empty());
  const CommandLine section(
      Words{"--parameters", "Mesh/file", "--format", "md"});
  BOOST_TEST(section.section == "Mesh/file");
  BOOST_TEST(section.format == "md");
  const CommandLine file(Words{"--parameters", "x.prm"});
  BOOST_TEST(file.section.empty());
  BOOST_TEST(file.parameter_file == "x.prm");
}

BOOST_AUTO_TEST_CASE(options_of_petsc_keep_their_values)
{
  const CommandLine c(Words{"solve", "x.prm", "-ksp_rtol", "-1e-3",
                            "-ksp_monitor", "-pc_type", "ilu", "--resume"});
  BOOST_TEST(c.petsc_options == Words({"-ksp_rtol", "-1e-3", "-ksp_monitor",
                                       "-pc_type", "ilu"}),
             boost::test_tools::per_element());
  BOOST_TEST(c.resume);
  const CommandLine last(Words{"solve", "-ksp_monitor", "x.prm"});
  BOOST_TEST(last.parameter_file == "x.prm");
}

BOOST_AUTO_TEST_CASE(mistakes)
{
  refuse({"solve", "x.prm", "--reusme"}, "Did you mean '--resume'?");
  refuse({"solve", "x.prm", "--output"}, "--output needs a value");
  refuse({"solve", "x.prm", "--set"}, "--set needs a value");
  refuse({"solve", "x.prm", "y.prm"}, "'y.prm' is one word too many");
  refuse({"--parameters", "--format", "tex"}, "prm or md");
  refuse({"solve", "x.prm", "--output="}, "--output needs a value");
  refuse({"solve", "x.prm", "--resume=yes"}, "--resume takes no value");
}

BOOST_AUTO_TEST_SUITE_END()
