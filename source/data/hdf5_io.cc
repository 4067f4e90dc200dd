// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hdf5_io.h"

#include <sys/stat.h>

#include <algorithm>

namespace nodal
{
  hid_t file_type(const StoredType type)
  {
    switch (type)
    {
    case StoredType::float64:
      return H5T_IEEE_F64LE;
    case StoredType::float32:
      return H5T_IEEE_F32LE;
    case StoredType::int64:
      return H5T_STD_I64LE;
    case StoredType::int32:
      return H5T_STD_I32LE;
    case StoredType::uint64:
      return H5T_STD_U64LE;
    case StoredType::uint32:
      return H5T_STD_U32LE;
    default:
      return H5T_STD_I8LE;
    }
  }

  hid_t memory_type(const StoredType type)
  {
    switch (type)
    {
    case StoredType::float64:
      return H5T_NATIVE_DOUBLE;
    case StoredType::float32:
      return H5T_NATIVE_FLOAT;
    case StoredType::int64:
      return H5T_NATIVE_INT64;
    case StoredType::int32:
      return H5T_NATIVE_INT32;
    case StoredType::uint64:
      return H5T_NATIVE_UINT64;
    case StoredType::uint32:
      return H5T_NATIVE_UINT32;
    default:
      return H5T_NATIVE_INT8;
    }
  }

  namespace
  {
    /// Creation properties of objects whose bytes depend on their content
    /// alone.
    Hdf5Handle without_times(const hid_t object_class)
    {
      Hdf5Handle properties(H5Pcreate(object_class), &H5Pclose);
      NODAL_HDF5(H5Pset_obj_track_times(properties, false));
      return properties;
    }

    Hdf5Handle text_type(const std::size_t length)
    {
      Hdf5Handle type(H5Tcopy(H5T_C_S1), &H5Tclose);
      NODAL_HDF5(H5Tset_size(type, std::max<std::size_t>(length, 1)));
      NODAL_HDF5(H5Tset_strpad(type, H5T_STR_NULLPAD));
      NODAL_HDF5(H5Tset_cset(type, H5T_CSET_UTF8));
      return type;
    }

    /// Checks that @p type is that of a text of fixed length, which it
    /// returns.
    std::size_t text_length(const hid_t type)
    {
      if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0)
        throw Hdf5Failure("a text has another type");
      return H5Tget_size(type);
    }

    std::string without_padding(std::string text)
    {
      text.resize(std::min(text.size(), text.find('\0')));
      return text;
    }

    void write_scalar_attribute(const hid_t object, const std::string &name,
                                const hid_t stored, const hid_t given,
                                const void *value)
    {
      const Hdf5Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
      const Hdf5Handle attribute(H5Acreate2(object, name.c_str(), stored, space,
                                            H5P_DEFAULT, H5P_DEFAULT),
                                 &H5Aclose);
      NODAL_HDF5(H5Awrite(attribute, given, value));
    }

