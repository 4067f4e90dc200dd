// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_rows.h"
#include "hdf5_io.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>

#include <algorithm>
#include <cmath>
#include <system_error>

namespace nodal
{
  namespace
  {
    DatasetLayout without_mesh(DatasetLayout layout)
    {
      layout.mesh = MeshDescription();
      layout.parameters.clear();
      layout.identity.clear();
      return layout;
    }

    template <class Number>
    bool is_finite(const std::vector<Number> &values)
    {
      return std::all_of(values.begin(), values.end(),
                         [](const Number x) { return std::isfinite(x); });
    }
  } // namespace

  Dataset::Implementation::Implementation(const std::string &file,
                                          const DatasetLayout &layout,
                                          MPI_Comm writers)
      : name(file), writers(writers), layout(without_mesh(layout)),
        arrays(sample_arrays(layout)),
        status(layout.n_samples, SampleStatus::pending)
  {
    silence_hdf5();
  }

  void Dataset::Implementation::share(const MeshDescription &mesh)
  {
    const auto send = [&](std::vector<std::uint64_t> &numbers)
    { MPI_Bcast(numbers.data(), numbers.size(), MPI_UINT64_T, 0, writers); };
    std::vector<std::uint64_t> numbers;
    for (const SampleArray &array : arrays)
    {
      numbers.push_back(array.n_sites);
      numbers.push_back(array.offset);
    }
    numbers.push_back(mesh.dim == 0 ? 0 : mesh.n_nodes());
    numbers.push_back(mesh.boundary_nodes.size());
    send(numbers);
    for (unsigned int i = 0; i < arrays.size(); ++i)
    {
      arrays[i].n_sites = numbers[2 * i];
      arrays[i].offset = numbers[2 * i + 1];
    }
    n_nodes = numbers[2 * arrays.size()];
    boundary_nodes.assign(mesh.boundary_nodes.begin(),
                          mesh.boundary_nodes.end());
    boundary_nodes.resize(numbers.back());
    send(boundary_nodes);
  }

  void Dataset::Implementation::mark_share(const SampleArray &array) const
  {
    // What has no NaN is zero, as space in a new file is.
    const void *const nan = nan_of(array.type);
    if (!nan || array.row_length() == 0)
      return;
    const std::uint64_t rank = rank_of(writers), size = size_of(writers);
    for (std::uint64_t i = layout.n_samples * rank / size;
         i < layout.n_samples * (rank + 1) / size; ++i)
      file.write(nan, size_of(array.type),
                 array.offset + i * array.row_bytes());
  }

  void Dataset::Implementation::read_status()
  {
    const unsigned int n = layout.n_samples;
    std::vector<std::int8_t> stored(n);
    std::vector<double> residuals(n);
    const SampleArray *last = &arrays.back();
    file.read(stored.data(), n, last->offset);
    file.read(residuals.data(), n * sizeof(double), (last - 1)->offset);
    const unsigned int rank = rank_of(writers), size = size_of(writers);
    std::vector<int> found(n, 0);
    for (unsigned int i = rank; i < n; i += size)
    {
      if (stored[i] == int(SampleStatus::failed))
        found[i] = stored[i];
      // Written so that a residual of NaN does not count.
      if (stored[i] == int(SampleStatus::certified) &&
          residuals[i] <= layout.tolerance && is_whole(i))
        found[i] = stored[i];
    }
    MPI_Allreduce(MPI_IN_PLACE, found.data(), n, MPI_INT, MPI_MAX, writers);
    for (unsigned int i = 0; i < n; ++i)
      status[i] = SampleStatus(found[i]);
  }

  bool Dataset::Implementation::is_whole(const unsigned int sample) const
  {
    const unsigned int n_fields = layout.inputs.size() + layout.outputs.size();
    RowChecksum checksum;
    for (unsigned int i = 0; i < n_fields; ++i)
    {
      const SampleArray &array = arrays[i];
      const std::uint64_t place = array.offset + sample * array.row_bytes();
      std::vector<double> values(array.row_length());
      std::vector<float> single;
      if (layout.single_precision)
        single.resize(values.size());
      void *data = layout.single_precision ? (void *)single.data()
                                           : (void *)values.data();
      file.read(data, array.row_bytes(), place);
      if (!is_finite(values) || !is_finite(single))
        return false;
      layout.single_precision ? checksum.add(single) : checksum.add(values);
    }
    const SampleArray &checksums = arrays[arrays.size() - 3];
    std::uint64_t stored = 0;
    file.read(&stored, sizeof stored,
              checksums.offset + sample * sizeof stored);
    return stored == checksum.value();
  }

