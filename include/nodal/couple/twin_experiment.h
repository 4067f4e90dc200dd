// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_twin_experiment_h
#define nodal_couple_twin_experiment_h

#include <nodal/core/communicator.h>
#include <nodal/couple/assimilation_method.h>
#include <nodal/couple/forecast.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * One run of a model is the truth; what is observed of it corrects others,
   * the members, that begin elsewhere. How near they stay to the truth is what
   * methods of assimilation are compared by.
   *
   * The members are spread over @p groups of ranks. Each of them has the whole
   * model, makes the forecasts of its members, and the analysis of all: so the
   * result does not depend on their number.
   */
  class TwinExperiment
  {
  public:
    /// The section `Assimilation`.
    struct Settings
    {
      void add_parameters(Parameters &prm);

      /// Throws BadInput where there are too few members.
      void check(const AssimilationMethod &method) const;

      /// Members that @p method, which has been loaded, works with.
      unsigned int n_members_of(const AssimilationMethod &method) const;

      unsigned int n_members = 24;
      unsigned int steps_per_cycle = 1;
      unsigned int n_spin_up = 1000;        ///< steps before the first cycle
      unsigned int n_climatology = 1000;    ///< states
      unsigned int n_climatology_runs = 1;  ///< that these are of
      unsigned int climatology_stride = 20; ///< steps between them
      double initial_share = 0.03;          ///< of climatological anomalies
    };

    /// Root mean squares over the nodes of the observed component.
    struct Scores
    {
      double forecast_error = 0, analysis_error = 0; ///< of the mean
      double forecast_spread = 0, analysis_spread = 0;
      double forecast_seconds = 0, analysis_seconds = 0; ///< of this rank
      std::size_t n_observations = 0;
    };

    /**
     * Runs the model to its attractor, and for the climatology if @p method or
     * the first members need it. @p model has been set up; @p stepper has been
     * started for it with steps of @p h. All arguments are kept. Throws
     * BadInput where there are too few members. Collective.
     */
    TwinExperiment(EvolutionSystem &model, TimeStepper &stepper, double h,
                   AssimilationMethod &method,
                   const ObservationNetwork &network, const Settings &settings,
                   unsigned int seed, MPI_Comm groups);

    /// The next cycle: forecasts, observations, analysis. Throws
    /// NumericalFailure if a forecast fails. Collective.
    Scores cycle();

    unsigned int n_cycles() const
    {
      return n_done;
    }

    double time() const;

    const std::vector<double> &truth() const
    {
      return true_state;
    }

    const Ensemble &members() const
    {
      return ensemble;
    }

    /// The root mean square, over time and nodes of the observed component,
    /// of what states deviate from their mean.
    double climatological_spread() const;

    /// Write what cycle() goes on from, and @p more. Collective; throws
    /// BadInput on all ranks if the file cannot be written.
    void save(const std::string &file, const std::string &word,
              const std::vector<double> &more) const;

    /// Go on from what save() wrote; false if that is not there.
    bool load(const std::string &file, const std::string &word,
              std::vector<double> &more);

  private:
    void run_climatology();

    /// Of the observed component, over its nodes on all ranks.
    double root_mean_square(const std::vector<double> &squares) const;

    EvolutionSystem &model;
    const Forecast forecast;
    AssimilationMethod &method;
    const ObservationNetwork &network;
    const Settings settings;
    const unsigned int seed;
    const MPI_Comm groups;

    Climatology climate;
    std::vector<double> true_state;
    Ensemble ensemble;
    unsigned int n_done = 0;
  };
} // namespace nodal

#endif
