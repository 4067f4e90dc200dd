// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_assimilation_method_h
#define nodal_couple_assimilation_method_h

#include <nodal/couple/observations.h>

#include <string>
#include <vector>

namespace nodal
{
  /// What is known of states without observations: some of them, from a long
  /// run.
  struct Climatology
  {
    std::vector<double> mean;
    Ensemble anomalies; ///< states less the mean
  };

  /// What an analysis may look at besides forecast and observations.
  struct AnalysisContext
  {
    const EvolutionSystem &system;
    const Climatology &climatology;
    unsigned int component; ///< that is measured
    Random random;          ///< of this cycle, the same on all ranks
  };

  /**
   * How observations correct a forecast. Covariances are those of ensembles
   * and never made as matrices.
   */
  class AssimilationMethod
  {
  public:
    virtual ~AssimilationMethod() = default;

    static std::string kind()
    {
      return "assimilation method";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Read what it needs of files, unless that has been done. Relative names
    /// are looked for in @p folder first. Throws BadInput.
    virtual void load(const std::string & /*folder*/)
    {
    }

    /// Throws BadInput if it is not for @p problem with analyses @p cycle apart
    /// in time of observations whose errors have this @p deviation; after
    /// load().
    virtual void check_for(const std::string & /*problem*/, double /*cycle*/,
                           double /*deviation*/) const
    {
    }

    /// The fewest members it can work with.
    virtual unsigned int min_members() const
    {
      return 1;
    }

    /// With how many members it works if @p wanted are wanted; after load().
    /// One is for methods that have no ensemble.
    virtual unsigned int n_members(const unsigned int wanted) const
    {
      return min_members() > 1 ? wanted : 1;
    }

    /// True if it makes use of the climatology.
    virtual bool needs_climatology() const
    {
      return false;
    }

    /// An experiment begins in which @p component of @p system is measured:
    /// nothing of earlier ones counts. Throws BadInput if the method is not for
    /// that. Collective.
    virtual void begin(const EvolutionSystem & /*system*/,
                       unsigned int /*component*/)
    {
    }

    /// What one analysis leaves for the next, the same on all ranks.
    virtual std::vector<double> state() const
    {
      return {};
    }

    /// Go on from state(); false if @p values cannot be one.
    virtual bool set_state(const std::vector<double> &values)
    {
      return values.empty();
    }

    /// @p members, the forecast, become the analysis. There may be no
    /// observations. Collective over the ranks of the system, each of which
    /// has its own entries of states. Throws NumericalFailure.
    virtual void analyse(Ensemble &members, const Observations &observations,
                         const AnalysisContext &context) = 0;
  };
} // namespace nodal

#endif
