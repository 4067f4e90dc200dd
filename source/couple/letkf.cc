// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_filter.h"
#include "taper.h"

#include <nodal/core/registry.h>

namespace nodal
{
  namespace
  {
    /// The local ensemble transform Kalman filter (Hunt, Kostelich, Szunyogh,
    /// Physica D 230, 2007): at each place an analysis of its own, to which
    /// observations count less the farther they are.
    class Letkf : public EnsembleFilter
    {
    public:
      Letkf() : EnsembleFilter(1.04)
      {
      }

      void add_parameters(Parameters &prm) override
      {
        EnsembleFilter::add_parameters(prm);
        prm.add("Radius", radius,
                "Standard deviation of the weight of observations over their "
                "distance, by Gaspari and Cohn's function; those of less than "
                "a thousandth are left out.",
                1e-12, 1e12);
        add_rotation(prm, rotates);
      }

    private:
      std::vector<double> update(Ensemble &anomalies,
                                 const std::vector<double> &mean,
                                 const Seen &seen,
                                 const Observations &observations,
                                 const AnalysisContext &context) override
      {
        const unsigned int n = anomalies.n_members;
        // The same everywhere.
        const Dense mix = rotation(rotates, n, context.random);
        const std::vector<dealii::Point<3>> &places =
            context.system.positions();
        Dense local; // the new members in terms of the old ones
        std::vector<double> row(n);
        for (std::size_t i = 0; i < anomalies.n_rows; ++i)
        {
          if (i == 0 || places[i] != places[i - 1])
            local = local_analysis(places[i], seen, observations,
                                   context.system, mix);
          for (unsigned int m = 0; m < n; ++m)
            row[m] = anomalies.member(m)[i];
          for (unsigned int j = 0; j < n; ++j)
          {
            double sum = 0;
            for (unsigned int m = 0; m < n; ++m)
              sum += row[m] * local(m, j);
            anomalies.member(j)[i] = sum;
          }
        }
        return mean;
      }

      /// w + T Ω, w in every column, for the place @p x.
      Dense local_analysis(const dealii::Point<3> &x, const Seen &seen,
                           const Observations &observations,
                           const EvolutionSystem &system,
                           const Dense &rotation) const
      {
        constexpr double negligible = 1e-3;
        std::vector<int> chosen;
        std::vector<double> weights;
        for (std::size_t k = 0; k < observations.size(); ++k)
        {
          const double weight =
              taper(system.distance(x, observations.points[k]), radius);
          if (weight > negligible)
          {
            chosen.push_back(k);
            weights.push_back(weight);
          }
        }
        if (chosen.empty())
          return rotation;
        const ScaledObservations scaled(seen.anomalies, seen.mean, observations,
                                        chosen, weights);
        const EnsembleTransform transform(scaled.S);
        const std::vector<double> w =
            transform.weights(scaled.S, scaled.innovations);
        Dense result = multiply(transform.transform(), rotation);
        for (unsigned int j = 0; j < result.n_columns; ++j)
          for (unsigned int m = 0; m < result.n_rows; ++m)
            result(m, j) += w[m];
        return result;
      }

      double radius = 4;
      bool rotates = true;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Letkf, "letkf",
                 "local ensemble transform Kalman filter")
} // namespace nodal
