// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fabricated.h"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <limits>
#include <thread>

using namespace nodal;

namespace
{
  const auto is_bad_input = [](const std::string &part)
  {
    return [part](const BadInput &error)
    {
      const bool found =
          std::string(error.what()).find(part) != std::string::npos;
      if (!found)
        BOOST_TEST_MESSAGE("the message was: " << error.what());
      return found;
    };
  };

  /// The ranks below @p n, or MPI_COMM_NULL.
  MPI_Comm first_ranks(const int n)
  {
    MPI_Comm comm;
    const int rank = rank_of(MPI_COMM_WORLD);
    MPI_Comm_split(MPI_COMM_WORLD, rank < n ? 0 : MPI_UNDEFINED, rank, &comm);
    return comm;
  }

  /// A complete data set, its samples written in a round by the ranks.
  void write_complete(const std::string &file, const DatasetLayout &layout,
                      MPI_Comm writers)
  {
    if (rank_of(writers) == 0)
      std::filesystem::remove(file);
    MPI_Barrier(writers);
    DatasetLayout mine = layout;
    if (rank_of(writers) != 0)
      mine.mesh = MeshDescription();
    const auto dataset = Dataset::create(file, mine, writers);
    for (unsigned int i = rank_of(writers); i < layout.n_samples;
         i += size_of(writers))
      write_fabricated(*dataset, layout, i);
    dataset->close();
  }

