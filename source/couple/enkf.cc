// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_filter.h"

#include <nodal/core/registry.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// The ensemble Kalman filter with perturbed observations (Burgers, van
    /// Leeuwen, Evensen, Mon. Weather Rev. 126, 1998), whose perturbations have
    /// mean zero.
    class Enkf : public EnsembleFilter
    {
    public:
      Enkf() : EnsembleFilter(1.06)
      {
      }

    private:
      std::vector<double> update(Ensemble &anomalies,
                                 const std::vector<double> &mean,
                                 const Seen &seen,
                                 const Observations &observations,
                                 const AnalysisContext &context) override
      {
        const unsigned int n = anomalies.n_members;
        const std::size_t p = observations.size();
        const ScaledObservations scaled(seen.anomalies, seen.mean,
                                        observations);
        const EnsembleTransform transform(scaled.S);
        Ensemble noise(p, n);
        Random random = context.random;
        for (double &value : noise.values)
          value = random.normal();
        noise.center();
        Dense B = Dense::identity(n);
        std::vector<double> innovations(p);
        const double spread = std::sqrt(n - 1.);
        for (unsigned int j = 0; j < n; ++j)
        {
          for (std::size_t k = 0; k < p; ++k)
            innovations[k] = scaled.innovations[k] + noise.member(j)[k] -
                             spread * scaled.S(k, j);
          const std::vector<double> w =
              transform.weights(scaled.S, innovations);
          for (unsigned int i = 0; i < n; ++i)
            B(i, j) += w[i];
        }
        combine_members(anomalies, B);
        return mean;
      }
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Enkf, "enkf",
                 "ensemble Kalman filter with perturbed observations")
} // namespace nodal
