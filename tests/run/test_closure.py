# SPDX-License-Identifier: LGPL-2.1-or-later
"""Closures: what is shipped, what a short training makes, runs that go on,
guards, and what is refused."""
import csv
import json
import os
import unittest

from harness import Case, SOURCE
from test_time import sets

LORENZ = os.path.join(SOURCE, "prm", "21-lorenz96-closure.prm")
BURGERS = os.path.join(SOURCE, "prm", "22-burgers-closure.prm")
SHORT = ("Training/Closure/Trajectories=4",
         "Training/Closure/Validation trajectories=4",
         "Training/Closure/Steps=5", "Training/Closure/Roll-outs=4",
         "Training/Closure/Roll-out=20", "Training/Closure/Length=80",
         "Training/Closure/Width=8", "Training/Closure/Memory=4",
         "Training/Epochs=2")


MESH = """
subsection Mesh
  set Local refinements = 1
  set Refine where = x - 0.6
  subsection generator
    set Name = subdivided_hyper_cube
    set Arguments = 6 : 0 : 1 : true
  end
end
subsection Problem
  set Name = reaction diffusion
  subsection Boundary conditions
    set Dirichlet = 0: 0.5
    set Neumann = *: 0
  end
end
subsection Inputs
  subsection coefficient
    set Value = 0.002
  end
  subsection source
    set Value = 0
  end
  subsection initial state
    set Sampler = gaussian random field
    set Deviation = 0.5
    subsection gaussian random field
      set Correlation length = 0.2
    end
  end
end
subsection Solver
  set Method = cg
  set Preconditioner = ssor
  set Tolerance = 1e-10
end
subsection Time
  set Stepper = ars 222
  set Time step = 0.1
  set End time = 2
end
subsection Simulate
  set Output interval = 1
end
subsection Closure
  set Name = neural
end
subsection Training
  set Goal = closure
  set Epochs = 6
  set Learning rate = 0.01
  subsection Closure
    set Fine run = Mesh/Refinements = 1
    set Trajectories = 8
    set Validation trajectories = 2
    set Spin-up steps = 2
    set Length = 24
    set Offline share = 0
    set Roll-out = 10
    set Warm-up = 0
    set Memory = 0
    set Places = 3
    set Width = 6
    set Roll-outs = 2
    set Steps = 30
  end
end
"""


def shipped(name, closure="neural"):
    return (f"Closure/{closure}/Model="
            + os.path.join(SOURCE, "models", name))


