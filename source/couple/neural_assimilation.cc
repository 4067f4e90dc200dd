// SPDX-License-Identifier: LGPL-2.1-or-later
#include "corrector_network.h"
#include "corrector_nodes.h"
#include "model_entries.h"

#include <nodal/core/registry.h>
#include <nodal/core/threads.h>
#include <nodal/couple/assimilation_method.h>

#include <ATen/Parallel.h>

namespace nodal
{
  namespace
  {
    /// A trained Corrector, applied to each member.
    class NeuralAssimilation : public AssimilationMethod
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        entries.add_parameters(prm, "problem, discretization, length of cycles "
                                    "or error of observations");
      }

      void load(const std::string &output_folder) override
      {
        if (!model)
          entries.load(output_folder,
                       [&](const std::string &folder) {
                         model = std::make_unique<Corrector>(
                             Corrector::read(folder));
                       });
      }

      unsigned int n_members(unsigned int) const override
      {
        return model->description.n_members;
      }

      void check_for(const std::string &problem, const double cycle,
                     const double deviation) const override
      {
        const CorrectorDescription &trained = model->description;
        entries.check_problem(problem, trained.problem);
        entries.check("cycles of", cycle, trained.cycle, 1e-6);
        entries.check("errors of observations of", deviation, trained.deviation,
                      1e-6);
      }

      void begin(const EvolutionSystem &system,
                 const unsigned int component) override
      {
        // LibTorch would take all cores.
        at::set_num_threads(limit_threads());
        const CorrectorDescription &trained = model->description;
        nodes = std::make_unique<CorrectorNodes>(system, component);
        const std::string name = system.component_names()[component];
        if (system.n_coordinates() != trained.n_coordinates ||
            name != trained.component)
          entries.refuse("'" + trained.component + "' in " +
                         std::to_string(trained.n_coordinates) +
                         " coordinate(s) (problem '" + trained.problem +
                         "'), and '" + name + "' in " +
                         std::to_string(system.n_coordinates()) +
                         " is measured: take a model that fits.");
        entries.check(
            "nodes at distances of",
            LocalAverages::typical_spacing(
                nodes->points(), system, "Assimilation/Observations/Component"),
            trained.node_spacing, 0.1);
        nodes->make_averages(trained.spacing, trained.n_places);
        memory = model->network->no_memory(nodes->points().size(),
                                           trained.n_members);
      }

      std::vector<double> state() const override
      {
        const torch::Tensor flat = memory.flatten();
        std::vector<double> result = {double(model->hash())};
        result.insert(result.end(), flat.data_ptr<float>(),
                      flat.data_ptr<float>() + flat.numel());
        return result;
      }

      bool set_state(const std::vector<double> &values) override
      {
        if (values.size() != std::size_t(memory.numel()) + 1 ||
            values[0] != double(model->hash()))
          return false;
        std::copy(values.begin() + 1, values.end(), memory.data_ptr<float>());
        return true;
      }

      void analyse(Ensemble &members, const Observations &observations,
                   const AnalysisContext &context) override
      {
        const torch::NoGradGuard no_gradients;
        const CorrectorNetwork::Result result = model->network->forward(
            nodes->averages,
            nodes->see(members, observations, model->description.deviation,
                       context.random),
            memory);
        memory = result.memory.contiguous();
        nodes->add(result.increments, 0, members);
      }

    private:
      ModelEntries entries = ModelEntries("corrector");
      std::unique_ptr<Corrector> model;
      std::unique_ptr<CorrectorNodes> nodes;
      torch::Tensor memory;
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, NeuralAssimilation, "neural",
                 "a trained network that sees forecast, innovation and its own "
                 "memory")
} // namespace nodal
