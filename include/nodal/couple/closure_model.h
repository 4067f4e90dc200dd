// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_closure_model_h
#define nodal_couple_closure_model_h

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  class LocalAverages;

  /// What a model folder says of a closure besides its weights.
  struct ClosureDescription
  {
    std::string closure;                 ///< its name in the registry
    std::string problem;                 ///< that it was trained on
    std::string setting;                 ///< a word for all entries of training
    std::vector<std::string> components; ///< that it sees and adds to
    unsigned int n_coordinates = 1;
    unsigned int n_places = 5; ///< that are seen, in each direction
    double spacing = 1;        ///< between them
    double node_spacing = 1;   ///< of the nodes that were trained on
    double time_step = 1;
    std::vector<double> mean, scale;     ///< of states, by component
    std::vector<double> term_scale;      ///< of the term, by component
    double largest_energy = 1;           ///< MeanEnergy of states in training
    double validation_error = 0;         ///< root mean square in roll-outs
    double error_without = 0;            ///< the same without a closure
    unsigned int roll_out = 1;           ///< steps of these
    std::map<std::string, double> sizes; ///< of the network or polynomial
    std::map<std::string, std::string> versions;
  };

  /// The part of a learned closure that is trained: what it sees, to the term.
  class ClosureModel
  {
  public:
    explicit ClosureModel(const ClosureDescription &description)
        : description(description)
    {
    }
    virtual ~ClosureModel() = default;

    /// The term at each node and what is remembered.
    struct Result
    {
      torch::Tensor term, ///< n_nodes × B × components
          memory;         ///< n_nodes × B × channels
    };

    /// From the states @p u, n_nodes × B × components; the term of the last
    /// step, as many, or zero; and what was remembered.
    virtual Result evaluate(const std::shared_ptr<const LocalAverages> &places,
                            const torch::Tensor &u, const torch::Tensor &last,
                            const torch::Tensor &memory) = 0;

    /// The same for one run, without gradients: @p u and @p last are n_nodes ×
    /// components, and @p last becomes the term; @p memory the next one.
    virtual void advance(const std::shared_ptr<const LocalAverages> &places,
                         const std::vector<double> &u,
                         std::vector<double> &last,
                         std::vector<float> &memory) = 0;

    virtual torch::Tensor no_memory(std::int64_t n_nodes,
                                    std::int64_t n_rows) const = 0;

    /// True if the term depends on more than the state.
    virtual bool has_memory() const = 0;

    virtual std::vector<torch::Tensor> parameters() const = 0;

    /// For what is linear in its parameters: the functions that they multiply,
    /// n_nodes × B × functions.
    virtual torch::Tensor
    functions(const std::shared_ptr<const LocalAverages> & /*places*/,
              const torch::Tensor & /*u*/)
    {
      return {};
    }

    /// A word for the weights.
    virtual std::uint32_t hash() const = 0;

    virtual void read_weights(const std::string &folder) = 0;
    virtual void write_weights(const std::string &folder) const = 0;

    /// Of @p description, with weights that follow from @p seed.
    static std::unique_ptr<ClosureModel>
    make(const ClosureDescription &description, unsigned int seed);

    /// Read @p folder. Throws BadInput, with a sentence, if a file is missing
    /// or damaged or describes another kind of model.
    static std::unique_ptr<ClosureModel> read(const std::string &folder);

    /// Write @p folder, each file under a temporary name and then renamed.
    /// Throws NumericalFailure if that fails.
    void write(const std::string &folder) const;

    ClosureDescription description;

  protected:
    /// n_nodes × B × components in units of order one.
    torch::Tensor normalized(const torch::Tensor &u) const;

    /// By component, as a tensor of one dimension.
    static torch::Tensor by_component(const std::vector<double> &values);
  };
} // namespace nodal

#endif
