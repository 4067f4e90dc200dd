// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_file.h"
#include "hdf5_io.h"
#include "ragged_merge.h"
#include "sample_shard.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/data/dataset_reader.h>
#include <nodal/data/ragged_dataset.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <system_error>

namespace nodal
{
  namespace
  {
    namespace fs = std::filesystem;

    const std::string shard_suffix = ".shard-";

    std::string shard_name(const std::string &file, const unsigned int k)
    {
      return file + shard_suffix + std::to_string(k);
    }

    /// The numbers of the shards of @p file that are there.
    std::set<unsigned int> find_shards(const std::string &file)
    {
      std::set<unsigned int> result;
      const fs::path path(file);
      const std::string start = path.filename().string() + shard_suffix;
      std::error_code ignored;
      const fs::path folder =
          path.has_parent_path() ? path.parent_path() : fs::path(".");
      for (const auto &entry : fs::directory_iterator(folder, ignored))
      {
        const std::string name = entry.path().filename().string();
        if (name.rfind(start, 0) != 0)
          continue;
        const std::string digits = name.substr(start.size());
        if (!digits.empty() && digits.size() < 10 &&
            std::all_of(digits.begin(), digits.end(),
                        [](const unsigned char c) { return std::isdigit(c); }))
          result.insert(std::stoul(digits));
      }
      return result;
    }

    /// Where a sample is; certified ones are preferred.
    struct Place
    {
      SampleStatus status = SampleStatus::pending;
      int shard = -1; ///< -1: in the data set itself
      std::uint64_t offset = 0;
    };

    bool all_finite(const RaggedSample &sample)
    {
      for (const auto *fields : {&sample.inputs, &sample.outputs})
        for (const auto &[name, values] : *fields)
          for (const double x : values)
            if (!std::isfinite(x))
              return false;
      return true;
    }

    /// The fields of @p layout as text: shards of others do not fit.
    std::string describe(const DatasetLayout &layout)
    {
      std::string text = layout.problem;
      for (const auto *fields : {&layout.inputs, &layout.outputs})
        for (const FieldDescription &field : *fields)
          text += "\n" + field.name + ", " + to_string(field.role) + ", " +
                  to_string(field.location) + ", " + field.unit + ", " +
                  std::to_string(field.n_components);
      return text;
    }
  } // namespace

  struct RaggedDataset::Implementation
  {
    Implementation(const std::string &file, const DatasetLayout &layout,
                   MPI_Comm writers)
        : name(file), layout(layout), writers(writers),
          places(layout.n_samples),
          status(layout.n_samples, SampleStatus::pending)
    {
      silence_hdf5();
    }

    [[noreturn]] void refuse(const std::string &file,
                             const std::string &what) const
    {
      throw BadInput("The data set '" + file + "' " + what +
                         "; delete it or choose another Dataset/File.",
                     "Dataset/File");
    }

    std::string header() const
    {
      return layout.identity + '\0' + describe(layout);
    }

    void check_header(const std::string &file, const std::string &found) const
    {
      if (found == header())
        return;
      if (found.empty())
        refuse(file, "is damaged");
      compare_identity(file, layout.identity,
                       found.substr(0, found.find('\0')));
      refuse(file, "holds other fields");
    }

    void note(const unsigned int id, const Place &place)
    {
      if (places[id].status != SampleStatus::certified)
        places[id] = place;
    }

    /// Note the samples of shard @p k.
    void scan(const unsigned int k)
    {
      const std::string file = shard_name(name, k);
      try
      {
        const std::string found = read_shard(
            file,
            [&](const std::string &record, const std::uint64_t offset)
            {
              RaggedSample sample;
              if (!unpack(record, layout, sample))
                return;
              const Certificate &certificate = sample.certificate;
              // Written so that a residual of NaN does not count.
              if (certificate.status == SampleStatus::certified &&
                  !(certificate.true_residual <= layout.tolerance &&
                    all_finite(sample)))
                return;
              note(sample.id, {certificate.status, int(k), offset});
            });
        check_header(file, found);
      }
      catch (const std::system_error &error)
      {
        refuse(file, "cannot be read (" + error.code().message() + ")");
      }
    }

    /// Note the samples of the data set itself.
    void scan_merged()
    {
      reader = std::make_unique<DatasetReader>(name);
      compare_identity(name, layout.identity, reader->identity());
      if (reader->n_samples() != layout.n_samples ||
          reader->n_meshes() != layout.n_samples)
        refuse(name, "holds other samples");
      for (unsigned int i = 0; i < layout.n_samples; ++i)
        note(i, {SampleStatus::failed, -1, 0});
      for (const unsigned int i : reader->certified())
        note(i, {SampleStatus::certified, -1, 0});
    }

    void scan_all()
    {
      if (fs::exists(name))
        scan_merged();
      for (const unsigned int k : find_shards(name))
        scan(k);
    }

    /// What rank 0 found on all.
    void share_status()
    {
      std::vector<int> found;
      for (const Place &place : places)
        found.push_back(int(place.status));
      MPI_Bcast(found.data(), found.size(), MPI_INT, 0, writers);
      for (unsigned int i = 0; i < found.size(); ++i)
        status[i] = SampleStatus(found[i]);
      const std::set<unsigned int> shards = find_shards(name);
      first_shard = shards.empty() ? 0 : *shards.rbegin() + 1;
      MPI_Bcast(&first_shard, 1, MPI_UNSIGNED, 0, writers);
    }

