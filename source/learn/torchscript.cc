// SPDX-License-Identifier: LGPL-2.1-or-later
// Before headers of deal.II, which has a macro Assert.
#include <torch/script.h>

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/learn/neural_operator.h>

#include "network_parts.h"

#include <torch/torch.h>

#include <filesystem>

namespace nodal
{
  using torch::Tensor;
  namespace fs = std::filesystem;

  /**
   * A module that was made elsewhere and saved by `torch.jit.save`. Its method
   * `forward` takes what it wants of the tensors below, by the names of its
   * arguments, n nodes and m edges, all graphs of a batch one after the other:
   *
   *   points (n × dim), volume (n × 1), node_features (n ×
   *   GraphBatch::n_node_features), edge_index (2 × m, int64: source, target),
   *   edge_features (m × GraphBatch::n_edge_features), sample (n, int64: number
   *   in the batch), coefficients, sources, boundary_values, lift: by the
   *   normaliser, robin_coefficients (n × 1),
   *
   * and returns n × n_outputs: what is added to the lift at free nodes, in
   * units of the normaliser's output_scale. Its parameters are weights like
   * others, so that training goes on with them.
   */
  class TorchScriptOperator : public NetworkOperator
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      prm.add("File", file, "The module, as torch.jit.save writes it.");
    }

    void check(const OperatorShape &) const override
    {
      if (trim(file).empty())
        throw BadInput("The operator 'torchscript' needs a file with a module.",
                       "Operator/torchscript/File");
    }

    bool is_imported() const override
    {
      return true;
    }

    bool works_on_parts() const override
    {
      return false;
    }

    void read_files(const std::string &folder) override
    {
      file = folder + "/module.pt";
    }

    void write_files(const std::string &folder) const override
    {
      bind();
      const std::string name = folder + "/module.pt";
      try
      {
        module.save(name + ".part");
        fs::rename(name + ".part", name);
      }
      catch (const std::exception &)
      {
        throw NumericalFailure("'" + name + "' cannot be written.");
      }
    }

  protected:
    void make_weights() override
    {
      if (!fs::is_regular_file(file))
        throw BadInput("The file '" + file + "' with the module is missing.",
                       "Operator/torchscript/File");
      try
      {
        module = torch::jit::load(file, torch::kCPU);
        // Without dropout, and with the means of batches that it has.
        module.eval();
      }
      catch (const std::exception &)
      {
        throw BadInput("The file '" + file +
                           "' is no TorchScript module; write one with "
                           "torch.jit.save(torch.jit.script(module), file).",
                       "Operator/torchscript/File");
      }
      const auto method = module.find_method("forward");
      if (!method)
        throw BadInput("The module in '" + file + "' has no method forward.",
                       "Operator/torchscript/File");
      find_arguments(method->function().getSchema());
      for (const auto &parameter : module.named_parameters())
      {
        const unsigned int i =
            add_weight(parameter.name, parameter.value.sizes().vec(), 0);
        const torch::NoGradGuard guard;
        Tensor own = weight(i);
        own.copy_(parameter.value);
      }
      if (n_weights() == 0)
        throw BadInput("The module in '" + file + "' has no parameters.",
                       "Operator/torchscript/File");
    }

    Tensor correction(const GraphBatch &batch) const override
    {
      bind();
      std::vector<torch::jit::IValue> values;
      for (const std::string &name : arguments)
        values.push_back(argument(batch, name));
      Tensor result;
      try
      {
        const torch::jit::IValue output = module.forward(values);
        if (output.isTensor())
          result = output.toTensor();
      }
      catch (const std::exception &error)
      {
        throw BadInput("The module in '" + file +
                       "' fails: " + cause(error.what()));
      }
      const std::int64_t n = batch.levels[0].n_nodes;
      if (!result.defined() || result.dim() != 2 || result.size(0) != n ||
          result.size(1) != shape().n_outputs ||
          result.scalar_type() != batch.lift.scalar_type())
        throw BadInput("The module in '" + file + "' does not return " +
                       std::to_string(n) + " rows of " +
                       std::to_string(shape().n_outputs) +
                       " numbers of the precision that it was given.");
      if (torch::GradMode::is_enabled() && !result.requires_grad())
        throw BadInput("What the module in '" + file +
                       "' returns does not depend on its parameters in a way "
                       "that has gradients, so it cannot be trained.");
      return normalizer().output_scale * result;
    }

  private:
    /// The last line of a message of the interpreter.
    static std::string cause(std::string text)
    {
      text = text.substr(0, text.find("Exception raised from"));
      std::string last;
      for (const std::string &line : split(text, '\n'))
        if (!trim(line).empty())
          last = trim(line);
      return last;
    }

    void find_arguments(const c10::FunctionSchema &schema)
    {
      const std::vector<std::string> known = {
          "points",          "volume", "node_features",     "edge_index",
          "edge_features",   "sample", "coefficients",      "sources",
          "boundary_values", "lift",   "robin_coefficients"};
      arguments.clear();
      for (const c10::Argument &own : schema.arguments())
      {
        if (own.name() == "self")
          continue;
        if (std::find(known.begin(), known.end(), own.name()) == known.end())
          throw BadInput("The module in '" + file + "' wants '" + own.name() +
                             "', which there is not; there are " +
                             join(known, ", ") + "." +
                             did_you_mean(own.name(), known),
                         "Operator/torchscript/File");
        arguments.push_back(own.name());
      }
    }

    Tensor argument(const GraphBatch &batch, const std::string &name) const
    {
      if (name == "points")
        return batch.points;
      if (name == "volume")
        return batch.volume;
      if (name == "node_features")
        return fine_node_features(batch);
      if (name == "edge_features")
        return level_edge_features(batch, 0);
      if (name == "edge_index")
      {
        const Edges &edges = batch.levels[0].edges;
        return torch::stack({edges.sources, edges.targets}).to(torch::kInt64);
      }
      if (name == "sample")
      {
        std::vector<Tensor> numbers;
        for (std::int64_t k = 0; k < batch.n_samples; ++k)
          numbers.push_back(
              torch::full({batch.sample_sizes[k]}, k, torch::kInt64));
        return torch::cat(numbers).to(batch.points.device());
      }
      if (name == "coefficients")
        return normalized_coefficients(batch.coefficients);
      if (name == "sources")
        return source_inputs(batch);
      if (name == "boundary_values")
        return batch.boundary_values / normalizer().boundary_scale;
      if (name == "lift")
        return batch.lift / normalizer().boundary_scale;
      return batch.robin_coefficients;
    }

    /// Let the module use the memory of the weights and their gradients, and
    /// give its other numbers their type.
    void bind() const
    {
      const torch::TensorOptions options = weight(0).options();
      for (const auto &buffer : module.named_buffers())
        if (Tensor theirs = buffer.value;
            theirs.is_floating_point() && (theirs.dtype() != options.dtype() ||
                                           theirs.device() != options.device()))
          theirs.set_data(theirs.to(options));
      std::size_t i = 0;
      for (const auto &parameter : module.named_parameters())
      {
        const Tensor &own = weight(i++);
        if (parameter.value.data_ptr() == own.data_ptr())
          continue;
        Tensor theirs = parameter.value;
        theirs.requires_grad_(false);
        theirs.set_data(own.detach());
        theirs.requires_grad_(true);
        theirs.mutable_grad() = own.grad();
      }
    }

    std::string file;
    std::vector<std::string> arguments; ///< of forward
    mutable torch::jit::Module module;
  };

  NODAL_REGISTER(NeuralOperator, TorchScriptOperator, "torchscript",
                 "a TorchScript module that was made elsewhere")
} // namespace nodal
