// SPDX-License-Identifier: LGPL-2.1-or-later
// Closures: filters, what classical ones do to energy, guards, gradients of
// coupled steps, folders of models, what is learned of a hidden term.
#include <tests/time/models.h>

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/closure_model.h>
#include <nodal/couple/closure_stepper.h>
#include <nodal/couple/closure_training.h>
#include <nodal/couple/state_filter.h>

#include <source/couple/coupled_steps.h>
#include <source/couple/local_averages.h>

#include <boost/test/unit_test.hpp>

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

using namespace nodal;
using torch::Tensor;

BOOST_AUTO_TEST_SUITE(closure)

namespace
{
  const std::string burgers_entries = "set Degree = 1\nset Viscosity = 0.01\n";

  std::unique_ptr<EvolutionModel> burgers(const unsigned int n_cells,
                                          const std::string &more = "")
  {
    return models::model("burgers 1d", burgers_entries + "set Cells = " +
                                           std::to_string(n_cells) + "\n" +
                                           more);
  }

  std::unique_ptr<Closure> make(const std::string &name,
                                const std::string &entries = "")
  {
    auto result = Registry<Closure>::create(name);
    models::configure(*result, entries);
    return result;
  }

  double dot(Vec a, Vec b)
  {
    double result = 0;
    NODAL_PETSC(VecDot(a, b, &result));
    return result;
  }

  VecHandle zero(const EvolutionSystem &system)
  {
    VecHandle result = duplicate(system.like());
    NODAL_PETSC(VecSet(result, 0));
    return result;
  }

  VecHandle drawn_state(const EvolutionSystem &system, const unsigned int seed)
  {
    VecHandle result = duplicate(system.like());
    Random random(seed, 0, 0);
    std::vector<double> values(system.positions().size());
    for (double &value : values)
      value = random.normal();
    models::set(result, values);
    return result;
  }

  /// For a term of its own.
  struct Given : Closure
  {
    void begin(const EvolutionSystem &) override
    {
    }

    void begin_step(double, Vec) override
    {
      ++n_begun;
    }

    void drop_step() override
    {
      ++n_dropped;
    }

    void add(double, Vec u, Vec load) override
    {
      NODAL_PETSC(VecAXPY(load, factor, u));
    }

    double largest_energy() const override
    {
      return largest;
    }

    double factor = 0, largest = std::numeric_limits<double>::infinity();
    unsigned int n_begun = 0, n_dropped = 0;
  };

  ClosureDescription description(const std::string &closure)
  {
    ClosureDescription result;
    result.closure = closure;
    result.problem = "lorenz96";
    result.components = {"x"};
    result.n_places = 3;
    result.time_step = 0.05;
    result.mean = {2.3};
    result.scale = {3.6};
    result.term_scale = {0.4};
    result.largest_energy = 1e4;
    if (closure == "neural")
      result.sizes = {{"width", 6}, {"layers", 2}, {"memory", 3}};
    else
      result.sizes = {{"degree", 2}};
    return result;
  }

  std::unique_ptr<ClosureModel> drawn(const ClosureDescription &description)
  {
    auto result = ClosureModel::make(description, 3);
    const torch::NoGradGuard no_gradients;
    for (Tensor parameter : result->parameters())
      parameter.copy_(0.3 * torch::randn_like(parameter));
    return result;
  }

  std::string write(const ClosureModel &model, const std::string &name)
  {
    const std::string folder = "closure-" + name +
                               std::to_string(rank_of(MPI_COMM_WORLD)) + "-" +
                               std::to_string(size_of(MPI_COMM_WORLD));
    model.write(folder);
    return folder;
  }

  std::unique_ptr<Closure> learned(const ClosureDescription &description,
                                   const std::string &name,
                                   const std::string &more = "")
  {
    auto result =
        make(description.closure,
             "set Model = " + write(*drawn(description), name) + "\n" + more);
    result->load("");
    return result;
  }
} // namespace

