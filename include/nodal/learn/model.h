// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_model_h
#define nodal_learn_model_h

#include <nodal/learn/neural_operator.h>
#include <nodal/learn/sample_set.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// What a model folder says of a model besides its weights.
  struct ModelDescription
  {
    std::string operator_name;
    std::map<std::string, std::string> parameters; ///< of the operator
    OperatorShape shape;
    Normalizer normalizer;
    std::string problem;
    std::vector<std::string> coefficients, sources, outputs; ///< field names
    std::vector<std::string> datasets; ///< hashes of the data sets
    unsigned int coarsest_size = 0;    ///< of graphs
    std::string precision;             ///< "single" or "double"
    std::map<std::string, std::string> versions;
    double validation_error = 0;
  };

  /**
   * A trained operator in a folder: model.json, which describes it, and
   * weights.pt, the weights by name, which torch.jit.load reads in Python. See
   * docs/formats.md.
   */
  struct Model
  {
    ModelDescription description;
    std::unique_ptr<NeuralOperator> network;

    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged, or the operator is not known to this program.
    static Model read(const std::string &folder);

    /// Throws BadInput if samples of @p data are not what the model takes.
    void check(const SampleSet &data) const;
  };

  /// Write @p folder, each file under a temporary name and then renamed.
  /// Throws NumericalFailure if that fails.
  void write_model(const std::string &folder,
                   const ModelDescription &description,
                   const NeuralOperator &network);

  /// A file of named tensors. Reading throws BadInput for a file that is
  /// missing or damaged.
  void write_tensors(const std::string &file, const Weights &tensors);
  Weights read_tensors(const std::string &file);
} // namespace nodal

#endif
