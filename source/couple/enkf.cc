// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_transform.h"

#include <nodal/core/registry.h>
#include <nodal/couple/assimilation_method.h>

#include <cmath>

namespace nodal
{
  namespace
  {
    /// The ensemble Kalman filter with perturbed observations (Burgers, van
    /// Leeuwen, Evensen, Mon. Weather Rev. 126, 1998), whose perturbations have
    /// mean zero.
    class Enkf : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Inflation", inflation,
                "Of deviations from the mean, after each analysis.", 0.1, 10);
      }

      unsigned int min_members() const override
      {
        return 2;
      }

      void analyse(Ensemble &members, const Observations &observations,
                   const AnalysisContext &context) override
      {
        const unsigned int n = members.n_members;
        const std::size_t p = observations.size();
        if (p > 0)
        {
          Ensemble seen = observed(members, observations.H, context.comm());
          const std::vector<double> mean = members.center(),
                                    seen_mean = seen.center();
          const ScaledObservations scaled(seen, seen_mean, observations);
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
          combine_members(members, B);
          members.shift(mean);
        }
        members.inflate(inflation);
      }

    private:
      double inflation = 1.06;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Enkf, "enkf",
                 "ensemble Kalman filter with perturbed observations")
} // namespace nodal
