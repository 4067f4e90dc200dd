// SPDX-License-Identifier: LGPL-2.1-or-later
// Methods of assimilation on twin experiments: root mean square error of the
// analysis, and the time of a cycle on one thread. See README.md here.
//
//   assimilation [--quick] [--case TEXT]
//
// --case runs only the cases whose name contains TEXT.
#include "table.h"

#include <nodal/task/assimilation.h>
#include <nodal/task/experiment.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>

using namespace nodal;

namespace
{
  struct Contestant
  {
    std::string name, method, entries;
    unsigned int n_members = 1;
    double published = 0; ///< RMSE of the analysis, or 0
  };

  struct AssimilationCase
  {
    std::string name, parameters, network;
    std::vector<Contestant> contestants;
    unsigned int n_seeds = 5, n_burn_in = 400, n_cycles = 1000;
  };

  std::string text(const double value)
  {
    char result[32];
    std::snprintf(result, sizeof(result), "%g", value);
    return result;
  }

  std::string nodes(const unsigned int every)
  {
    return "subsection Observations\nset Every = " + std::to_string(every) +
           "\nend\n";
  }

  Contestant variational(const double scale)
  {
    return {"3D-Var " + text(scale), "3d-var",
            "set Scale = " + text(scale) + "\n"};
  }

  Contestant etkf(const unsigned int n_members, const double inflation)
  {
    return {"ETKF, " + std::to_string(n_members) + " members, inflation " +
                text(inflation),
            "etkf", "set Inflation = " + text(inflation) + "\n", n_members};
  }

  Contestant letkf(const unsigned int n_members, const double inflation,
                   const double radius)
  {
    return {"LETKF, " + std::to_string(n_members) + " members, inflation " +
                text(inflation) + ", radius " + text(radius),
            "letkf",
            "set Inflation = " + text(inflation) +
                "\nset Radius = " + text(radius) + "\n",
            n_members};
  }

  /// A model of models/.
  Contestant neural(const std::string &model)
  {
    return {"neural, " + model, "neural",
            "set Model = " + std::string(NODAL_SOURCE_DIR) + "/models/" +
                model + "\n"};
  }

