// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_fsai_weights_h
#define nodal_solver_fsai_weights_h

#include <nodal/solver/fsai_levels.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * What is free in preconditioner 'multilevel fsai': how columns of a coarse
   * level are smoothed, how much a coarse level counts, and corrections of G.
   * Whatever they are, the preconditioner stays symmetric, and positive
   * definite as long as the diagonal of G stays positive.
   */
  class FsaiWeights
  {
  public:
    virtual ~FsaiWeights() = default;

    static std::string kind()
    {
      return "fsai weights";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Before the levels for @p A are made; may change how. Collective. Throws
    /// BadInput where the weights are not for such a matrix.
    virtual void prepare(Mat /*A*/, FsaiSettings &)
    {
    }

    /// The best of some pairs (benchmarks/RESULTS.md): where nothing is known.
    static constexpr double usual_smoothing = 0.75, usual_scale = 1.5;

    struct OfLevel
    {
      std::vector<float> smoothing; ///< by row, see MultilevelFsai
      double scale = 1;             ///< of what comes from the next level
    };

    /// Those of @p level, whose G may be changed; smoothing is asked for where
    /// there is a next level.
    virtual OfLevel weigh(FsaiLevel &level) = 0;

    /// Of how many rows the last weigh() has not given what it should have.
    virtual unsigned int n_fallbacks() const
    {
      return 0;
    }
  };
} // namespace nodal

#endif
