// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_baseline_h
#define nodal_learn_baseline_h

#include <nodal/core/registry.h>
#include <nodal/learn/graph_batch.h>

#include <string>
#include <vector>

namespace nodal
{
  /// A way to guess solutions without a network, beside which every evaluation
  /// puts a network.
  class Baseline
  {
  public:
    virtual ~Baseline() = default;

    static std::string kind()
    {
      return "baseline";
    }

    /// Learn what it needs from @p samples, which may be none.
    virtual void fit(const std::vector<const GraphSample *> &samples) = 0;

    /// True if it can say something about @p sample.
    virtual bool applies(const GraphSample &sample) const = 0;

    /// The solution at the nodes, as GraphSample::target.
    virtual std::vector<double> predict(const GraphSample &sample) const = 0;
  };
} // namespace nodal

#endif
