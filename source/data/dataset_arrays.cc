// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/hash.h>

#include "dataset_file.h"
#include "hdf5_io.h"

#include <algorithm>
#include <limits>

namespace nodal
{
  unsigned int vertices_per_cell(const std::string &cell_type)
  {
    return cell_type == "triangle" ? 3 : cell_type == "hexahedron" ? 8 : 4;
  }

  unsigned int vertices_per_face(const std::string &cell_type)
  {
    return cell_type == "tetrahedron" ? 3 : cell_type == "hexahedron" ? 4 : 2;
  }

  std::vector<MeshArray> mesh_arrays(const MeshDescription &mesh,
                                     const unsigned int k,
                                     const std::int64_t version)
  {
    const std::string group = "/meshes/" + std::to_string(k) + "/";
    std::vector<MeshArray> arrays;
    for_mesh_arrays(
        mesh,
        [&](const char *name, const StoredType type, const auto &values,
            const hsize_t width, const std::int64_t since)
        {
          if (since > version)
            return;
          std::vector<hsize_t> shape = {values.size() / width};
          if (width > 1)
            shape.push_back(width);
          arrays.push_back({group + name, type, shape, values.data(),
                            values.size() * sizeof(values[0])});
        });
    return arrays;
  }

  std::string hash_of(const std::vector<MeshArray> &arrays)
  {
    Fnv1a<std::uint64_t> hash;
    for (const MeshArray &array : arrays)
      hash.add(array.data, array.bytes);
    return hash.word();
  }

  std::size_t size_of(const StoredType type)
  {
    return H5Tget_size(memory_type(type));
  }

  const void *nan_of(const StoredType type)
  {
    static const double nan = std::numeric_limits<double>::quiet_NaN();
    static const float single_nan = std::numeric_limits<float>::quiet_NaN();
    switch (type)
    {
    case StoredType::float64:
      return &nan;
    case StoredType::float32:
      return &single_nan;
    default:
      return nullptr;
    }
  }

  std::uint64_t n_sites(const FieldDescription &field,
                        const MeshDescription &mesh)
  {
    switch (field.location)
    {
    case Location::node:
      return mesh.n_nodes();
    case Location::cell:
      return mesh.n_cells;
    case Location::boundary:
      return mesh.boundary_nodes.size();
    default:
      return 1;
    }
  }

  std::vector<SampleArray> sample_arrays(const DatasetLayout &layout)
  {
    std::vector<SampleArray> arrays;
    const auto add = [&](const std::string &group,
                         const std::vector<FieldDescription> &fields)
    {
      for (const FieldDescription &field : fields)
      {
        SampleArray array;
        array.path = group + field.name;
        array.type =
            layout.single_precision ? StoredType::float32 : StoredType::float64;
        array.n_sites = n_sites(field, layout.mesh);
        array.n_components = field.n_components;
        arrays.push_back(array);
      }
    };
    add("/inputs/", layout.inputs);
    add("/outputs/", layout.outputs);
    const auto add_number = [&](const std::string &name, const StoredType type)
    {
      SampleArray array;
      array.path = "/certificate/" + name;
      array.type = type;
      arrays.push_back(array);
    };
    add_number("iterations", StoredType::uint32);
    add_number("seconds", StoredType::float64);
    add_number("checksum", StoredType::uint64);
    add_number("true_residual", StoredType::float64);
    add_number("status", StoredType::int8);
    return arrays;
  }

  std::vector<hsize_t> shape_in_file(const SampleArray &array,
                                     const hsize_t n_samples)
  {
    std::vector<hsize_t> result = {n_samples};
    if (array.n_sites > 0)
      result.push_back(array.n_sites);
    if (array.n_components > 1)
      result.push_back(array.n_components);
    return result;
  }

  std::uint64_t offset_of(const hid_t array)
  {
    const haddr_t offset = H5Dget_offset(array);
    if (offset == HADDR_UNDEF)
      throw Hdf5Failure("an array has no contiguous place in the file");
    return offset;
  }
} // namespace nodal
