// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_coarse_model_h
#define nodal_couple_coarse_model_h

#include <nodal/couple/dense_network.h>

#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// What a model folder says of a coarse basis besides its weights.
  struct CoarseModelDescription
  {
    unsigned int dim = 2;
    unsigned int n_columns = 3;        ///< besides the constant
    std::string problem;               ///< of the samples
    std::vector<std::string> datasets; ///< their hashes
    double threshold = 0.25; ///< of the aggregates trained on, for people
    /// Mean share of the snapshots in the samples kept back that the columns
    /// miss, with the constant taken out; the same of the columns 'quadratic'
    /// and 'linear' and of the best combinations that there are.
    double validation_error = 0, quadratic_error = 0, linear_error = 0,
           best_error = 0;
    std::map<std::string, std::string> versions;
  };

  /**
   * A network that sees an aggregate of a matrix (AggregateFeatures) and gives
   * the combinations of its quadratic polynomials (LocalFrames) that are its
   * columns of a coarse space. A folder holds it: model.json and weights.pt,
   * see docs/formats.md.
   */
  class CoarseModel
  {
  public:
    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged or describes another kind of model.
    static CoarseModel read(const std::string &folder);

    /// Write @p folder, each file under a temporary name and then renamed.
    /// Throws NumericalFailure if that fails.
    void write(const std::string &folder) const;

    CoarseModelDescription description;
    /// From the features of an aggregate to its combinations, by column and
    /// term.
    DenseNetwork network;
  };
} // namespace nodal

#endif
