// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_node_network_h
#define nodal_source_couple_node_network_h

#include "local_averages.h"

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nodal
{
  /// The sizes of a NodeNetwork.
  struct NodeNetworkShape
  {
    unsigned int n_in = 1, n_out = 1; ///< channels at each node
    unsigned int width = 32;          ///< channels of hidden layers
    unsigned int n_layers = 2;        ///< convolutions
    unsigned int n_memory = 16;       ///< channels that are kept between calls
    unsigned int n_coordinates = 1;
    unsigned int n_places = 5; ///< of kernels, in each direction
  };

  /**
   * Convolutions on nodes that may be anywhere. Each makes two channels for
   * one, p ⊙ silu(q), so that what is remembered and what is seen can be
   * multiplied, as covariances and innovations are; memory is kept through a
   * gate (Cho and others, EMNLP 2014). The output is zero at first.
   */
  class NodeNetwork : public torch::nn::Module
  {
  public:
    explicit NodeNetwork(const NodeNetworkShape &shape);
    ~NodeNetwork() override;

    torch::Tensor no_memory(std::int64_t n_nodes, std::int64_t n_rows) const;

    /// From @p features, n_nodes × B × n_in and of order one, and @p memory,
    /// that of the last call or no_memory(): n_nodes × B × n_out, and the next
    /// memory.
    std::pair<torch::Tensor, torch::Tensor>
    evaluate(const std::shared_ptr<const LocalAverages> &averages,
             const torch::Tensor &features, const torch::Tensor &memory);

    /// The same for one row at each node, without gradients and by kernels of
    /// our own: @p features, n_nodes × n_in, to @p result, n_nodes × n_out;
    /// @p memory, n_nodes × n_memory, becomes the next one.
    void evaluate_rows(const LocalAverages &averages,
                       const std::vector<float> &features, float *memory,
                       std::vector<float> &result);

  private:
    /// A linear layer as the kernels read it.
    struct RowLayer;

    /// Those of all, made anew if a weight has changed.
    void update_rows();

    const NodeNetworkShape shape;
    std::vector<torch::nn::Linear> convolutions;
    torch::nn::Linear output = nullptr, gate = nullptr;

    /// The halves of each convolution; output; and the halves of the gate.
    std::vector<RowLayer> rows;
    std::vector<std::uint32_t> versions;           ///< of the weights in `rows`
    std::vector<float> in, wide, first, second, x; ///< for evaluate_rows()
  };

  /// A word for the weights of @p module.
  std::uint32_t hash_of_weights(const torch::nn::Module &module);

  /// True if @p tensor can be a copy of @p like, of its shape.
  bool fits(const torch::Tensor &tensor, const torch::Tensor &like);

  /// Give @p module the weights in @p file. Throws BadInput if it is missing,
  /// damaged, or of another module.
  void read_weights(torch::nn::Module &module, const std::string &file);

  /// Write @p file under a temporary name that is then changed. Throws
  /// NumericalFailure if that fails.
  void write_weights(const torch::nn::Module &module, const std::string &file);
} // namespace nodal

#endif
