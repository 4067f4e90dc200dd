// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fabricated_ragged.h"

#include <nodal/core/exceptions.h>
#include <nodal/data/dataset_reader.h>

#include <source/data/dataset_file.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <limits>

using namespace nodal;
namespace fs = std::filesystem;

namespace
{
  /// Nothing of data set @p file is left.
  void clear(const std::string &file)
  {
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_of(MPI_COMM_WORLD) == 0)
    {
      fs::remove(file);
      for (unsigned int k = 0; k < 20; ++k)
        fs::remove(file + ".shard-" + std::to_string(k));
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }

  /// Write those of @p ids that are this rank's.
  void write_some(RaggedDataset &dataset, const DatasetLayout &layout,
                  const std::vector<unsigned int> &ids)
  {
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (i % size_of(MPI_COMM_WORLD) == rank_of(MPI_COMM_WORLD))
        dataset.write(ragged_sample(layout, ids[i]));
  }

  void check_complete(const std::string &file, const DatasetLayout &layout)
  {
    const DatasetReader reader(file);
    BOOST_TEST_REQUIRE(reader.n_samples() == layout.n_samples);
    BOOST_TEST(reader.n_meshes() == layout.n_samples);
    BOOST_TEST(reader.certified().size() == layout.n_samples);
    for (unsigned int i = 0; i < layout.n_samples; ++i)
    {
      const RaggedSample sample = ragged_sample(layout, i);
      BOOST_TEST(reader.mesh_of(i) == i);
      BOOST_TEST(hash_of(mesh_arrays(reader.mesh(i))) ==
                 hash_of(mesh_arrays(sample.mesh)));
      for (const auto &[name, values] : sample.inputs)
        BOOST_TEST(reader.input(name, i) == values,
                   boost::test_tools::per_element());
      for (const auto &[name, values] : sample.outputs)
        BOOST_TEST(reader.output(name, i) == values,
                   boost::test_tools::per_element());
      const std::vector<double> g = reader.boundary_values(i);
      for (std::size_t k = 0; k < g.size(); ++k)
        BOOST_TEST(g[k] == (k / 2 % 2 ? sample.inputs.at("load")[k]
                                      : sample.mesh.boundary_values[k]));
    }
  }

