// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_transform.h"

#include <nodal/core/registry.h>
#include <nodal/couple/assimilation_method.h>

namespace nodal
{
  namespace
  {
    /// The ensemble transform Kalman filter with the symmetric root, and a
    /// random rotation of the members; see EnsembleTransform.
    class Etkf : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Inflation", inflation,
                "Of deviations from the mean, after each analysis.", 0.1, 10);
        prm.add("Rotation", rotates,
                "Mix the members at random, without a change of their mean and "
                "covariance.");
      }

      unsigned int min_members() const override
      {
        return 2;
      }

      void analyse(Ensemble &members, const Observations &observations,
                   const AnalysisContext &context) override
      {
        if (observations.size() > 0)
        {
          Ensemble seen = observed(members, observations.H, context.comm());
          std::vector<double> mean = members.center();
          const std::vector<double> seen_mean = seen.center();
          const ScaledObservations scaled(seen, seen_mean, observations);
          const EnsembleTransform transform(scaled.S);
          const std::vector<double> w =
              transform.weights(scaled.S, scaled.innovations);
          for (unsigned int m = 0; m < members.n_members; ++m)
            for (std::size_t i = 0; i < members.n_rows; ++i)
              mean[i] += members.member(m)[i] * w[m];
          Dense T = transform.transform();
          if (rotates)
          {
            Random random = context.random;
            T = multiply(T, random_rotation(members.n_members, random));
          }
          combine_members(members, T);
          members.shift(mean);
        }
        members.inflate(inflation);
      }

    private:
      double inflation = 1.02;
      bool rotates = true;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Etkf, "etkf",
                 "ensemble transform Kalman filter")
} // namespace nodal
