// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/couple/closure_training.h>

namespace nodal
{
  void ClosureTrainingSettings::add_parameters(Parameters &prm)
  {
    prm.add("Fine run", fine_run,
            "What is different in the fine problem: entries of this file with "
            "other values, separated by semicolons, as in "
            "'Mesh/Refinements = 5; Time/Time step = 0.001'.");
    prm.add("Trajectories", n_runs, "Fine runs to train on.", 1, 1000000);
    prm.add("Validation trajectories", n_validation,
            "Others, that tell which weights are best.", 1, 1000000);
    prm.add("Length", length, "Steps of each, of the coarse problem.", 1,
            100000000);
    prm.add("Spin-up steps", n_spin_up, "Before these, and left out.", 0,
            1000000000);
    prm.add("Warm-up", n_warm_up,
            "Steps along known states before a roll-out, for what has a "
            "memory; one of four roll-outs begins without.",
            0, 1000000);
    prm.add("Roll-out", roll_out,
            "Steps of coupled runs; they are shorter at first.", 1, 1000000);
    prm.add("Offline share", offline_share,
            "Of the epochs, in which a network is fitted to what is missed in "
            "known states, without coupled runs.",
            0, 1);
    prm.add("Steps", n_steps, "Of the optimizer in an epoch.", 1, 1000000);
    prm.add("Roll-outs", batch, "At the same time.", 1, 1000000);
    prm.add("Width", width, "Channels of each layer.", 1, 10000);
    prm.add("Layers", n_layers, "Convolutions, one after the other.", 1, 100);
    prm.add("Memory", n_memory,
            "Channels that are kept from one step to the next.", 0, 10000);
    prm.add("Places", n_places,
            "That are seen around a node, in each direction; an odd number.", 1,
            101);
    prm.add("Spacing", spacing,
            "Between the places; 0: as the nodes are on average.", 0, 1e12);
    prm.add("Degree", degree, "Of a polynomial.", 0, 10);
  }

  void ClosureTrainingSettings::check() const
  {
    const std::string section = "Training/Closure/";
    if (n_places % 2 == 0)
      throw BadInput("One of the places is the node: choose an odd number.",
                     section + "Places");
    // One step before, of which it is known what it missed.
    const unsigned int least = warm_up() + roll_out + 1;
    if (length < least)
      throw BadInput("A run must have a step more than roll-out and, if there "
                     "is a memory, warm-up together, " +
                         std::to_string(least) + ".",
                     section + "Length");
  }
} // namespace nodal
