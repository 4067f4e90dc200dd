// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fabricated_ragged.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
#include <nodal/data/dataset_reader.h>

#include <source/data/dataset_file.h>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>

using namespace nodal;

namespace
{
  /// A complete data set on one mesh with boundary conditions.
  DatasetLayout write_equal(const std::string &file)
  {
    std::filesystem::remove(file);
    DatasetLayout layout = fabricated_layout(4);
    layout.mesh = fabricated_conditions(3);
    const auto dataset = Dataset::create(file, layout, MPI_COMM_SELF);
    for (unsigned int i = 0; i < layout.n_samples; ++i)
      write_fabricated(*dataset, layout, i);
    dataset->close();
    return layout;
  }

  /// Call @p change with the open file.
  template <class Change>
  void edit(const std::string &file, const Change &change)
  {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    change(id);
    H5Fclose(id);
  }

  void set_attribute(const hid_t file, const char *object, const char *name,
                     const hid_t type, const void *value)
  {
    const hid_t attribute =
        H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
    BOOST_REQUIRE(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
  }

  void set_version(const std::string &file, const std::int64_t version)
  {
    edit(file, [&](const hid_t id)
         { set_attribute(id, "/", "version", H5T_NATIVE_INT64, &version); });
  }

  /// Make a file of version 3 one of version 2.
  void make_old(const std::string &file, const MeshDescription &mesh)
  {
    set_version(file, 2);
    edit(file,
         [&](const hid_t id)
         {
           const auto old = mesh_arrays(mesh, 0, 2), all = mesh_arrays(mesh, 0);
           for (std::size_t i = old.size(); i < all.size(); ++i)
             H5Ldelete(id, all[i].path.c_str(), H5P_DEFAULT);
           H5Adelete_by_name(id, "/meshes/0", "hash", H5P_DEFAULT);
           const hid_t type = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
           H5Tset_size(type, 16);
           H5Tset_strpad(type, H5T_STR_NULLPAD);
           const hid_t hash =
               H5Acreate_by_name(id, "/meshes/0", "hash", type, one,
                                 H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
           BOOST_REQUIRE(H5Awrite(hash, type, hash_of(old).data()) >= 0);
           H5Aclose(hash);
           H5Sclose(one);
           H5Tclose(type);
           H5Adelete_by_name(id, "/", "rows", H5P_DEFAULT);
           for (const char *field :
                {"/inputs/permeability", "/inputs/load", "/inputs/viscosity",
                 "/outputs/pressure", "/outputs/velocity"})
             H5Adelete_by_name(id, field, "number", H5P_DEFAULT);
         });
  }

  void check_values(const DatasetReader &reader, const DatasetLayout &layout)
  {
    const std::vector<unsigned int> all = {0, 1, 2, 3};
    BOOST_TEST(reader.certified() == all, boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(reader.inputs().size() == layout.inputs.size());
    for (unsigned int f = 0; f < layout.inputs.size(); ++f)
    {
      BOOST_TEST(reader.inputs()[f].name == layout.inputs[f].name);
      BOOST_TEST((reader.inputs()[f].role == layout.inputs[f].role));
      BOOST_TEST((reader.inputs()[f].location == layout.inputs[f].location));
      BOOST_TEST(reader.inputs()[f].is_positive ==
                 layout.inputs[f].is_positive);
    }
    for (const unsigned int i : all)
    {
      const FieldValues outputs =
          fabricated_values(layout.outputs, layout.mesh, i);
      for (const auto &[name, values] : outputs)
        BOOST_TEST(reader.output(name, i) == values,
                   boost::test_tools::per_element());
      const FieldValues inputs =
          fabricated_values(layout.inputs, layout.mesh, i);
      BOOST_TEST(reader.input("permeability", i) == inputs.at("permeability"),
                 boost::test_tools::per_element());
      BOOST_TEST(reader.input("viscosity", i) == inputs.at("viscosity"),
                 boost::test_tools::per_element());
      const Certificate certificate = reader.certificate(i);
      BOOST_TEST(certificate.iterations == 10 + i);
      BOOST_TEST(certificate.true_residual == 1e-9);
      BOOST_TEST(int(certificate.status) == 1);
    }
  }

  /// A small program's worth of reading: all there is.
  void read_all(const std::string &file)
  {
    const DatasetReader reader(file);
    reader.hash();
    reader.certified();
    for (unsigned int k = 0; k < reader.n_meshes(); ++k)
      reader.mesh(k);
    for (unsigned int i = 0; i < reader.n_samples(); ++i)
    {
      reader.boundary_values(i);
      for (const FieldDescription &field : reader.inputs())
        reader.input(field.name, i);
      for (const FieldDescription &field : reader.outputs())
        reader.output(field.name, i);
    }
  }

  bool refuses(const std::string &file, const std::string &word)
  {
    try
    {
      read_all(file);
    }
    catch (const BadInput &error)
    {
      BOOST_TEST_MESSAGE(error.what());
      return std::string(error.what()).find(word) != std::string::npos;
    }
    return false;
  }

  bool is_root()
  {
    return rank_of(MPI_COMM_WORLD) == 0;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(dataset_reader)

BOOST_AUTO_TEST_CASE(one_mesh)
{
  const std::string file = test_file("reader.h5");
  if (is_root())
    write_equal(file);
  MPI_Barrier(MPI_COMM_WORLD);
  // Every rank reads by itself.
  DatasetLayout layout = fabricated_layout(4);
  layout.mesh = fabricated_conditions(3);
  const DatasetReader reader(file);
  BOOST_TEST(reader.file() == file);
  BOOST_TEST(reader.dim() == 2u);
  BOOST_TEST(reader.problem() == "darcy");
  BOOST_TEST(reader.seed() == 7u);
  BOOST_TEST(reader.identity() == layout.identity);
  BOOST_TEST(reader.parameters() == layout.parameters);
  BOOST_TEST(reader.n_samples() == 4u);
  BOOST_TEST(reader.n_meshes() == 1u);
  BOOST_TEST(reader.mesh_of(3) == 0u);
  BOOST_TEST(reader.hash().size() == 16u);
  check_values(reader, layout);
  const MeshDescription mesh = reader.mesh(0);
  BOOST_TEST(hash_of(mesh_arrays(mesh)) == hash_of(mesh_arrays(layout.mesh)));
  BOOST_TEST(mesh.n_cells == 9u);
  BOOST_TEST(mesh.cell_type == "quadrilateral");
  const std::vector<double> drawn = reader.input("load", 2),
                            values = reader.boundary_values(2);
  BOOST_TEST_REQUIRE(values.size() == 24u);
  for (unsigned int i = 0; i < values.size(); ++i)
    BOOST_TEST(values[i] == (i / 2 % 2 ? drawn[i] : mesh.boundary_values[i]));
  BOOST_CHECK_THROW(reader.input("pressure", 0), std::logic_error);
  BOOST_CHECK_THROW(reader.output("pressure", 4), std::logic_error);
  BOOST_CHECK_THROW(reader.mesh(1), std::logic_error);
}

BOOST_AUTO_TEST_CASE(version_2)
{
  const std::string file = test_file("old.h5");
  if (!is_root())
    return;
  const DatasetLayout layout = write_equal(file);
  const std::string hash = DatasetReader(file).hash();
  make_old(file, layout.mesh);
  const DatasetReader reader(file);
  check_values(reader, layout);
  const MeshDescription mesh = reader.mesh(0);
  BOOST_TEST(mesh.boundary_types.empty());
  BOOST_TEST(mesh.boundary_nodes == layout.mesh.boundary_nodes,
             boost::test_tools::per_element());
  BOOST_TEST(reader.boundary_values(1) == reader.input("load", 1),
             boost::test_tools::per_element());
  BOOST_TEST(reader.hash() != hash);
}

BOOST_AUTO_TEST_CASE(rows_that_do_not_count)
{
  const std::string file = test_file("reader-rows.h5");
  if (!is_root())
    return;
  std::filesystem::remove(file);
  const DatasetLayout layout = fabricated_layout(5);
  {
    const auto dataset = Dataset::create(file, layout, MPI_COMM_SELF);
    for (const unsigned int i : {0, 2, 4})
      write_fabricated(*dataset, layout, i);
    FieldValues outputs = fabricated_values(layout.outputs, layout.mesh, 3);
    dataset->write(3, fabricated_values(layout.inputs, layout.mesh, 3), outputs,
                   {0.1, 99, 0.5, SampleStatus::failed});
  }
  edit(file,
       [](const hid_t id)
       {
         // A page of sample 2 that is not on the disk.
         const hid_t array = H5Dopen2(id, "/outputs/velocity", H5P_DEFAULT);
         const hid_t space = H5Dget_space(array);
         const hsize_t start[3] = {2, 5, 0}, one[3] = {1, 1, 1};
         H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, one,
                             nullptr);
         const hid_t memory = H5Screate_simple(1, one, nullptr);
         const double zero = 0;
         H5Dwrite(array, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &zero);
         H5Sclose(memory);
         H5Sclose(space);
         H5Dclose(array);
       });
  const DatasetReader reader(file);
  const std::vector<unsigned int> expected = {0, 4};
  BOOST_TEST(reader.certified() == expected, boost::test_tools::per_element());
  BOOST_TEST(int(reader.certificate(1).status) == 0);
  BOOST_TEST(int(reader.certificate(3).status) == 2);
  BOOST_TEST(std::isnan(reader.certificate(1).true_residual));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused)
{
  const std::string file = test_file("reader-foreign.h5");
  if (!is_root())
    return;
  std::filesystem::remove(file);
  BOOST_TEST(refuses(file, "does not exist"));
  write_bytes(file, "");
  BOOST_TEST(refuses(file, "is empty"));
  write_bytes(file, std::string(5000, 'x'));
  BOOST_TEST(refuses(file, "no HDF5 file"));
  H5Fclose(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  BOOST_TEST(refuses(file, "not made by nodal"));
  BOOST_TEST(refuses(".", "no HDF5 file"));
  write_equal(file);
  const std::string good = bytes_of(file);
  for (const std::size_t size : {good.size() - 1, good.size() / 2})
  {
    write_bytes(file, good.substr(0, size));
    BOOST_TEST(refuses(file, "truncated"));
  }
  for (const std::int64_t version : {1, 4})
  {
    write_bytes(file, good);
    set_version(file, version);
    BOOST_TEST(refuses(file, "has version " + std::to_string(version)));
  }
  write_bytes(file, good);
  edit(file, [](const hid_t id)
       { H5Ldelete(id, "/certificate/status", H5P_DEFAULT); });
  BOOST_TEST(refuses(file, "is damaged"));
  write_bytes(file, good);
  edit(file,
       [](const hid_t id)
       {
         const hid_t array = H5Dopen2(id, "/meshes/0/cells", H5P_DEFAULT);
         std::vector<std::int64_t> cells(36, 99);
         H5Dwrite(array, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                  cells.data());
         H5Dclose(array);
       });
  BOOST_TEST(refuses(file, "a point that is not there"));
}

BOOST_AUTO_TEST_CASE(damaged_bytes)
{
  if (!is_root())
    return;
  const std::string equal = test_file("reader-fuzz.h5"),
                    ragged = test_file("reader-fuzz-ragged.h5");
  write_equal(equal);
  {
    std::filesystem::remove(ragged);
    const DatasetLayout layout = ragged_layout(4);
    RaggedDataset dataset(ragged, layout, false, MPI_COMM_SELF);
    for (unsigned int i = 0; i < 4; ++i)
      dataset.write(ragged_sample(layout, i));
    dataset.finish();
  }
  Random random(3, 0, size_of(MPI_COMM_WORLD));
  for (const std::string &file : {equal, ragged})
  {
    const std::string good = bytes_of(file);
    unsigned int n_read = 0, n_refused = 0;
    for (unsigned int trial = 0; trial < 400; ++trial)
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
        read_all(file);
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
}

BOOST_AUTO_TEST_SUITE_END()
