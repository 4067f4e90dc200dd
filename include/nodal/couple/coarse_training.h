// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_coarse_training_h
#define nodal_couple_coarse_training_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/core/run.h>
#include <nodal/couple/coarse_model.h>
#include <nodal/learn/trainer.h>

#include <functional>
#include <string>
#include <vector>

namespace nodal
{
  struct CoarseTrainingSettings
  {
    void add_parameters(Parameters &prm);

    /// Rows of aggregates to train on for @p A.
    std::vector<unsigned int> sizes_for(Mat A) const;

    unsigned int n_columns = 3, n_snapshots = 20, width = 64, n_layers = 2,
                 size = 0;
    double threshold = 0.25;
  };

  /**
   * Fits a CoarseModel to *localised snapshots*: vectors that are smooth for
   * their matrices, as solutions are, cut into pieces by the aggregates. Of an
   * aggregate with the quadratic terms T and snapshots S, the constant taken
   * out of both, there is kept what the loss needs,
   *
   *   G = Tᵀ T,  H = Tᵀ S Sᵀ T / ‖S‖²,
   *
   * and the loss of combinations C is the share of the snapshots that the
   * columns T C miss, 1 − tr((Cᵀ G C)⁻¹ Cᵀ H C). It does not depend on the
   * basis of the columns' span, and the best C are known: generalised
   * eigenvectors of H and G, beside which the network is measured.
   */
  class CoarseTraining
  {
  public:
    /// Keeps references.
    CoarseTraining(const CoarseTrainingSettings &settings,
                   const TrainingSettings &training);

    /// Add the aggregates of @p A, which has coordinates and is on one rank,
    /// with @p snapshots by unknown. Systems added with @p is_kept_back are
    /// those that tell which weights are best.
    void add(Mat A, const std::vector<std::vector<double>> &snapshots,
             bool is_kept_back);

    /// Fit a network, with log and requests to stop as @p run has them.
    /// @p on_improvement gets the best model so far, at first one that gives
    /// the columns 'quadratic'. Throws NumericalFailure if the network gives
    /// what is no number. On rank 0 alone.
    void fit(CoarseModelDescription description,
             const std::function<void(const CoarseModel &)> &on_improvement,
             Run &run) const;

    /// Throws BadInput if there are no so many columns in @p dim dimensions.
    static void check_number(unsigned int n_columns, unsigned int dim);

    /// Aggregates of the systems to train on.
    std::size_t n_aggregates() const
    {
      return fitted.n;
    }

    /// What there is to train on, for the log.
    std::string summary() const
    {
      return std::to_string(fitted.n) + " aggregates to train on";
    }

  private:
    /// What is kept of aggregates, one after the other.
    struct Examples
    {
      std::size_t n = 0, n_systems = 0;
      std::vector<float> features;
      std::vector<double> G, H;
    };

    struct Tensors;

    const CoarseTrainingSettings &settings;
    const TrainingSettings &training;
    unsigned int dim = 0; ///< of the coordinates
    Examples fitted, kept_back;
  };
} // namespace nodal

#endif
