// SPDX-License-Identifier: LGPL-2.1-or-later
#include "covariance_gain.h"

#include <nodal/core/registry.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// The climatology, corrected by the observations of one time: no forecast
    /// has a part in it (Gandin, 1963).
    class OptimalInterpolation : public AssimilationMethod
    {
    public:
      bool needs_climatology() const override
      {
        return true;
      }

      void begin(const EvolutionSystem &, unsigned int) override
      {
        gain.clear();
      }

      void analyse(Ensemble &members, const Observations &observations,
                   const AnalysisContext &context) override
      {
        const std::vector<double> &mean = context.climatology.mean;
        for (unsigned int m = 0; m < members.n_members; ++m)
          std::copy(mean.begin(), mean.end(), members.member(m));
        gain.correct(members, observations, context, 1);
      }

    private:
      CovarianceGain gain;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, OptimalInterpolation,
                 "optimal interpolation",
                 "the climatology, corrected by the observations of one time")
} // namespace nodal