BOOST_AUTO_TEST_CASE(filters_are_projections)
{
  const auto coarse = burgers(8), fine = burgers(32);
  const StateFilter filter(*fine, *coarse), same(*coarse, *coarse);
  const Interpolation H = coarse->at(fine->positions(), 0);
  // The coarse state on the fine mesh, which can represent it.
  const auto prolongate = [&](Vec from, Vec to)
  { H.apply(ReadValues(from), WriteValues(to)); };
  const VecHandle u = drawn_state(*fine, 1), v = drawn_state(*coarse, 2),
                  filtered = duplicate(coarse->like()),
                  again = duplicate(coarse->like()), work = duplicate(u),
                  error = duplicate(u);
  filter.apply(u, filtered);
  // What is left of a state is orthogonal to all coarse ones.
  prolongate(filtered, work);
  NODAL_PETSC(VecWAXPY(error, -1, work, u));
  prolongate(v, work);
  const VecHandle image = duplicate(u);
  NODAL_PETSC(MatMult(fine->mass(), work, image));
  BOOST_TEST(std::abs(dot(error, image)) < 1e-10);
  BOOST_TEST(dot(error, error) > 1);
  // Coarse states stay as they are.
  filter.apply(work, again);
  NODAL_PETSC(VecAXPY(again, -1, v));
  BOOST_TEST(std::sqrt(dot(again, again)) < 1e-9);
  same.apply(v, again);
  NODAL_PETSC(VecAXPY(again, -1, v));
  BOOST_TEST(std::sqrt(dot(again, again)) < 1e-9);
}

BOOST_AUTO_TEST_CASE(filters_of_values_and_of_mixed_forms)
{
  const auto fine = models::model("lorenz96 two level",
                                  "set Large variables = 4\nset Small "
                                  "variables = 3\n"),
             coarse = models::model("lorenz96", "set Variables = 4\n"),
             waves = models::model("kuramoto sivashinsky", "set Cells = 48\n"),
             more_waves =
                 models::model("kuramoto sivashinsky", "set Cells = 96\n");
  const VecHandle u = drawn_state(*fine, 1), X = duplicate(coarse->like());
  StateFilter(*fine, *coarse).apply(u, X);
  std::vector<double> large = owned_entries(u);
  large.resize(4);
  for (unsigned int k = 0; k < 4; ++k)
    BOOST_TEST(owned_entries(X)[k] == large[k],
               boost::test_tools::tolerance(1e-14));
  // u has a mass, u_xx has none.
  const VecHandle w = duplicate(more_waves->like()),
                  seen = duplicate(waves->like()),
                  begin = duplicate(waves->like());
  more_waves->initial_state(1, 0, w);
  waves->initial_state(1, 0, begin);
  StateFilter(*more_waves, *waves).apply(w, seen);
  const std::vector<double> a = owned_entries(seen), b = owned_entries(begin);
  for (std::size_t i = 0; i < a.size(); ++i)
    BOOST_TEST(std::abs(a[i] - b[i]) <
               (waves->components()[i] == 0 ? 0.02 : 1e-14));
  BOOST_CHECK_THROW(StateFilter(*waves, *coarse), BadInput);
}

BOOST_AUTO_TEST_CASE(classical_closures_take_energy)
{
  const auto system = burgers(16);
  for (const std::string text :
       {"smagorinsky|set Constant = 0.3\n",
        // A time scale that is the same everywhere: what is left of the
        // convective term, squared.
        "variational multiscale|set Viscosity = 0.1\nset Convective constant = "
        "1e-6\n"})
  {
    const auto bar = text.find('|');
    const auto closure = make(text.substr(0, bar), text.substr(bar + 1));
    closure->begin(*system);
    const VecHandle u = drawn_state(*system, 5), load = zero(*system),
                    twice = zero(*system);
    closure->add(0, u, load);
    BOOST_TEST(dot(u, load) < -1e-4);
    // Momentum stays.
    double sum = 0;
    NODAL_PETSC(VecSum(load, &sum));
    BOOST_TEST(std::abs(sum) < 1e-10);
    closure->add(0, u, load);
    closure->add(0, u, twice);
    NODAL_PETSC(VecAXPY(load, -2, twice));
    BOOST_TEST(dot(load, load) < 1e-20);
    // Constant states are no concern of theirs.
    NODAL_PETSC(VecSet(u, 0.7));
    NODAL_PETSC(VecSet(load, 0));
    closure->add(0, u, load);
    BOOST_TEST(dot(load, load) < 1e-20);
    const auto lorenz = models::model("lorenz96");
    BOOST_CHECK_THROW(closure->begin(*lorenz), BadInput);
  }
}

