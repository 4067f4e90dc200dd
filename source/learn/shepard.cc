// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/baseline.h>

namespace nodal
{
  /// The lift of the boundary values, to which networks add.
  class Shepard : public Baseline
  {
  public:
    void fit(const std::vector<const GraphSample *> &) override
    {
    }

    bool applies(const GraphSample &) const override
    {
      return true;
    }

    std::vector<double> predict(const GraphSample &sample) const override
    {
      return sample.lift;
    }
  };

  NODAL_REGISTER(Baseline, Shepard, "shepard",
                 "the Dirichlet values interpolated by inverse squared "
                 "distance; nothing is learned")
} // namespace nodal
