// SPDX-License-Identifier: LGPL-2.1-or-later
#include "covariance_gain.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// The minimum of the cost of three-dimensional variational analysis for a
    /// linear H: errors of forecasts are thought to have a share of the
    /// covariance of the climatology.
    class ThreeDVar : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Scale", scale,
                "Covariance of the forecast's error over that of the "
                "climatology.",
                1e-12, 1e12);
      }

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
        gain.correct(members, observations, context, scale);
      }

    private:
      double scale = 0.02;
      CovarianceGain gain;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, ThreeDVar, "3d-var",
                 "variational, with a share of the covariance of the "
                 "climatology")
} // namespace nodal
