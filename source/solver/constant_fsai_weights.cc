// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/solver/fsai_weights.h>

namespace nodal
{
  namespace
  {
    class ConstantFsaiWeights : public FsaiWeights
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Smoothing", smoothing,
                "The damping of the step of Jacobi's method that smooths the "
                "columns of a coarse level; 0 leaves them constant.",
                0., 2.);
        prm.add("Scale", scale,
                "By how much what comes from a coarse level "
                "counts.",
                0., 100.);
      }

      OfLevel weigh(FsaiLevel &level) override
      {
        return {std::vector<float>(level.n_rows(), float(smoothing)), scale};
      }

    private:
      double smoothing = usual_smoothing, scale = usual_scale;
    };
  } // namespace

  NODAL_REGISTER(FsaiWeights, ConstantFsaiWeights, "constant",
                 "the same for all rows")
} // namespace nodal
