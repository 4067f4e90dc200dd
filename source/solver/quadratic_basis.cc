// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/local_frames.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// The coordinates of LocalFrames, the square of the first, along which
    /// smooth errors vary most, and other products. Three vectors cost in each
    /// step what one more than the constant does.
    class QuadraticBasis : public CoarseBasis
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Number", number,
                "How many vectors: one for each coordinate, then the square of "
                "the first, its product with the second, and so on; 0: three, "
                "which in 3d are the coordinates alone.",
                0, 9);
      }

      unsigned int prepare(Mat A, const RecycleSpace *, unsigned int) override
      {
        check_one_unknown_per_node(A, "quadratic");
        const unsigned int dim = coordinates_for(A, "quadratic").dim;
        return std::min(number == 0 ? 3 : number, dim + dim * (dim + 1) / 2);
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const Aggregates &aggregates) override
      {
        const LocalFrames frames =
            local_frames(A, coordinates_for(A, "quadratic"), aggregates);
        std::vector<std::vector<double>> result(
            prepare(A, nullptr, 0),
            std::vector<double>(aggregates.of_row.size(), 0.));
        std::vector<double> terms(frames.n_terms());
        for (std::size_t m = 0; m < frames.members.rows.size(); ++m)
        {
          frames.terms(m, terms.data());
          for (std::size_t v = 0; v < result.size(); ++v)
            result[v][frames.members.rows[m]] = terms[v];
        }
        return result;
      }

    private:
      unsigned int number = 0;
    };
  } // namespace

  NODAL_REGISTER(CoarseBasis, QuadraticBasis, "quadratic",
                 "the coordinates of each aggregate in the metric of the "
                 "diffusion, then the square of the one of greatest extent "
                 "and other products")
} // namespace nodal
