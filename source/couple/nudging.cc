// SPDX-License-Identifier: LGPL-2.1-or-later
#include "taper.h"

#include <nodal/core/registry.h>
#include <nodal/couple/assimilation_method.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// Newtonian relaxation: entries near an observation go a part of the way
    /// to it (Hoke, Anthes, Mon. Weather Rev. 104, 1976).
    class Nudging : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Gain", gain, "Part of the way, at each analysis.", 0, 1);
        prm.add("Radius", radius,
                "How far an observation reaches: the standard deviation of "
                "the weight over the distance.",
                1e-12, 1e12);
      }

      void analyse(Ensemble &members, const Observations &observations,
                   const AnalysisContext &context) override
      {
        const EvolutionSystem &system = context.system;
        const Ensemble seen =
            observed(members, observations.H, context.system.comm());
        for (std::size_t i = 0; i < members.n_rows; ++i)
        {
          if (system.components()[i] != context.component)
            continue;
          std::vector<double> weights;
          double sum = 0;
          for (const dealii::Point<3> &point : observations.points)
          {
            weights.push_back(
                taper(system.distance(system.positions()[i], point), radius));
            sum += weights.back();
          }
          for (unsigned int m = 0; m < members.n_members; ++m)
          {
            double way = 0;
            for (std::size_t k = 0; k < weights.size(); ++k)
              way += weights[k] * (observations.values[k] - seen.member(m)[k]);
            members.member(m)[i] += gain * way / std::max(sum, 1.);
          }
        }
      }

    private:
      double gain = 0.3, radius = 0.1;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Nudging, "nudging",
                 "entries near an observation go a part of the way to it")
} // namespace nodal
