// SPDX-License-Identifier: LGPL-2.1-or-later
#include "contest.h"

#include <nodal/core/exceptions.h>
#include <nodal/data/sequence.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

namespace nodal
{
  namespace
  {
    /// The systems of one case, assembled one after the other.
    template <int dim>
    class Sequence
    {
    public:
      explicit Sequence(const std::string &text)
      {
        experiment.add_parameters(prm);
        prm.apply(ParameterFile::parse(text, "benchmark"));
        experiment.check(prm);
        space = experiment.make_space(MPI_COMM_SELF);
        numbering = std::make_unique<Numbering<dim>>(*space);
        experiment.inputs.prepare(*space, *numbering);
        system = std::make_unique<SteadySystem<dim>>(
            *space, *experiment.problem, experiment.boundary);
      }

      void assemble(const unsigned int sample)
      {
        inputs = experiment.inputs.sample(experiment.seed, sample);
        assemble();
      }

      /// What Case::drift says.
      void assemble_between(const double angle)
      {
        inputs = experiment.inputs.sample(experiment.seed, 0);
        Inputs<dim> others = experiment.inputs.sample(experiment.seed, 1);
        for (const FieldDescription &field : experiment.inputs.varying())
        {
          InputField<dim> &mine = inputs.at(field.name);
          const InputField<dim> &other = others.at(field.name);
          const double least = std::min(least_of(mine), least_of(other));
          const auto mix = [&](double &x, const double y)
          {
            x = least > 0 ? std::pow(x, std::cos(angle)) *
                                std::pow(y, std::sin(angle))
                          : x * std::cos(angle) + y * std::sin(angle);
          };
          for (std::size_t k = 0; k < mine.cell_values.size(); ++k)
            mix(mine.cell_values[k], other.cell_values[k]);
          for (std::size_t c = 0; c < mine.node_values.size(); ++c)
            for (std::size_t k = 0;
                 k < mine.node_values[c].locally_owned_size(); ++k)
              mix(mine.node_values[c].local_element(k),
                  other.node_values[c].local_element(k));
        }
        assemble();
      }

      /// The greedy order of the first @p n samples.
      std::vector<unsigned int> sorted(const unsigned int n)
      {
        std::vector<double> features;
        unsigned int width = 0;
        for (unsigned int i = 0; i < n; ++i)
        {
          inputs = experiment.inputs.sample(experiment.seed, i);
          const std::size_t before = features.size();
          for (const FieldDescription &field : experiment.inputs.varying())
            add_features(inputs.at(field.name), features);
          width = features.size() - before;
        }
        return sort_samples(features, width, "greedy", 1);
      }

      Parameters prm;
      Experiment<dim> experiment;
      std::unique_ptr<Space<dim>> space;
      std::unique_ptr<Numbering<dim>> numbering;
      std::unique_ptr<SteadySystem<dim>> system;
      Mat preconditioner_matrix = nullptr;

    private:
      void assemble()
      {
        system->assemble(inputs);
        preconditioner_matrix = system->preconditioner_matrix(inputs);
      }

      static double least_of(const InputField<dim> &field)
      {
        double result = std::numeric_limits<double>::infinity();
        for (const double value : field.cell_values)
          result = std::min(result, value);
        for (const FieldVector &component : field.node_values)
          for (std::size_t k = 0; k < component.locally_owned_size(); ++k)
            result = std::min(result, component.local_element(k));
        return result;
      }

      static void add_features(const InputField<dim> &field,
                               std::vector<double> &features)
      {
        for (std::size_t k = 0; k < field.cell_values.size(); k += 16)
          features.push_back(field.cell_values[k]);
        for (const FieldVector &component : field.node_values)
          for (std::size_t k = 0; k < component.locally_owned_size(); k += 16)
            features.push_back(component.local_element(k));
      }

      Inputs<dim> inputs;
    };

    /// A method with what it keeps from system to system.
    class Contestant
    {
    public:
      Contestant(const Method &method, const std::string &suffix)
          : method(method)
      {
        solver.add_parameters(prm);
        try
        {
          prm.apply(ParameterFile::parse(method.parameters, method.name));
        }
        catch (const BadInput &error)
        {
          throw BadInput(method.name + ": " + error.what());
        }
        solver.check();
        row.method = method.name + suffix;
        row.is_classical = method.is_rival && !recycles();
      }

      bool is_out() const
      {
        return n_failed_in_a_row == 2;
      }

      bool recycles() const
      {
        return method.memory == Method::Memory::space;
      }