  bool refuses_to_resume(const std::string &file, const DatasetLayout &layout,
                         const std::string &word)
  {
    try
    {
      RaggedDataset(file, layout, true, MPI_COMM_WORLD);
    }
    catch (const BadInput &error)
    {
      BOOST_TEST_MESSAGE(error.what());
      return std::string(error.what()).find(word) != std::string::npos;
    }
    return false;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(ragged_dataset)

BOOST_AUTO_TEST_CASE(values_come_back)
{
  const std::string file = test_file("ragged.h5");
  clear(file);
  const DatasetLayout layout = ragged_layout(7);
  RaggedDataset dataset(file, layout, false, MPI_COMM_WORLD);
  write_some(dataset, layout, {6, 5, 4, 3, 2, 1, 0});
  dataset.finish();
  MPI_Barrier(MPI_COMM_WORLD);
  check_complete(file, layout);
  for (unsigned int k = 0; k < 3; ++k)
    BOOST_TEST(!fs::exists(file + ".shard-" + std::to_string(k)));
  BOOST_TEST(!fs::exists(file + ".part"));

  // Bytes do not depend on the number of writers or the order.
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
  {
    const std::string other = test_file("ragged-alone.h5");
    fs::remove(other);
    RaggedDataset alone(other, layout, false, MPI_COMM_SELF);
    for (unsigned int i = 0; i < 7; ++i)
      alone.write(ragged_sample(layout, i));
    alone.finish();
    BOOST_TEST((bytes_of(other) == bytes_of(file)));
    fs::remove(other);
  }
}

BOOST_AUTO_TEST_CASE(what_a_kill_leaves_is_gone_on_with)
{
  const std::string file = test_file("ragged-kill.h5");
  clear(file);
  const DatasetLayout layout = ragged_layout(6);
  {
    RaggedDataset dataset(file, layout, false, MPI_COMM_WORLD);
    write_some(dataset, layout, {0, 3, 4});
    // No close(): as after a kill.
  }
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(RaggedDataset::exists(file));
  BOOST_CHECK_THROW(RaggedDataset(file, layout, false, MPI_COMM_WORLD),
                    BadInput);
  // The last record of a shard is torn.
  const unsigned int last = 2 % size_of(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
  {
    const std::string shard = file + ".shard-" + std::to_string(last);
    const std::string bytes = bytes_of(shard);
    write_bytes(shard, bytes.substr(0, bytes.size() - 7));
  }
  MPI_Barrier(MPI_COMM_WORLD);
  RaggedDataset dataset(file, layout, true, MPI_COMM_WORLD);
  std::vector<unsigned int> missing;
  for (unsigned int i = 0; i < 6; ++i)
    if (dataset.status()[i] != SampleStatus::certified)
      missing.push_back(i);
  const std::vector<unsigned int> expected = {1, 2, 4, 5};
  BOOST_TEST(missing == expected, boost::test_tools::per_element());
  write_some(dataset, layout, missing);
  dataset.finish();
  MPI_Barrier(MPI_COMM_WORLD);
  check_complete(file, layout);
}

BOOST_AUTO_TEST_CASE(a_complete_set_is_left_alone_and_failures_are_replaced)
{
  const std::string file = test_file("ragged-failed.h5");
  clear(file);
  const DatasetLayout layout = ragged_layout(4);
  {
    RaggedDataset dataset(file, layout, false, MPI_COMM_WORLD);
    write_some(dataset, layout, {0, 1, 3});
    if (rank_of(MPI_COMM_WORLD) == 0)
    {
      RaggedSample failed = ragged_sample(layout, 2);
      failed.certificate = {0.1, 99, 0.5, SampleStatus::failed};
      for (auto &[name, values] : failed.outputs)
        values.assign(values.size(), std::nan(""));
      dataset.write(failed);
    }
    dataset.finish();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  {
    const DatasetReader reader(file);
    BOOST_TEST(reader.certified().size() == 3u);
    BOOST_TEST(int(reader.certificate(2).status) == 2);
  }
  RaggedDataset again(file, layout, true, MPI_COMM_WORLD);
  BOOST_TEST(int(again.status()[2]) == int(SampleStatus::failed));
  if (rank_of(MPI_COMM_WORLD) == 0)
    again.write(ragged_sample(layout, 2));
  again.finish();
  MPI_Barrier(MPI_COMM_WORLD);
  check_complete(file, layout);
  const std::string before = bytes_of(file);
  MPI_Barrier(MPI_COMM_WORLD);
  RaggedDataset complete(file, layout, true, MPI_COMM_WORLD);
  complete.finish();
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST((bytes_of(file) == before));
}

BOOST_AUTO_TEST_CASE(what_does_not_continue_the_set_is_refused)
{
  const std::string file = test_file("ragged-other.h5");
  clear(file);
  const DatasetLayout layout = ragged_layout(3);
  DatasetLayout other = layout, fields = layout;
  other.identity = "Dataset/Samples = 5\nDataset/Seed = 8\n";
  fields.outputs[0].unit = "Pa";
  {
    RaggedDataset dataset(file, layout, false, MPI_COMM_WORLD);
    write_some(dataset, layout, {0, 1, 2});
    dataset.close();
    MPI_Barrier(MPI_COMM_WORLD);
    BOOST_TEST(refuses_to_resume(file, other, "Dataset/Seed = '7', not '8'"));
    BOOST_TEST(refuses_to_resume(file, fields, "other fields"));
    dataset.finish();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(refuses_to_resume(file, other, "Dataset/Seed = '7', not '8'"));
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
  {
    fs::remove(file);
    write_bytes(file + ".shard-0", "not a shard at all");
  }
  MPI_Barrier(MPI_COMM_WORLD);
  BOOST_TEST(refuses_to_resume(file, layout, "is damaged"));
  clear(file);
}

BOOST_AUTO_TEST_CASE(single_precision)
{
  const std::string file = test_file("ragged-single.h5");
  clear(file);
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  DatasetLayout layout = ragged_layout(2);
  layout.single_precision = true;
  RaggedDataset dataset(file, layout, false, MPI_COMM_SELF);
  RaggedSample large = ragged_sample(layout, 0);
  large.outputs["pressure"][0] = 1e200;
  BOOST_CHECK_THROW(dataset.write(large), NumericalFailure);
  for (unsigned int i = 0; i < 2; ++i)
    dataset.write(ragged_sample(layout, i));
  dataset.finish();
  const DatasetReader reader(file);
  BOOST_TEST(reader.certified().size() == 2u);
  const std::vector<double> values = reader.output("velocity", 1);
  const std::vector<double> exact =
      ragged_sample(layout, 1).outputs.at("velocity");
  for (std::size_t i = 0; i < values.size(); ++i)
    BOOST_TEST(values[i] == double(float(exact[i])));
}

BOOST_AUTO_TEST_SUITE_END()
