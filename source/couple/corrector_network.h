// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_corrector_network_h
#define nodal_source_couple_corrector_network_h

#include "local_averages.h"

#include <nodal/couple/corrector.h>

#include <torch/torch.h>

#include <memory>
#include <vector>

namespace nodal
{
  /**
   * The layers of a Corrector. Each convolution makes two channels for one,
   * p ⊙ silu(q), so that what is remembered and what is seen can be
   * multiplied, as covariances and innovations are; memory is kept through a
   * gate (Cho and others, EMNLP 2014).
   */
  class CorrectorNetwork : public torch::nn::Module
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

    torch::Tensor no_memory(std::int64_t n_nodes, std::int64_t n_rows) const;

  private:
    /// Of what is seen, all for ensembles only.
    unsigned int n_features() const
    {
      return description.n_members > 1 ? n_seen : deviation;
    }

    const CorrectorDescription description;
    std::vector<torch::nn::Linear> convolutions;
    torch::nn::Linear output = nullptr, gate = nullptr;
    torch::Tensor gain; ///< the learned constant
  };
} // namespace nodal

#endif