      void solve(Mat A, Mat P, Vec b, const bool is_spd)
      {
        VecHandle x = duplicate(b);
        NODAL_PETSC(VecSet(x, 0));
        const double start = cpu_seconds();
        SolveResult result;
        try
        {
          RecycleSpace *const recycle = recycles() ? &space : nullptr;
          solver.set_up(A, is_spd, recycle,
                        method.uses_preconditioner_matrix ? P : nullptr);
          row.setup_ms += 1e3 * (cpu_seconds() - start);
          result = solver.solve_again(A, x, b, recycle);
        }
        catch (const NumericalFailure &)
        {
          result.true_residual = 1; // of x = 0
        }
        row.cpu_ms += 1e3 * (cpu_seconds() - start);
        row.iterations += result.iterations;
        row.share_failed += !result.converged();
        n_failed_in_a_row = result.converged() ? 0 : n_failed_in_a_row + 1;
        row.certified_residual =
            std::max(row.certified_residual, result.true_residual);
        ++n_samples;
      }

      BenchmarkRow mean() const
      {
        BenchmarkRow result = row;
        result.cpu_ms /= n_samples;
        result.setup_ms /= n_samples;
        result.iterations /= n_samples;
        result.share_failed /= n_samples;
        return result;
      }

    private:
      const Method method;
      Parameters prm;
      LinearSolver solver;
      RecycleSpace space;
      BenchmarkRow row;
      unsigned int n_samples = 0, n_failed_in_a_row = 0;
    };

    using Contestants = std::vector<std::unique_ptr<Contestant>>;

    template <int dim>
    class Contest
    {
    public:
      explicit Contest(const Case &contest)
          : contest(contest), sequence(contest.parameters)
      {
      }

      std::vector<BenchmarkRow> run()
      {
        Contestants memoryless, frozen, unsorted, sorted;
        for (const Method &method : contest.methods)
          if (method.memory == Method::Memory::space)
          {
            add(unsorted, method, contest.drift != 0 ? "" : ", unsorted");
            if (contest.drift == 0)
              add(sorted, method, ", sorted");
          }
          else
            add(method.memory == Method::Memory::none ? memoryless : frozen,
                method, "");
        std::vector<unsigned int> numbers(contest.n_samples);
        std::iota(numbers.begin(), numbers.end(), 0);
        const unsigned int step =
            std::max(1U, contest.n_samples / std::max(1U, contest.n_classical));
        for (const unsigned int sample : numbers)
        {
          if (contest.drift != 0)
            sequence.assemble_between(contest.drift * sample);
          else
            sequence.assemble(sample);
          if (sample % step == 0)
            solve(memoryless);
          solve(frozen);
          solve(unsorted);
        }
        if (!sorted.empty())
          for (const unsigned int sample : sequence.sorted(contest.n_samples))
          {
            sequence.assemble(sample);
            solve(sorted);
          }

        std::vector<BenchmarkRow> rows;
        for (const Contestants *group :
             {&memoryless, &frozen, &unsorted, &sorted})
          for (const auto &contestant : *group)
          {
            rows.push_back(contestant->mean());
            rows.back().benchmark_case = contest.name;
            rows.back().n = sequence.space->dofs.n_dofs();
          }
        finish_case(rows);
        return rows;
      }

    private:
      static void add(Contestants &contestants, const Method &method,
                      const std::string &suffix)
      {
        contestants.push_back(std::make_unique<Contestant>(method, suffix));
      }

      void solve(const Contestants &contestants)
      {
        const SteadySystem<dim> &system = *sequence.system;
        for (const auto &contestant : contestants)
          if (!contestant->is_out())
            contestant->solve(system.matrix(), sequence.preconditioner_matrix,
                              system.rhs(), system.problem.traits().is_spd);
      }

      const Case &contest;
      Sequence<dim> sequence;
    };
  } // namespace

  std::vector<BenchmarkRow> run_case(const Case &contest)
  {
    if (contest.prepare)
      contest.prepare();
    return contest.dim == 2 ? Contest<2>(contest).run()
                            : Contest<3>(contest).run();
  }

  int run_contest(const std::string &name, int argc, char *argv[],
                  std::vector<Case> (*const cases)(bool is_quick))
  {
    CaseOptions options;
    if (!read_options(argc, argv, name.c_str(), options))
      return 2;
    int petsc_argc = 1;
    dealii::Utilities::MPI::MPI_InitFinalize mpi(petsc_argc, argv, 1);
    PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
    std::printf("%s\n", environment().c_str());

    std::vector<BenchmarkRow> rows;
    for (const Case &contest : cases(options.is_quick))
      if (contest.name.find(options.chosen) != std::string::npos)
      {
        const std::vector<BenchmarkRow> more = run_case(contest);
        rows.insert(rows.end(), more.begin(), more.end());
        write_csv(name + ".csv", rows);
      }
    std::printf("\n%s.csv written\n", name.c_str());
    return 0;
  }
} // namespace nodal
