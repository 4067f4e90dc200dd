// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_completion.h"
#include "lane_hierarchy.h"
#include "lane_kernel_choice.h"
#include "lane_numbering.h"
#include "lane_partition.h"
#include "lane_samples.h"

#include <nodal/core/communicator.h>
#include <nodal/solver/lane_multigrid.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace nodal
{
  namespace
  {
    /// The residual of the iteration is replaced by the true one when it has
    /// fallen by this factor.
    constexpr double replacement = 3e-5;

    /// Where the two differ by more than this part of the true one, the search
    /// directions before are of no use.
    constexpr double most_difference = 0.01;

    /// A lane whose residual is small so many times while the true one is not
    /// gets no further in single precision.
    constexpr unsigned int most_denied = 3;

    /// The iteration stops a little below the tolerance, for its rounding.
    constexpr double most_of_tolerance = 0.9;

    /// The place in lanes of each node of the finest level, or of each that
    /// this rank owns, once all levels are numbered by fronts.
    std::vector<std::int32_t> number_all(LanePartition &partition,
                                         const unsigned int self)
    {
      std::vector<LaneLevel> &levels = partition.family.levels;
      std::vector<std::int32_t> number;
      for (std::size_t l = 0; l < levels.size(); ++l)
      {
        std::vector<std::int32_t> fronts = number_by_fronts(levels[l]);
        renumber(partition.family, l, fronts);
        if (l == 0)
          number = std::move(fronts);
      }
      if (partition.n_divided == 0)
        return number;
      const LaneIds &nodes = levels[0].nodes;
      number.resize(nodes.begin[self + 1] - nodes.begin[self]);
      for (std::size_t place = 0; place < nodes.ids.size(); ++place)
        if (nodes.owner(nodes.ids[place]) == self)
          number[nodes.ids[place] - nodes.begin[self]] = place;
      return number;
    }
  } // namespace

  struct LaneMultigrid::Implementation
  {
    Implementation(const LaneFamily &family, const Settings &settings,
                   std::vector<std::int32_t> number,
                   const ChosenKernels &chosen, MPI_Comm comm);

    static std::unique_ptr<Implementation>
    make(LanePartition partition, const Settings &settings, MPI_Comm comm)
    {
      std::vector<std::int32_t> number = number_all(partition, rank_of(comm));
      const LaneFamily &family = partition.family;
      return std::make_unique<Implementation>(
          family, settings, std::move(number),
          choose_kernels(settings, family, comm), comm);
    }

    unsigned int most_iterations(const SolveControl &control) const
    {
      return std::min(control.max_iterations, settings.max_iterations);
    }

    /// Of one number per lane.
    void sum_over_ranks(PerLane<double> &value) const
    {
      if (top.is_divided())
        MPI_Allreduce(MPI_IN_PLACE, value.data(), S, MPI_DOUBLE, MPI_SUM, comm);
    }

    void find_reference();
    void residual(PerLane<double> &result);
    void start(const SolveControl &control);
    void iterate(const SolveControl &control);
    void stop_lanes(const SolveControl &control, const PerLane<double> &found,
                    PerLane<double> &rz);
    double relative(unsigned int lane);
    bool any_active() const;
    std::vector<SolveResult> report(const std::vector<double *> &solution,
                                    const SolveControl &control);

    const Settings settings;
    const std::string processor;
    const MPI_Comm comm;
    const lanes::Kernels &kernels; ///< for the cells of the finest level
    const unsigned int S;
    LaneHierarchy hierarchy;
    SmoothedLevel &top;
    const std::vector<bool> is_constrained; ///< nodes of the finest level
    std::vector<double> values, mask;       ///< of the finest level, in double
    LaneSamples samples;
    LaneArray<double> ring;
    LaneArray<float> p, q;

    // The state of the lanes.
    PerLane<double> norm, reference; ///< of true residuals
    PerLane<double> scale;           ///< of r to the true residual
    PerLane<unsigned int> iterations;
    PerLane<unsigned int> n_denied; ///< times that r was small and not true
    PerLane<bool> is_active, is_done, has_broken_down;
  };

  LaneMultigrid::Implementation::Implementation(
      const LaneFamily &family, const Settings &settings,
      std::vector<std::int32_t> number, const ChosenKernels &chosen,
      MPI_Comm comm)
      : settings(settings), processor(chosen.processor), comm(comm),
        kernels(*chosen.of_level[0].cells), S(kernels.lanes),
        hierarchy(family, chosen, settings, comm), top(hierarchy.finest()),
        is_constrained(family.levels[0].is_constrained),
        values(top.order.packed), mask(top.mask.begin(), top.mask.end()),
        samples(top, family.levels[0], std::move(number), comm),
        ring(std::size_t(top.order.ring) * S)
  {
    for (LaneArray<float> *v : {&p, &q})
      v->resize(std::size_t(top.n_nodes) * S);
  }

  void LaneMultigrid::Implementation::residual(PerLane<double> &result)
  {
    kernels.residual(top.order.view(values, mask), samples.coefficient.data(),
                     samples.is_zero ? nullptr : samples.x.data(),
                     samples.f.data(), samples.is_shared_f, scale.data(),
                     top.r.data(), ring.data(), result.data());
    top.nodes.update(top.r.data(), S);
    sum_over_ranks(result);
    for (unsigned int lane = 0; lane < S; ++lane)
      result[lane] = std::sqrt(result[lane]);
  }

  void LaneMultigrid::Implementation::find_reference()
  {
    std::fill_n(scale.data(), S, 1.);
    if (samples.starts_from_zero)
    {
      residual(norm);
      reference = norm;
      return;
    }
    LaneArray<double> &x = samples.x;
    const LaneArray<double> start = x;
    for (int i = 0; i < top.n_nodes; ++i)
      if (!is_constrained[i])
        std::fill_n(&x[std::size_t(i) * S], S, 0.);
    residual(reference);
    x = start;
    residual(norm);
  }

  double LaneMultigrid::Implementation::relative(const unsigned int lane)
  {
    return reference[lane] > 0 ? norm[lane] / reference[lane] : norm[lane];
  }

  /// Scale r, the true residual, to norm one, and find out who needs to start.
  void LaneMultigrid::Implementation::start(const SolveControl &control)
  {
    PerLane<float> factor;
    for (unsigned int lane = 0; lane < S; ++lane)
    {
      iterations[lane] = n_denied[lane] = 0;
      is_done[lane] = false;
      has_broken_down[lane] = false;
      is_active[lane] = lane < samples.n && !samples.has_bad_data[lane] &&
                        std::isfinite(norm[lane]) &&
                        relative(lane) > control.tolerance;
      scale[lane] = is_active[lane] ? 1 / norm[lane] : 0;
      factor[lane] = scale[lane];
    }
    for (std::size_t i = 0; i < top.r.size(); i += S)
      for (unsigned int lane = 0; lane < S; ++lane)
        top.r[i + lane] *= factor[lane];
    std::memset(p.data(), 0, p.size() * sizeof(float));
    std::memset(q.data(), 0, q.size() * sizeof(float));
  }

  /// Compare true residuals with what is asked; r becomes the true residual.
  /// @p found are the norms that the iteration had. Lanes whose directions do
  /// not fit to the true residual begin anew: their r z of the last step is
  /// infinite.
  void LaneMultigrid::Implementation::stop_lanes(const SolveControl &control,
                                                 const PerLane<double> &found,
                                                 PerLane<double> &rz)
  {
    PerLane<double> now;
    residual(now);
    for (unsigned int lane = 0; lane < S; ++lane)
      if (is_active[lane])
      {
        norm[lane] = now[lane];
        const bool is_certified = relative(lane) <= control.tolerance;
        n_denied[lane] += is_done[lane] && !is_certified;
        is_done[lane] = false;
        is_active[lane] = !is_certified && n_denied[lane] < most_denied;
        if (std::abs(now[lane] - found[lane]) > most_difference * now[lane])
          rz[lane] = std::numeric_limits<double>::infinity();
      }
  }

  /// Conjugate gradients in single precision. Once its residual has fallen
  /// far, the true one replaces it and the iteration goes on (van der Vorst,
  /// Ye, SIAM J. Sci. Comput. 2000).
  void LaneMultigrid::Implementation::iterate(const SolveControl &control)
  {
    const unsigned int max_iterations = most_iterations(control);
    const lanes::KrylovVectors krylov = {p.data(), q.data(), samples.x.data()};
    PerLane<float> alpha, beta;
    PerLane<double> step, r2, found, rz, rz_old, pq;
    for (unsigned int n_done = 0;; ++n_done)
    {
      hierarchy.begin_cycle(krylov, alpha.data(), step.data(), r2.data());
      sum_over_ranks(r2);
      bool all_done = true, has_fallen = n_done == max_iterations;
      for (unsigned int lane = 0; lane < S; ++lane)
        if (is_active[lane] && !is_done[lane])
        {
          found[lane] = std::sqrt(r2[lane]) / scale[lane];
          is_done[lane] =
              !(found[lane] >
                most_of_tolerance * control.tolerance * reference[lane]);
          all_done &= is_done[lane];
          has_fallen |=
              !is_done[lane] && found[lane] < replacement * norm[lane];
        }
      if (all_done || has_fallen)
      {
        stop_lanes(control, found, rz_old);
        if (n_done == max_iterations)
          return;
        // Smoothing begins again with the new residual.
        std::fill_n(alpha.data(), S, 0.F);
        std::fill_n(step.data(), S, 0.);
        if (any_active())
          hierarchy.begin_cycle(krylov, alpha.data(), step.data(), r2.data());
      }
      if (!any_active())
        return;
      hierarchy.end_cycle(rz.data());
      sum_over_ranks(rz);
      for (unsigned int lane = 0; lane < S; ++lane)
        beta[lane] =
            n_done > 0 && is_active[lane] ? rz[lane] / rz_old[lane] : 0;
      hierarchy.direction(krylov, beta.data(), pq.data());
      sum_over_ranks(pq);
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        bool goes_on = is_active[lane] && !is_done[lane];
        if (goes_on && !(pq[lane] > 0 && rz[lane] > 0))
        {
          has_broken_down[lane] = true;
          goes_on = is_active[lane] = false;
        }
        // A lane that stopped keeps its solution: α = 0.
        alpha[lane] = goes_on ? rz[lane] / pq[lane] : 0;
        step[lane] = goes_on ? alpha[lane] / scale[lane] : 0;
        iterations[lane] += goes_on;
        rz_old[lane] = rz[lane];
      }
    }
  }

  bool LaneMultigrid::Implementation::any_active() const
  {
    return std::any_of(is_active.values.begin(), is_active.values.begin() + S,
                       [](const bool active) { return active; });
  }

  std::vector<SolveResult>
  LaneMultigrid::Implementation::report(const std::vector<double *> &solution,
                                        const SolveControl &control)
  {
    std::vector<SolveResult> results(samples.n);
    for (unsigned int lane = 0; lane < samples.n; ++lane)
    {
      SolveResult &result = results[lane];
      result.iterations = iterations[lane];
      result.true_residual = relative(lane);
      if (samples.has_bad_data[lane])
      {
        result.status = SolveStatus::not_a_number;
        result.true_residual = std::nan("");
        result.message = "a coefficient is not a positive number";
      }
      else if (!std::isfinite(result.true_residual))
      {
        result.status = SolveStatus::not_a_number;
        result.message = "the true residual is not a number";
      }
      else if (result.true_residual <= control.tolerance)
        result.status = SolveStatus::converged;
      else if (has_broken_down[lane])
        result.status = SolveStatus::breakdown;
      else
        result.status = iterations[lane] >= most_iterations(control)
                            ? SolveStatus::iteration_limit
                            : SolveStatus::stagnated;
    }
    samples.unload(solution);
    return results;
  }

  LaneMultigrid::LaneMultigrid(const LaneFamily &family,
                               const Settings &settings)
  {
    // Smoothing and factorisation need one level each.
    implementation = Implementation::make({completed(family, 2, settings), 0},
                                          settings, MPI_COMM_SELF);
  }

  LaneMultigrid::LaneMultigrid(DistributedLaneFamily family,
                               const Settings &settings)
  {
    MPI_Comm comm = family.comm;
    implementation = Implementation::make(
        divide(std::move(family), settings.least_divided,
               [&](LaneFamily levels, const unsigned int least_levels) {
                 return completed(std::move(levels), least_levels, settings);
               }),
        settings, comm);
  }

  LaneMultigrid::~LaneMultigrid() = default;

  unsigned int LaneMultigrid::lanes() const
  {
    return implementation->S;
  }

  std::string LaneMultigrid::description() const
  {
    return implementation->processor + ", " + std::to_string(lanes()) +
           " lanes, " + std::to_string(implementation->hierarchy.n_levels()) +
           " levels, " +
           std::to_string(implementation->hierarchy.n_coarsest()) +
           " unknowns on the coarsest" +
           (implementation->hierarchy.can_follow()
                ? ", interpolation follows the coefficient" +
                      std::string(implementation->settings.interpolation ==
                                          "automatic"
                                      ? " where it jumps"
                                      : "")
                : "");
  }

  std::size_t LaneMultigrid::bytes() const
  {
    const Implementation &self = *implementation;
    return self.hierarchy.bytes() +
           sizeof(double) * (self.samples.size() + self.ring.size()) +
           sizeof(float) * (self.p.size() + self.q.size());
  }

  std::vector<SolveResult>
  LaneMultigrid::solve(const std::vector<const double *> &coefficients,
                       const std::vector<const double *> &f,
                       const std::vector<double *> &x,
                       const SolveControl &control)
  {
    Implementation &self = *implementation;
    self.samples.load_coefficients(coefficients);
    self.samples.load_vectors(f, x);
    self.hierarchy.set_up();
    self.find_reference();
    self.samples.is_zero = false;
    self.start(control);
    if (self.any_active())
      self.iterate(control);
    return self.report(x, control);
  }
} // namespace nodal