  /// The classical set-up of Lorenz' model; published figures are those of
  /// DAPPER (Raanes and others: DAPPER, data assimilation with Python, 2018).
  AssimilationCase lorenz(const unsigned int every)
  {
    AssimilationCase result = {
        "lorenz96, 1 of " + std::to_string(every) + " observed",
        R"(
subsection Problem
  set Name = lorenz96
end
subsection Time
  set Stepper = runge kutta 4
  set Time step = 0.05
end
)",
        nodes(every),
        {{"optimal interpolation", "optimal interpolation", "", 1, 0.95},
         {"nudging 0.4", "nudging", "set Gain = 0.4\nset Radius = 0.5\n"},
         variational(0.02),
         {"EnKF, 40 members, inflation 1.06", "enkf", "set Inflation = 1.06\n",
          40, 0.22},
         etkf(24, 1.013),
         etkf(24, 1.02),
         letkf(7, 1.04, 4)}};
    result.contestants[2].published = 0.41;
    result.contestants[4].published = 0.18;
    result.contestants[6].published = 0.22;
    if (every > 1)
    {
      for (Contestant &contestant : result.contestants)
        contestant.published = 0;
      for (const double scale : {0.05, 0.1, 0.2})
        result.contestants.push_back(variational(scale));
    }
    result.contestants.push_back(
        neural(every == 1 ? "lorenz96-corrector" : "lorenz96-half-corrector"));
    return result;
  }

  AssimilationCase kuramoto(const unsigned int every)
  {
    AssimilationCase result = {
        "kuramoto sivashinsky, 1 of " + std::to_string(every) + " observed",
        R"(
subsection Problem
  set Name = kuramoto sivashinsky
end
subsection Solver
  set Method = direct
  set Preconditioner = lu
end
subsection Time
  set Stepper = ars 443
  set Time step = 0.25
end
subsection Assimilation
  set Steps per cycle = 4
end
)",
        nodes(every),
        {{"optimal interpolation", "optimal interpolation", ""}}};
    for (const double scale : {0.05, 0.1, 0.2, 0.4})
      result.contestants.push_back(variational(scale));
    for (const unsigned int n : {20, 40})
      for (const double inflation : {1.05, 1.1})
        result.contestants.push_back(etkf(n, inflation));
    for (const unsigned int n : {10, 20})
      for (const double radius : {5., 10.})
        for (const double inflation : {1.05, 1.1})
          result.contestants.push_back(letkf(n, inflation, radius));
    result.contestants.push_back(
        neural(every == 1 ? "kuramoto-sivashinsky-corrector"
                          : "kuramoto-sivashinsky-quarter-corrector"));
    result.n_seeds = 3;
    result.n_burn_in = 100;
    result.n_cycles = 400;
    return result;
  }

  /// Phases separate on a plate, around whose hole sensors go in circles.
  AssimilationCase allen_cahn()
  {
    std::string points;
    const unsigned int n = 24;
    for (unsigned int k = 0; k < n; ++k)
    {
      const std::string radius = text(0.55 + 0.15 * (k % 3)),
                        angle = text(k % 2 == 0 ? -0.4 : 0.4) + "*t+" +
                                text(2 * M_PI * k / n);
      points += (k == 0 ? "" : "; ") + ("0.1+" + radius) + "*cos(" + angle +
                ") | 0.05+" + radius + "*sin(" + angle + ")";
    }
    AssimilationCase result = {
        "reaction diffusion on a mesh, 24 moving sensors",
        R"(
subsection Mesh
  set Source = file
  subsection file
    set File = )" +
            std::string(NODAL_SOURCE_DIR) +
            R"(/meshes/plate-with-hole.msh
  end
end
subsection Problem
  set Name = reaction diffusion
  subsection Boundary conditions
    set Dirichlet =
    set Neumann = *: 0
  end
end
subsection Inputs
  subsection coefficient
    set Value = 0.005
  end
  subsection initial state
    set Sampler = gaussian random field
    set Deviation = 0.1
    subsection gaussian random field
      set Correlation length = 0.25
    end
  end
end
subsection Solver
  set Method = cg
  set Preconditioner = ssor
end
subsection Time
  set Stepper = ars 222
  set Time step = 0.1
end
subsection Assimilation
  set Steps per cycle = 5
  set Spin-up steps = 0
  set Climatology states = 100
  set Climatology runs = 25
  set Climatology stride = 10
  set Initial deviation = 1
end
)",
        "subsection Observations\nset Layout = points\nset Points = " + points +
            "\nset Deviation = 0.1\nend\n",
        {{"none", "none", ""},
         {"nudging 0.4", "nudging", "set Gain = 0.4\nset Radius = 0.2\n"},
         {"optimal interpolation", "optimal interpolation", ""}}};
    for (const double scale : {0.1, 0.5})
      result.contestants.push_back(variational(scale));
    result.contestants.push_back(etkf(20, 1.02));
    for (const double radius : {0.3, 0.6})
      result.contestants.push_back(letkf(20, 1.02, radius));
    result.n_seeds = 3;
    result.n_burn_in = 4;
    result.n_cycles = 16;
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
    Experiment<2> experiment;
    Parameters prm;
    experiment.add_parameters(prm);
    Assimilation &assimilation = *experiment.assimilation;
    prm.apply(ParameterFile::parse(
        problem.parameters +
            "subsection Assimilation\nset Method = " + contestant.method +
            "\nset Members = " + std::to_string(contestant.n_members) +
            "\nsubsection " + contestant.method + "\n" + contestant.entries +
            "end\n" + problem.network + "end\n",
        "benchmark"));
    experiment.check(prm);
    assimilation.settings.check(*assimilation.method);
    const std::shared_ptr<EvolutionSystem> model =
        experiment.make_evolution(MPI_COMM_SELF, 0);
    assimilation.network.prepare(*model);
    experiment.stepper->start(*model, experiment.solver, experiment.time_step);
    Row row;
    std::vector<double> errors;
    for (unsigned int seed = 1; seed <= n_seeds; ++seed)
      try
      {
        TwinExperiment twin(*model, *experiment.stepper, experiment.time_step,
                            *assimilation.method, assimilation.network,
                            assimilation.settings, seed, MPI_COMM_SELF);
        climatology = twin.climatological_spread();
        Row one;
        const unsigned int n_last = std::max(1u, n_cycles / 10);
        double at_the_end = 0; // mean error of the last tenth
        for (unsigned int k = 0; k < n_burn_in + n_cycles; ++k)
        {
          const TwinExperiment::Scores scores = twin.cycle();
          if (k < n_burn_in)
            continue;
          one.analysis += scores.analysis_error / n_cycles;
          if (k >= n_burn_in + n_cycles - n_last)
            at_the_end += scores.analysis_error / n_last;
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
  CaseOptions options;
  if (!read_options(argc, argv, "assimilation", options))
    return 2;
  const bool is_quick = options.is_quick;
  int n_words = 1;
  const dealii::Utilities::MPI::MPI_InitFinalize mpi(n_words, argv, 1);
  std::printf("%s\n", environment().c_str());
  std::ofstream csv("assimilation.csv");
  csv << "case,method,members,rmse_analysis,deviation,rmse_forecast,spread,"
         "ms_forecast,ms_analysis,diverged,failed,published\n";
  for (const AssimilationCase &problem :
       {lorenz(1), lorenz(2), kuramoto(1), kuramoto(4), allen_cahn()})
  {
    if (problem.name.find(options.chosen) == std::string::npos)
      continue;
    const unsigned int n_seeds = is_quick ? 1 : problem.n_seeds,
                       n_burn_in = std::min(is_quick ? 100 : 100000u,
                                            problem.n_burn_in),
                       n_cycles =
                           std::min(is_quick ? 200 : 100000u, problem.n_cycles);
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
