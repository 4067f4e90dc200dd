// SPDX-License-Identifier: LGPL-2.1-or-later
#include "aggregate_features.h"
#include "read_on_all_ranks.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/couple/coarse_model.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/local_frames.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace nodal
{
  namespace
  {
    /// Columns that a CoarseModel gives. Those of 'quadratic' take their place
    /// on aggregates for which it gives no numbers.
    class LearnedBasis : public CoarseBasis
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Model", folder,
                "The folder of a coarse basis from 'nodal train'.");
      }

      unsigned int prepare(Mat A, const RecycleSpace *, unsigned int) override
      {
        read_on_all_ranks(model, folder, A,
                          "Columns 'learned' need a model: name its folder in "
                          "'Model' (option -pc_nodal_model), or choose "
                          "'quadratic'.");
        check_one_unknown_per_node(A, "learned");
        const unsigned int dim = coordinates_for(A, "learned").dim;
        if (dim == 0)
          return 0;
        if (dim != model->description.dim)
          throw BadInput("The model in '" + folder + "' was trained in " +
                         std::to_string(model->description.dim) +
                         "d, and this problem is " + std::to_string(dim) +
                         "d: take a model that fits, or choose 'quadratic'.");
        return model->description.n_columns;
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const Aggregates &aggregates) override
      {
        const LocalFrames frames =
            local_frames(A, coordinates_for(A, "learned"), aggregates);
        const AggregateFeatures features(A, aggregates, frames);
        std::vector<float> combinations =
            model->network.evaluate(features.values, features.n);
        const unsigned int n_columns = model->description.n_columns,
                           n_terms = frames.n_terms();
        replaced = 0;
        for (unsigned int k = 0; k < features.n; ++k)
        {
          float *const here =
              &combinations[std::size_t(k) * n_columns * n_terms];
          if (std::all_of(here, here + n_columns * n_terms,
                          [](const float c) { return std::isfinite(c); }))
            continue;
          ++replaced;
          std::fill_n(here, n_columns * n_terms, 0.f);
          for (unsigned int c = 0; c < n_columns; ++c)
            here[c * n_terms + c] = 1;
        }
        std::vector<std::vector<double>> result(
            n_columns, std::vector<double>(aggregates.of_row.size(), 0.));
        std::vector<double> terms(n_terms);
        for (unsigned int k = 0; k < features.n; ++k)
          for (int m = frames.members.offsets[k];
               m < frames.members.offsets[k + 1]; ++m)
          {
            frames.terms(m, terms.data());
            const float *factor =
                &combinations[std::size_t(k) * n_columns * n_terms];
            for (unsigned int c = 0; c < n_columns; ++c)
            {
              double sum = 0;
              for (unsigned int t = 0; t < n_terms; ++t)
                sum += *factor++ * terms[t];
              result[c][frames.members.rows[m]] = sum;
            }
          }
        return result;
      }

      unsigned int n_fallbacks() const override
      {
        return replaced;
      }

    private:
      std::string folder;
      std::unique_ptr<CoarseModel> model;
      unsigned int replaced = 0;
    };
  } // namespace

  NODAL_REGISTER(CoarseBasis, LearnedBasis, "learned",
                 "combinations of quadratic polynomials of each aggregate, by "
                 "a network that sees its matrix entries and shape")
} // namespace nodal
