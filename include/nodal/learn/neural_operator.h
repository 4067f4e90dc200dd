// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_neural_operator_h
#define nodal_learn_neural_operator_h

#include <nodal/core/parameters.h>
#include <nodal/core/random.h>
#include <nodal/learn/graph_batch.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nodal
{
  /// What a network is made for.
  struct OperatorShape
  {
    unsigned int dim = 0;
    unsigned int n_coefficients = 0, n_sources = 0, n_outputs = 1;

    bool operator==(const OperatorShape &other) const
    {
      return dim == other.dim && n_coefficients == other.n_coefficients &&
             n_sources == other.n_sources && n_outputs == other.n_outputs;
    }
  };

  /**
   * Means and scales of the data a network was trained on: a field x enters as
   * (x − mean) / scale, the output leaves as its scale times that of the
   * network. Positive coefficients enter by their logarithm.
   */
  struct Normalizer
  {
    std::vector<double> coefficient_mean, coefficient_scale;
    std::vector<bool> coefficient_is_logarithm;
    std::vector<double> source_scale;
    double boundary_mean = 0, boundary_scale = 1;
    double output_scale = 1;
  };

  /// Named tensors, in an order that does not change.
  using Weights = std::vector<std::pair<std::string, torch::Tensor>>;

  /**
   * A map from the fields on a graph to the solution at its nodes, with
   * weights that training finds. It takes graphs of any size.
   */
  class NeuralOperator
  {
  public:
    virtual ~NeuralOperator() = default;

    static std::string kind()
    {
      return "neural operator";
    }

    virtual void add_parameters(Parameters &prm) = 0;

    /// Throws BadInput for a shape that the operator cannot take.
    virtual void check(const OperatorShape &) const
    {
    }

    /// Make the weights, of double precision on the CPU, from @p random.
    void initialize(const OperatorShape &shape, const Normalizer &normalizer,
                    Random random);

    /// The solution at the nodes of the finest level: n_nodes × n_outputs.
    /// Dirichlet values hold to the last bit.
    torch::Tensor forward(const GraphBatch &batch) const;

    /// What of the answer depends on nothing but the geometry and the
    /// coefficients of @p batch and the present weights. As
    /// GraphBatch::prepared of batches that have these in common, it is not
    /// computed anew by forward(). Null if there is nothing.
    virtual std::shared_ptr<const void> prepare(const GraphBatch &) const
    {
      return nullptr;
    }

    /// True if the output is exactly linear in sources and boundary values.
    virtual bool is_linear() const
    {
      return false;
    }

    /// True if the output is the sum of a function of the sources and one of
    /// the boundary values; both may depend on all else.
    virtual bool is_additive() const
    {
      return is_linear();
    }

    /// True if it is made elsewhere and read from a file that a parameter
    /// names.
    virtual bool is_imported() const
    {
      return false;
    }

    /// True if samples must have their equation, of which it uses the matrix.
    virtual bool needs_equation() const
    {
      return false;
    }

    /// True if several ranks may share a sample.
    virtual bool works_on_parts() const
    {
      return true;
    }

    /// Take what is needed besides weights from the model in @p folder, when
    /// initialize() is called, and write it there.
    virtual void read_files(const std::string & /*folder*/)
    {
    }

    virtual void write_files(const std::string & /*folder*/) const
    {
    }

    /// The tensors themselves, which an optimiser changes.
    const Weights &weights() const
    {
      return tensors;
    }

    std::int64_t n_weights() const;

    /// All weights, one after the other, in one tensor, and their gradients in
    /// another: the tensors of weights() and their gradients share the memory.
    /// Defined after to().
    const torch::Tensor &all_weights() const
    {
      return all;
    }

    /// Convert all weights; they become new leaves that require gradients,
    /// which are zero.
    void to(torch::ScalarType type, torch::Device device);

    /// Replace the values by those of @p values, names and shapes equal.
    /// Throws BadInput, that says which one does not fit.
    void set_weights(const Weights &values);

    const OperatorShape &shape() const
    {
      return operator_shape;
    }

    const Normalizer &normalizer() const
    {
      return data_normalizer;
    }

  protected:
    /// Called once by initialize(): calls add_weight().
    virtual void make_weights() = 0;

    /// What is added to the lift of the Dirichlet values at free nodes.
    virtual torch::Tensor correction(const GraphBatch &batch) const = 0;

    /// A weight of this shape with independent normal numbers of mean @p mean
    /// and deviation @p deviation, which may be 0. Returns its index.
    unsigned int add_weight(const std::string &name,
                            const std::vector<std::int64_t> &size,
                            double deviation, double mean = 0);

    const torch::Tensor &weight(const unsigned int i) const
    {
      return tensors[i].second;
    }

    /// @p coefficients (n × n_coefficients) as the normaliser makes them.
    torch::Tensor
    normalized_coefficients(const torch::Tensor &coefficients) const;

  private:
    Weights tensors;
    torch::Tensor all;
    OperatorShape operator_shape;
    Normalizer data_normalizer;
    std::unique_ptr<Random> random;
  };
} // namespace nodal

#endif
