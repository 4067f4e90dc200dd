// SPDX-License-Identifier: LGPL-2.1-or-later
// Methods of assimilation on twin experiments: root mean square error of the
// analysis, and the time of a cycle on one thread. See README.md here.
//
//   assimilation [--quick] [--case TEXT]
//
// --case runs only the cases whose name contains TEXT.
#include "table.h"

#include <nodal/couple/twin_experiment.h>
#include <nodal/time/evolution_model.h>

#include <deal.II/base/mpi.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>

using namespace nodal;

namespace
{
  template <class Object>
  void configure(Object &object, const std::string &text)
  {
    Parameters prm;
    object.add_parameters(prm);
    prm.apply(ParameterFile::parse(text, "benchmark"));
  }

  struct Contestant
  {
    std::string name, method, entries;
    unsigned int n_members = 1;
    double published = 0; ///< RMSE of the analysis, or 0
  };

  struct AssimilationCase
  {
    std::string name, model, model_entries, stepper;
    double h;
    unsigned int steps_per_cycle;
    std::string network;
    std::vector<Contestant> contestants;
    unsigned int n_seeds = 5, n_burn_in = 400, n_cycles = 1000;
  };

  /// The classical set-up of Lorenz' model; published figures are those of
  /// DAPPER (Raanes and others: DAPPER, data assimilation with Python, 2018).
  AssimilationCase lorenz(const unsigned int every)
  {
    const bool is_whole = every == 1;
    AssimilationCase result = {
        "lorenz96, 1 of " + std::to_string(every) + " observed",
        "lorenz96",
        "",
        "runge kutta 4",
        0.05,
        1,
        "subsection Observations\nset Every = " + std::to_string(every) +
            "\nend\n",
        {{"optimal interpolation", "optimal interpolation", "", 1,
          is_whole ? 0.95 : 0},
         {"nudging 0.4", "nudging", "set Gain = 0.4\nset Radius = 0.5\n"},
         {"3D-Var 0.02", "3d-var", "set Scale = 0.02\n", 1,
          is_whole ? 0.41 : 0},
         {"EnKF, 40 members, inflation 1.06", "enkf", "set Inflation = 1.06\n",
          40, is_whole ? 0.22 : 0},
         {"ETKF, 24 members, inflation 1.013", "etkf",
          "set Inflation = 1.013\n", 24, is_whole ? 0.18 : 0},
         {"ETKF, 24 members, inflation 1.02", "etkf", "set Inflation = 1.02\n",
          24},
         {"LETKF, 7 members, inflation 1.04, radius 4", "letkf",
          "set Inflation = 1.04\nset Radius = 4\n", 7, is_whole ? 0.22 : 0}}};
    if (!is_whole)
      for (const double scale : {0.05, 0.1, 0.2})
        result.contestants.push_back(
            {"3D-Var " + std::to_string(scale).substr(0, 4), "3d-var",
             "set Scale = " + std::to_string(scale) + "\n"});
    return result;
  }

  AssimilationCase kuramoto(const unsigned int every)
  {
    AssimilationCase result = {
        "kuramoto sivashinsky, 1 of " + std::to_string(every) + " observed",
        "kuramoto sivashinsky",
        "",
        "ars 443",
        0.25,
        4,
        "subsection Observations\nset Every = " + std::to_string(every) +
            "\nend\n",
        {{"optimal interpolation", "optimal interpolation", ""}}};
    for (const double scale : {0.05, 0.1, 0.2, 0.4})
      result.contestants.push_back(
          {"3D-Var " + std::to_string(scale).substr(0, 4), "3d-var",
           "set Scale = " + std::to_string(scale) + "\n"});
    for (const unsigned int n : {20, 40})
      for (const double inflation : {1.05, 1.1})
        result.contestants.push_back(
            {"ETKF, " + std::to_string(n) + " members, inflation " +
                 std::to_string(inflation).substr(0, 4),
             "etkf", "set Inflation = " + std::to_string(inflation) + "\n", n});
    for (const unsigned int n : {10, 20})
      for (const double radius : {5., 10.})
        for (const double inflation : {1.05, 1.1})
          result.contestants.push_back(
              {"LETKF, " + std::to_string(n) + " members, inflation " +
                   std::to_string(inflation).substr(0, 4) + ", radius " +
                   std::to_string(int(radius)),
               "letkf",
               "set Inflation = " + std::to_string(inflation) +
                   "\nset Radius = " + std::to_string(radius) + "\n",
               n});
    result.n_seeds = 3;
    result.n_burn_in = 100;
    result.n_cycles = 400;
    return result;
  }

  struct Row
  {
    double analysis = 0, forecast = 0, spread = 0, ms_forecast = 0,
           ms_analysis = 0, deviation = 0;
    unsigned int n_failed = 0, n_diverged = 0;
  };

