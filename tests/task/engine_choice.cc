// SPDX-License-Identifier: LGPL-2.1-or-later
// The choice of an engine by trial, among engines whose speed the test sets.
#include <nodal/core/communicator.h>
#include <nodal/core/registry.h>
#include <nodal/mesh/numbering.h>
#include <nodal/task/engine_choice.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace dealii;
using namespace nodal;

namespace
{
  /// Seconds per sample of the engines below; negative: not for anything.
  double seconds_in_group = -1, seconds_alone = -1;

  void wait(const double seconds)
  {
    const double end = SolveControl::clock() + seconds;
    while (SolveControl::clock() < end)
    {
    }
  }

  /// Spends its time and gives nothing.
  template <int dim>
  class Idle : public Engine<dim>
  {
  public:
    Idle(const double &seconds, const unsigned int n) : seconds(seconds), n(n)
    {
    }

    std::string prepare(Experiment<dim> &new_experiment,
                        const Space<dim> &new_space,
                        const EngineOptions &) override
    {
      experiment = &new_experiment;
      comm = new_space.mesh->comm;
      solution = new_space.vector();
      return seconds < 0 ? "the test does not use it" : "";
    }

    unsigned int group_size() const override
    {
      return n;
    }

    void solve(const std::vector<Inputs<dim>> &inputs,
               const typename Engine<dim>::Deliver &deliver,
               TimerOutput *) override
    {
      for (unsigned int i = 0; i < inputs.size(); ++i)
      {
        SolveResult result;
        for (unsigned int step = 0; step < 10; ++step)
        {
          wait(seconds / 10);
          if (experiment->solver.control.is_late(comm))
            break;
        }
        result.status = experiment->solver.control.is_late(comm)
                            ? SolveStatus::abandoned
                            : SolveStatus::converged;
        deliver(i, result, solution);
      }
    }

  private:
    const double &seconds;
    const unsigned int n;
    Experiment<dim> *experiment = nullptr;
    MPI_Comm comm = MPI_COMM_NULL;
    FieldVector solution;
  };

  template <int dim>
  class IdleInGroup : public Idle<dim>
  {
  public:
    IdleInGroup() : Idle<dim>(seconds_in_group, 8)
    {
    }
  };

  template <int dim>
  class IdleAlone : public Idle<dim>
  {
  public:
    IdleAlone() : Idle<dim>(seconds_alone, 1)
    {
    }
  };

  NODAL_REGISTER_DIM(Engine, IdleInGroup, "idle in group", "for tests")
  NODAL_REGISTER_DIM(Engine, IdleAlone, "idle alone", "for tests")

  /// A nonlinear problem, which of the real engines only one takes.
  struct ChoiceSetting
  {
    ChoiceSetting(const double in_group, const double alone,
                  const std::uint64_t n_samples)
        : file("engine-choice-" + std::to_string(size_of(MPI_COMM_WORLD)) +
               ".txt"),
          log(std::make_unique<Log>(rank_of(MPI_COMM_WORLD) == 0, file, false)),
          engines("auto")
    {
      seconds_in_group = in_group;
      seconds_alone = alone;
      experiment.add_parameters(prm);
      {
        Parameters::Section section(prm, "Generate");
        engines.add_parameters(prm, "Engine", "", {"auto"}, "Engines");
      }
      prm.apply(ParameterFile::parse(
          "subsection Problem\nset Name = nonlinear diffusion\nend\n"
          "subsection Mesh\nset Refinements = 3\nend\n"
          "subsection Inputs\nsubsection coefficient\nset Sampler = uniform\n"
          "set Mean = 1\nend\nend\n",
          "test.prm"));
      experiment.check(prm);
      space = experiment.make_space(MPI_COMM_WORLD);
      numbering = std::make_unique<Numbering<2>>(*space);
      experiment.inputs.prepare(*space, *numbering);
      choice = std::make_unique<EngineChoice<2>>(
          engines, experiment, *space, EngineOptions(), n_samples, *log);
    }

    /// Solve for at least @p n samples; each must be delivered once.
    void solve(const unsigned int n)
    {
      for (unsigned int done = 0; done < n;)
      {
        std::vector<Inputs<2>> inputs;
        for (unsigned int i = 0; i < choice->group_size(); ++i)
          inputs.push_back(experiment.inputs.sample(1, done + i));
        std::vector<int> times(inputs.size(), 0);
        choice->solve(
            inputs,
            [&](const unsigned int i, const SolveResult &result,
                const FieldVector &)
            {
              ++times[i];
              BOOST_TEST(result.converged());
            },
            nullptr);
        for (const int t : times)
          BOOST_TEST(t == 1);
        done += inputs.size();
      }
    }

    /// All that was logged, on every rank.
    std::string text()
    {
      log.reset();
      std::ostringstream all;
      if (rank_of(MPI_COMM_WORLD) == 0)
        all << std::ifstream(file).rdbuf();
      return broadcast(all.str(), MPI_COMM_WORLD);
    }

    const std::string file;
    std::unique_ptr<Log> log;
    Parameters prm;
    Experiment<2> experiment;
    Choice<Engine<2>> engines;
    std::unique_ptr<Space<2>> space;
    std::unique_ptr<Numbering<2>> numbering;
    std::unique_ptr<EngineChoice<2>> choice;
  };

  bool says(const std::string &text, const std::string &part)
  {
    return text.find(part) != std::string::npos;
  }
} // namespace

BOOST_AUTO_TEST_SUITE(engine_choice)

BOOST_AUTO_TEST_CASE(the_fastest_goes_on_and_slow_ones_are_given_up)
{
  ChoiceSetting setting(2e-4, 0.2, 1000000);
  setting.solve(64);
  BOOST_TEST(!setting.choice->is_trying());
  BOOST_TEST(setting.choice->group_size() == 8U);
  const std::string text = setting.text();
  BOOST_TEST(says(text, "Engine 'idle in group' goes on"));
  BOOST_TEST(says(text, "idle alone given up"));
}

BOOST_AUTO_TEST_CASE(one_that_is_not_much_slower_is_measured)
{
  ChoiceSetting setting(2e-3, 1e-3, 1000000);
  setting.solve(64);
  const std::string text = setting.text();
  for (const std::string name : {"idle in group", "idle alone"})
  {
    BOOST_TEST(says(text, name + " "));
    BOOST_TEST(!says(text, name + " given up"));
    BOOST_TEST(!says(text, name + " not tried"));
  }
}

BOOST_AUTO_TEST_CASE(few_samples_pay_for_no_trial)
{
  ChoiceSetting setting(2e-4, 1e-5, 32);
  setting.solve(32);
  const std::string text = setting.text();
  BOOST_TEST(says(text, "Engine 'idle in group' goes on"));
  BOOST_TEST(says(text, "idle alone not tried"));
}

BOOST_AUTO_TEST_CASE(a_change_of_regime_is_noticed)
{
  ChoiceSetting setting(1e-4, 1e-3, 1000000);
  setting.solve(8 * 60);
  BOOST_TEST(setting.choice->group_size() == 8U);
  seconds_in_group = 0.1;
  setting.solve(8 * 8);
  BOOST_TEST(setting.choice->group_size() == 1U);
  BOOST_TEST(says(setting.text(), "the engines are tried again"));
}

BOOST_AUTO_TEST_SUITE_END()
