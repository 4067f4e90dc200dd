// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dataset_contents.h"

namespace nodal
{
  DatasetReader::DatasetReader(const std::string &file)
  {
    try
    {
      implementation = std::make_unique<Implementation>(file);
    }
    catch (const Hdf5Failure &failure)
    {
      throw BadInput("The data set '" + file + "' is damaged (" +
                     failure.what() + "); make it again.");
    }
  }

  DatasetReader::~DatasetReader() = default;

  const std::string &DatasetReader::file() const
  {
    return implementation->name;
  }

  unsigned int DatasetReader::dim() const
  {
    return implementation->dim;
  }

  std::string DatasetReader::problem() const
  {
    return implementation->problem;
  }

  std::uint64_t DatasetReader::seed() const
  {
    return implementation->seed;
  }

  double DatasetReader::tolerance() const
  {
    return implementation->tolerance;
  }

  std::string DatasetReader::identity() const
  {
    return implementation->identity;
  }

  std::string DatasetReader::parameters() const
  {
    return implementation->parameters;
  }

  std::string DatasetReader::hash() const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&]
        {
          std::string text = self.identity;
          for (unsigned int k = 0; k < self.n_meshes; ++k)
            text += read_text_attribute(
                open_group(self.file, "/meshes/" + std::to_string(k)), "hash");
          return hash_of(
              {{"", StoredType::int8, {}, text.data(), text.size()}});
        });
  }

  const std::vector<FieldDescription> &DatasetReader::inputs() const
  {
    return implementation->inputs;
  }

  const std::vector<FieldDescription> &DatasetReader::outputs() const
  {
    return implementation->outputs;
  }

  unsigned int DatasetReader::n_samples() const
  {
    return implementation->n_samples;
  }

  unsigned int DatasetReader::n_meshes() const
  {
    return implementation->n_meshes;
  }

  unsigned int DatasetReader::mesh_of(const unsigned int sample) const
  {
    implementation->check_sample(sample);
    return implementation->mesh_of[sample];
  }

  Certificate DatasetReader::certificate(const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    self.check_sample(sample);
    Certificate certificate;
    certificate.true_residual = self.residual[sample];
    certificate.iterations = self.iterations[sample];
    certificate.seconds = self.seconds[sample];
    certificate.status = SampleStatus(self.status[sample]);
    return certificate;
  }

  std::vector<unsigned int> DatasetReader::certified() const
  {
    return implementation->guard([&]
                                 { return implementation->find_certified(); });
  }

  MeshDescription DatasetReader::mesh(const unsigned int k) const
  {
    if (k >= implementation->n_meshes)
      throw std::logic_error("The data set '" + file() + "' has no mesh " +
                             std::to_string(k) + ".");
    return implementation->guard([&] { return implementation->read_mesh(k); });
  }

  std::vector<double> DatasetReader::input(const std::string &name,
                                           const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&] {
          return self.row(self.find(self.inputs, name, sample), true, sample);
        });
  }

  std::vector<double> DatasetReader::output(const std::string &name,
                                            const unsigned int sample) const
  {
    const Implementation &self = *implementation;
    return self.guard(
        [&] {
          return self.row(self.find(self.outputs, name, sample), false, sample);
        });
  }

  std::vector<double>
  DatasetReader::boundary_values(const unsigned int sample) const
  {
    return implementation->guard(
        [&] { return implementation->boundary_values(sample); });
  }
} // namespace nodal