BOOST_AUTO_TEST_CASE(smagorinsky_is_its_formula)
{
  // One hat on cells of h = 1/8: its slopes are ±8, with the viscosity
  // (C h)² 8.
  const auto system = burgers(8);
  const auto closure = make("smagorinsky", "set Constant = 0.5\n");
  closure->begin(*system);
  const VecHandle u = zero(*system), load = zero(*system);
  std::vector<double> values(8, 0.);
  values[3] = 1;
  models::set(u, values);
  closure->add(0, u, load);
  const double viscosity = 8 * std::pow(0.5 / 8, 2);
  const std::vector<double> result = owned_entries(load);
  for (unsigned int i = 0; i < 8; ++i)
    BOOST_TEST(std::abs(result[i] - (i == 3             ? -16 * viscosity
                                     : i == 2 || i == 4 ? 8 * viscosity
                                                        : 0)) < 1e-12);
}

BOOST_AUTO_TEST_CASE(guards_drop_what_has_too_much_energy)
{
  const auto system = models::model("lorenz96", "set Variables = 8\n");
  const auto inner = Registry<TimeStepper>::create("runge kutta 4"),
             plain = Registry<TimeStepper>::create("runge kutta 4");
  LinearSolver solver;
  const std::vector<double> begin = models::state(*system, 1);
  const double h = 0.05;
  const auto step = [&](TimeStepper &stepper)
  {
    const VecHandle u = duplicate(system->like());
    models::set(u, begin);
    stepper.step(1, u);
    return owned_entries(u);
  };
  plain->start(*system, solver, h);
  const std::vector<double> without = step(*plain);
  for (const double factor : {1., 30., 1e200})
  {
    Given closure;
    closure.factor = factor;
    closure.largest = 1000 / 8.; // a mean over the variables
    ClosureStepper stepper(*inner, closure, 1);
    stepper.start(*system, solver, h);
    const std::vector<double> result = step(stepper);
    BOOST_TEST(closure.n_begun == 1u);
    BOOST_TEST(closure.n_dropped == (factor > 1 ? 1u : 0u));
    BOOST_TEST(stepper.n_dropped() == closure.n_dropped);
    BOOST_TEST((result == without) == (factor > 1));
    double energy = 0;
    for (const double value : result)
      energy += value * value / 2;
    BOOST_TEST(energy < 1000);
  }
  // Without a limit all that is finite passes.
  Given closure;
  closure.factor = 30;
  closure.largest = 1000 / 8.; // a mean over the variables
  ClosureStepper stepper(*inner, closure, 0);
  stepper.start(*system, solver, h);
  step(stepper);
  BOOST_TEST(stepper.n_dropped() == 0u);
  // What diverges without it diverges.
  closure.factor = 1;
  const VecHandle u = duplicate(system->like());
  std::vector<double> huge(8, 1e200);
  huge[3] = 0;
  models::set(u, huge);
  BOOST_CHECK_THROW(stepper.step(0, u), NumericalFailure);
  BOOST_TEST(owned_entries(u) == huge);
}

