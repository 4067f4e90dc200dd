// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_ensemble_filter_h
#define nodal_source_couple_ensemble_filter_h

#include "ensemble_transform.h"

#include <nodal/couple/assimilation_method.h>

namespace nodal
{
  /// What ensemble Kalman filters have in common: the members seen through the
  /// observations, taken apart in mean and anomalies, and inflation.
  class EnsembleFilter : public AssimilationMethod
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
      if (observations.size() > 0)
      {
        Ensemble seen =
            observed(members, observations.H, context.system.comm());
        const std::vector<double> mean = members.center(),
                                  seen_mean = seen.center();
        members.shift(
            update(members, mean, {seen, seen_mean}, observations, context));
      }
      members.inflate(inflation);
    }

  protected:
    explicit EnsembleFilter(const double inflation) : inflation(inflation)
    {
    }

    /// Anomalies and mean of the members at the observations.
    struct Seen
    {
      const Ensemble &anomalies;
      const std::vector<double> &mean;
    };

    /// @p anomalies of the forecast about @p mean become what is to be added
    /// to the vector that is returned. There are observations. Collective.
    virtual std::vector<double> update(Ensemble &anomalies,
                                       const std::vector<double> &mean,
                                       const Seen &seen,
                                       const Observations &observations,
                                       const AnalysisContext &context) = 0;

    /// Add the entry `Rotation` for @p rotates.
    static void add_rotation(Parameters &prm, bool &rotates)
    {
      prm.add("Rotation", rotates,
              "Mix the members at random, without a change of their mean and "
              "covariance.");
    }

    /// Mixes @p n members, or leaves them.
    static Dense rotation(const bool rotates, const unsigned int n,
                          Random random)
    {
      return rotates ? random_rotation(n, random) : Dense::identity(n);
    }

  private:
    double inflation;
  };
} // namespace nodal

#endif
