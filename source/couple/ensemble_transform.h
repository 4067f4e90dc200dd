// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_ensemble_transform_h
#define nodal_source_couple_ensemble_transform_h

#include <nodal/core/dense.h>
#include <nodal/core/random.h>
#include <nodal/couple/observations.h>

#include <vector>

namespace nodal
{
  /**
   * The analysis of an ensemble in its own space (Bishop, Etherton, Majumdar,
   * Mon. Weather Rev. 129, 2001; Hunt, Kostelich, Szunyogh, Physica D 230,
   * 2007). With N members, their anomalies A, and S = R^{-1/2} H A / √(N − 1),
   *
   *     mean ← mean + A w,  w = (I + Sᵀ S)⁻¹ Sᵀ R^{-1/2} (y − H mean) / √(N −
   * 1), A ← A T,  T = (I + Sᵀ S)^{-1/2}.
   */
  class EnsembleTransform
  {
  public:
    /// @p S has N columns. Throws NumericalFailure if a number is not finite.
    explicit EnsembleTransform(const Dense &S);

    /// w for @p innovations R^{-1/2} (y − H mean).
    std::vector<double> weights(const Dense &S,
                                const std::vector<double> &innovations) const;

    /// T, symmetric.
    Dense transform() const;

  private:
    /// V f(λ) Vᵀ x
    std::vector<double> apply_inverse(const std::vector<double> &x) const;

    std::vector<double> eigenvalues; ///< of I + Sᵀ S
    Dense vectors;
  };

  /// S and R^{-1/2} (y − H mean) of members whose anomalies and mean are seen
  /// as @p anomalies and @p mean.
  struct ScaledObservations
  {
    ScaledObservations(const Ensemble &anomalies,
                       const std::vector<double> &mean,
                       const Observations &observations);

    /// Those numbered @p chosen alone, with so much of their @p weights, as of
    /// 1 / variance.
    ScaledObservations(const Ensemble &anomalies,
                       const std::vector<double> &mean,
                       const Observations &observations,
                       const std::vector<int> &chosen,
                       const std::vector<double> &weights);

    Dense S;
    std::vector<double> innovations;
  };

  /// A random orthogonal matrix that keeps the vector of ones, so that A Ω has
  /// the mean and covariance of A (Sakov, Oke, Mon. Weather Rev. 136, 2008).
  Dense random_rotation(unsigned int n, Random &random);

  /// Rows of @p members times @p B: member j becomes Σ_i B_ij member i.
  void combine_members(Ensemble &members, const Dense &B);
} // namespace nodal

#endif
