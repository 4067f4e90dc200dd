// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fabricated.h"

#include <boost/test/unit_test.hpp>

#include <nodal/core/random.h>

#include <atomic>
#include <sys/mman.h>
#include <sys/wait.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(dataset_faults)

BOOST_AUTO_TEST_CASE(a_kill_loses_no_certified_row)
{
  if (size_of(MPI_COMM_WORLD) > 1)
    return;
  const std::string file = test_file("kill.h5");
  std::filesystem::remove(file);
  // Rows large enough for a kill to hit the middle of one.
  const DatasetLayout layout = fabricated_layout(40, 120);
  auto dataset = Dataset::create(file, layout, MPI_COMM_SELF);
  dataset->close();
  Random random(1, 0, 0);
  unsigned int done = 0, n_partial = 0;
  // Rows that children have finished: a kill comes some time after the next
  // few, however fast the machine is.
  auto *n_written = static_cast<std::atomic<unsigned int> *>(
      mmap(nullptr, sizeof(std::atomic<unsigned int>), PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  BOOST_TEST_REQUIRE(n_written != MAP_FAILED);
  for (unsigned int turn = 0; turn < 15; ++turn)
  {
    dataset = Dataset::resume(file, layout, MPI_COMM_SELF);
    const std::vector<SampleStatus> status = dataset->status();
    const unsigned int before = done;
    done = std::count(status.begin(), status.end(), SampleStatus::certified);
    BOOST_TEST(done >= before);
    n_partial += done > 0 && done < layout.n_samples;
    const pid_t child = fork();
    if (child == 0)
    {
      for (unsigned int i = 0; i < layout.n_samples; ++i)
        if (status[i] == SampleStatus::pending)
        {
          write_fabricated(*dataset, layout, i);
          ++*n_written;
        }
      _exit(0);
    }
    bool is_running = true;
    if (turn < 14)
    {
      const unsigned int enough = *n_written + 1 + 3 * random.uniform();
      while (is_running && *n_written < enough)
        is_running = waitpid(child, nullptr, WNOHANG) == 0;
      usleep(1000 * random.uniform());
      kill(child, SIGKILL);
    }
    if (is_running)
      waitpid(child, nullptr, 0);
  }
  munmap(n_written, sizeof(*n_written));
  BOOST_TEST(n_partial > 0);
  const std::vector<double> stored = read_array(file, "/outputs/velocity");
  for (unsigned int i = 0; i < layout.n_samples; ++i)
  {
    const std::vector<double> expected =
        fabricated_values(layout.outputs, layout.mesh, i)["velocity"];
    BOOST_TEST(std::equal(expected.begin(), expected.end(),
                          stored.begin() + i * expected.size()));
  }
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(a_kill_during_creation_leaves_no_data_set)
{
  const std::string file = test_file("creation.h5");
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  std::filesystem::remove(file);
  write_bytes(file + ".part", "half a file");
  const DatasetLayout layout = fabricated_layout(3);
  BOOST_CHECK_THROW(Dataset::resume(file, layout, MPI_COMM_SELF), BadInput);
  Dataset::create(file, layout, MPI_COMM_SELF);
  BOOST_TEST(!std::filesystem::exists(file + ".part"));
  Dataset::resume(file, layout, MPI_COMM_SELF);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_read_or_refused)
{
  const std::string file = test_file("fuzz.h5");
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  std::filesystem::remove(file);
  const DatasetLayout layout = fabricated_layout(3);
  {
    const auto dataset = Dataset::create(file, layout, MPI_COMM_SELF);
    for (unsigned int i = 0; i < 3; ++i)
      write_fabricated(*dataset, layout, i);
  }
  const std::string good = bytes_of(file);
  Random random(2, 0, size_of(MPI_COMM_WORLD));
  unsigned int n_read = 0, n_refused = 0;
  for (unsigned int trial = 0; trial < 500; ++trial)
  {
    std::string bad = good;
    if (trial % 10 == 0)
      bad.resize(bad.size() * random.uniform());
    else
      for (unsigned int i = 0; i < 1 + trial % 4; ++i)
        bad[bad.size() * random.uniform()] = char(256 * random.uniform());
    write_bytes(file, bad);
    try
    {
      const auto dataset = Dataset::resume(file, layout, MPI_COMM_SELF);
      write_fabricated(*dataset, layout, 0);
      ++n_read;
    }
    catch (const BadInput &)
    {
      ++n_refused;
    }
  }
  BOOST_TEST_MESSAGE(n_read << " read, " << n_refused << " refused");
  BOOST_TEST(n_refused > 100);
  BOOST_TEST(n_read > 10);
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_SUITE_END()
