// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"
#include "hdf5_io.h"

#include <numeric>

namespace nodal
{
  namespace
  {
    /// One mesh serves all samples: every row has the same length.
    void write_samples(const hid_t file, const DatasetLayout &layout)
    {
      const hsize_t n = layout.n_samples;
      create_group(file, "/samples");
      std::vector<std::int64_t> id(n), offset;
      std::iota(id.begin(), id.end(), 0);
      write_array(file, "/samples/id", StoredType::int64, {n}, id.data());
      const std::vector<std::int32_t> mesh(n, 0);
      write_array(file, "/samples/mesh", StoredType::int32, {n}, mesh.data());
      for (hsize_t i = 0; i <= n; ++i)
        for (const std::size_t n_sites :
             {layout.mesh.n_nodes(), layout.mesh.n_cells,
              layout.mesh.boundary_nodes.size()})
          offset.push_back(i * n_sites);
      write_array(file, "/samples/offset", StoredType::int64, {n + 1, 3},
                  offset.data());
      write_attribute(open_array(file, "/samples/offset"), "columns",
                      "node cell boundary");
    }

    void make_sample_arrays(const hid_t file, const DatasetLayout &layout,
                            std::vector<SampleArray> &arrays)
    {
      for (const char *group : {"/inputs", "/outputs", "/certificate"})
        create_group(file, group);
      std::vector<FieldDescription> fields = layout.inputs;
      fields.insert(fields.end(), layout.outputs.begin(), layout.outputs.end());
      for (unsigned int i = 0; i < arrays.size(); ++i)
      {
        const Hdf5Handle array = create_array(
            file, arrays[i].path, arrays[i].type,
            shape_in_file(arrays[i], layout.n_samples), nan_of(arrays[i].type));
        if (i < fields.size())
          describe_field(array, fields[i],
                         i < layout.inputs.size() ? i
                                                  : i - layout.inputs.size());
        if (arrays[i].row_bytes() > 0)
          arrays[i].offset = offset_of(array);
      }
    }
  } // namespace

  void write_mesh(const hid_t file, const MeshDescription &mesh,
                  const unsigned int k)
  {
    const std::vector<MeshArray> arrays = mesh_arrays(mesh, k);
    const std::string path = "/meshes/" + std::to_string(k);
    const Hdf5Handle group = create_group(file, path);
    write_attribute(group, "dim", std::int64_t(mesh.dim));
    write_attribute(group, "hash", hash_of(arrays));
    const Hdf5Handle space = create_group(file, path + "/space");
    write_attribute(space, "degree", std::int64_t(mesh.degree));
    for (const MeshArray &array : arrays)
      write_array(file, array.path, array.type, array.shape, array.data);
    write_attribute(open_array(file, path + "/cells"), "cell_type",
                    mesh.cell_type);
  }

  void describe_field(const hid_t array, const FieldDescription &field,
                      const unsigned int number)
  {
    write_attribute(array, "number", std::int64_t(number));
    write_attribute(array, "role", to_string(field.role));
    write_attribute(array, "location", to_string(field.location));
    write_attribute(array, "unit", field.unit);
    write_attribute(array, "n_components", std::int64_t(field.n_components));
    write_attribute(array, "positive", std::int64_t(field.is_positive));
  }

  void write_array(const hid_t file, const std::string &path,
                   const StoredType type, const std::vector<hsize_t> &shape,
                   const void *data)
  {
    const Hdf5Handle array = create_array(file, path, type, shape);
    NODAL_HDF5(H5Dwrite(array, memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                        data));
  }

  Hdf5Handle begin_dataset_file(const std::string &name,
                                const DatasetLayout &layout,
                                const std::string &rows)
  {
    // The format of HDF5 1.8 has checksums on all metadata, so that damage is
    // found by the library.
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
    NODAL_HDF5(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST));
    const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), &H5Pclose);
    NODAL_HDF5(H5Pset_obj_track_times(creation, false));
    NODAL_HDF5(H5Pset_attr_phase_change(creation, 1000, 0));
    Hdf5Handle file(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation, access),
                    &H5Fclose);

    const Hdf5Handle root = open_group(file, "/");
    write_attribute(root, "format", "nodal dataset");
    write_attribute(root, "version", dataset_format_version);
    write_attribute(root, "problem", layout.problem);
    write_attribute(root, "seed", std::int64_t(layout.seed));
    write_attribute(root, "n_samples", std::int64_t(layout.n_samples));
    write_attribute(root, "tolerance", layout.tolerance);
    write_attribute(root, "rows", rows);
    for (const auto &[key, text] : layout.attributes)
      write_attribute(root, key, text);
    write_text(file, "/parameters", layout.parameters);
    write_text(file, "/identity", layout.identity);
    return file;
  }

  void make_dataset_file(const std::string &name, const DatasetLayout &layout,
                         std::vector<SampleArray> &arrays)
  {
    Hdf5Handle file = begin_dataset_file(name, layout, "equal");
    create_group(file, "/meshes");
    write_mesh(file, layout.mesh, 0);
    write_samples(file, layout);
    make_sample_arrays(file, layout, arrays);
    file.reset();
  }
} // namespace nodal