  Row run(const AssimilationCase &problem, const Contestant &contestant,
          const unsigned int n_seeds, const unsigned int n_burn_in,
          const unsigned int n_cycles, double &climatology)
  {
    const auto model = Registry<EvolutionModel>::create(problem.model);
    configure(*model, problem.model_entries);
    model->set_up();
    const auto stepper = Registry<TimeStepper>::create(problem.stepper);
    LinearSolver solver;
    configure(solver, "subsection Solver\nset Method = direct\nset "
                      "Preconditioner = lu\nend\n");
    stepper->start(*model, solver, problem.h);
    const auto method = Registry<AssimilationMethod>::create(contestant.method);
    configure(*method, contestant.entries);
    ObservationNetwork network;
    configure(network, problem.network);
    network.prepare(*model);
    TwinExperiment::Settings settings;
    settings.n_members = contestant.n_members;
    settings.steps_per_cycle = problem.steps_per_cycle;
    Row row;
    std::vector<double> errors;
    for (unsigned int seed = 1; seed <= n_seeds; ++seed)
      try
      {
        TwinExperiment twin(*model, *stepper, problem.h, *method, network,
                            settings, seed, MPI_COMM_SELF);
        climatology = twin.climatological_spread();
        Row one;
        double at_the_end = 0; // mean error of the last tenth
        for (unsigned int k = 0; k < n_burn_in + n_cycles; ++k)
        {
          const TwinExperiment::Scores scores = twin.cycle();
          if (k < n_burn_in)
            continue;
          one.analysis += scores.analysis_error / n_cycles;
          if (k >= n_burn_in + n_cycles - n_cycles / 10)
            at_the_end += scores.analysis_error / (n_cycles / 10);
          one.forecast += scores.forecast_error / n_cycles;
          one.spread += scores.analysis_spread / n_cycles;
          one.ms_forecast += 1e3 * scores.forecast_seconds / n_cycles;
          one.ms_analysis += 1e3 * scores.analysis_seconds / n_cycles;
        }
        // Far from the truth, a filter that trusts itself does not come back.
        if (contestant.n_members > 1 && at_the_end > climatology / 2)
        {
          ++row.n_diverged;
          continue;
        }
        errors.push_back(one.analysis);
        row.analysis += one.analysis;
        row.forecast += one.forecast;
        row.spread += one.spread;
        row.ms_forecast += one.ms_forecast;
        row.ms_analysis += one.ms_analysis;
      }
      catch (const NumericalFailure &)
      {
        ++row.n_failed;
      }
    const double n = errors.size();
    for (double *value : {&row.analysis, &row.forecast, &row.spread,
                          &row.ms_forecast, &row.ms_analysis})
      *value /= n;
    for (const double error : errors)
      row.deviation += (error - row.analysis) * (error - row.analysis) / n;
    row.deviation = std::sqrt(row.deviation);
    return row;
  }
} // namespace

int
main(int argc, char *argv[])
{
  std::string chosen;
  bool is_quick = false;
  for (int i = 1; i < argc; ++i)
    if (std::string(argv[i]) == "--quick")
      is_quick = true;
    else if (std::string(argv[i]) == "--case" && i + 1 < argc)
      chosen = argv[++i];
    else
    {
      std::fprintf(stderr, "assimilation [--quick] [--case TEXT]\n");
      return 2;
    }
  int n_words = 1;
  const dealii::Utilities::MPI::MPI_InitFinalize mpi(n_words, argv, 1);
  std::printf("%s\n", environment().c_str());
  std::ofstream csv("assimilation.csv");
  csv << "case,method,members,rmse_analysis,deviation,rmse_forecast,spread,"
         "ms_forecast,ms_analysis,diverged,failed,published\n";
  for (const AssimilationCase &problem :
       {lorenz(1), lorenz(2), kuramoto(1), kuramoto(4)})
  {
    if (problem.name.find(chosen) == std::string::npos)
      continue;
    const unsigned int n_seeds = is_quick ? 1 : problem.n_seeds,
                       n_burn_in = is_quick ? 100 : problem.n_burn_in,
                       n_cycles = is_quick ? 200 : problem.n_cycles;
    std::printf("\n%s: %u seeds, %u cycles after %u\n%-46s %8s %6s %9s %7s "
                "%9s %9s %8s %6s %9s\n",
                problem.name.c_str(), n_seeds, n_cycles, n_burn_in, "method",
                "analysis", "+-", "forecast", "spread", "ms f'cast", "ms anal.",
                "diverged", "failed", "published");
    double climatology = 0;
    for (const Contestant &contestant : problem.contestants)
    {
      const Row row =
          run(problem, contestant, n_seeds, n_burn_in, n_cycles, climatology);
      if (row.n_failed + row.n_diverged == n_seeds)
      {
        std::printf("%-46s %u diverged, %u failed\n", contestant.name.c_str(),
                    row.n_diverged, row.n_failed);
        continue;
      }
      std::printf("%-46s %8.3f %6.3f %9.3f %7.3f %9.3f %9.3f %8u %6u ",
                  contestant.name.c_str(), row.analysis, row.deviation,
                  row.forecast, row.spread, row.ms_forecast, row.ms_analysis,
                  row.n_diverged, row.n_failed);
      if (contestant.published > 0)
        std::printf("%9.2f\n", contestant.published);
      else
        std::printf("%9s\n", "-");
      std::fflush(stdout);
      csv << problem.name << ",\"" << contestant.name << "\","
          << contestant.n_members << ',' << row.analysis << ',' << row.deviation
          << ',' << row.forecast << ',' << row.spread << ',' << row.ms_forecast
          << ',' << row.ms_analysis << ',' << row.n_diverged << ','
          << row.n_failed << ',' << contestant.published << '\n';
    }
    std::printf("%-46s %8.3f\n", "the mean of the climatology", climatology);
  }
  std::printf("\nassimilation.csv written\n");
  return 0;
}
