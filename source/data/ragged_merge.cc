// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ragged_merge.h"
#include "dataset_file.h"
#include "hdf5_io.h"
#include "row_checksum.h"
#include "row_file.h"

#include <numeric>

namespace nodal
{
  namespace
  {
    /// Writes the rows of samples into arrays that hold them one after the
    /// other.
    class RaggedWriter
    {
    public:
      RaggedWriter(const std::string &name, const DatasetLayout &layout,
                   const std::vector<std::int64_t> &offset)
          : layout(layout), offset(offset),
            file(begin_dataset_file(name, layout, "ragged"))
      {
        create_group(file, "/meshes");
        write_places();
        for (const char *group : {"/inputs", "/outputs", "/certificate"})
          create_group(file, group);
        for (const bool is_input : {true, false})
        {
          const auto &fields = is_input ? layout.inputs : layout.outputs;
          for (unsigned int i = 0; i < fields.size(); ++i)
            make_field(is_input, fields[i], i);
        }
      }

      void write(const RaggedSample &sample)
      {
        write_mesh(file, sample.mesh, sample.id);
        RowChecksum sum;
        for (const bool is_input : {true, false})
          for (const FieldDescription &field :
               is_input ? layout.inputs : layout.outputs)
          {
            const std::vector<double> &values =
                (is_input ? sample.inputs : sample.outputs).at(field.name);
            if (layout.single_precision)
              write_row(is_input, field, sample.id,
                        std::vector<float>(values.begin(), values.end()), sum);
            else
              write_row(is_input, field, sample.id, values, sum);
          }
        const Certificate &certificate = sample.certificate;
        iterations.push_back(certificate.iterations);
        seconds.push_back(certificate.seconds);
        checksum.push_back(sum.value());
        residual.push_back(certificate.true_residual);
        status.push_back(std::int8_t(certificate.status));
      }

      /// Write what is known of all samples, and close the file.
      void finish()
      {
        const auto put = [&](const std::string &name, const StoredType type,
                             const auto &values)
        {
          write_array(file, "/certificate/" + name, type, {values.size()},
                      values.data());
        };
        put("iterations", StoredType::uint32, iterations);
        put("seconds", StoredType::float64, seconds);
        put("checksum", StoredType::uint64, checksum);
        put("true_residual", StoredType::float64, residual);
        put("status", StoredType::int8, status);
        file.reset();
      }

    private:
      void write_places()
      {
        const hsize_t n = layout.n_samples;
        create_group(file, "/samples");
        std::vector<std::int64_t> id(n);
        std::iota(id.begin(), id.end(), 0);
        write_array(file, "/samples/id", StoredType::int64, {n}, id.data());
        const std::vector<std::int32_t> mesh(id.begin(), id.end());
        write_array(file, "/samples/mesh", StoredType::int32, {n}, mesh.data());
        write_array(file, "/samples/offset", StoredType::int64, {n + 1, 3},
                    offset.data());
        write_attribute(open_array(file, "/samples/offset"), "columns",
                        "node cell boundary");
      }

      std::string path(const bool is_input, const FieldDescription &field) const
      {
        return (is_input ? "/inputs/" : "/outputs/") + field.name;
      }

      /// Site at which the values of @p sample begin.
      hsize_t begin(const FieldDescription &field, const unsigned int sample)
      {
        switch (field.location)
        {
        case Location::node:
          return offset[3 * sample];
        case Location::cell:
          return offset[3 * sample + 1];
        case Location::boundary:
          return offset[3 * sample + 2];
        default:
          return sample;
        }
      }

      StoredType type() const
      {
        return layout.single_precision ? StoredType::float32
                                       : StoredType::float64;
      }

      void make_field(const bool is_input, const FieldDescription &field,
                      const unsigned int number)
      {
        std::vector<hsize_t> shape = {begin(field, layout.n_samples)};
        if (field.n_components > 1)
          shape.push_back(field.n_components);
        describe_field(create_array(file, path(is_input, field), type(), shape,
                                    nan_of(type())),
                       field, number);
      }

      template <class Number>
      void write_row(const bool is_input, const FieldDescription &field,
                     const unsigned int sample,
                     const std::vector<Number> &values, RowChecksum &sum)
      {
        sum.add(values);
        if (values.empty())
          return;
        const Hdf5Handle array = open_array(file, path(is_input, field));
        const Hdf5Handle space(H5Dget_space(array), &H5Sclose);
        const hsize_t size = values.size();
        const hsize_t start[2] = {begin(field, sample), 0};
        const hsize_t count[2] = {size / field.n_components,
                                  field.n_components};
        NODAL_HDF5(H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr,
                                       count, nullptr));
        const Hdf5Handle memory(H5Screate_simple(1, &size, nullptr), &H5Sclose);
        NODAL_HDF5(H5Dwrite(array, memory_type(type()), memory, space,
                            H5P_DEFAULT, values.data()));
      }

      const DatasetLayout &layout;
      const std::vector<std::int64_t> &offset;
      Hdf5Handle file;
      std::vector<std::uint32_t> iterations;
      std::vector<double> seconds, residual;
      std::vector<std::uint64_t> checksum;
      std::vector<std::int8_t> status;
    };

    /// Bytes of a sample in the file, rounded up.
    std::uint64_t bytes_of_sample(const RaggedSample &sample)
    {
      std::uint64_t sum = 10000;
      for (const MeshArray &array : mesh_arrays(sample.mesh))
        sum += array.bytes;
      for (const auto *fields : {&sample.inputs, &sample.outputs})
        for (const auto &[name, values] : *fields)
          sum += values.size() * sizeof(double);
      return sum;
    }
  } // namespace

  void merge_samples(const std::string &name, const DatasetLayout &layout,
                     const std::function<RaggedSample(unsigned int)> &load)
  {
    std::vector<std::int64_t> offset(3, 0);
    std::uint64_t bytes =
        100000 + layout.parameters.size() + layout.identity.size();
    for (unsigned int i = 0; i < layout.n_samples; ++i)
    {
      const RaggedSample sample = load(i);
      bytes += bytes_of_sample(sample);
      for (const std::size_t n_sites :
           {sample.mesh.n_nodes(), sample.mesh.n_cells,
            sample.mesh.boundary_nodes.size()})
        offset.push_back(offset[offset.size() - 3] + n_sites);
    }
    // HDF5 1.10 crashes at the end of the program after it ran out of space,
    // so it does not get that far.
    probe_space(name, bytes);
    RaggedWriter writer(name, layout, offset);
    for (unsigned int i = 0; i < layout.n_samples; ++i)
      writer.write(load(i));
    writer.finish();
    RowFile file;
    file.open(name);
    file.flush();
    file.close();
  }
} // namespace nodal
