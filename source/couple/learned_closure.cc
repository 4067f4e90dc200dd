// SPDX-License-Identifier: LGPL-2.1-or-later
#include "closure_network.h"
#include "closure_polynomial.h"
#include "restricted_mass.h"
#include "state_nodes.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/core/statistics.h>
#include <nodal/core/text.h>
#include <nodal/core/threads.h>
#include <nodal/core/vector_values.h>
#include <nodal/couple/closure.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

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
        section = prm.path("");
        prm.add("Model", folder,
                "The folder of a closure from 'nodal train'; a relative name "
                "is one in the output folder, or else in the working folder.");
        prm.add("Force", is_forced,
                "Use it in spite of another problem, discretization or time "
                "step than it was trained on.");
      }

      void load(const std::string &output_folder) override
      {
        if (model)
          return;
        const std::string there = output_folder + "/" + folder;
        if (!output_folder.empty() && !folder.empty() && folder[0] != '/' &&
            std::filesystem::exists(there + "/model.json"))
          folder = there;
        try
        {
          model = ClosureModel::read(folder);
        }
        catch (const BadInput &error)
        {
          throw BadInput(error.what(), section + "Model");
        }
        if (model->description.closure != name)
          throw BadInput("The closure in '" + folder + "' is '" +
                             model->description.closure + "', not '" + name +
                             "': set Closure/Name to that.",
                         section + "Model");
      }

      void check_for(const std::string &problem, const double h) const override
      {
        if (is_forced)
          return;
        const ClosureDescription &trained = model->description;
        if (problem != trained.problem)
          throw BadInput("The closure in '" + folder + "' is for problem '" +
                             trained.problem +
                             "': take a model that fits, or set 'Force' to "
                             "true.",
                         section + "Model");
        check("steps of", h, trained.time_step, 1e-6);
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
          throw BadInput("The closure in '" + folder + "' is for '" +
                             join(trained.components, "', '") + "' in " +
                             std::to_string(trained.n_coordinates) +
                             " coordinate(s), and the problem has '" +
                             join(names, "', '") + "' in " +
                             std::to_string(of.n_coordinates()) +
                             ": take a model that fits.",
                         section + "Model");
        nodes = std::make_unique<StateNodes>(of, components);
        if (!is_forced)
          check("nodes at distances of",
                LocalAverages::typical_spacing(nodes->points(), of,
                                               "Problem/Name"),
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
      void check(const std::string &what, const double here,
                 const double trained, const double tolerance) const
      {
        if (std::abs(here - trained) > tolerance * trained)
          throw BadInput("The closure in '" + folder + "' was trained with " +
                             what + ' ' + to_text(trained) +
                             ", and this problem has " + to_text(here) +
                             ": train another one, or set 'Force' to true.",
                         section + "Model");
      }

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
        if (system->mass())
          NODAL_PETSC(MatMult(system->mass(), term, load_of_term));
        else
          NODAL_PETSC(VecCopy(term, load_of_term));
      }

      const std::string name;
      std::string folder = "model", section;
      bool is_forced = false;
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
