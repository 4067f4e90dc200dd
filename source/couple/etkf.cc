// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_filter.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// The ensemble transform Kalman filter with the symmetric root, and a
    /// random rotation of the members; see EnsembleTransform.
    class Etkf : public EnsembleFilter
    {
    public:
      Etkf() : EnsembleFilter(1.02)
      {
      }

      void add_parameters(Parameters &prm) override
      {
        EnsembleFilter::add_parameters(prm);
        add_rotation(prm, rotates);
      }

    private:
      std::vector<double> update(Ensemble &anomalies,
                                 const std::vector<double> &mean,
                                 const Seen &seen,
                                 const Observations &observations,
                                 const AnalysisContext &context) override
      {
        const ScaledObservations scaled(seen.anomalies, seen.mean,
                                        observations);
        const EnsembleTransform transform(scaled.S);
        const std::vector<double> w =
            transform.weights(scaled.S, scaled.innovations);
        std::vector<double> result = mean;
        for (unsigned int m = 0; m < anomalies.n_members; ++m)
          for (std::size_t i = 0; i < anomalies.n_rows; ++i)
            result[i] += anomalies.member(m)[i] * w[m];
        combine_members(
            anomalies,
            multiply(transform.transform(),
                     rotation(rotates, anomalies.n_members, context.random)));
        return result;
      }

      bool rotates = true;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Etkf, "etkf",
                 "ensemble transform Kalman filter")
} // namespace nodal
