// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_closure_network_h
#define nodal_source_couple_closure_network_h

#include "node_network.h"

#include <nodal/couple/closure_model.h>

namespace nodal
{
  /**
   * A NodeNetwork that sees the state, the term of the last step and what it
   * remembers: c = s · o + (a + p) ⊙ c_last with outputs o and p, scales s and
   * a learned constant a. In a run that follows known states the last term is
   * what the last step missed; so the same weights begin with what is known of
   * the small scales and go on without it.
   */
  class ClosureNetwork : public ClosureModel
  {
  public:
    static constexpr const char *name = "neural";

    /// Of the sizes "width", "layers" and "memory". Throws std::exception
    /// where they are missing or make no sense.
    explicit ClosureNetwork(const ClosureDescription &description);

    Result evaluate(const std::shared_ptr<const LocalAverages> &places,
                    const torch::Tensor &u, const torch::Tensor &last,
                    const torch::Tensor &memory) override;

    void advance(const std::shared_ptr<const LocalAverages> &places,
                 const std::vector<double> &u, std::vector<double> &last,
                 std::vector<float> &memory) override;

    torch::Tensor no_memory(const std::int64_t n_nodes,
                            const std::int64_t n_rows) const override
    {
      return network->no_memory(n_nodes, n_rows);
    }

    bool has_memory() const override
    {
      return n_memory > 0;
    }

    std::vector<torch::Tensor> parameters() const override
    {
      return network->parameters();
    }

    std::uint32_t hash() const override
    {
      return hash_of_weights(*network);
    }

    void read_weights(const std::string &folder) override;
    void write_weights(const std::string &folder) const override;

  private:
    const unsigned int n_memory;
    const std::shared_ptr<NodeNetwork> network;
    torch::Tensor keep;                   ///< a, by component
    std::vector<float> features, outputs; ///< for advance()
  };
} // namespace nodal

#endif
