// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/task/generator.h>

#include <tests/data/fabricated.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

using namespace nodal;

namespace
{
  namespace fs = std::filesystem;

  const char *const text = R"(
subsection Mesh
  set Refinements = 3
end
subsection Inputs
  subsection coefficient
    set Sampler = gaussian random field
    set Map = log-normal
  end
end
subsection Solver
  set Method = rcg
  set Preconditioner = jacobi
end
subsection Dataset
  set Samples = 6
end
)";

  /// One run of the program on all ranks, in a folder that lasts.
  struct OneRun
  {
    OneRun(const std::string &folder, const bool resume,
           const std::vector<std::string> &overrides = {})
        : file(ParameterFile::parse(text, "test.prm"))
    {
      for (const std::string &assignment : overrides)
        file.override_entry(assignment);
      experiment.add_parameters(prm);
      prm.apply(file);
      experiment.check(prm);
      run = std::make_unique<Run>(MPI_COMM_WORLD, folder, resume, file, prm);
      groups =
          std::make_unique<Groups>(MPI_COMM_WORLD, experiment.ranks_per_sample);
    }

    void generate()
    {
      GenerateSettings<2> settings;
      settings.engine.choose("sequential");
      Generator<2>(experiment, prm, settings, *groups, *run).run();
      MPI_Barrier(MPI_COMM_WORLD);
    }

    ParameterFile file;
    Parameters prm;
    Experiment<2> experiment;
    std::unique_ptr<Run> run;
    std::unique_ptr<Groups> groups;
  };

  /// A folder that is empty at the start.
  std::string folder(const std::string &name)
  {
    const std::string result =
        "generator-" + std::to_string(size_of(MPI_COMM_WORLD)) + "-" + name;
    if (rank_of(MPI_COMM_WORLD) == 0)
      fs::remove_all(result);
    MPI_Barrier(MPI_COMM_WORLD);
    return result;
  }

  std::vector<double> status(const std::string &folder)
  {
    return read_array(folder + "/dataset.h5", "/certificate/status");
  }

  unsigned int n_certified(const std::string &folder)
  {
    const std::vector<double> all = status(folder);
    return std::count(all.begin(), all.end(), 1.);
  }

  /// Ask the run in @p folder to stop.
  void put_stop_file(const std::string &folder)
  {
    if (rank_of(MPI_COMM_WORLD) == 0)
      std::ofstream(folder + "/stop") << "";
    MPI_Barrier(MPI_COMM_WORLD);
  }
} // namespace

BOOST_AUTO_TEST_SUITE(generator)

BOOST_AUTO_TEST_CASE(a_stopped_run_goes_on_where_it_was)
{
  const std::string straight = folder("straight"), out = folder("stopped");
  OneRun(straight, false).generate();
  BOOST_TEST(n_certified(straight) == 6u);
  BOOST_TEST(!fs::exists(straight + "/checkpoint"));

  {
    OneRun one(out, false);
    put_stop_file(out);
    one.generate();
  }
  // Each group has made its first sample and no more.
  const unsigned int n_groups = size_of(MPI_COMM_WORLD);
  BOOST_TEST(n_certified(out) == n_groups);
  BOOST_TEST(
      fs::exists(out + "/checkpoint/recycle-0-of-" + std::to_string(n_groups)));

  OneRun(out, true).generate();
  BOOST_TEST(n_certified(out) == 6u);
  BOOST_TEST(!fs::exists(out + "/stop"));
  BOOST_TEST(!fs::exists(out + "/checkpoint"));
  // With the recycle space handed on, not even the work differs.
  for (const char *array :
       {"/certificate/iterations", "/certificate/true_residual",
        "/inputs/coefficient", "/outputs/solution"})
    BOOST_TEST(read_array(out + "/dataset.h5", array) ==
                   read_array(straight + "/dataset.h5", array),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_complete_set_is_left_alone)
{
  const std::string out = folder("complete");
  OneRun(out, false, {"Dataset/Samples = 3"}).generate();
  const std::string before = bytes_of(out + "/dataset.h5");
  OneRun(out, true, {"Dataset/Samples = 3"}).generate();
  BOOST_TEST((bytes_of(out + "/dataset.h5") == before));
}

BOOST_AUTO_TEST_CASE(failed_samples_are_tried_again)
{
  const std::string out = folder("failed");
  const std::vector<std::string> few = {"Dataset/Samples = 4",
                                        "Solver/Tolerance = 1e-30",
                                        "Solver/Maximum iterations = 20"};
  BOOST_CHECK_THROW(OneRun(out, false, few).generate(), NumericalFailure);
  BOOST_TEST(status(out) == std::vector<double>(4, 2.),
             boost::test_tools::per_element());
  OneRun again(out, true, few);
  put_stop_file(out);
  // Only the stop keeps it from trying all four.
  BOOST_CHECK_NO_THROW(again.generate());
  BOOST_TEST(n_certified(out) == 0u);
}

BOOST_AUTO_TEST_CASE(what_does_not_continue_the_set_is_refused)
{
  const std::string out = folder("refused");
  OneRun(out, false, {"Dataset/Samples = 3"}).generate();
  const std::string before = bytes_of(out + "/dataset.h5");
  const auto refuse = [&](const bool resume,
                          const std::vector<std::string> &overrides,
                          const std::string &word)
  {
    BOOST_CHECK_EXCEPTION(OneRun(out, resume, overrides).generate(), BadInput,
                          [&](const BadInput &error)
                          {
                            BOOST_TEST_MESSAGE(error.what());
                            return std::string(error.what()).find(word) !=
                                   std::string::npos;
                          });
  };
  refuse(false, {"Dataset/Samples = 3"}, "--resume");
  refuse(true, {"Dataset/Samples = 4"}, "Dataset/Samples");
  refuse(true, {"Dataset/Samples = 3", "Dataset/Seed = 2"}, "Dataset/Seed");
  refuse(true, {"Dataset/Samples = 3", "Mesh/Refinements = 2"}, "Refinements");
  refuse(true, {"Dataset/Samples = 3", "Solver/Tolerance = 1e-6"},
         "Solver/Tolerance");
  BOOST_TEST((bytes_of(out + "/dataset.h5") == before));
}

BOOST_AUTO_TEST_CASE(a_misfit_leaves_no_file)
{
  const std::string out = folder("misfit");
  BOOST_CHECK_THROW(
      OneRun(out, false, {"Solver/Preconditioner = ilu"}).generate(), BadInput);
  BOOST_TEST(!fs::exists(out + "/dataset.h5"));
  BOOST_CHECK_THROW(
      OneRun(out, false, {"Inputs/coefficient/Sampler = fixed"}).generate(),
      BadInput);
  BOOST_TEST(!fs::exists(out + "/dataset.h5"));
}

BOOST_AUTO_TEST_CASE(more_groups_than_samples)
{
  const std::string out = folder("one");
  OneRun(out, false, {"Dataset/Samples = 1"}).generate();
  BOOST_TEST(n_certified(out) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