    void check_range(const RaggedSample &sample) const
    {
      if (!layout.single_precision)
        return;
      for (const auto *fields : {&sample.inputs, &sample.outputs})
        for (const auto &[field, values] : *fields)
          for (const double x : values)
            if (std::isfinite(x) &&
                std::abs(x) > std::numeric_limits<float>::max())
              throw NumericalFailure(
                  "A value of " + field + " in sample " +
                  std::to_string(sample.id) +
                  " is too large for single precision; store the data set in "
                  "double precision.");
    }

    void write(const RaggedSample &sample)
    {
      if (sample.certificate.status == SampleStatus::certified &&
          !(sample.certificate.true_residual <= layout.tolerance))
        throw std::logic_error("A sample was to be certified with a true "
                               "residual above the tolerance.");
      check_range(sample);
      const std::string file = shard_name(name, first_shard + rank_of(writers));
      try
      {
        if (!shard.is_open())
          shard.create(file, header());
        shard.append(pack(sample, layout));
      }
      catch (const std::system_error &error)
      {
        throw NumericalFailure("Sample " + std::to_string(sample.id) +
                               " could not be written to '" + file + "' (" +
                               error.code().message() +
                               "); make room and go on with --resume.");
      }
    }

    RaggedSample load_merged(const unsigned int id) const
    {
      RaggedSample sample;
      sample.id = id;
      sample.mesh = reader->mesh(reader->mesh_of(id));
      for (const FieldDescription &field : layout.inputs)
        sample.inputs[field.name] = reader->input(field.name, id);
      for (const FieldDescription &field : layout.outputs)
        sample.outputs[field.name] = reader->output(field.name, id);
      sample.certificate = reader->certificate(id);
      return sample;
    }

    RaggedSample load(const unsigned int id) const
    {
      const Place &place = places[id];
      if (place.status == SampleStatus::pending)
        throw std::logic_error("Sample " + std::to_string(id) +
                               " has not been written.");
      if (place.shard < 0)
        return load_merged(id);
      RaggedSample sample;
      if (!unpack(read_record(shard_name(name, place.shard), place.offset),
                  layout, sample))
        throw std::system_error(EIO, std::generic_category());
      return sample;
    }

    /// On rank 0.
    void merge()
    {
      const std::string part = name + ".part";
      const auto fail = [&](const std::string &reason)
      {
        std::error_code ignored;
        fs::remove(part, ignored);
        throw NumericalFailure("The samples could not be merged into '" + name +
                               "' (" + reason +
                               "); make room and go on with --resume.");
      };
      try
      {
        const std::set<unsigned int> shards = find_shards(name);
        for (const unsigned int k : shards)
          scan(k);
        merge_samples(part, layout,
                      [this](const unsigned int id) { return load(id); });
        reader.reset();
        fs::rename(part, name);
        for (const unsigned int k : shards)
          fs::remove(shard_name(name, k));
      }
      catch (const std::system_error &error)
      {
        fail(error.code().message());
      }
      catch (const Hdf5Failure &failure)
      {
        fail(failure.what());
      }
    }

    void close_shard()
    {
      try
      {
        shard.flush();
        shard.close();
      }
      catch (const std::system_error &error)
      {
        throw NumericalFailure(
            "A shard of the data set '" + name + "' could not be closed (" +
            error.code().message() + "); make room and go on with --resume.");
      }
    }

    const std::string name;
    const DatasetLayout layout;
    const MPI_Comm writers;
    std::vector<Place> places; ///< on rank 0
    std::vector<SampleStatus> status;
    unsigned int first_shard = 0; ///< that of rank 0
    ShardWriter shard;
    std::unique_ptr<DatasetReader> reader; ///< of a set that was merged before
  };

  bool RaggedDataset::exists(const std::string &file)
  {
    return fs::exists(file) || !find_shards(file).empty();
  }

  RaggedDataset::RaggedDataset(const std::string &file,
                               const DatasetLayout &layout, const bool resume,
                               MPI_Comm writers)
      : implementation(std::make_unique<Implementation>(file, layout, writers))
  {
    agree(writers,
          [&]
          {
            if (rank_of(writers) != 0)
              return;
            if (!resume && exists(file))
              throw BadInput("The data set '" + file +
                                 "' exists already, or was begun; continue it "
                                 "with --resume or choose another "
                                 "Dataset/File.",
                             "Dataset/File");
            implementation->scan_all();
          });
    implementation->share_status();
  }

  RaggedDataset::~RaggedDataset() = default;

  const std::vector<SampleStatus> &RaggedDataset::status() const
  {
    return implementation->status;
  }

  void RaggedDataset::write(const RaggedSample &sample)
  {
    implementation->write(sample);
  }

  void RaggedDataset::finish()
  {
    close();
    agree(implementation->writers,
          [&]
          {
            if (rank_of(implementation->writers) == 0 &&
                !find_shards(implementation->name).empty())
              implementation->merge();
          });
  }

  void RaggedDataset::close()
  {
    agree(implementation->writers, [&] { implementation->close_shard(); });
  }
} // namespace nodal