  void Dataset::Implementation::write_row(const SampleArray &array,
                                          const unsigned int sample,
                                          const std::vector<double> &values,
                                          RowChecksum &checksum)
  {
    const std::uint64_t place = array.offset + sample * array.row_bytes();
    const auto write = [&](const auto &stored)
    {
      checksum.add(stored);
      if (stored.empty())
        return;
      const std::uint64_t first = sizeof stored[0];
      file.write(stored.data() + 1, array.row_bytes() - first, place + first);
      file.write(stored.data(), first, place);
    };
    if (array.type == StoredType::float64)
      return write(values);
    const std::vector<float> single(values.begin(), values.end());
    if (is_finite(values) && !is_finite(single))
      throw NumericalFailure("A value of " + array.path + " in sample " +
                             std::to_string(sample) +
                             " is too large for single precision; store the "
                             "data set in double precision.");
    write(single);
  }

  template <class Number>
  void Dataset::Implementation::write_number(const SampleArray &array,
                                             const unsigned int sample,
                                             const Number value)
  {
    file.write(&value, sizeof value, array.offset + sample * sizeof value);
  }

  std::vector<double> Dataset::Implementation::row(
      const FieldDescription &field, const SampleArray &array,
      const std::map<std::string, std::vector<double>> &values) const
  {
    const auto found = values.find(field.name);
    if (found == values.end())
      throw std::logic_error("Field '" + field.name + "' was not given.");
    const std::vector<double> &given = found->second;
    const unsigned int n_components = field.n_components;
    if (field.location == Location::boundary &&
        given.size() == n_nodes * n_components)
    {
      std::vector<double> result;
      for (const std::uint64_t node : boundary_nodes)
        for (unsigned int c = 0; c < n_components; ++c)
          result.push_back(given[node * n_components + c]);
      return result;
    }
    if (given.size() != array.row_length())
      throw std::logic_error(
          "Field '" + field.name + "' has " + std::to_string(given.size()) +
          " values and its row " + std::to_string(array.row_length()) + ".");
    return given;
  }

  void Dataset::Implementation::unmark(const unsigned int sample)
  {
    write_number(arrays.back(), sample, std::int8_t(0));
    const unsigned int n_fields = layout.inputs.size() + layout.outputs.size();
    for (unsigned int i = 0; i < n_fields; ++i)
      if (arrays[i].row_length() > 0)
        file.write(nan_of(arrays[i].type), size_of(arrays[i].type),
                   arrays[i].offset + sample * arrays[i].row_bytes());
  }

  void Dataset::Implementation::write_in_order(
      const unsigned int sample,
      const std::map<std::string, std::vector<double>> &inputs,
      const std::map<std::string, std::vector<double>> &outputs,
      const Certificate &certificate)
  {
    const SampleArray *array = arrays.data();
    const SampleArray &status_array = arrays.back();
    RowChecksum checksum;
    if (is_resumed)
      unmark(sample);
    for (const FieldDescription &field : layout.inputs)
    {
      write_row(*array, sample, row(field, *array, inputs), checksum);
      ++array;
    }
    for (const FieldDescription &field : layout.outputs)
    {
      write_row(*array, sample, row(field, *array, outputs), checksum);
      ++array;
    }
    write_number(*array++, sample, std::uint32_t(certificate.iterations));
    write_number(*array++, sample, certificate.seconds);
    write_number(*array++, sample, checksum.value());
    write_number(*array++, sample, certificate.true_residual);
    write_number(status_array, sample, std::int8_t(certificate.status));
  }

  void Dataset::Implementation::write(
      const unsigned int sample,
      const std::map<std::string, std::vector<double>> &inputs,
      const std::map<std::string, std::vector<double>> &outputs,
      const Certificate &certificate)
  {
    if (sample >= layout.n_samples)
      throw std::logic_error("The data set has no sample " +
                             std::to_string(sample) + ".");
    if (certificate.status == SampleStatus::certified &&
        !(certificate.true_residual <= layout.tolerance))
      throw std::logic_error(
          "A sample was to be certified with a true residual above the "
          "tolerance.");
    try
    {
      write_in_order(sample, inputs, outputs, certificate);
    }
    catch (const std::system_error &error)
    {
      throw NumericalFailure("Sample " + std::to_string(sample) +
                             " could not be written to '" + name + "' (" +
                             error.code().message() +
                             "); make room and go on with --resume.");
    }
  }
} // namespace nodal