  /// Remove @p file where rank 0 alone works; true on that rank.
  bool is_alone(const std::string &file)
  {
    if (rank_of(MPI_COMM_WORLD) != 0)
      return false;
    std::filesystem::remove(file);
    return true;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(dataset)

BOOST_AUTO_TEST_CASE(values_come_back)
{
  const std::string file = test_file("round.h5");
  const DatasetLayout layout = fabricated_layout(5);
  write_complete(file, layout, MPI_COMM_WORLD);
  if (rank_of(MPI_COMM_WORLD) == 0)
  {
    for (const auto *fields : {&layout.inputs, &layout.outputs})
      for (const FieldDescription &field : *fields)
      {
        const std::string group =
            fields == &layout.inputs ? "/inputs/" : "/outputs/";
        const std::vector<double> stored = read_array(file, group + field.name);
        std::vector<double> expected;
        for (unsigned int i = 0; i < layout.n_samples; ++i)
        {
          const std::vector<double> values =
              fabricated_values({field}, layout.mesh, i)[field.name];
          if (field.location == Location::boundary)
            for (const std::int64_t node : layout.mesh.boundary_nodes)
              for (unsigned int c = 0; c < field.n_components; ++c)
                expected.push_back(values[node * field.n_components + c]);
          else
            expected.insert(expected.end(), values.begin(), values.end());
        }
        BOOST_TEST(stored == expected, boost::test_tools::per_element());
      }
    BOOST_TEST(read_array(file, "/certificate/iterations") ==
                   std::vector<double>({10, 11, 12, 13, 14}),
               boost::test_tools::per_element());
    BOOST_TEST(read_array(file, "/certificate/status") ==
                   std::vector<double>(5, 1.),
               boost::test_tools::per_element());
    BOOST_TEST(read_array(file, "/meshes/0/points") == layout.mesh.points,
               boost::test_tools::per_element());
    BOOST_TEST(read_array(file, "/samples/offset").back() ==
               5 * layout.mesh.boundary_nodes.size());
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const auto again = Dataset::resume(file, layout, MPI_COMM_WORLD);
  for (const SampleStatus status : again->status())
    BOOST_TEST(int(status) == int(SampleStatus::certified));
}

BOOST_AUTO_TEST_CASE(bytes_do_not_depend_on_the_number_of_writers)
{
  const DatasetLayout layout = fabricated_layout(7);
  std::string expected;
  for (unsigned int n = 1; n <= size_of(MPI_COMM_WORLD); ++n)
  {
    const std::string file = test_file("writers.h5");
    MPI_Comm writers = first_ranks(n);
    if (writers == MPI_COMM_NULL)
      continue;
    write_complete(file, layout, writers);
    if (rank_of(writers) == 0 && n == 1)
      expected = bytes_of(file);
    if (rank_of(writers) == 0)
      BOOST_TEST((bytes_of(file) == expected), n << " writers");
    MPI_Comm_free(&writers);
  }
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  // Nothing in the file tells the time.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  write_complete(test_file("writers.h5"), layout, MPI_COMM_SELF);
  BOOST_TEST((bytes_of(test_file("writers.h5")) == expected));
}

BOOST_AUTO_TEST_CASE(rows_not_written_begin_with_nan_and_are_pending)
{
  const std::string file = test_file("partial.h5");
  if (!is_alone(file))
    return;
  const DatasetLayout layout = fabricated_layout(4);
  {
    const auto dataset = Dataset::create(file, layout, MPI_COMM_SELF);
    write_fabricated(*dataset, layout, 2);
    BOOST_CHECK_THROW(write_fabricated(*dataset, layout, 4), std::logic_error);
    BOOST_CHECK_THROW(
        dataset->write(1, {}, {}, {1, 1, 1, SampleStatus::certified}),
        std::logic_error);
    const std::vector<double> nothing(16, std::nan(""));
    FieldValues outputs = fabricated_values(layout.outputs, layout.mesh, 3);
    for (auto &[name, values] : outputs)
      values.assign(values.size(), std::nan(""));
    dataset->write(3, fabricated_values(layout.inputs, layout.mesh, 3), outputs,
                   {0.1, 99, 0.5, SampleStatus::failed});
    // No close(): as after a kill.
  }
  const std::vector<double> pressure = read_array(file, "/outputs/pressure");
  for (unsigned int i = 0; i < pressure.size(); ++i)
    if (i / 16 > 1 || i % 16 == 0)
      BOOST_TEST(std::isnan(pressure[i]) == (i / 16 != 2));
  const auto again = Dataset::resume(file, layout, MPI_COMM_SELF);
  const std::vector<SampleStatus> expected = {
      SampleStatus::pending, SampleStatus::pending, SampleStatus::certified,
      SampleStatus::failed};
  BOOST_CHECK(again->status() == expected);
}

BOOST_AUTO_TEST_CASE(only_whole_rows_within_the_tolerance_count)
{
  const std::string file = test_file("rows.h5");
  if (!is_alone(file))
    return;
  DatasetLayout layout = fabricated_layout(4);
  write_complete(file, layout, MPI_COMM_SELF);
  const auto overwrite = [&](const std::string &path, hsize_t row, double x)
  {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t array = H5Dopen2(id, path.c_str(), H5P_DEFAULT);
    const hid_t space = H5Dget_space(array);
    const hsize_t place[2] = {row, 5}, one[2] = {1, 1};
    H5Sselect_hyperslab(space, H5S_SELECT_SET, place, nullptr, one, nullptr);
    const hid_t memory = H5Screate_simple(1, one, nullptr);
    BOOST_REQUIRE(H5Dwrite(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT,
                           &x) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(array);
    H5Fclose(id);
  };
  overwrite("/certificate/true_residual", 0, 1.);
  overwrite("/outputs/pressure", 1, std::nan(""));
  overwrite("/outputs/pressure", 3, 0.); // a page that is not on the disk
  BOOST_TEST(int(Dataset::resume(file, layout, MPI_COMM_SELF)->status()[0]) ==
             int(SampleStatus::pending));
  BOOST_TEST(int(Dataset::resume(file, layout, MPI_COMM_SELF)->status()[1]) ==
             int(SampleStatus::pending));
  BOOST_TEST(int(Dataset::resume(file, layout, MPI_COMM_SELF)->status()[2]) ==
             int(SampleStatus::certified));
  BOOST_TEST(int(Dataset::resume(file, layout, MPI_COMM_SELF)->status()[3]) ==
             int(SampleStatus::pending));
  overwrite("/certificate/true_residual", 2, std::nan(""));
  BOOST_TEST(int(Dataset::resume(file, layout, MPI_COMM_SELF)->status()[2]) ==
             int(SampleStatus::pending));
}

BOOST_AUTO_TEST_CASE(fields_in_single_precision)
{
  const std::string file = test_file("single.h5");
  if (!is_alone(file))
    return;
  DatasetLayout layout = fabricated_layout(2);
  layout.single_precision = true;
  write_complete(file, layout, MPI_COMM_SELF);
  const std::vector<double> stored = read_array(file, "/outputs/velocity");
  const std::vector<double> expected =
      fabricated_values(layout.outputs, layout.mesh, 0)["velocity"];
  for (unsigned int i = 0; i < expected.size(); ++i)
    BOOST_TEST(stored[i] == double(float(expected[i])));
  BOOST_TEST(read_array(file, "/certificate/true_residual")[0] == 1e-9);

  const auto dataset = Dataset::resume(file, layout, MPI_COMM_SELF);
  FieldValues inputs = fabricated_values(layout.inputs, layout.mesh, 1);
  inputs["permeability"][3] = 1e200;
  BOOST_CHECK_THROW(
      dataset->write(1, inputs,
                     fabricated_values(layout.outputs, layout.mesh, 1),
                     {1e-9, 1, 1, SampleStatus::certified}),
      NumericalFailure);
  layout.single_precision = false;
  BOOST_CHECK_EXCEPTION(Dataset::resume(file, layout, MPI_COMM_SELF), BadInput,
                        is_bad_input("precision"));
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_not_touched)
{
  const std::string file = test_file("existing.h5");
  if (rank_of(MPI_COMM_WORLD) == 0)
    write_bytes(file, "precious");
  MPI_Barrier(MPI_COMM_WORLD);
  const DatasetLayout layout = fabricated_layout(2);
  BOOST_CHECK_EXCEPTION(Dataset::create(file, layout, MPI_COMM_WORLD), BadInput,
                        is_bad_input("--resume"));
  BOOST_CHECK_EXCEPTION(Dataset::resume(file, layout, MPI_COMM_WORLD), BadInput,
                        is_bad_input("no HDF5 file"));
  BOOST_TEST(bytes_of(file) == "precious");
  BOOST_CHECK_EXCEPTION(
      Dataset::create("no/such/folder/a.h5", layout, MPI_COMM_WORLD), BadInput,
      is_bad_input("No such file or directory"));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused_with_a_reason)
{
  const std::string file = test_file("other.h5");
  if (!is_alone(file))
    return;
  const DatasetLayout layout = fabricated_layout(3);
  const auto expect = [&](const DatasetLayout &wanted, const std::string &part)
  {
    BOOST_CHECK_EXCEPTION(Dataset::resume(file, wanted, MPI_COMM_SELF),
                          BadInput, is_bad_input(part));
  };
  expect(layout, "There is no data set");
  write_bytes(file, "");
  expect(layout, "is empty");
  write_bytes(file, std::string(5000, 'x'));
  expect(layout, "no HDF5 file");

  write_complete(file, layout, MPI_COMM_SELF);
  const std::string good = bytes_of(file);
  for (const std::size_t size : {good.size() - 1, good.size() / 2})
  {
    write_bytes(file, good.substr(0, size));
    expect(layout, "truncated");
  }
  write_bytes(file, good);

  DatasetLayout other = layout;
  other.identity = "Dataset/Samples = 5\nDataset/Seed = 8\n";
  expect(other, "Dataset/Seed = '7', not '8'");
  other.identity = "Dataset/Samples = 5\nDataset/Seed = 7\nMesh/x = 1\n";
  expect(other, "Mesh/x");
  other.identity = "Dataset/Samples = 5\n";
  expect(other, "Dataset/Seed = '7', not (no such entry)");
  other = layout;
  other.problem = "poisson";
  expect(other, "problem 'darcy'");
  other = layout;
  other.n_samples = 4;
  expect(other, "number of samples");
  other = layout;
  other.mesh.points[3] += 1e-15;
  expect(other, "another mesh");
  other = layout;
  other.outputs[0].n_components = 2;
  expect(other, "/outputs/pressure");
  other = layout;
  other.outputs[0].unit = "Pa";
  expect(other, "/outputs/pressure");
  other = layout;
  other.outputs[0].name = "head";
  expect(other, "/outputs/head");
  Dataset::resume(file, layout, MPI_COMM_SELF);

  // A file of HDF5, but not of nodal.
  H5Fclose(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  expect(layout, "not made by nodal");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_nothing_behind)
{
  const std::string file = test_file("full.h5");
  const DatasetLayout layout = fabricated_layout(50, 40);
  if (rank_of(MPI_COMM_WORLD) == 0)
    std::filesystem::remove(file);
  MPI_Barrier(MPI_COMM_WORLD);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  // In the texts, in the mesh, and in the rows.
  for (const rlim_t limit : {100, 60000, 1000000})
  {
    const rlimit small = {limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    BOOST_CHECK_EXCEPTION(Dataset::create(file, layout, MPI_COMM_WORLD),
                          BadInput, is_bad_input("File too large"));
    setrlimit(RLIMIT_FSIZE, &before);
    BOOST_TEST(!std::filesystem::exists(file));
    BOOST_TEST(!std::filesystem::exists(file + ".part"));
    MPI_Barrier(MPI_COMM_WORLD);
  }

  const auto dataset = Dataset::create(file, layout, MPI_COMM_WORLD);
  const unsigned int rank = rank_of(MPI_COMM_WORLD);
  write_fabricated(*dataset, layout, rank);
  const rlimit small = {1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  BOOST_CHECK_THROW(write_fabricated(*dataset, layout, 20 + rank),
                    NumericalFailure);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  MPI_Barrier(MPI_COMM_WORLD);
  const auto again = Dataset::resume(file, layout, MPI_COMM_WORLD);
  for (unsigned int i = 0; i < layout.n_samples; ++i)
    BOOST_TEST((again->status()[i] == SampleStatus::certified) ==
               (i < size_of(MPI_COMM_WORLD)));
}

BOOST_AUTO_TEST_CASE(writing_is_fast)
{
  const std::string file = test_file("fast.h5");
  if (!is_alone(file))
    return;
  const DatasetLayout layout = fabricated_layout(60, 150);
  const FieldValues inputs = fabricated_values(layout.inputs, layout.mesh, 1),
                    outputs = fabricated_values(layout.outputs, layout.mesh, 1);
  const auto seconds = [](const auto &work)
  {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  std::unique_ptr<Dataset> dataset;
  const double create =
      seconds([&] { dataset = Dataset::create(file, layout, MPI_COMM_SELF); });
  const double write = seconds(
      [&]
      {
        for (unsigned int i = 0; i < layout.n_samples; ++i)
          dataset->write(i, inputs, outputs,
                         {1e-9, 1, 1, SampleStatus::certified});
      });
  dataset->close();
  const double resume =
      seconds([&] { dataset = Dataset::resume(file, layout, MPI_COMM_SELF); });
  const double megabytes = std::filesystem::file_size(file) / 1e6;
  BOOST_TEST_MESSAGE("create " << megabytes / create << " MB/s, write "
                               << megabytes / write << " MB/s, resume "
                               << megabytes / resume << " MB/s");
  BOOST_TEST(megabytes / write > 20);
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_SUITE_END()
