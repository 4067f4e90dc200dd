// SPDX-License-Identifier: LGPL-2.1-or-later
// Closures of coarse problems against what these have of fine ones: errors of
// coupled runs, time of correlation, spectra, and the time of a step on one
// thread. See README.md here.
//
//   closures [--quick] [--case TEXT]
//
// --case runs only the cases whose name contains TEXT.
#include "table.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/state_filter.h>
#include <nodal/task/closing.h>
#include <nodal/task/experiment.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>

using namespace nodal;

namespace
{
  using Entries = std::vector<std::string>; ///< "Section/Entry=value"

  struct Contestant
  {
    std::string name;
    Entries changes;          ///< of the coarse problem
    unsigned int warm_up = 0; ///< steps along known states before each start
    /// If above one, the mean of so many runs of the fine problem. They begin
    /// with small scales of other times, and what the coarse problem knows is
    /// put into them in each step of the warm-up: what follows from exact
    /// equations and what is known, but for the state of the small scales.
    unsigned int n_members = 1;
  };

  struct ClosureCase
  {
    std::string name, parameters;
    Entries fine;
    std::vector<Contestant> contestants;
    unsigned int n_spin_up = 1000, ///< steps of the coarse problem
        n_starts = 20,             ///< of roll-outs, in each run
        gap = 200,                 ///< steps between them
        n_error = 200,             ///< steps over which errors are averaged
        n_correlation = 2000; ///< steps until correlations are lost at most
  };

  Contestant learned(const std::string &label, const std::string &closure,
                     const std::string &model, const unsigned int warm_up = 0)
  {
    return {label,
            {"Closure/Name=" + closure, "Closure/" + closure +
                                            "/Model=" + NODAL_SOURCE_DIR +
                                            "/models/" + model},
            warm_up};
  }

  ClosureCase lorenz(const unsigned int K)
  {
    const std::string n = std::to_string(K), model = "lorenz96-closure-" + n;
    const bool is_small = K == 4;
    ClosureCase result;
    result.name = "lorenz96 two level, K = " + n;
    result.parameters = R"(
subsection Problem
  set Name = lorenz96
  subsection lorenz96
    set Variables = )" + n +
                        "\nset Forcing = " + (is_small ? "20" : "10") + R"(
  end
  subsection lorenz96 two level
    set Large variables = )" +
                        n +
                        (is_small ? R"(
    set Small variables = 4
    set Forcing = 20
    set Coupling = 0.5
    set Ratio of times = 8
)"
                                  : "") +
                        R"(
  end
end
subsection Time
  set Stepper = runge kutta 4
  set Time step = 0.005
