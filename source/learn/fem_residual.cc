// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>
#include <nodal/solver/operator.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace nodal
{
  using torch::Tensor;

  namespace
  {
    /// A number that depends on @p x with a gradient that is known.
    class WithGradient : public torch::autograd::Function<WithGradient>
    {
    public:
      static Tensor forward(torch::autograd::AutogradContext *context,
                            const Tensor &, const Tensor &value,
                            const Tensor &gradient)
      {
        context->save_for_backward({gradient});
        return value.clone();
      }

      static torch::autograd::variable_list
      backward(torch::autograd::AutogradContext *context,
               const torch::autograd::variable_list &factor)
      {
        return {factor[0] * context->get_saved_variables()[0], Tensor(),
                Tensor()};
      }
    };

    /// The square of a norm of the residual, and its gradient.
    struct SquaredNorm
    {
      double value = 0;
      std::vector<double> gradient;
    };

    double dot(const std::vector<double> &a, const std::vector<double> &b)
    {
      double sum = 0;
      for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
      return sum;
    }
  } // namespace

  /**
   * How far predictions are from solving their systems, without solutions: the
   * residual r = b − A u, preconditioned by M ≈ A⁻¹, relative to that of the
   * lifted boundary values.
   *
   * The root of r · M r is nearly the energy norm of the error e, for
   * r · A⁻¹ r = e · A e; its gradient is −2 Aᵀ M r. The norm of M r in L2 is
   * nearly that of e, what `relative l2` measures; it takes M twice. Trained
   * equally long, the energy led to half the error in L2
   * (benchmarks/RESULTS.md): it counts fine scales for more, which the norm in
   * L2 leaves for last. With M = I the gradient is that of A², whose condition
   * grows as h⁻⁴.
   *
   * Training on residuals of finite elements: Wen et al.: Learning, solving and
   * optimizing PDEs with TensorGalerkin, arXiv 2602.05052, 2026.
   */
  class FemResidual : public Loss
  {
  public:
    void add_parameters(Parameters &prm) override
    {
      std::vector<std::string> names;
      for (const RegistryEntry &entry : Registry<Preconditioner>::list())
        names.push_back(entry.name);
      prm.add("Preconditioner", preconditioner_name,
              "The symmetric approximate inverse M: `boomeramg` is one V-cycle "
              "with classical coarsening, `none` the bare residual, which is "
              "there to compare with.",
              names);
      prm.add("Norm", norm,
              "`energy`: the root of r · M r, near the energy norm of the "
              "error; `l2`: of M r in L2.",
              {"energy", "l2"});
    }

    bool needs_target() const override
    {
      return false;
    }

    std::string preconditioner() const override
    {
      return preconditioner_name;
    }

    Tensor of_samples(const GraphBatch &batch,
                      const Tensor &prediction) const override
    {
      const std::vector<Tensor> volumes = batch.volume.split_with_sizes(
                                    batch.sample_sizes),
                                lifts = batch.lift.split_with_sizes(
                                    batch.sample_sizes),
                                predictions = prediction.split_with_sizes(
                                    batch.sample_sizes);
      std::vector<Tensor> results;
      for (std::size_t k = 0; k < predictions.size(); ++k)
      {
        Assert(batch.equations[k],
               dealii::ExcMessage("The sample has no equation."));
        const SampleEquation &equation = *batch.equations[k];
        const std::vector<double> volume = numbers(volumes[k]);
        const double reference =
            reference_norm(equation, volume, numbers(lifts[k]));
        const SquaredNorm own = squared_norm(
            equation, volume, numbers(predictions[k]),
            torch::GradMode::is_enabled() && prediction.requires_grad());
        const Tensor value = with_gradient(predictions[k], own);
        results.push_back(value / reference);
      }
      // The root has no gradient at zero.
      return torch::sqrt(torch::stack(results).clamp_min(1e-20));
    }

  private:
    static std::vector<double> numbers(const Tensor &x)
    {
      const Tensor values =
          x.detach().to(torch::kCPU, torch::kFloat64).contiguous();
      const double *const begin = values.data_ptr<double>();
      return std::vector<double>(begin, begin + values.numel());
    }

    static Tensor with_gradient(const Tensor &prediction,
                                const SquaredNorm &norm)
    {
      const Tensor value = torch::full({}, norm.value, torch::kFloat64);
      if (norm.gradient.empty())
        return value;
      return WithGradient::apply(prediction.to(torch::kCPU, torch::kFloat64),
                                 value,
                                 torch::tensor(norm.gradient, torch::kFloat64)
                                     .view(prediction.sizes()));
    }

    /// The squared norm for the lift, or 1 if the lift solves the system but
    /// for rounding.
    double reference_norm(const SampleEquation &equation,
                          const std::vector<double> &volume,
                          const std::vector<double> &lift) const
    {
      const auto largest = [](const std::vector<double> &x)
      {
        double result = 0;
        for (const double value : x)
          result = std::max(result, std::abs(value));
        return result;
      };
      const double correction =
          largest(equation.precondition(equation.residual(lift)));
      if (correction <= 1e-10 * largest(lift))
        return 1;
      return squared_norm(equation, volume, lift, false).value;
    }

    SquaredNorm squared_norm(const SampleEquation &equation,
                             const std::vector<double> &volume,
                             const std::vector<double> &u,
                             const bool with_gradient) const
    {
      const std::vector<double> r = equation.residual(u);
      std::vector<double> z = equation.precondition(r);
      SquaredNorm result;
      if (norm == "energy")
        result.value = dot(r, z);
      else
      {
        std::vector<double> weighted = z;
        for (std::size_t i = 0; i < z.size(); ++i)
          weighted[i] *= volume[i * volume.size() / z.size()];
        result.value = dot(z, weighted);
        if (with_gradient)
          z = equation.precondition(weighted);
      }
      if (with_gradient)
      {
        result.gradient = equation.apply_transposed(z);
        for (double &x : result.gradient)
          x *= -2;
      }
      return result;
    }

    std::string preconditioner_name = "boomeramg", norm = "energy";
  };

  NODAL_REGISTER(Loss, FemResidual, "fem residual",
                 "the preconditioned residual of the linear system, relative "
                 "to that of the lifted boundary values: needs no solutions")
} // namespace nodal
