// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_corrector_network_h
#define nodal_source_couple_corrector_network_h

#include "node_network.h"

#include <nodal/couple/corrector.h>

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace nodal
{
  /// The network of a Corrector.
  class CorrectorNetwork : public NodeNetwork
  {
  public:
    /// What is seen at each node, by columns: the forecast, the innovation and
    /// the weight of what is measured there; and of ensembles, how far the
    /// member is from the mean and the root mean square of that.
    enum Seen
    {
      forecast,
      innovation,
      weight,
      deviation,
      spread,
      n_seen
    };

    explicit CorrectorNetwork(const CorrectorDescription &description);

    struct Result
    {
      torch::Tensor increments, ///< n_nodes × B
          memory;               ///< n_nodes × B × n_memory
    };

    /// From @p seen, n_nodes × B × n_seen in physical units, and @p memory,
    /// that of the last cycle or no_memory().
    Result forward(const std::shared_ptr<const LocalAverages> &averages,
                   const torch::Tensor &seen, const torch::Tensor &memory);

  private:
    const CorrectorDescription description;
    torch::Tensor gain; ///< the learned constant
  };
} // namespace nodal

#endif
