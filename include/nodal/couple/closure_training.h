// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_closure_training_h
#define nodal_couple_closure_training_h

#include <nodal/core/run.h>
#include <nodal/couple/closure.h>
#include <nodal/learn/trainer.h>
#include <nodal/time/time_stepper.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  class ClosureModel;
  class RollOuts;
  class StateFilter;
  struct ClosureDescription;
  struct GroupsInTraining;

  struct ClosureTrainingSettings
  {
    void add_parameters(Parameters &prm);

    /// Throws BadInput for a number of places that is even, and for runs that
    /// are too short for their parts.
    void check() const;

    /// Only what has a memory is warmed up.
    unsigned int warm_up() const
    {
      return n_memory > 0 ? n_warm_up : 0;
    }

    std::string fine_run;
    unsigned int n_runs = 32, n_validation = 16, length = 400, n_spin_up = 1000,
                 n_warm_up = 20, roll_out = 100, n_steps = 50, batch = 32,
                 width = 32, n_layers = 2, n_memory = 16, n_places = 5,
                 degree = 3;
    double spacing = 0, offline_share = 0.25;
  };

  /// What a coarse problem has of a run of a fine one.
  struct FilteredRun
  {
    double begin = 0;                        ///< its time
    std::vector<std::vector<double>> states; ///< owned entries, by step
    /// (state at the end − a step of the coarse problem) / h, by step
    std::vector<std::vector<double>> missed;
  };

  /// Makes runs of a fine problem for a coarse one.
  class FilteredRuns
  {
  public:
    /// One of the two problems, whose stepper has been started with steps of
    /// h. The members are kept.
    struct Side
    {
      EvolutionSystem &system;
      TimeStepper &stepper;
      double h;
    };

    /// @p fine makes a whole number of steps in one of @p coarse. Throws
    /// BadInput if it does not, or there is no component in common.
    FilteredRuns(const Side &fine, const Side &coarse);
    ~FilteredRuns();

    /// Run @p number of those with @p seed, over @p n_steps of the coarse
    /// problem after @p n_spin_up. Throws NumericalFailure if it fails.
    FilteredRun make(unsigned int seed, unsigned int number,
                     unsigned int n_spin_up, unsigned int n_steps) const;

  private:
    const Side fine, coarse;
    const std::unique_ptr<StateFilter> filter;
    unsigned int ratio = 1;
  };

  /**
   * Fits a closure: so that steps of a coarse problem with it follow what that
   * problem has of fine runs.
   *
   * A polynomial gets the least squares of what steps miss. A network does so
   * along known states at first ("offline"); then it makes coupled roll-outs,
   * of growing length, whose error has gradients through the steps. Some begin
   * cold, others after a warm-up along known states.
   */
  class ClosureTraining
  {
  public:
    /// All is kept. @p stepper has been started for @p system, which is not
    /// shared by ranks and has derivatives if a network is fitted; @p across
    /// has the ranks that train.
    ClosureTraining(const ClosureTrainingSettings &settings,
                    const TrainingSettings &training, EvolutionSystem &system,
                    TimeStepper &stepper, LinearSolver &solver, double h,
                    MPI_Comm across);
    ~ClosureTraining();

    /// Throws BadInput if closure @p name cannot be made for the system. The
    /// stepper must be started again.
    void check(const std::string &name) const;

    /// Where there is work for this rank: runs to train on, and to validate.
    void make_data(const FilteredRuns &runs);

    /// Fit closure @p name for @p problem, with log and requests to stop as
    /// @p run has them. @p on_improvement gets the best model so far, which
    /// @p word tells from others. Collective. Throws NumericalFailure if the
    /// network gives what is no number, BadInput if nothing was missed.
    void fit(const std::string &name, const std::string &problem,
             const std::string &word,
             const std::function<void(const ClosureModel &)> &on_improvement,
             Run &run) const;

  private:
    std::unique_ptr<ClosureModel>
    make_model(const std::string &name, ClosureDescription description) const;

    void describe(ClosureDescription &description, RollOuts &steps) const;
    void fit_polynomial(ClosureModel &model, RollOuts &steps) const;
    void fit_network(ClosureModel &model, RollOuts &steps,
                     const std::function<void()> &on_improvement,
                     Run &run) const;

    /// The mean over roll-outs kept back of root mean square errors over their
    /// time and nodes; without a closure if @p model is null.
    double error_of(ClosureModel *model, const RollOuts &steps,
                    unsigned int n_warm_up) const;

    /// What to say of roll-outs that were lost in it.
    std::string lost_text() const;

    /// The same, of roll-outs with and without a warm-up.
    double validate(ClosureModel &model, const RollOuts &steps) const;

    const ClosureTrainingSettings &settings;
    const TrainingSettings &training;
    EvolutionSystem &system;
    TimeStepper &stepper;
    LinearSolver &solver;
    const double h;
    const std::unique_ptr<GroupsInTraining> groups;
    std::vector<FilteredRun> runs, others; ///< this rank's
    mutable unsigned int n_lost = 0;       ///< roll-outs of the last error_of()
  };
} // namespace nodal

#endif
