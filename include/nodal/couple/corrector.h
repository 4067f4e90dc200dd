// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_corrector_h
#define nodal_couple_corrector_h

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace nodal
{
  class CorrectorNetwork;

  /// What a model folder says of a corrector besides its weights.
  struct CorrectorDescription
  {
    std::string problem;   ///< that it was trained on
    std::string setting;   ///< a word for all entries of problem and cycles
    std::string component; ///< that is measured and corrected
    unsigned int n_coordinates = 1;
    unsigned int n_members = 1;
    unsigned int width = 32;     ///< channels of hidden layers
    unsigned int n_layers = 2;   ///< convolutions
    unsigned int n_memory = 16;  ///< channels that are kept between analyses
    unsigned int n_places = 5;   ///< of kernels, in each direction
    double spacing = 1;          ///< between them
    double node_spacing = 1;     ///< of the nodes that were trained on
    double cycle = 1;            ///< time from one analysis to the next
    double deviation = 1;        ///< of the errors of observations
    double mean = 0, scale = 1;  ///< of states
    double validation_error = 0; ///< root mean square of the analysis
    std::map<std::string, std::string> versions;
  };

  /**
   * A network that corrects forecasts: from the forecast, what observations
   * differ from it, where there are some, and what it remembers of earlier
   * cycles, to an increment plus a learned gain times the innovation, as
   * observers for semilinear equations are (Singh and others). It is made of
   * convolutions on nodes that may be anywhere. A folder holds it: model.json
   * and weights.pt, see docs/formats.md.
   */
  class Corrector
  {
  public:
    /// A new one, whose weights follow from @p seed. At first it returns a
    /// constant share of the innovation.
    Corrector(const CorrectorDescription &description, unsigned int seed);

    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged or describes another kind of model.
    static Corrector read(const std::string &folder);

    /// Write @p folder, each file under a temporary name and then renamed.
    /// Throws NumericalFailure if that fails.
    void write(const std::string &folder) const;

    /// Of the weights.
    std::uint32_t hash() const;

    CorrectorDescription description;
    std::shared_ptr<CorrectorNetwork> network;
  };
} // namespace nodal

#endif
