// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/learn/loss.h>
#include <nodal/solver/operator.h>

#include "equation_layers.h"

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

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
        if (entry.name != "neural operator")
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
      const Tensor lift = batch.lift.to(torch::kFloat64),
                   first = residual_of_equations(batch, lift),
                   correction = precondition_by_equations(batch, first);
      // A lift that solves its system leaves nothing but rounding.
      const Tensor is_solved = largest_of_samples(batch, correction) <=
                               1e-10 * largest_of_samples(batch, lift);
      const Tensor reference = squared_norms(batch, first, correction),
                   r = residual_of_equations(batch,
                                             prediction.to(torch::kFloat64)),
                   z = precondition_by_equations(batch, r);
      const Tensor square =
          with_gradient(batch, squared_norms(batch, r.detach(), z), r, z);
      // The root has no gradient at zero.
      return torch::sqrt(
          (square /
           torch::where(is_solved, torch::ones_like(reference), reference))
              .clamp_min(1e-20));
    }

  private:
    static Tensor weighted(const GraphBatch &batch, const Tensor &z)
    {
      return batch.volume.to(torch::kFloat64) * z;
    }

    /// A number for each sample, from r and z = M r.
    Tensor squared_norms(const GraphBatch &batch, const Tensor &r,
                         const Tensor &z) const
    {
      const Tensor other = norm == "energy" ? r : weighted(batch, z);
      return sum_over_samples(batch, (other * z).sum(1));
    }

    /// @p squares, with their gradient by way of @p r. M is symmetric, so by r
    /// it is 2 M r, or 2 M of the weighted M r.
    Tensor with_gradient(const GraphBatch &batch, const Tensor &squares,
                         const Tensor &r, const Tensor &z) const
    {
      if (!torch::GradMode::is_enabled() || !r.requires_grad())
        return squares;
      const Tensor half =
          norm == "energy"
              ? z
              : precondition_by_equations(batch, weighted(batch, z));
      const Tensor product = sum_over_samples(batch, (r * half).sum(1));
      return squares + 2 * (product - product.detach());
    }

    static Tensor largest_of_samples(const GraphBatch &batch, const Tensor &x)
    {
      std::vector<Tensor> largest;
      for (const Tensor &own : x.split_with_sizes(batch.sample_sizes))
        largest.push_back(own.abs().max());
      return torch::stack(largest);
    }

    std::string preconditioner_name = "boomeramg", norm = "energy";
  };

  NODAL_REGISTER(Loss, FemResidual, "fem residual",
                 "the preconditioned residual of the linear system, relative "
                 "to that of the lifted boundary values: needs no solutions")
} // namespace nodal
