// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/baseline.h>

#include <torch/torch.h>

namespace nodal
{
  using torch::Tensor;

  /**
   * Ridge regression from all inputs at all nodes of one mesh to the solution:
   * u = Uᵀ (Φ Φᵀ + λ I)⁻¹ Φ x with the samples' inputs in the rows of Φ, their
   * solutions in those of U, and λ 1e-12 times the mean of the diagonal, or the
   * first power of ten more with which it is definite to rounding. For a
   * linear problem on a fixed mesh it is exact once samples span the inputs.
   */
  class LinearRegression : public Baseline
  {
  public:
    void fit(const std::vector<const GraphSample *> &samples) override
    {
      graph = nullptr;
      if (samples.empty())
        return;
      for (const GraphSample *sample : samples)
        if (sample->graph != samples[0]->graph)
          return; // no fixed mesh
      graph = samples[0]->graph;
      std::vector<Tensor> rows, solutions;
      for (const GraphSample *sample : samples)
      {
        rows.push_back(inputs(*sample));
        solutions.push_back(vector(sample->target));
      }
      features = torch::stack(rows);
      const Tensor gram = torch::mm(features, features.t());
      // More where rounding leaves the matrix indefinite.
      for (double ridge = 1e-12; ridge < 1e-3; ridge *= 10)
      {
        Tensor matrix = gram.clone();
        matrix.diagonal().add_(ridge * gram.diagonal().mean());
        const auto [factor, info] = torch::linalg_cholesky_ex(matrix);
        if (info.item<int>() != 0)
          continue;
        coefficients = torch::cholesky_solve(torch::stack(solutions), factor);
        return;
      }
      graph = nullptr;
    }

    bool applies(const GraphSample &sample) const override
    {
      return graph &&
             graph->levels[0].number == sample.graph->levels[0].number &&
             graph->levels[0].points == sample.graph->levels[0].points;
    }

    std::vector<double> predict(const GraphSample &sample) const override
    {
      const Tensor similarity = torch::mv(features, inputs(sample));
      const Tensor result = torch::mv(coefficients.t(), similarity);
      const double *const values = result.data_ptr<double>();
      return std::vector<double>(values, values + result.numel());
    }

  private:
    static Tensor vector(const std::vector<double> &values)
    {
      return torch::tensor(values, torch::kFloat64);
    }

    static Tensor inputs(const GraphSample &sample)
    {
      return torch::cat({vector(sample.coefficients), vector(sample.sources),
                         vector(sample.boundary_values),
                         torch::ones({1}, torch::kFloat64)});
    }

    std::shared_ptr<const Graph> graph;
    Tensor features, coefficients;
  };

  NODAL_REGISTER(Baseline, LinearRegression, "linear",
                 "ridge regression from all inputs to the solution, on a fixed "
                 "mesh only")
} // namespace nodal
