// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_assimilation_h
#define nodal_task_assimilation_h

#include <nodal/core/choice.h>
#include <nodal/couple/twin_experiment.h>

namespace nodal
{
  /// The entries about assimilation that tasks share: 'assimilate' uses a
  /// method, 'train' makes one for the same cycles and observations.
  struct Assimilation
  {
    Assimilation() : method("etkf")
    {
    }

    void add_parameters(Parameters &prm)
    {
      Parameters::Section section(prm, "Assimilation");
      method.add_parameters(prm, "Method",
                            "How observations correct forecasts.");
      settings.add_parameters(prm);
      network.add_parameters(prm);
    }

    Choice<AssimilationMethod> method;
    TwinExperiment::Settings settings;
    ObservationNetwork network;
  };
} // namespace nodal

#endif
