// SPDX-License-Identifier: LGPL-2.1-or-later
#include "closure_network.h"
#include "closure_polynomial.h"
#include "model_entries.h"
#include "restricted_mass.h"
#include "state_nodes.h"

#include <nodal/core/registry.h>
#include <nodal/core/text.h>
#include <nodal/core/threads.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/closure.h>

#include <ATen/Parallel.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// A trained ClosureModel, evaluated once a step; its term is then the same
    /// in all stages.
    class LearnedClosure : public Closure
    {
    public:
      explicit LearnedClosure(const std::string &name) : name(name)
      {
      }

      void add_parameters(Parameters &prm) override
      {
        entries.add_parameters(prm, "problem, discretization or time step");
      }

      void load(const std::string &output_folder) override
      {
        if (model)
          return;
        entries.load(output_folder, [&](const std::string &folder)
                     { model = ClosureModel::read(folder); });
        if (model->description.closure != name)
          entries.refuse("Closure/Name = " + model->description.closure + ".");
      }

      void check_for(const std::string &problem, const double h) const override
      {
        entries.check_problem(problem, model->description.problem);
        entries.check("steps of", h, model->description.time_step, 1e-6);
      }

      std::string word() const override
      {
        return std::to_string(model->hash());
      }

      void begin(const EvolutionSystem &of) override
      {
        // LibTorch would take all cores.
        at::set_num_threads(limit_threads());
        system = &of;
        const ClosureDescription &trained = model->description;
        const std::vector<std::string> names = of.component_names();
        std::vector<unsigned int> components;
        for (const std::string &component : trained.components)
        {
          const auto found = std::find(names.begin(), names.end(), component);
          if (found != names.end())
            components.push_back(found - names.begin());
        }
        if (of.n_coordinates() != trained.n_coordinates ||
            components.size() != trained.components.size())
          entries.refuse("'" + join(trained.components, "', '") + "' in " +
                         std::to_string(trained.n_coordinates) +
                         " coordinate(s), and the problem has '" +
                         join(names, "', '") + "' in " +
                         std::to_string(of.n_coordinates()) +
                         ": take a model that fits.");
        nodes = std::make_unique<StateNodes>(of, components);
        entries.check(
            "nodes at distances of",
            LocalAverages::typical_spacing(nodes->points(), of, "Problem/Name"),
            trained.node_spacing, 0.1);
        places = std::make_shared<LocalAverages>(
            nodes->points(), of, trained.spacing, trained.n_places);
        is_free.assign(of.positions().size(), false);
        for (const int row : free_rows(of,
                                       [&](const unsigned int c) {
                                         return std::count(components.begin(),
                                                           components.end(),
                                                           c) > 0;
                                       }))
          is_free[row] = true;
        term = duplicate(of.like());
        load_of_term = duplicate(of.like());
        forget();
      }

      void begin_step(double, Vec u) override
      {
        step_of_model(u);
        set_term();
      }

      void add(double, Vec, Vec load) override
      {
        NODAL_PETSC(VecAXPY(load, 1, load_of_term));
      }

      void drop_step() override
      {
        forget();
      }

      void follow_step(double, Vec u, Vec missed) override
      {
        step_of_model(u);
        last = nodes->values(ReadValues(missed));
      }

      bool has_memory() const override
      {
        return model->has_memory();
      }

      double largest_energy() const override
      {
        return model->description.largest_energy;
      }

      std::vector<double> state() const override
      {
        std::vector<double> result = {double(model->hash())};
        result.insert(result.end(), last.begin(), last.end());
        result.insert(result.end(), memory.begin(), memory.end());
        return result;
      }

      bool set_state(const std::vector<double> &values) override
      {
        if (values.size() != last.size() + memory.size() + 1 ||
            values[0] != double(model->hash()))
          return false;
        const auto first = values.begin() + 1;
        std::copy_n(first, last.size(), last.begin());
        std::copy(first + last.size(), values.end(), memory.begin());
        return true;
      }

    private:
      void forget()
      {
        const std::size_t n = nodes->points().size();
        last.assign(n * nodes->n_components, 0.);
        memory.assign(model->no_memory(n, 1).numel(), 0.f);
      }

      /// `last` becomes the term at @p u; what is remembered goes on.
      void step_of_model(Vec u)
      {
        model->advance(places, nodes->values(ReadValues(u)), last, memory);
      }

      void set_term()
      {
        NODAL_PETSC(VecSet(term, 0));
        {
          const WriteValues entries(term);
          nodes->put(last, entries);
          for (std::size_t i = 0; i < is_free.size(); ++i)
            if (!is_free[i])
              entries[i] = 0;
        }
        system->apply_mass(term, load_of_term);
      }

      const std::string name;
      ModelEntries entries = ModelEntries("closure");
      std::unique_ptr<ClosureModel> model;
      const EvolutionSystem *system = nullptr;
      std::unique_ptr<StateNodes> nodes;
      std::shared_ptr<const LocalAverages> places;
      std::vector<bool> is_free; ///< by owned entry
      std::vector<double> last;  ///< term, n_nodes × components
      std::vector<float> memory;
      VecHandle term, load_of_term;
    };

    class PolynomialClosure : public LearnedClosure
    {
    public:
      PolynomialClosure() : LearnedClosure(ClosurePolynomial::name)
      {
      }
    };

    class NeuralClosure : public LearnedClosure
    {
    public:
      NeuralClosure() : LearnedClosure(ClosureNetwork::name)
      {
      }
    };
  } // namespace

  NODAL_REGISTER(Closure, PolynomialClosure, "polynomial",
                 "a polynomial of the state near each node, fitted by least "
                 "squares")
  NODAL_REGISTER(Closure, NeuralClosure, "neural",
                 "a network that sees the state near each node, and remembers")
} // namespace nodal
