// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"
#include "hdf5_io.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>

#include <cstring>
#include <filesystem>
#include <map>

namespace nodal
{
  namespace
  {
    const std::string remedy = "; delete it or choose another Dataset/File.";

    [[noreturn]] void refuse(const std::string &file, const std::string &what)
    {
      throw BadInput("The data set '" + file + "' " + what + remedy,
                     "Dataset/File");
    }

    Hdf5Handle open_existing(const std::string &file)
    {
      std::error_code ignored;
      if (!std::filesystem::exists(file, ignored))
        throw BadInput("There is no data set '" + file +
                           "' to continue; start without --resume.",
                       "Dataset/File");
      try
      {
        return open_file(file);
      }
      catch (const Hdf5Failure &failure)
      {
        refuse(file, failure.what());
      }
    }

    /// `Section/Entry = value` lines as a map.
    std::map<std::string, std::string> entries(const std::string &text)
    {
      std::map<std::string, std::string> result;
      for (const std::string &line : split(text, '\n'))
      {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos)
          result[trim(line.substr(0, equals))] = trim(line.substr(equals + 1));
      }
      return result;
    }

    [[noreturn]] void refuse_entry(const std::string &file,
                                   const std::string &entry,
                                   const std::string &here,
                                   const std::string &there)
    {
      throw BadInput("The data set '" + file + "' was made with " + entry +
                         " = " + there + ", not " + here +
                         "; give the old value or choose another "
                         "Dataset/File.",
                     entry);
    }

    void compare_attributes(const std::string &file, const hid_t root,
                            const DatasetLayout &layout)
    {
      if (read_text_attribute(root, "problem") != layout.problem)
        refuse(file, "is of problem '" + read_text_attribute(root, "problem") +
                         "', not '" + layout.problem + "'");
      if (read_integer_attribute(root, "seed") != std::int64_t(layout.seed))
        refuse(file, "has another seed");
      if (read_integer_attribute(root, "n_samples") != layout.n_samples)
        refuse(file, "has another number of samples");
      if (read_number_attribute(root, "tolerance") != layout.tolerance)
        refuse(file, "has another tolerance");
    }

    void compare_mesh(const std::string &name, const hid_t file,
                      const MeshDescription &mesh)
    {
      const std::string difference = "holds another mesh";
      const std::vector<MeshArray> arrays = mesh_arrays(mesh);
      const Hdf5Handle group = open_group(file, "/meshes/0"),
                       space = open_group(file, "/meshes/0/space"),
                       cells = open_array(file, "/meshes/0/cells");
      if (read_text_attribute(group, "hash") != hash_of(arrays) ||
          read_text_attribute(cells, "cell_type") != mesh.cell_type ||
          read_integer_attribute(space, "degree") != mesh.degree)
        refuse(name, difference);
      for (const MeshArray &wanted : arrays)
      {
        const Hdf5Handle array = open_array(file, wanted.path);
        if (!has_type(array, wanted.type) || shape_of(array) != wanted.shape)
          refuse(name, difference);
        std::vector<char> values(wanted.bytes);
        NODAL_HDF5(H5Dread(array, memory_type(wanted.type), H5S_ALL, H5S_ALL,
                           H5P_DEFAULT, values.data()));
        if (wanted.bytes > 0 &&
            std::memcmp(values.data(), wanted.data, wanted.bytes) != 0)
          refuse(name, difference);
      }
    }

    void compare_field(const std::string &file, const hid_t array,
                       const std::string &path, const FieldDescription &field)
    {
      if (read_text_attribute(array, "role") != to_string(field.role) ||
          read_text_attribute(array, "location") != to_string(field.location) ||
          read_text_attribute(array, "unit") != field.unit ||
          read_integer_attribute(array, "n_components") != field.n_components)
        refuse(file, "describes " + path + " differently");
    }

    void find_sample_arrays(const std::string &name, const hid_t file,
                            const DatasetLayout &layout,
                            std::vector<SampleArray> &arrays)
    {
      std::vector<FieldDescription> fields = layout.inputs;
      fields.insert(fields.end(), layout.outputs.begin(), layout.outputs.end());
      const std::uint64_t size = size_of_file(name);
      for (unsigned int i = 0; i < arrays.size(); ++i)
      {
        SampleArray &array = arrays[i];
        if (H5Lexists(file, array.path.c_str(), H5P_DEFAULT) <= 0)
          refuse(name, "has no array " + array.path);
        const Hdf5Handle found = open_array(file, array.path);
        if (!has_type(found, array.type) ||
            shape_of(found) != shape_in_file(array, layout.n_samples))
          refuse(name, "has " + array.path + " of another shape or precision");
        if (i < fields.size())
          compare_field(name, found, array.path, fields[i]);
        if (array.row_bytes() == 0)
          continue;
        array.offset = offset_of(found);
        if (array.offset > size ||
            array.row_bytes() * layout.n_samples > size - array.offset)
          refuse(name, "is truncated");
      }
    }
  } // namespace

  void compare_identity(const std::string &file, const std::string &wanted,
                        const std::string &found)
  {
    if (wanted == found)
      return;
    const std::map<std::string, std::string> here = entries(wanted),
                                             there = entries(found);
    for (const auto &[entry, value] : here)
    {
      const auto other = there.find(entry);
      if (other == there.end())
        refuse_entry(file, entry, "'" + value + "'", "(no such entry)");
      if (other->second != value)
        refuse_entry(file, entry, "'" + value + "'", "'" + other->second + "'");
    }
    for (const auto &[entry, value] : there)
      if (here.count(entry) == 0)
        refuse_entry(file, entry, "(no such entry)", "'" + value + "'");
    refuse(file, "was made from other parameters");
  }

  void verify_dataset_file(const std::string &name, const DatasetLayout &layout,
                           std::vector<SampleArray> &arrays)
  {
    const Hdf5Handle file = open_existing(name);
    try
    {
      const Hdf5Handle root = open_group(file, "/");
      if (H5Aexists(root, "format") <= 0 ||
          read_text_attribute(root, "format") != "nodal dataset")
        refuse(name, "was not made by nodal");
      const std::int64_t version = read_integer_attribute(root, "version");
      if (version != dataset_format_version)
        refuse(name, "has version " + std::to_string(version) +
                         " of the format, and this program writes version " +
                         std::to_string(dataset_format_version));
      compare_identity(name, layout.identity, read_text(file, "/identity"));
      compare_attributes(name, root, layout);
      compare_mesh(name, file, layout.mesh);
      find_sample_arrays(name, file, layout, arrays);
    }
    catch (const Hdf5Failure &failure)
    {
      refuse(name, std::string("is damaged (") + failure.what() + ")");
    }
  }
} // namespace nodal
