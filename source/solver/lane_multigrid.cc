// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_aggregation.h"
#include "lane_hierarchy.h"

#include <nodal/core/exceptions.h>
#include <nodal/solver/lane_multigrid.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace nodal
{
  namespace
  {
    constexpr unsigned int most_lanes = 16;

    /// One number per lane.
    template <class T>
    struct alignas(128) PerLane
    {
      std::array<T, most_lanes> values = {};

      T &operator[](const unsigned int lane)
      {
        return values[lane];
      }

      T *data()
      {
        return values.data();
      }
    };

    unsigned int n_free(const LaneLevel &level)
    {
      return std::count(level.is_constrained.begin(),
                        level.is_constrained.end(), false);
    }

    /// @p family with aggregated levels below its coarsest until one has few
    /// unknowns; at least two levels, as smoothing and factorisation need one
    /// each.
    LaneFamily completed(LaneFamily family,
                         const LaneMultigrid::Settings &settings)
    {
      std::vector<LaneLevel> &levels = family.levels;
      while (levels.size() == 1 ||
             n_free(levels.back()) > settings.most_coarsest)
      {
        LaneLevel coarse = aggregate(levels.back(), settings.overcorrection);
        if (10 * n_free(coarse) > 9 * n_free(levels.back()) &&
            levels.size() > 1)
          throw BadInput("the unknowns cannot be aggregated to fewer than " +
                         std::to_string(n_free(coarse)));
        levels.push_back(std::move(coarse));
      }
      return family;
    }

    struct ChosenKernels
    {
      std::string processor;
      const lanes::Kernels *kernels;
    };

    /// On finer levels the vectors of 16 lanes leave the cache.
    constexpr unsigned int most_nodes_for_wide_lanes = 16000;

    ChosenKernels choose_kernels(const LaneMultigrid::Settings &settings,
                                 const LaneLevel &finest,
                                 const lanes::Form form)
    {
      const int n = finest.n;
      const bool is_wide = finest.n_nodes <= most_nodes_for_wide_lanes;
      struct Candidate
      {
        const char *name;
        bool is_supported;
        int lanes;
        const lanes::Kernels *(*find)(int, int, lanes::Form);
      };
      const Candidate candidates[] = {
#ifdef __x86_64__
          {"avx512",
           __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl"),
           is_wide ? 16 : 8, lanes::avx512_kernels},
          {"avx2",
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), 8,
           lanes::avx2_kernels},
#endif
          {"generic", true, 8, lanes::generic_kernels}};
      const std::string &processor = settings.processor;
      for (const Candidate &candidate : candidates)
        if (candidate.is_supported &&
            (processor.empty() || processor == candidate.name))
        {
          const int n_lanes =
              settings.lanes == 0 ? candidate.lanes : settings.lanes;
          const lanes::Kernels *const kernels =
              candidate.find(n_lanes, n, form);
          if (!kernels)
            throw BadInput("There are no lane kernels for " +
                           std::to_string(n_lanes) + " lanes of cells with " +
                           std::to_string(n) + " unknowns.");
          return {candidate.name, kernels};
        }
      throw BadInput("This processor has no lane kernels '" + processor + "'.");
    }
  } // namespace

  struct LaneMultigrid::Implementation
  {
    Implementation(const LaneFamily &family, const Settings &settings,
                   lanes::Form form, const ChosenKernels &chosen);

    void load_coefficients(const std::vector<const double *> &samples);
    void load_vectors(const std::vector<const double *> &samples_f,
                      const std::vector<double *> &start);
    void find_reference();
    void refine(const SolveControl &control);
    void iterate(PerLane<double> &target, unsigned int max_iterations);
    void residual(const float *correction, PerLane<double> &scale,
                  PerLane<double> &norm);
    double relative(unsigned int lane);
    std::vector<SolveResult> report(const std::vector<double *> &solution,
                                    const SolveControl &control);

    const Settings settings;
    const std::string processor;
    const lanes::Kernels &kernels;
    const unsigned int S;
    LaneHierarchy hierarchy;
    SmoothedLevel &top;
    std::vector<double> values, mask; ///< of the finest level, in double
    LaneArray<double> coefficient, x, r, f, ring;
    LaneArray<float> p, q, u;
    bool is_shared_f = false, starts_from_zero = true;

    // The state of the lanes.
    unsigned int n_samples = 0;
    PerLane<double> norm, reference;
    PerLane<unsigned int> iterations;
    PerLane<bool> is_active, has_bad_data, has_broken_down;
  };

  LaneMultigrid::Implementation::Implementation(const LaneFamily &family,
                                                const Settings &settings,
                                                const lanes::Form form,
                                                const ChosenKernels &chosen)
      : settings(settings), processor(chosen.processor),
        kernels(*chosen.kernels), S(kernels.lanes),
        hierarchy(family, kernels, form, settings.range),
        top(hierarchy.finest()), values(top.order.packed),
        mask(top.mask.begin(), top.mask.end()),
        coefficient(std::size_t(top.n_cells) * S),
        ring(std::size_t(top.order.ring) * S)
  {
    const std::size_t n = std::size_t(top.n_nodes) * S;
    for (LaneArray<double> *v : {&x, &r, &f})
      v->resize(n);
    for (LaneArray<float> *v : {&p, &q, &u})
      v->resize(n);
  }

  void LaneMultigrid::Implementation::load_coefficients(
      const std::vector<const double *> &samples)
  {
    n_samples = samples.size();
    for (unsigned int lane = 0; lane < S; ++lane)
      has_bad_data[lane] = false;
    for (int place = 0; place < top.n_cells; ++place)
    {
      const std::int32_t cell = top.order.cell_at[place];
      double *const row = &coefficient[std::size_t(place) * S];
      float *const row_float = &top.coefficient[std::size_t(place) * S];
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        double value = lane < n_samples ? samples[lane][cell] : 1;
        if (!(value > 0) || !std::isfinite(value))
        {
          has_bad_data[lane] = true;
          value = 1;
        }
        row[lane] = value;
        row_float[lane] = value;
      }
    }
  }

  void LaneMultigrid::Implementation::load_vectors(
      const std::vector<const double *> &samples_f,
      const std::vector<double *> &start)
  {
    is_shared_f = samples_f.size() == 1;
    if (is_shared_f)
      std::copy_n(samples_f[0], top.n_nodes, f.begin());
    starts_from_zero = true;
    for (int i = 0; i < top.n_nodes; ++i)
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const bool is_used = lane < n_samples;
        const std::size_t k = std::size_t(i) * S + lane;
        x[k] = is_used ? start[lane][i] : 0;
        starts_from_zero &= x[k] == 0 || top.mask[i] == 0;
        if (!is_shared_f)
          f[k] = is_used ? samples_f[lane][i] : 0;
      }
  }

  void LaneMultigrid::Implementation::residual(const float *correction,
                                               PerLane<double> &scale,
                                               PerLane<double> &result)
  {
    kernels.residual(top.order.view(values, mask), coefficient.data(), x.data(),
                     correction, scale.data(), f.data(), is_shared_f, r.data(),
                     ring.data(), result.data());
    for (unsigned int lane = 0; lane < S; ++lane)
      result[lane] = std::sqrt(result[lane]);
  }

  void LaneMultigrid::Implementation::find_reference()
  {
    PerLane<double> none;
    if (starts_from_zero)
    {
      residual(nullptr, none, norm);
      reference = norm;
      return;
    }
    const LaneArray<double> start = x;
    for (int i = 0; i < top.n_nodes; ++i)
      if (top.mask[i] != 0)
        std::fill_n(&x[std::size_t(i) * S], S, 0.);
    residual(nullptr, none, reference);
    x = start;
    residual(nullptr, none, norm);
  }

  double LaneMultigrid::Implementation::relative(const unsigned int lane)
  {
    return reference[lane] > 0 ? norm[lane] / reference[lane] : norm[lane];
  }

  void LaneMultigrid::Implementation::refine(const SolveControl &control)
  {
    const unsigned int max_iterations =
        std::min(control.max_iterations, settings.max_iterations);
    for (unsigned int lane = 0; lane < S; ++lane)
    {
      iterations[lane] = 0;
      has_broken_down[lane] = false;
      is_active[lane] = lane < n_samples && !has_bad_data[lane] &&
                        std::isfinite(norm[lane]) &&
                        relative(lane) > control.tolerance;
    }
    const auto any_active = [&]
    {
      return std::any_of(is_active.values.begin(), is_active.values.begin() + S,
                         [](const bool active) { return active; });
    };
    for (unsigned int n_done = 0; any_active() && n_done < max_iterations;)
    {
      PerLane<double> scale, target;
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        scale[lane] = is_active[lane] ? 1 / norm[lane] : 0;
        // A little below what is asked, for the rounding of the correction.
        target[lane] = is_active[lane]
                           ? std::max(settings.inner_tolerance,
                                      0.7 * control.tolerance / relative(lane))
                           : 2;
      }
      kernels.convert(top.n_nodes, r.data(), scale.data(), top.r.data());
      const PerLane<unsigned int> before = iterations;
      iterate(target, max_iterations - n_done);
      n_done = *std::max_element(iterations.values.begin(),
                                 iterations.values.begin() + S);
      PerLane<double> old_norm = norm, back;
      for (unsigned int lane = 0; lane < S; ++lane)
        back[lane] = is_active[lane] ? norm[lane] : 0;
      residual(u.data(), back, norm);
      for (unsigned int lane = 0; lane < S; ++lane)
        // A correction that does not correct: single precision is not enough.
        if (is_active[lane] && (!(norm[lane] < 0.5 * old_norm[lane]) ||
                                relative(lane) <= control.tolerance))
          is_active[lane] = false;
      if (before.values == iterations.values)
        break;
    }
  }

  void LaneMultigrid::Implementation::iterate(PerLane<double> &target,
                                              const unsigned int max_iterations)
  {
    for (LaneArray<float> *v : {&p, &q, &u})
      std::memset(v->data(), 0, v->size() * sizeof(float));
    const lanes::KrylovVectors krylov = {p.data(), q.data(), u.data()};
    PerLane<float> alpha, beta;
    PerLane<double> r2, rz, rz_old, pq;
    PerLane<bool> goes_on = is_active;
    for (unsigned int step = 0;; ++step)
    {
      hierarchy.begin_cycle(krylov, alpha.data(), r2.data());
      bool any = false;
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        if (goes_on[lane] && !(r2[lane] > target[lane] * target[lane]))
          goes_on[lane] = false;
        any |= goes_on[lane];
      }
      if (!any || step == max_iterations)
        return;
      hierarchy.end_cycle(rz.data());
      for (unsigned int lane = 0; lane < S; ++lane)
        beta[lane] = step > 0 && goes_on[lane] ? rz[lane] / rz_old[lane] : 0;
      hierarchy.direction(krylov, beta.data(), pq.data());
      for (unsigned int lane = 0; lane < S; ++lane)
      {
        const bool is_sound = pq[lane] > 0 && rz[lane] > 0;
        if (goes_on[lane] && !is_sound)
        {
          goes_on[lane] = false;
          has_broken_down[lane] = true;
        }
        // A lane that stopped keeps its solution: α = 0.
        alpha[lane] = goes_on[lane] ? rz[lane] / pq[lane] : 0;
        iterations[lane] += goes_on[lane];
        rz_old[lane] = rz[lane];
      }
    }
  }

  std::vector<SolveResult>
  LaneMultigrid::Implementation::report(const std::vector<double *> &solution,
                                        const SolveControl &control)
  {
    std::vector<SolveResult> results(n_samples);
    for (unsigned int lane = 0; lane < n_samples; ++lane)
    {
      SolveResult &result = results[lane];
      result.iterations = iterations[lane];
      result.true_residual = relative(lane);
      if (has_bad_data[lane])
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
        result.status = iterations[lane] >= settings.max_iterations
                            ? SolveStatus::iteration_limit
                            : SolveStatus::stagnated;
    }
    for (int i = 0; i < top.n_nodes; ++i)
      for (unsigned int lane = 0; lane < n_samples; ++lane)
        solution[lane][i] = x[std::size_t(i) * S + lane];
    return results;
  }

  LaneMultigrid::LaneMultigrid(const LaneFamily &family,
                               const Settings &settings)
  {
    const LaneFamily levels = completed(family, settings);
    const lanes::Form form = find_form(levels);
    implementation = std::make_unique<Implementation>(
        levels, settings, form,
        choose_kernels(settings, levels.levels[0], form));
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
           " unknowns on the coarsest";
  }

  std::size_t LaneMultigrid::bytes() const
  {
    const Implementation &self = *implementation;
    return self.hierarchy.bytes() +
           sizeof(double) * (self.coefficient.size() + self.x.size() +
                             self.r.size() + self.f.size() + self.ring.size()) +
           sizeof(float) * (self.p.size() + self.q.size() + self.u.size());
  }

  std::vector<SolveResult>
  LaneMultigrid::solve(const std::vector<const double *> &coefficients,
                       const std::vector<const double *> &f,
                       const std::vector<double *> &x,
                       const SolveControl &control)
  {
    Implementation &self = *implementation;
    self.load_coefficients(coefficients);
    self.load_vectors(f, x);
    self.hierarchy.set_up();
    self.find_reference();
    self.refine(control);
    return self.report(x, control);
  }
} // namespace nodal
