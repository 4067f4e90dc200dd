// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_fsai_model_h
#define nodal_couple_fsai_model_h

#include <nodal/couple/dense_network.h>
#include <nodal/solver/fsai_weights.h>

#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /// What a model folder says of FsaiModel besides its weights.
  struct FsaiModelDescription
  {
    unsigned int n_levels = 0; ///< 1, or 0 for all
    /// Of what comes from a coarse level: to the first level, to others.
    std::vector<double> scales = {1, 1};
    std::string problem;               ///< of the samples
    std::vector<std::string> datasets; ///< their hashes
    /// Mean factor by which a step of conjugate gradients reduces the energy
    /// norm of the error, for the samples kept back, and the same with the
    /// weights 'constant'.
    double validation_error = 0, constant_error = 0;
    std::map<std::string, std::string> versions;
  };

  /**
   * A network that gives weights of preconditioner 'multilevel fsai' from what
   * surrounds a row (fsai_features): with one level factors for the entries of
   * G, else the smoothing of rows. All are bounded, so that the preconditioner
   * is positive definite whatever the network says.
   */
  class FsaiModel
  {
  public:
    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged or describes another kind of model.
    static FsaiModel read(const std::string &folder);

    /// Write @p folder, each file under a temporary name and then renamed.
    /// Throws NumericalFailure if that fails.
    void write(const std::string &folder) const;

    /// The weights of @p level; @p n_replaced rows of them are those of
    /// 'constant', as the network gave no numbers.
    FsaiWeights::OfLevel weigh(FsaiLevel &level,
                               unsigned int &n_replaced) const;

    /// From the network's number to a factor of an entry of G, e^(tanh x), and
    /// to the smoothing of a row, ½ e^(3/2 tanh x).
    static float factor_of(float x);
    static float smoothing_of(float x);

    FsaiModelDescription description;
    DenseNetwork network;
  };
} // namespace nodal

#endif
