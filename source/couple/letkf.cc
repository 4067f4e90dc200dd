// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ensemble_transform.h"
#include "taper.h"

#include <nodal/core/registry.h>
#include <nodal/couple/assimilation_method.h>

namespace nodal
{
  namespace
  {
    /// The local ensemble transform Kalman filter (Hunt, Kostelich, Szunyogh,
    /// Physica D 230, 2007): at each place an analysis of its own, to which
    /// observations count less the farther they are.
    class Letkf : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Inflation", inflation,
                "Of deviations from the mean, after each analysis.", 0.1, 10);
        prm.add("Radius", radius,
                "Standard deviation of the weight of observations over their "
                "distance, by Gaspari and Cohn's function; those of less than "
                "a thousandth are left out.",
                1e-12, 1e12);
        prm.add("Rotation", rotates,
                "Mix the members at random, everywhere in the same way.");
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
          const unsigned int n = members.n_members;
          Ensemble seen = observed(members, observations.H, context.comm());
          const std::vector<double> mean = members.center(),
                                    seen_mean = seen.center();
          Random random = context.random;
          const Dense rotation =
              rotates ? random_rotation(n, random) : Dense::identity(n);
          const std::vector<dealii::Point<3>> &places =
              context.system.positions();
          Dense local; // the new members in terms of the old ones
          std::vector<double> row(n);
          for (std::size_t i = 0; i < members.n_rows; ++i)
          {
            if (i == 0 || places[i] != places[i - 1])
              local = local_analysis(places[i], seen, seen_mean, observations,
                                     context.system, rotation);
            for (unsigned int m = 0; m < n; ++m)
              row[m] = members.member(m)[i];
            for (unsigned int j = 0; j < n; ++j)
            {
              double sum = mean[i];
              for (unsigned int m = 0; m < n; ++m)
                sum += row[m] * local(m, j);
              members.member(j)[i] = sum;
            }
          }
        }
        members.inflate(inflation);
      }

    private:
      /// w + T Ω, w in every column, for the place @p x.
      Dense local_analysis(const dealii::Point<3> &x, const Ensemble &seen,
                           const std::vector<double> &seen_mean,
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
        const ScaledObservations scaled(seen, seen_mean, observations, chosen,
                                        weights);
        const EnsembleTransform transform(scaled.S);
        const std::vector<double> w =
            transform.weights(scaled.S, scaled.innovations);
        Dense result = multiply(transform.transform(), rotation);
        for (unsigned int j = 0; j < result.n_columns; ++j)
          for (unsigned int m = 0; m < result.n_rows; ++m)
            result(m, j) += w[m];
        return result;
      }

      double inflation = 1.04, radius = 4;
      bool rotates = true;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, Letkf, "letkf",
                 "local ensemble transform Kalman filter")
} // namespace nodal