BOOST_AUTO_TEST_CASE(coupled_steps_have_gradients)
{
  struct Setting
  {
    std::string model, entries, stepper;
    double h;
  };
  for (const Setting &setting :
       {Setting{"lorenz96", "set Variables = 6\n", "runge kutta 4", 0.02},
        Setting{"burgers 1d", burgers_entries + "set Cells = 6\n", "ars 443",
                0.02},
        Setting{"kuramoto sivashinsky", "set Length = 22\nset Cells = 6\n",
                "ars 222", 0.05}})
    BOOST_TEST_CONTEXT(setting.model)
    {
      const auto system = models::model(setting.model, setting.entries);
      const auto stepper = Registry<TimeStepper>::create(setting.stepper);
      LinearSolver solver;
      models::make_direct(solver);
      const std::vector<double> a = models::state(*system, setting.h),
                                b = models::state(*system, setting.h, 1);
      const CoupledSteps steps(*system, *stepper, solver, setting.h);
      const std::int64_t n = steps.nodes().points().size();
      BOOST_TEST(steps.components().size() == 1u);
      torch::manual_seed(1);
      const auto doubles = torch::dtype(torch::kFloat64);
      const Tensor states = CoupledSteps::states({&a, &b}),
                   terms = torch::randn({n, 2, 1}, doubles),
                   way = torch::randn_like(terms),
                   weights = torch::randn({n, 2, 1}, doubles);
      std::vector<bool> is_lost(2, false);
      // Terms follow from states, too.
      const auto value = [&](const Tensor &of)
      {
        Tensor u = states;
        for (unsigned int k = 0; k < 3; ++k)
          u = steps.advance({k * setting.h, 1 + k * setting.h}, u,
                            of + 0.2 * steps.values(u), is_lost);
        return (steps.values(u) * weights).sum();
      };
      const Tensor of = terms.clone().requires_grad_();
      value(of).backward();
      const double expected = (of.grad() * way).sum().item<double>(),
                   small = 1e-5,
                   difference =
                       (value(terms + small * way) - value(terms - small * way))
                           .item<double>() /
                       (2 * small);
      BOOST_TEST(!is_lost[0]);
      BOOST_TEST(expected == difference, boost::test_tools::tolerance(1e-6));
    }
}

BOOST_AUTO_TEST_CASE(runs_that_fail_are_lost_alone)
{
  const auto system = models::model("lorenz96", "set Variables = 6\n");
  const auto stepper = Registry<TimeStepper>::create("runge kutta 4");
  LinearSolver solver;
  const CoupledSteps steps(*system, *stepper, solver, 0.05);
  const std::vector<double> good = models::state(*system),
                            bad = {1e200, 2e200, 0, 1e200, 3, 4};
  std::vector<bool> is_lost(2, false);
  const Tensor terms =
      torch::zeros({6, 2, 1}, torch::kFloat64).requires_grad_();
  const Tensor u = steps.advance({0, 0}, CoupledSteps::states({&bad, &good}),
                                 terms, is_lost);
  BOOST_TEST(is_lost[0]);
  BOOST_TEST(!is_lost[1]);
  u.select(1, 1).sum().backward();
  BOOST_TEST(terms.grad().isfinite().all().item<bool>());
  BOOST_TEST(terms.grad().select(1, 0).abs().sum().item<double>() == 0.);
  BOOST_TEST(terms.grad().select(1, 1).abs().sum().item<double>() > 0.1);
}

