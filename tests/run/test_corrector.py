# SPDX-License-Identifier: LGPL-2.1-or-later
"""Correctors of forecasts: what is shipped, what a short training makes, runs
that go on, meshes that ranks share, and what is refused."""
import csv
import os
import unittest

from harness import Case, SOURCE
from test_time import SENSORS, WAVE, sets

LORENZ = os.path.join(SOURCE, "prm", "20-lorenz96-corrector.prm")


def shipped(name):
    return "Assimilation/neural/Model=" + os.path.join(SOURCE, "models", name)


class Corrector(Case):

    def errors(self, name):
        """Of the analyses; lines of a training may stand before them."""
        with open(self.path(name, "statistics.csv"), newline="") as file:
            text = file.read()
        table = text[text.index("cycle,"):].splitlines()
        return [row["rmse_analysis"] for row in csv.DictReader(table)]

    def error(self, prm, name, *entries):
        done = self.nodal("assimilate", prm, "--output", name,
                          *sets("Assimilation/Method=neural", *entries))
        return float(done.stdout.split("RMSE of the analysis ")[1].split()[0])

    def test_what_is_shipped_beats_variational_methods(self):
        few = ("Assimilation/Cycles=200", "Assimilation/Burn-in cycles=50")
        for prm, name, every, bound in (
                (LORENZ, "lorenz96-corrector", 1, 0.25),
                (LORENZ, "lorenz96-half-corrector", 2, 0.45),
                (WAVE, "kuramoto-sivashinsky-corrector", 1, 0.18),
                (WAVE, "kuramoto-sivashinsky-quarter-corrector", 4, 0.45)):
            self.assertLess(
                self.error(prm, name, shipped(name),
                           "Assimilation/Observations/Every=%d" % every, *few),
                bound)

    def test_one_is_trained_and_used(self):
        done = self.nodal("run", LORENZ, "--output", "out", ranks=2,
                          *sets("Training/Epochs=1", "Assimilation/Cycles=100",
                                "Assimilation/Burn-in cycles=50"))
        error = float(
            done.stdout.split("RMSE of the analysis ")[2].split()[0])
        self.assertLess(error, 0.41)  # of 3D-Var
        self.assertEqual(len(self.errors("out")), 150)

    def test_it_goes_on_to_the_bit(self):
        def run(name, n, *words, ranks=1):
            self.nodal("assimilate", LORENZ, "--output", name, *words,
                       *sets(shipped("lorenz96-corrector"),
                             "Assimilation/Burn-in cycles=5",
                             "Assimilation/Cycles=%d" % n), ranks=ranks)
            return self.errors(name)

        straight = run("straight", 40)
        self.assertEqual(len(run("parts", 10)), 15)
        self.assertEqual(run("parts", 40, "--resume", ranks=2), straight)

    def test_on_a_mesh_that_ranks_share(self):
        path = self.write("sensors.prm", SENSORS)
        small = sets("Training/Goal=corrector", "Training/Epochs=1",
                     "Training/Corrector/Trajectories=2",
                     "Training/Corrector/Cycles=2",
                     "Training/Corrector/Steps=3",
                     "Training/Corrector/Length=6",
                     "Training/Corrector/Members=2",
                     "Training/Corrector/Places=3",
                     "Training/Corrector/Width=4",
                     "Training/Corrector/Validation trajectories=2",
                     "Training/Corrector/Validation cycles=6",
                     "Mesh/Refinements=2", "Assimilation/Method=neural",
                     "Assimilation/Cycles=5", "Tasks=train,assimilate")
        errors = []
        for ranks, group in ((1, 1), (2, 2), (2, 1)):
            name = "out-%d-%d" % (ranks, group)
            self.nodal("run", path, "--output", name, *small,
                       *sets("Parallel/Ranks per sample=%d" % group),
                       ranks=ranks)
            errors.append([float(error) for error in self.errors(name)])
            self.assertEqual(len(errors[-1]), 5)
            for one, other in zip(errors[0], errors[-1]):
                self.assertAlmostEqual(one / other, 1, places=2)

    def test_what_cannot_be_is_refused(self):
        train = ("train", LORENZ, "--output", "no")
        for entries, sentence in (
                (["Training/Corrector/Places=4"], "odd"),
                (["Training/Corrector/Length=4"], "shorter"),
                (["Training/Corrector/Cycles=1"], "two cycles"),
                (["Problem/Name=darcy"], "steady"),
                (["Training/Goal=operator"], "in time")):
            self.refuse(*train, *sets(*entries), say=[sentence])
            self.assertFalse(os.path.exists(self.path("no")))
        self.refuse(*train[:-1], "ranks",
                    *sets("Training/Corrector/Trajectories=1"),
                    ranks=2, say=["more ranks than experiments"])
        self.refuse("assimilate", LORENZ, "--output", "none",
                    *sets("Assimilation/neural/Model=nowhere"),
                    say=["nowhere", "nodal train"])
        self.assertFalse(os.path.exists(self.path("none")))
        for entries, sentence in (
                ([shipped("kuramoto-sivashinsky-corrector")], "is for problem"),
                ([shipped("darcy-columns-2d")], "of a coarse basis"),
                ([shipped("lorenz96-corrector"),
                  "Assimilation/Steps per cycle=2"], "cycles of 0.05"),
                ([shipped("lorenz96-corrector"),
                  "Assimilation/Observations/Deviation=2"], "errors of")):
            self.refuse("assimilate", LORENZ, "--output", "no",
                        *sets(*entries), say=[sentence])
            self.assertFalse(os.path.exists(self.path("no")))
        path = self.write("sensors.prm", SENSORS)
        self.refuse("train", path, "--output", "same",
                    *sets("Training/Goal=corrector", "Mesh/Refinements=1",
                          "Inputs/initial state/Sampler=fixed"),
                    say=["the same state"])


if __name__ == "__main__":
    unittest.main()
