// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_closure_polynomial_h
#define nodal_source_couple_closure_polynomial_h

#include "local_averages.h"

#include <nodal/couple/closure_model.h>

namespace nodal
{
  /// All monomials up to a degree in the components at the places around a
  /// node, with coefficients for each component of the term.
  class ClosurePolynomial : public ClosureModel
  {
  public:
    static constexpr const char *name = "polynomial";

    /// More functions than this are no polynomial that anybody fits.
    static constexpr std::int64_t max_functions = 5000;

    /// Of the size "degree". Throws std::exception where it is missing or
    /// makes no sense, or there are more than max_functions.
    explicit ClosurePolynomial(const ClosureDescription &description);

    Result evaluate(const std::shared_ptr<const LocalAverages> &places,
                    const torch::Tensor &u, const torch::Tensor &last,
                    const torch::Tensor &memory) override;

    void advance(const std::shared_ptr<const LocalAverages> &places,
                 const std::vector<double> &u, std::vector<double> &last,
                 std::vector<float> &memory) override;

    torch::Tensor no_memory(const std::int64_t n_nodes,
                            const std::int64_t n_rows) const override;

    bool has_memory() const override
    {
      return false;
    }

    std::vector<torch::Tensor> parameters() const override
    {
      return {coefficients};
    }

    torch::Tensor functions(const std::shared_ptr<const LocalAverages> &places,
                            const torch::Tensor &u) override;

    std::uint32_t hash() const override;
    void read_weights(const std::string &folder) override;
    void write_weights(const std::string &folder) const override;

  private:
    /// The variables that are multiplied, in order.
    std::vector<std::vector<int>> monomials;
    std::vector<int> parents;   ///< monomials without their last variable
    torch::Tensor coefficients; ///< functions × components, double precision
  };
} // namespace nodal

#endif
