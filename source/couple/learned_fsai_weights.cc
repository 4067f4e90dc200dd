// SPDX-License-Identifier: LGPL-2.1-or-later
#include "read_on_all_ranks.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/couple/fsai_model.h>

#include <memory>

namespace nodal
{
  namespace
  {
    /// Weights that an FsaiModel gives.
    class LearnedFsaiWeights : public FsaiWeights
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Model", folder,
                "The folder of weights from 'nodal train'. If they are for one "
                "level, 'Levels' is 1.");
      }

      void prepare(Mat A, FsaiSettings &settings) override
      {
        read_on_all_ranks(model, folder, A,
                          "Weights 'learned' need a model: name its folder in "
                          "'Model' (option -pc_nodal_model), or choose "
                          "'constant'.");
        if (model->description.n_levels == 1)
          settings.n_levels = 1;
        else if (settings.n_levels == 1)
          throw BadInput("The model in '" + folder +
                         "' was trained for several levels, and 'Levels' is 1: "
                         "set it to 0, or take a model that fits.");
      }

      OfLevel weigh(FsaiLevel &level) override
      {
        return model->weigh(level, n_replaced);
      }

      unsigned int n_fallbacks() const override
      {
        return n_replaced;
      }

    private:
      std::string folder;
      std::unique_ptr<FsaiModel> model;
      unsigned int n_replaced = 0;
    };
  } // namespace

  NODAL_REGISTER(FsaiWeights, LearnedFsaiWeights, "learned",
                 "by a network that sees the entries around a row")
} // namespace nodal