    /// An attribute that holds exactly one element.
    Hdf5Handle open_scalar_attribute(const hid_t object,
                                     const std::string &name)
    {
      Hdf5Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT),
                           &H5Aclose);
      const Hdf5Handle space(H5Aget_space(attribute), &H5Sclose);
      if (H5Sget_simple_extent_npoints(space) != 1)
        throw Hdf5Failure("attribute " + name + " has another shape");
      return attribute;
    }

    template <class Number>
    Number read_scalar_attribute(const hid_t object, const std::string &name,
                                 const H5T_class_t stored, const hid_t wanted)
    {
      const Hdf5Handle attribute = open_scalar_attribute(object, name);
      const Hdf5Handle type(H5Aget_type(attribute), &H5Tclose);
      if (H5Tget_class(type) != stored)
        throw Hdf5Failure("attribute " + name + " has another type");
      Number value;
      NODAL_HDF5(H5Aread(attribute, wanted, &value));
      return value;
    }
  } // namespace

  void silence_hdf5()
  {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }

  std::uint64_t size_of_file(const std::string &file)
  {
    struct stat information;
    if (stat(file.c_str(), &information) != 0)
      throw Hdf5Failure("does not exist");
    return information.st_size;
  }

  Hdf5Handle open_file(const std::string &file)
  {
    if (size_of_file(file) == 0)
      throw Hdf5Failure("is empty");
    if (H5Fis_hdf5(file.c_str()) <= 0)
      throw Hdf5Failure("is no HDF5 file, or its beginning is damaged");
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
    if (id < 0)
      throw Hdf5Failure("is truncated or damaged");
    return {id, &H5Fclose};
  }

  Hdf5Handle create_group(const hid_t location, const std::string &path)
  {
    const Hdf5Handle properties = without_times(H5P_GROUP_CREATE);
    return {H5Gcreate2(location, path.c_str(), H5P_DEFAULT, properties,
                       H5P_DEFAULT),
            &H5Gclose};
  }

  Hdf5Handle open_group(const hid_t location, const std::string &path)
  {
    return {H5Gopen2(location, path.c_str(), H5P_DEFAULT), &H5Gclose};
  }

  Hdf5Handle open_array(const hid_t location, const std::string &path)
  {
    return {H5Dopen2(location, path.c_str(), H5P_DEFAULT), &H5Dclose};
  }

  Hdf5Handle create_array(const hid_t location, const std::string &path,
                          const StoredType type,
                          const std::vector<hsize_t> &shape,
                          const void *fill_value)
  {
    const Hdf5Handle space(
        H5Screate_simple(shape.size(), shape.data(), nullptr), &H5Sclose);
    const Hdf5Handle properties = without_times(H5P_DATASET_CREATE);
    NODAL_HDF5(H5Pset_layout(properties, H5D_CONTIGUOUS));
    NODAL_HDF5(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
    NODAL_HDF5(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
    if (fill_value)
      NODAL_HDF5(H5Pset_fill_value(properties, memory_type(type), fill_value));
    return {H5Dcreate2(location, path.c_str(), file_type(type), space,
                       H5P_DEFAULT, properties, H5P_DEFAULT),
            &H5Dclose};
  }

  std::vector<hsize_t> shape_of(const hid_t array)
  {
    const Hdf5Handle space(H5Dget_space(array), &H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0)
      throw Hdf5Failure("an array has no shape");
    std::vector<hsize_t> shape(rank);
    if (rank > 0)
      NODAL_HDF5(H5Sget_simple_extent_dims(space, shape.data(), nullptr));
    return shape;
  }

  std::vector<std::string> members_of(const hid_t group)
  {
    H5G_info_t info;
    NODAL_HDF5(H5Gget_info(group, &info));
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i)
    {
      const auto name = [&](char *text, const std::size_t size)
      {
        return H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                  text, size, H5P_DEFAULT);
      };
      const ssize_t length = name(nullptr, 0);
      if (length <= 0)
        throw Hdf5Failure("a member of a group has no name");
      std::string text(length + 1, '\0');
      if (name(&text[0], text.size()) != length)
        throw Hdf5Failure("a member of a group has no name");
      text.resize(length);
      names.push_back(text);
    }
    return names;
  }

  bool has_type(const hid_t array, const StoredType type)
  {
    const Hdf5Handle stored(H5Dget_type(array), &H5Tclose);
    return H5Tequal(stored, file_type(type)) > 0;
  }

  void write_attribute(const hid_t object, const std::string &name,
                       const std::string &text)
  {
    const Hdf5Handle type = text_type(text.size());
    write_scalar_attribute(object, name, type, type, text.c_str());
  }

  void write_attribute(const hid_t object, const std::string &name,
                       const double value)
  {
    write_scalar_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                           &value);
  }

  void write_attribute(const hid_t object, const std::string &name,
                       const std::int64_t value)
  {
    write_scalar_attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64,
                           &value);
  }

  std::string read_text_attribute(const hid_t object, const std::string &name)
  {
    const Hdf5Handle attribute = open_scalar_attribute(object, name);
    const Hdf5Handle type(H5Aget_type(attribute), &H5Tclose);
    std::string text(text_length(type), '\0');
    NODAL_HDF5(H5Aread(attribute, type, &text[0]));
    return without_padding(text);
  }

  double read_number_attribute(const hid_t object, const std::string &name)
  {
    return read_scalar_attribute<double>(object, name, H5T_FLOAT,
                                         H5T_NATIVE_DOUBLE);
  }

  std::int64_t read_integer_attribute(const hid_t object,
                                      const std::string &name)
  {
    return read_scalar_attribute<std::int64_t>(object, name, H5T_INTEGER,
                                               H5T_NATIVE_INT64);
  }

  void write_text(const hid_t location, const std::string &path,
                  const std::string &text)
  {
    const Hdf5Handle type = text_type(text.size());
    const Hdf5Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
    const Hdf5Handle properties = without_times(H5P_DATASET_CREATE);
    const Hdf5Handle array(H5Dcreate2(location, path.c_str(), type, space,
                                      H5P_DEFAULT, properties, H5P_DEFAULT),
                           &H5Dclose);
    NODAL_HDF5(
        H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.c_str()));
  }

  std::string read_text(const hid_t location, const std::string &path)
  {
    const Hdf5Handle array = open_array(location, path);
    const Hdf5Handle type(H5Dget_type(array), &H5Tclose);
    if (!shape_of(array).empty())
      throw Hdf5Failure("a text has another shape");
    std::string text(text_length(type), '\0');
    NODAL_HDF5(H5Dread(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text[0]));
    return without_padding(text);
  }
} // namespace nodal