end
)";
    result.fine = {"Problem/Name=lorenz96 two level"};
    result.contestants = {
        {"none", {}},
        learned("linear", "polynomial", model + "-linear"),
        learned("cubic", "polynomial", model + "-cubic"),
        learned("neural", "neural", model),
        learned("neural, warmed up", "neural", model, 40),
        {"exact equations, 24 members", result.fine, 200, 24}};
    return result;
  }

  ClosureCase burgers()
  {
    ClosureCase result;
    result.name = "forced burgers, 16 times coarser";
    result.parameters = R"(
subsection Problem
  set Name = burgers 1d
  subsection burgers 1d
    set Cells = 32
    set Degree = 1
    set Viscosity = 0.0005
    set Force = 0.5
    set Force waves = 3
    set Force speed = 1
  end
end
subsection Solver
  set Method = direct
  set Preconditioner = lu
end
subsection Time
  set Stepper = ars 443
  set Time step = 0.01
end
)";
    result.fine = {"Problem/burgers 1d/Cells=512", "Time/Time step=0.0005"};
    result.contestants.push_back({"none", {}});
    for (const auto &[cells, step] :
         std::vector<std::pair<std::string, std::string>>{{"64", "0.01"},
                                                          {"96", "0.01"},
                                                          {"128", "0.01"},
                                                          {"128", "0.005"},
                                                          {"256", "0.0025"}})
      result.contestants.push_back(
          {"none, " + cells + " cells, h = " + step,
           {"Problem/burgers 1d/Cells=" + cells, "Time/Time step=" + step}});
    for (const std::string constant : {"0.1", "0.2", "0.4", "0.8"})
      result.contestants.push_back(
          {"smagorinsky " + constant,
           {"Closure/Name=smagorinsky",
            "Closure/smagorinsky/Constant=" + constant}});
    for (const std::string constant : {"1", "2", "4", "8", "16"})
      result.contestants.push_back(
          {"variational multiscale, c2 = " + constant,
           {"Closure/Name=variational multiscale",
            "Closure/variational multiscale/Viscosity=0.0005",
            "Closure/variational multiscale/Convective constant=" + constant}});
    result.contestants.push_back(
        learned("cubic of 3 places", "polynomial", "burgers-closure-cubic"));
    result.contestants.push_back(
        learned("neural", "neural", "burgers-closure"));
    result.n_spin_up = 200;
    result.n_starts = 5;
    result.n_correlation = 400;
    return result;
  }

  /// One problem of a case, ready to run.
  struct Side
  {
    Side(const ClosureCase &problem, const Entries &changes)
    {
      Parameters prm;
      experiment.add_parameters(prm);
      ParameterFile file =
          ParameterFile::parse(problem.parameters, "benchmark");
      for (const std::string &change : changes)
        file.override_entry(change);
      prm.apply(file);
      experiment.check(prm);
      system = experiment.make_evolution(MPI_COMM_SELF, 0);
      stepper = &experiment.time_stepper("");
      restart();
    }

    void restart()
    {
      stepper->start(*system, experiment.solver, experiment.time_step);
    }

    Experiment<2> experiment;
    std::shared_ptr<EvolutionSystem> system;
    TimeStepper *stepper = nullptr;
  };

  /// Steps of @p side over one of the coarse problem, at time @p t.
  void advance(const Side &side, const double t, const double h, Vec u)
  {
    const unsigned int n = std::lround(h / side.experiment.time_step);
    for (unsigned int k = 0; k < n; ++k)
      side.stepper->step(t + k * side.experiment.time_step, u);
  }

  /// Mean squares of Fourier coefficients but the mean, of all components.
  void add_spectrum(const std::vector<double> &state,
                    std::vector<double> &spectrum)
  {
    const std::size_t n = state.size();
    spectrum.resize(n / 2, 0.);
    for (std::size_t k = 1; k <= n / 2; ++k)
    {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < n; ++i)
        sum += state[i] * std::polar(1., -2 * M_PI * k * i / n);
      spectrum[k - 1] += std::norm(sum) / n;
    }
  }

  struct Row
  {
    double error = 0, squares = 0, ms = 0;
    unsigned int n_errors = 0, n_steps = 0, n_lost = 0;
    unsigned long n_dropped = 0;
    std::vector<double> spectrum;
    /// By step: sums of products of anomalies of run and truth, and squares.
    std::vector<double> products, of_run, of_truth;

    double correlation_time(const double h) const
    {
      for (std::size_t k = 0; k < products.size(); ++k)
        if (products[k] < 0.9 * std::sqrt(of_run[k] * of_truth[k]))
          return k * h;
      return products.size() * h;
    }

    double spectrum_error(const std::vector<double> &truth) const
    {
      double sum = 0;
      for (std::size_t k = 0; k < truth.size(); ++k)
        sum += std::pow(std::log10(spectrum[k] / truth[k]), 2) / truth.size();
      return std::sqrt(sum);
    }
  };

  struct Truth
  {
    std::vector<VecHandle> states;         ///< fine
    std::vector<std::vector<double>> seen; ///< what the coarse problem has
    double begin = 0;
  };

  class Contest
  {
  public:
    Contest(const ClosureCase &problem, const bool is_quick)
        : problem(problem), coarse(problem, {}), fine(problem, problem.fine),
          h(coarse.experiment.time_step), filter(*fine.system, *coarse.system),
          n_starts(is_quick ? 2 : problem.n_starts),
          n_correlation(is_quick ? problem.n_error : problem.n_correlation)
    {
    }

    /// A run of the fine problem.
    Truth make_truth(const unsigned int seed) const
    {
      Truth result;
      const VecHandle u = duplicate(fine.system->like());
      fine.system->initial_state(seed, 0, u);
      for (unsigned int k = 0; k < problem.n_spin_up; ++k)
        advance(fine, k * h, h, u);
      result.begin = problem.n_spin_up * h;
      const VecHandle seen = duplicate(coarse.system->like());
      const unsigned int n =
          first() + (n_starts - 1) * problem.gap + n_correlation;
      for (unsigned int k = 0; k <= n; ++k)
      {
        result.states.push_back(duplicate(u));
        NODAL_PETSC(VecCopy(u, result.states.back()));
        filter.apply(u, seen);
        result.seen.push_back(owned_entries(seen));
        advance(fine, result.begin + k * h, h, u);
      }
      return result;
    }

    void add(const Contestant &contestant, Side &side, const Truth &truth,
             Row &row) const
    {
      const StateFilter own(*fine.system, *side.system),
          to_coarse(*side.system, *coarse.system);
      const VecHandle seen = duplicate(coarse.system->like());
      std::vector<VecHandle> members(contestant.n_members);
      for (VecHandle &member : members)
        member = duplicate(side.system->like());
      const double mean = mean_of(truth);
      row.products.resize(n_correlation + 1, 0.);
      row.of_run.resize(n_correlation + 1, 0.);
      row.of_truth.resize(n_correlation + 1, 0.);
      bool is_lost = false;
      for (unsigned int start = 0; start < n_starts; ++start)
      {
        const unsigned int begin = first() + start * problem.gap;
        side.restart();
        if (contestant.n_members > 1)
          synchronize(side, truth, begin, contestant.warm_up, members);
        else
        {
          if (contestant.warm_up > 0)
            follow(own, side, truth, begin, contestant.warm_up, members[0]);
          own.apply(truth.states[begin], members[0]);
        }
        double sum = 0;
        try
        {
          for (unsigned int k = 0; k <= n_correlation; ++k)
          {
            std::vector<double> values(truth.seen[0].size(), 0.);
            for (const VecHandle &member : members)
            {
              to_coarse.apply(member, seen);
              const std::vector<double> one = owned_entries(seen);
              for (std::size_t i = 0; i < one.size(); ++i)
                values[i] += one[i] / members.size();
            }
            const std::vector<double> &exact = truth.seen[begin + k];
            double square = 0;
            for (std::size_t i = 0; i < values.size(); ++i)
            {
              square += std::pow(values[i] - exact[i], 2) / values.size();
              row.products[k] += (values[i] - mean) * (exact[i] - mean);
              row.of_run[k] += std::pow(values[i] - mean, 2);
              row.of_truth[k] += std::pow(exact[i] - mean, 2);
            }
            if (k > 0 && k <= problem.n_error)
              sum += square / problem.n_error;
            if (k % 5 == 0)
              add_spectrum(values, row.spectrum);
            const double before = cpu_seconds();
            for (const VecHandle &member : members)
              advance(side, truth.begin + (begin + k) * h, h, member);
            row.ms += 1e3 * (cpu_seconds() - before);
            ++row.n_steps;
          }
          row.error += std::sqrt(sum);
          row.squares += sum;
          ++row.n_errors;
        }
        catch (const NumericalFailure &)
        {
          is_lost = true;
        }
        if (const auto *closed = dynamic_cast<ClosureStepper *>(side.stepper))
          row.n_dropped += closed->n_dropped();
      }
      row.n_lost += is_lost;
    }

    /// The spectrum of the truth at the same times.
    void add_spectrum_of(const Truth &truth,
                         std::vector<double> &spectrum) const
    {
      for (unsigned int start = 0; start < n_starts; ++start)
        for (unsigned int k = 0; k <= n_correlation; k += 5)
          add_spectrum(truth.seen[first() + start * problem.gap + k], spectrum);
    }

    const ClosureCase &problem;
    Side coarse, fine;
    const double h;

  private:
    /// The first start, behind all warm-ups.
    unsigned int first() const
    {
      unsigned int result = 0;
      for (const Contestant &contestant : problem.contestants)
        result = std::max(result, contestant.warm_up);
      return result;
    }

    static double mean_of(const Truth &truth)
    {
      double sum = 0;
      for (const auto &state : truth.seen)
        sum += std::accumulate(state.begin(), state.end(), 0.) / state.size();
      return sum / truth.seen.size();
    }

    /// Let the closure of @p side see the @p n steps before step @p begin.
    void follow(const StateFilter &own, const Side &side, const Truth &truth,
                const unsigned int begin, const unsigned int n, Vec u) const
    {
      const VecHandle next = duplicate(u);
      for (unsigned int k = begin - n; k < begin; ++k)
      {
        own.apply(truth.states[k], u);
        own.apply(truth.states[k + 1], next);
        dynamic_cast<ClosureStepper &>(*side.stepper)
            .follow(truth.begin + k * h, u, next);
      }
    }

    /// States of the fine problem at step @p begin, of which only what the
    /// coarse one has is that of the truth.
    void synchronize(const Side &side, const Truth &truth,
                     const unsigned int begin, const unsigned int n,
                     const std::vector<VecHandle> &members) const
    {
      const std::size_t n_states = truth.states.size(),
                        n_seen = truth.seen[0].size();
      for (std::size_t m = 0; m < members.size(); ++m)
      {
        const auto know = [&](const unsigned int k)
        {
          const WriteValues values(members[m]);
          std::copy_n(truth.seen[k].data(), n_seen, +values);
        };
        NODAL_PETSC(VecCopy(
            truth.states[(begin + (m + 1) * n_states / (members.size() + 1)) %
                         n_states],
            members[m]));
        for (unsigned int k = begin - n; k < begin; ++k)
        {
          know(k);
          advance(side, truth.begin + k * h, h, members[m]);
        }
        know(begin);
      }
    }

    const StateFilter filter;
    const unsigned int n_starts, n_correlation;
  };
} // namespace

