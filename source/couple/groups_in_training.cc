// SPDX-License-Identifier: LGPL-2.1-or-later
#include "groups_in_training.h"

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  void GroupsInTraining::sum(std::vector<double> &values) const
  {
    MPI_Allreduce(MPI_IN_PLACE, values.data(), values.size(), MPI_DOUBLE,
                  MPI_SUM, across);
    MPI_Bcast(values.data(), values.size(), MPI_DOUBLE, 0, group);
  }

  double GroupsInTraining::sum_gradients(const std::vector<Tensor> &parameters,
                                         const double loss) const
  {
    std::vector<double> values = {loss};
    for (const Tensor &parameter : parameters)
    {
      // None if all examples were lost.
      if (!parameter.grad().defined())
        parameter.mutable_grad() = torch::zeros_like(parameter);
      const Tensor gradient = parameter.grad().contiguous();
      values.insert(values.end(), gradient.data_ptr<float>(),
                    gradient.data_ptr<float>() + gradient.numel());
    }
    sum(values);
    double *next = values.data() + 1;
    for (const Tensor &parameter : parameters)
    {
      Tensor gradient = parameter.grad();
      gradient.copy_(torch::from_blob(next, gradient.sizes(), torch::kFloat64));
      next += gradient.numel();
    }
    return values[0];
  }

  void GroupsInTraining::make_equal(const std::vector<Tensor> &parameters) const
  {
    const torch::NoGradGuard no_gradients;
    for (const Tensor &parameter : parameters)
    {
      const Tensor values = parameter.contiguous();
      for (MPI_Comm comm : {across, group})
        MPI_Bcast(values.data_ptr<float>(), values.numel(), MPI_FLOAT, 0, comm);
      parameter.copy_(values);
    }
  }
} // namespace nodal
