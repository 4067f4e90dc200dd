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

    /// The ranks of the system.
    MPI_Comm comm() const
    {
      return PetscObjectComm(reinterpret_cast<PetscObject>(system.like()));
    }
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

    /// The fewest members it can work with. One is for methods that correct
    /// each state by itself: they get one.
    virtual unsigned int min_members() const
    {
      return 1;
    }

    /// True if it makes use of the climatology.
    virtual bool needs_climatology() const
    {
      return false;
    }

    /// An experiment begins: nothing of earlier ones counts.
    virtual void begin()
    {
    }

    /// @p members, the forecast, become the analysis. There may be no
    /// observations. Collective over the ranks of the system, each of which
    /// has its own entries of states. Throws NumericalFailure.
    virtual void analyse(Ensemble &members, const Observations &observations,
                         const AnalysisContext &context) = 0;
  };
} // namespace nodal

#endif