int
main(int argc, char *argv[])
{
  CaseOptions options;
  if (!read_options(argc, argv, "closures", options))
    return 2;
  const bool is_quick = options.is_quick;
  int n_words = 1;
  const dealii::Utilities::MPI::MPI_InitFinalize mpi(n_words, argv, 1);
  std::printf("%s\n", environment().c_str());
  std::ofstream csv("closures.csv");
  csv << "case,closure,rmse,pooled_rmse,correlation_time,log_spectrum_error,"
         "ms_per_step,dropped,steps,lost_seeds\n";
  const unsigned int n_seeds = is_quick ? 2 : 10;
  for (const ClosureCase &problem : {lorenz(4), lorenz(36), burgers()})
  {
    if (problem.name.find(options.chosen) == std::string::npos)
      continue;
    const Contest contest(problem, is_quick);
    std::vector<Row> rows(problem.contestants.size());
    std::vector<std::unique_ptr<Side>> sides;
    for (const Contestant &contestant : problem.contestants)
      sides.push_back(std::make_unique<Side>(problem, contestant.changes));
    std::vector<double> spectrum;
    double fine_ms = 0;
    for (unsigned int seed = 1; seed <= n_seeds; ++seed)
    {
      const double before = cpu_seconds();
      const Truth truth = contest.make_truth(seed);
      fine_ms += 1e3 * (cpu_seconds() - before) /
                 (problem.n_spin_up + truth.states.size());
      contest.add_spectrum_of(truth, spectrum);
      for (std::size_t i = 0; i < rows.size(); ++i)
        contest.add(problem.contestants[i], *sides[i], truth, rows[i]);
    }
    std::printf("\n%s: %u seeds, error over time %g, a fine step takes %.3f "
                "ms\n%-32s %8s %8s %10s %9s %9s %8s %6s\n",
                problem.name.c_str(), n_seeds, problem.n_error * contest.h,
                fine_ms / n_seeds, "closure", "RMSE", "pooled", "correlated",
                "spectrum", "ms/step", "dropped", "lost");
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
      const Row &row = rows[i];
      const double error = row.error / row.n_errors,
                   pooled = std::sqrt(row.squares / row.n_errors),
                   time = row.correlation_time(contest.h),
                   of_spectrum = row.spectrum_error(spectrum),
                   ms = row.ms / row.n_steps;
      std::printf("%-32s %8.4f %8.4f %10.2f %9.3f %9.4f %8lu %6u\n",
                  problem.contestants[i].name.c_str(), error, pooled, time,
                  of_spectrum, ms, row.n_dropped, row.n_lost);
      std::fflush(stdout);
      csv << problem.name << ",\"" << problem.contestants[i].name << "\","
          << error << ',' << pooled << ',' << time << ',' << of_spectrum << ','
          << ms << ',' << row.n_dropped << ',' << row.n_steps << ','
          << row.n_lost << '\n';
    }
  }
  std::printf("\nclosures.csv written\n");
  return 0;
}