class Closure(Case):

    def states(self, name):
        with open(self.path(name, "states.csv"), newline="") as file:
            return list(csv.reader(file))[1:]

    def rows(self, name):
        with open(self.path(name, "statistics.csv"), newline="") as file:
            text = file.read()
        return list(csv.DictReader(text[text.index("step,"):].splitlines()))

    def test_one_is_trained_and_used(self):
        self.nodal("run", LORENZ, "--output", "out", ranks=2,
                   *sets(*SHORT, "Time/End time=1"))
        with open(self.path("out", "model", "model.json")) as file:
            model = json.load(file)
        self.assertEqual(model["closure"], "neural")
        self.assertEqual(model["components"], ["x"])
        self.assertLess(model["validation_error"], model["error_without"])
        self.assertEqual(len(self.states("out")), 11)

    def test_a_polynomial_is_fitted(self):
        done = self.nodal("run", LORENZ, "--output", "out",
                          *sets("Closure/Name=polynomial",
                                "Training/Closure/Places=1", "Time/End time=5"))
        with open(self.path("out", "model", "model.json")) as file:
            model = json.load(file)
        self.assertLess(model["validation_error"],
                        0.5 * model["error_without"])
        # The run begins with more energy than the model knows of.
        dropped = int(self.rows("out")[-1]["steps without closure"])
        self.assertGreater(dropped, 0)
        self.assertLess(dropped, 500)
        self.assertIn(f"was dropped in {dropped} of them", done.stdout)

    def test_what_is_shipped_follows_a_fine_run(self):
        fine = sets("Problem/burgers 1d/Cells=256", "Time/Time step=0.001")
        few = sets("Time/End time=4", "Simulate/Output interval=1")
        self.nodal("simulate", BURGERS, "--output", "fine",
                   *sets("Closure/Name=none"), *fine, *few)
        exact = [[float(v) for v in row[1::8]] for row in self.states("fine")]
        errors = {}
        for name, entries in (("none", ["Closure/Name=none"]),
                              ("neural", [shipped("burgers-closure")])):
            self.nodal("simulate", BURGERS, "--output", name,
                       *sets(*entries), *few)
            found = [[float(v) for v in row[1:]] for row in self.states(name)]
            errors[name] = sum((a - b) ** 2 for x, y in zip(exact, found)
                               for a, b in zip(x, y))
        # Values at nodes are not the means that training has seen.
        self.assertLess(errors["neural"], 0.7 * errors["none"])

    def test_on_a_mesh_that_ranks_share(self):
        path = self.write("mesh.prm", MESH)
        self.nodal("train", path, "--output", "out")
        model = os.path.join(self.path("out"), "model")
        energies = []
        for ranks in (1, 2):
            name = f"ranks-{ranks}"
            self.nodal("simulate", path, "--output", name,
                       *sets(f"Closure/neural/Model={model}",
                             f"Parallel/Ranks per sample={ranks}"),
                       ranks=ranks)
            energies.append(float(self.rows(name)[-1]["energy"]))
        self.nodal("simulate", path, "--output", "none",
                   *sets("Closure/Name=none"))
        without = float(self.rows("none")[-1]["energy"])
        self.assertAlmostEqual(energies[0] / energies[1], 1, places=5)
        self.assertGreater(abs(energies[0] / without - 1), 1e-5)

    def test_it_goes_on_to_the_bit(self):
        model = sets(shipped("lorenz96-closure-4"))

        def run(name, end, *words):
            self.nodal("simulate", LORENZ, "--output", name, *words, *model,
                       *sets(f"Time/End time={end}"))
            return self.states(name)

        straight = run("straight", 2)
        self.assertEqual(len(run("parts", 1)), 11)
        self.assertEqual(run("parts", 2, "--resume"), straight)
        self.assertEqual(self.rows("parts")[-1]["steps without closure"],
                         self.rows("straight")[-1]["steps without closure"])
        # Another closure is another run.
        self.refuse("simulate", LORENZ, "--output", "parts", "--resume",
                    *sets("Closure/Name=none", "Time/End time=3"),
                    say=["nothing to resume"])

    def test_what_cannot_be_is_refused(self):
        for entries, sentence in (
                (["Training/Closure/Places=4"], "odd"),
                (["Training/Closure/Length=100"], "a step more"),
                (["Problem/Name=darcy"], "steady")):
            self.refuse("train", LORENZ, "--output", "no", *sets(*entries),
                        say=[sentence])
            self.assertFalse(os.path.exists(self.path("no")))
        for entries, sentence in (
                (["Closure/Name=smagorinsky"], "nothing to learn"),
                (["Training/Closure/Fine run="], "misses nothing"),
                (["Training/Closure/Fine run=Problem/Nam = kdv"],
                 "Did you mean"),
                (["Training/Closure/Fine run=Problem/Name = burgers 1d"],
                 "no component in common"),
                (["Training/Closure/Fine run=Time/Time step = 0.003"],
                 "does not divide"),
                (["Problem/Name=lorenz96 two level",
                  "Training/Closure/Fine run=Time/Time step = 0.001"],
                 "no derivatives")):
            self.refuse("train", LORENZ, "--output", "train",
                        *sets(*SHORT, *entries), say=[sentence])
        model = shipped("lorenz96-closure-4")
        for entries, sentence in (
                (["Closure/neural/Model=nowhere"], "nodal train"),
                ([shipped("lorenz96-corrector")], "of a corrector"),
                ([shipped("lorenz96-closure-4-cubic")], "Closure/Name"),
                ([model, "Time/Time step=0.01"], "steps of 0.005"),
                ([shipped("burgers-closure")], "is for problem")):
            self.refuse("simulate", LORENZ, "--output", "no", *sets(*entries),
                        say=[sentence])
            self.assertFalse(os.path.exists(self.path("no")))
        for entries, sentence in (
                (["Closure/Name=smagorinsky"], "for flows"),
                ([model, "Problem/lorenz96/Variables=1000",
                  "Closure/neural/Force=true", "Problem/Name=burgers 1d"],
                 "take a model that fits")):
            self.refuse("simulate", LORENZ, "--output", "late",
                        *sets(*entries), say=[sentence])
        self.refuse("assimilate", LORENZ, "--output", "no", *sets(model),
                    say=["Memory = 0"])
        self.nodal("assimilate", LORENZ, "--output", "cubic",
                   *sets("Closure/Name=polynomial",
                         shipped("lorenz96-closure-4-cubic", "polynomial"),
                         "Assimilation/Cycles=20",
                         "Assimilation/Burn-in cycles=5"))


if __name__ == "__main__":
    unittest.main()
