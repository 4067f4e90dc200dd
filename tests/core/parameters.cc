// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/parameters.h>
#include <nodal/core/random.h>

#include <boost/test/unit_test.hpp>

using namespace nodal;

namespace
{
  struct Fixture
  {
    unsigned int count = 3;
    double factor = 0.5;
    bool flag = false;
    std::string word = "red", file = "none";
    std::vector<double> list = {1, 2};
    Parameters prm;

    Fixture()
    {
      Parameters::Section section(prm, "Outer");
      prm.add("Count", count, "A number.", 1, 10);
      {
        Parameters::Section inner(prm, "Inner");
        prm.add("Factor", factor, "Another.", 0, 1);
        prm.add("Word", word, "A colour.", {"red", "green"});
      }
      prm.add("Flag", flag, "Yes or no.");
      prm.add("File", file, "A file.");
      prm.add("List", list, "Some numbers.", 0, 100);
    }

    void apply(const std::string &text)
    {
      prm.apply(ParameterFile::parse(text, "test.prm"));
    }

    /// The sentence with which @p text is refused.
    std::string refusal(const std::string &text)
    {
      try
      {
        apply(text);
      }
      catch (const BadInput &error)
      {
        return error.what();
      }
      return "";
    }
  };

  bool contains(const std::string &text, const std::string &part)
  {
    return text.find(part) != std::string::npos;
  }
} // namespace

BOOST_FIXTURE_TEST_SUITE(parameters, Fixture)

BOOST_AUTO_TEST_CASE(values_reach_their_variables)
{
  apply("# a comment\n"
        "subsection Outer\n"
        "  set Count = 7 # seven\n"
        "  subsection Inner\n"
        "    set Factor = \\\n 0.25\n"
        "    set Word = green\n"
        "  end\n"
        "  set Flag = true\n"
        "  set File = a b=c.msh\n"
        "  set List = 3, 4, 5\n"
        "end\n");
  BOOST_TEST(count == 7u);
  BOOST_TEST(factor == 0.25);
  BOOST_TEST(word == "green");
  BOOST_TEST(flag);
  BOOST_TEST(file == "a b=c.msh");
  BOOST_TEST(list.size() == 3u);
  BOOST_TEST(prm.position("Outer/Count") == "test.prm:3");
}

BOOST_AUTO_TEST_CASE(a_written_file_reads_back)
{
  apply("subsection Outer\nset Count = 9\nend\n");
  Fixture other;
  other.apply(prm.as_prm());
  BOOST_TEST(other.count == 9u);
  BOOST_TEST(other.prm.as_prm() == prm.as_prm());
  BOOST_TEST(contains(prm.as_markdown("Outer/Inner"), "| Factor |"));
}

BOOST_AUTO_TEST_CASE(refusals_name_file_line_and_remedy)
{
  const auto refused =
      [&](const std::string &text, const std::vector<std::string> &parts)
  {
    const std::string sentence = refusal(text);
    for (const std::string &part : parts)
      BOOST_TEST(contains(sentence, part),
                 "'" << sentence << "' lacks '" << part << "'");
  };
  const auto outer = [](const std::string &line)
  { return "subsection Outer\n" + line + "\nend\n"; };
  refused(outer("set Cuont = 3"),
          {"test.prm:2", "Did you mean 'Outer/Count'?"});
  refused(outer("set Count = 11"), {"test.prm:2", "Outer/Count", "11"});
  refused(outer("set Count = -1"), {"test.prm:2", "Outer/Count"});
  refused(outer("set Count = 2.5"), {"test.prm:2"});
  refused(outer("subsection Inner\nset Word = gren\nend"),
          {"test.prm:3", "red, green", "Did you mean 'green'?"});
  refused(outer("set Count = 2\nset Count = 3"),
          {"test.prm:3", "already set at test.prm:2"});
  refused("subsection Outer\n", {"test.prm:1", "has no 'end'"});
  refused("end\n", {"test.prm:1", "without a subsection"});
  refused("set Count\n", {"test.prm:1", "neither"});
  refused("set Count = 3\n", {"there is no entry 'Count'"});
}

BOOST_AUTO_TEST_CASE(nothing_is_written_when_one_entry_is_wrong)
{
  BOOST_TEST(
      refusal("subsection Outer\nset Count = 9\nset Flag = maybe\nend\n") !=
      "");
  BOOST_TEST(count == 3u);
}

BOOST_AUTO_TEST_CASE(overrides_win_and_are_named)
{
  ParameterFile parsed =
      ParameterFile::parse("subsection Outer\nset Count = 9\nend\n", "a.prm");
  parsed.override_entry("Outer/Count = 4");
  parsed.override_entry("Outer/Inner/Factor=1");
  prm.apply(parsed);
  BOOST_TEST(count == 4u);
  BOOST_TEST(factor == 1.);
  BOOST_TEST(contains(prm.position("Outer/Count"), "--set"));
  BOOST_CHECK_THROW(parsed.override_entry("Outer/Count"), BadInput);
  // used.prm could not hold these.
  for (const char *value : {"a#b", "a\nb", "a\\"})
    BOOST_CHECK_THROW(parsed.override_entry(std::string("Outer/File=") + value),
                      BadInput);
}

BOOST_AUTO_TEST_CASE(mutated_files_are_read_or_refused)
{
  const std::string good = "subsection Outer\n set Count = 4\n subsection "
                           "Inner\n  set Factor = 0.5\n end\nend\n";
  unsigned int refused = 0;
  for (unsigned int i = 0; i < 3000; ++i)
  {
    Random random(1, i, 0);
    std::string text = good;
    for (unsigned int k = 0; k <= i % 3; ++k)
      text[std::size_t(random.uniform() * text.size())] =
          char(random.uniform() * 256);
    Fixture other;
    try
    {
      other.apply(text);
    }
    catch (const BadInput &)
    {
      ++refused;
    }
  }
  BOOST_TEST(refused > 1000u);
}

BOOST_AUTO_TEST_CASE(mutated_overrides_are_read_or_refused)
{
  const std::vector<std::string> good = {
      "Outer/Count=4",          "Outer/Inner/Factor = 0.25",
      "Outer/Inner/Word=green", "Outer/List = 1, 2, 3",
      "Outer/Flag=true",        "Outer/File=a b.msh"};
  const std::string bytes = "/=,.-+e0123456789 #\\\n\t\"\0\xff";
  unsigned int n_read = 0, n_refused = 0;
  for (unsigned int i = 0; i < 3000; ++i)
  {
    Random random(2, i, 0);
    const auto draw = [&](const std::size_t n)
    { return std::min<std::size_t>(n - 1, random.uniform() * n); };
    std::string text = good[draw(good.size())];
    for (unsigned int k = 0; k < i % 4; ++k)
    {
      const std::size_t at = draw(text.size());
      if (draw(3) == 0)
        text.erase(at, draw(4));
      else
        text.insert(at, 1, bytes[draw(bytes.size())]);
      text += text.empty() ? "=" : "";
    }
    Fixture other;
    try
    {
      ParameterFile parsed = ParameterFile::parse("", "a.prm");
      parsed.override_entry(text);
      other.prm.apply(parsed);
      // What was taken can be written down and read again.
      Fixture again;
      again.apply(other.prm.as_prm());
      BOOST_TEST(again.prm.as_prm() == other.prm.as_prm());
      ++n_read;
    }
    catch (const BadInput &)
    {
      ++n_refused;
    }
  }
  BOOST_TEST(n_read > 700u);
  BOOST_TEST(n_refused > 700u);
}

BOOST_AUTO_TEST_SUITE_END()