BOOST_AUTO_TEST_CASE(folders_keep_all)
{
  for (const std::string name : {"neural", "polynomial"})
  {
    ClosureDescription all = description(name);
    all.spacing = 1.5;
    all.validation_error = 0.25;
    const auto model = drawn(all);
    const std::string folder = write(*model, "kept");
    const auto again = ClosureModel::read(folder);
    BOOST_TEST(again->hash() == model->hash());
    BOOST_TEST(again->description.spacing == 1.5);
    BOOST_TEST(again->description.validation_error == 0.25);
    BOOST_TEST(again->description.sizes == all.sizes);
    BOOST_TEST(again->description.components == all.components);
    BOOST_TEST(again->has_memory() == (name == "neural"));
    // Damage.
    ClosureDescription other = all;
    other.n_places = 5;
    std::filesystem::copy_file(
        write(*drawn(other), "other") + "/weights.pt", folder + "/weights.pt",
        std::filesystem::copy_options::overwrite_existing);
    BOOST_CHECK_THROW(ClosureModel::read(folder), BadInput);
    std::ofstream(folder + "/weights.pt") << "none";
    BOOST_CHECK_THROW(ClosureModel::read(folder), BadInput);
    std::filesystem::remove(folder + "/weights.pt");
    BOOST_CHECK_THROW(ClosureModel::read(folder), BadInput);
    for (const std::string text : {"{}", "none", ""})
    {
      std::ofstream(folder + "/model.json") << text;
      BOOST_CHECK_THROW(ClosureModel::read(folder), BadInput);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_they_were_not_trained_on_is_refused)
{
  const ClosureDescription model = description("neural");
  const auto closure = learned(model, "refused"),
             forced = learned(model, "refused", "set Force = true\n");
  const auto lorenz = models::model("lorenz96"),
             waves = models::model("kuramoto sivashinsky");
  BOOST_CHECK_NO_THROW(closure->check_for("lorenz96", 0.05));
  BOOST_CHECK_THROW(closure->check_for("kdv", 0.05), BadInput);
  BOOST_CHECK_THROW(closure->check_for("lorenz96", 0.1), BadInput);
  BOOST_CHECK_NO_THROW(forced->check_for("kdv", 0.1));
  BOOST_CHECK_NO_THROW(closure->begin(*lorenz));
  BOOST_CHECK_THROW(forced->begin(*waves), BadInput);
  ClosureDescription wide = model;
  wide.node_spacing = 2;
  BOOST_CHECK_THROW(learned(wide, "wide")->begin(*lorenz), BadInput);
  BOOST_CHECK_NO_THROW(
      learned(wide, "wide", "set Force = true\n")->begin(*lorenz));
  BOOST_CHECK_THROW(make("neural", "set Model = nowhere\n")->load(""),
                    BadInput);
  // A folder of the other kind.
  const std::string polynomial =
      write(*drawn(description("polynomial")), "kind");
  BOOST_CHECK_THROW(
      make("neural", "set Model = " + polynomial + "\n")->load(""), BadInput);
}

BOOST_AUTO_TEST_CASE(memory_is_all_that_goes_from_step_to_step)
{
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  const auto closure = learned(description("neural"), "memory"),
             other = learned(description("neural"), "memory");
  const auto inner = Registry<TimeStepper>::create("runge kutta 4"),
             second = Registry<TimeStepper>::create("runge kutta 4");
  LinearSolver solver;
  ClosureStepper stepper(*inner, *closure, 0), again(*second, *other, 0);
  const VecHandle u = duplicate(system->like()), v = duplicate(u),
                  next = duplicate(u);
  models::set(u, models::state(*system, 1));
  stepper.start(*system, solver, 0.05);
  for (unsigned int k = 0; k < 5; ++k)
    stepper.step(k * 0.05, u);
  again.start(*system, solver, 0.05);
  NODAL_PETSC(VecCopy(u, v));
  const std::vector<double> kept = closure->state();
  BOOST_TEST(other->set_state(kept));
  BOOST_TEST(!other->set_state({}));
  std::vector<double> changed = kept;
  ++changed[0];
  BOOST_TEST(!other->set_state(changed));
  for (unsigned int k = 5; k < 8; ++k)
  {
    stepper.step(k * 0.05, u);
    again.step(k * 0.05, v);
  }
  BOOST_TEST(owned_entries(u) == owned_entries(v));
  // A new run remembers nothing.
  stepper.start(*system, solver, 0.05);
  BOOST_TEST(closure->state() != kept);
  // What a step has missed is the last term.
  inner->step(0, v);
  NODAL_PETSC(VecCopy(u, next));
  const VecHandle plain = duplicate(u);
  NODAL_PETSC(VecCopy(u, plain));
  inner->step(0.4, plain);
  NODAL_PETSC(VecCopy(plain, next));
  NODAL_PETSC(VecShift(next, 0.05 * 0.7));
  stepper.follow(0.4, u, next);
  for (unsigned int i = 1; i <= 12; ++i)
    BOOST_TEST(closure->state()[i] == 0.7, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(what_is_moved_along_the_circle_moves_the_term)
{
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  for (const std::string name : {"neural", "polynomial"})
  {
    const auto closure = learned(description(name), "moved");
    const std::vector<double> begin = models::state(*system, 1);
    const auto term = [&](const unsigned int shift)
    {
      closure->begin(*system);
      const VecHandle u = duplicate(system->like()), load = zero(*system);
      std::vector<double> state(12);
      for (unsigned int i = 0; i < 12; ++i)
        state[(i + shift) % 12] = begin[i];
      models::set(u, state);
      for (unsigned int k = 0; k < 2; ++k)
        closure->begin_step(0, u);
      closure->add(0, u, load);
      return owned_entries(load);
    };
    const std::vector<double> here = term(0), there = term(5);
    for (unsigned int i = 0; i < 12; ++i)
    {
      BOOST_TEST(std::abs(here[i]) > 1e-6);
      BOOST_TEST(std::abs(here[i] - there[(i + 5) % 12]) < 1e-4);
    }
  }
}

BOOST_AUTO_TEST_CASE(kernels_are_the_network)
{
  const auto system = models::model("lorenz96", "set Variables = 12\n");
  for (const unsigned int n_memory : {0, 3})
  {
    ClosureDescription all = description("neural");
    all.sizes["memory"] = n_memory;
    const auto model = drawn(all);
    const auto places = std::make_shared<const LocalAverages>(
        system->positions(), *system, 1, 3);
    const auto polynomial = drawn(description("polynomial"));
    std::vector<float> nothing;
    std::vector<double> last(12, 0.1);
    std::vector<float> memory(12 * n_memory, 0.2f);
    const torch::NoGradGuard no_gradients;
    for (unsigned int round = 0; round < 3; ++round)
    {
      const std::vector<double> u = models::state(*system, 0, round);
      const ClosureModel::Result expected = model->evaluate(
          places, torch::tensor(u, torch::kFloat64).view({12, 1, 1}),
          torch::tensor(last, torch::kFloat64).view({12, 1, 1}),
          torch::tensor(memory).view({12, 1, n_memory}));
      model->advance(places, u, last, memory);
      for (unsigned int i = 0; i < 12; ++i)
      {
        BOOST_TEST(std::abs(last[i] - expected.term[i].item<double>()) < 1e-4);
        for (unsigned int k = 0; k < n_memory; ++k)
          BOOST_TEST(std::abs(memory[i * n_memory + k] -
                              expected.memory[i][0][k].item<float>()) < 1e-5);
      }
      std::vector<double> value(12, 0.);
      polynomial->advance(places, u, value, nothing);
      const Tensor term =
          polynomial
              ->evaluate(places,
                         torch::tensor(u, torch::kFloat64).view({12, 1, 1}), {},
                         polynomial->no_memory(12, 1))
              .term;
      for (unsigned int i = 0; i < 12; ++i)
        BOOST_TEST(std::abs(value[i] - term[i].item<double>()) < 1e-5);
      // Weights that change count.
      for (Tensor parameter : model->parameters())
        parameter.mul_(0.9);
    }
  }
}

namespace
{
  /// Trainings for a model from which a term is hidden.
  struct Training
  {
    Training(const std::string &fine_entries, const std::string &entries)
        : fine(models::model("lorenz96", fine_entries)),
          coarse(models::model("lorenz96", entries))
    {
      settings.n_runs = 6;
      settings.n_validation = 3;
      settings.length = 60;
      settings.n_spin_up = 40;
      settings.n_warm_up = 5;
      settings.roll_out = 20;
      settings.n_steps = 20;
      settings.batch = 6;
      settings.width = 6;
      settings.n_memory = 2;
      settings.n_places = 3;
      settings.degree = 1;
      settings.offline_share = 0.5;
      training.n_epochs = 6;
      training.learning_rate = 1e-2;
    }

    ClosureDescription fit(const std::string &name)
    {
      const auto of_fine = Registry<TimeStepper>::create("runge kutta 4"),
                 of_coarse = Registry<TimeStepper>::create("runge kutta 4");
      LinearSolver solver;
      of_fine->start(*fine, solver, 0.01);
      of_coarse->start(*coarse, solver, 0.02);
      ClosureTraining closures(settings, training, *coarse, *of_coarse, solver,
                               0.02, MPI_COMM_WORLD);
      closures.make_data(
          FilteredRuns({*fine, *of_fine, 0.01}, {*coarse, *of_coarse, 0.02}));
      Parameters prm;
      unsigned int n_unused = 0;
      prm.add("Unused", n_unused, "For a file that is not empty.");
      Run run(MPI_COMM_WORLD,
              "closure-run-" + std::to_string(size_of(MPI_COMM_WORLD)), false,
              ParameterFile::parse("", "test"), prm);
      ClosureDescription result;
      closures.fit(
          name, "lorenz96", "word",
          [&](const ClosureModel &model)
          {
            result = model.description;
            hash = model.hash();
            weights = model.parameters()[0].to(torch::kFloat64).clone();
          },
          run);
      return result;
    }

    const std::unique_ptr<EvolutionModel> fine, coarse;
    ClosureTrainingSettings settings;
    TrainingSettings training;
    std::uint32_t hash = 0;
    Tensor weights;
  };
} // namespace

BOOST_AUTO_TEST_CASE(a_hidden_constant_is_found)
{
  Training training("set Variables = 8\nset Forcing = 8.5\n",
                    "set Variables = 8\nset Forcing = 8\n");
  const ClosureDescription result = training.fit("polynomial");
  BOOST_TEST(result.validation_error < 0.05 * result.error_without);
  // c = 0.5 up to the step: a constant over a step is not one of its average.
  const double constant =
      training.weights[0][0].item<double>() * result.term_scale[0];
  BOOST_TEST(std::abs(constant - 0.5) < 0.03);
}

BOOST_AUTO_TEST_CASE(networks_learn_it_too_on_any_number_of_ranks)
{
  Training training("set Variables = 8\nset Forcing = 9\n",
                    "set Variables = 8\nset Forcing = 8\n");
  const ClosureDescription result = training.fit("neural");
  BOOST_TEST(result.validation_error < 0.3 * result.error_without);
  // The same on all ranks.
  std::uint32_t least = training.hash, most = training.hash;
  MPI_Allreduce(MPI_IN_PLACE, &least, 1, MPI_UINT32_T, MPI_MIN, MPI_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_UINT32_T, MPI_MAX, MPI_COMM_WORLD);
  BOOST_TEST(least == most);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained_is_refused)
{
  Training same("set Variables = 8\n", "set Variables = 8\n");
  same.settings.n_spin_up = 0;
  // Other steps make a difference; the same model with the same steps, none.
  const auto stepper = Registry<TimeStepper>::create("runge kutta 4"),
             other = Registry<TimeStepper>::create("runge kutta 4");
  LinearSolver solver;
  stepper->start(*same.fine, solver, 0.02);
  other->start(*same.coarse, solver, 0.02);
  ClosureTraining closures(same.settings, same.training, *same.coarse, *other,
                           solver, 0.02, MPI_COMM_WORLD);
  closures.make_data(
      FilteredRuns({*same.fine, *stepper, 0.02}, {*same.coarse, *other, 0.02}));
  Parameters prm;
  unsigned int n_unused = 0;
  prm.add("Unused", n_unused, "For a file that is not empty.");
  Run run(MPI_COMM_WORLD,
          "closure-run-" + std::to_string(size_of(MPI_COMM_WORLD)), false,
          ParameterFile::parse("", "test"), prm);
  BOOST_CHECK_THROW(
      closures.fit(
          "polynomial", "lorenz96", "word", [](const ClosureModel &) {}, run),
      BadInput);
  BOOST_CHECK_THROW(
      FilteredRuns({*same.fine, *stepper, 0.015}, {*same.coarse, *other, 0.02}),
      BadInput);
  ClosureTrainingSettings settings;
  BOOST_CHECK_NO_THROW(settings.check());
  settings.n_places = 4;
  BOOST_CHECK_THROW(settings.check(), BadInput);
  settings.n_places = 5;
  settings.roll_out = settings.length;
  BOOST_CHECK_THROW(settings.check(), BadInput);
}

BOOST_AUTO_TEST_SUITE_END()
