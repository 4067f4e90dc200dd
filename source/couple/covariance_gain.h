// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_covariance_gain_h
#define nodal_source_couple_covariance_gain_h

#include <nodal/couple/assimilation_method.h>

#include <deal.II/lac/lapack_full_matrix.h>

#include <memory>

namespace nodal
{
  /// The gain K = P Hᵀ (H P Hᵀ + R)⁻¹ of a covariance that does not change,
  /// @p scale times that of the climatology. It is made again where H or R are
  /// others than before.
  class CovarianceGain
  {
  public:
    /// Forget what was made, as that of another climatology.
    void clear()
    {
      factor.reset();
    }

    /// x ← x + K (y − H x) for every one of @p members. Collective.
    void correct(Ensemble &members, const Observations &observations,
                 const AnalysisContext &context, double scale);

  private:
    void prepare(const Observations &observations,
                 const AnalysisContext &context, double scale);

    Interpolation H;
    std::vector<double> variances;
    std::vector<double> products; ///< P Hᵀ, observation after observation
    std::unique_ptr<dealii::LAPACKFullMatrix<double>> factor;
  };
} // namespace nodal

#endif
