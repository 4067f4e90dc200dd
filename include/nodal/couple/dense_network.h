// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_dense_network_h
#define nodal_couple_dense_network_h

#include <cstddef>
#include <string>
#include <vector>

namespace nodal
{
  /// Dense layers that map the features of a thing to numbers for it, for many
  /// things at once.
  class DenseNetwork
  {
  public:
    /// All but the last are followed by max(0, ·).
    struct Layer
    {
      unsigned int n_in = 0, n_out = 0;
      std::vector<float> weights; ///< n_out × n_in
      std::vector<float> biases;
    };

    /// Outputs for @p n things with @p features each, one after the other.
    std::vector<float> evaluate(const std::vector<float> &features,
                                std::size_t n) const;

    /// Read @p file. Throws BadInput, with a sentence, if it is missing or
    /// damaged, or not of so many features and outputs.
    static DenseNetwork read(const std::string &file, std::size_t n_features,
                             std::size_t n_outputs);

    /// Write @p file under a temporary name that is then changed. Throws
    /// NumericalFailure if that fails.
    void write(const std::string &file) const;

    /// Normalised features beyond this are unlike all that was trained on,
    /// and cut off.
    static constexpr float feature_limit = 5;

    std::vector<float> feature_mean, feature_scale;
    std::vector<Layer> layers;
  };
} // namespace nodal

#endif
