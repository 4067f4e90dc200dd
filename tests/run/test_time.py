# SPDX-License-Identifier: LGPL-2.1-or-later
"""Problems in time: runs that are stopped and go on, files that are written,
and what is refused."""
import csv
import os
import unittest

from harness import Case, SOURCE

WAVE = os.path.join(SOURCE, "prm", "19-kuramoto-sivashinsky-assimilation.prm")
PHASES = os.path.join(SOURCE, "prm", "18-allen-cahn.prm")

SENSORS = """
set Output folder = sensors
subsection Mesh
  set Refinements = 3
end
subsection Problem
  set Name = heat
end
subsection Inputs
  subsection source
    set Value = 10*sin(3*x)*y
  end
  subsection initial state
    set Sampler = gaussian random field
    subsection gaussian random field
      set Correlation length = 0.3
    end
  end
end
subsection Solver
  set Method = cg
  set Preconditioner = ssor
end
subsection Time
  set Stepper = imex euler
  set Time step = 0.002
end
subsection Assimilation
  set Method = etkf
  set Cycles = 10
  set Burn-in cycles = 0
  set Spin-up steps = 2
  set Climatology stride = 1
  set Initial deviation = 1
  subsection Observations
    set Layout = points
    set Points = 0.5+0.3*sin(20*t) | 0.5; 0.3 | 0.5+0.2*cos(9*t); 0.6 | 0.7
    set Deviation = 0.01
  end
end
"""


def sets(*texts):
    return [word for text in texts for word in ("--set", text)]


class Time(Case):

    def rows(self, *name):
        with open(self.path(*name), newline="") as file:
            return list(csv.DictReader(file))

    def content(self, *name):
        with open(self.path(*name), "rb") as file:
            return file.read()

    def test_a_simulation_goes_on_to_the_bit(self):
        entries = sets("Time/End time=8", "Simulate/Checkpoint interval=2")
        self.nodal("simulate", WAVE, "--output", "straight", *entries)
        self.nodal("simulate", WAVE, "--output", "parts",
                   *sets("Time/End time=4", "Simulate/Checkpoint interval=2"))
        # As a run that was killed between two checkpoints leaves it.
        for name in ("states.csv", "statistics.csv"):
            with open(self.path("parts", name), "a") as file:
                file.write("4.5,1,2,3\n")
        self.nodal("simulate", WAVE, "--output", "parts", "--resume", *entries)
        self.assertEqual(self.content("straight", "states.csv"),
                         self.content("parts", "states.csv"))
        self.assertEqual([row["energy"] for row in
                          self.rows("straight", "statistics.csv")],
                         [row["energy"] for row in
                          self.rows("parts", "statistics.csv")])
        lines = self.content("parts", "states.csv").decode().splitlines()
        self.assertEqual(len(lines), 10)
        self.assertEqual(lines[0].split(",")[:3], ["time", "u@0", "u_xx@0"])
        self.assertEqual(float(lines[-1].split(",")[0]), 8)

    def test_without_a_mesh_ranks_do_not_matter(self):
        entries = sets("Time/End time=4", "Simulate/Checkpoint interval=1")
        self.nodal("simulate", WAVE, "--output", "one", *entries)
        self.nodal("simulate", WAVE, "--output", "three", *entries, ranks=3)
        self.assertEqual(self.content("one", "states.csv"),
                         self.content("three", "states.csv"))
        more = sets("Time/End time=6", "Simulate/Checkpoint interval=1")
        for name, ranks in (("one", 3), ("three", 2)):
            self.nodal("simulate", WAVE, "--output", name, "--resume", *more,
                       ranks=ranks)
        self.assertEqual(self.content("one", "states.csv"),
                         self.content("three", "states.csv"))
        # Once more, and there is nothing to do.
        before = self.content("one", "statistics.csv")
        self.nodal("simulate", WAVE, "--output", "one", "--resume", *more)
        self.assertEqual(before, self.content("one", "statistics.csv"))
        # What is missing is missed by all ranks.
        os.remove(self.path("one", "states.csv"))
        self.refuse("simulate", WAVE, "--output", "one", "--resume", *more,
                    ranks=2, say=["states.csv"])

    def test_a_run_that_stopped_at_its_beginning_goes_on(self):
        self.nodal("simulate", WAVE, "--output", "out",
                   *sets("Time/End time=0"))
        self.nodal("simulate", WAVE, "--output", "out", "--resume",
                   *sets("Time/End time=3", "Simulate/Write states=false"))
        self.assertEqual([float(row["time"]) for row in
                          self.rows("out", "statistics.csv")], [0, 1, 2, 3])
        self.assertEqual(
            self.content("out", "states.csv").count(b"\n"), 2)

    def test_a_series_goes_on_with_another_interval(self):
        entries = sets("Mesh/Refinements=0",
                       "Inputs/initial state/Sampler=matern")
        self.nodal("simulate", PHASES, "--output", "out", *entries,
                   *sets("Time/End time=1", "Simulate/Output interval=0.5",
                         "Simulate/Checkpoint interval=0.5"))
        self.nodal("simulate", PHASES, "--output", "out", "--resume",
                   *entries, *sets("Time/End time=3"))
        series = self.content("out", "solution.pvd").decode()
        for number, time in enumerate(("0", "0.5", "1", "2", "3")):
            self.assertIn('timestep="%s" group="" part="0" '
                          'file="solution/solution_%04d' % (time, number),
                          series)

    def test_a_simulation_on_a_mesh_goes_on(self):
        entries = sets("Mesh/Refinements=0", "Simulate/Checkpoint interval=1")
        self.nodal("simulate", PHASES, "--output", "straight",
                   *entries, *sets("Time/End time=2"))
        self.nodal("simulate", PHASES, "--output", "parts",
                   *entries, *sets("Time/End time=1"))
        self.nodal("simulate", PHASES, "--output", "parts", "--resume",
                   *entries, *sets("Time/End time=2"))
        straight, parts = (self.rows(name, "statistics.csv")
                           for name in ("straight", "parts"))
        self.assertEqual([row["energy"] for row in straight],
                         [row["energy"] for row in parts])
        self.assertTrue(os.path.exists(self.path("straight", "solution.pvd")))
        # On more ranks the same to the tolerance of the solves.
        self.nodal("simulate", PHASES, "--output", "two", *entries,
                   *sets("Time/End time=2"), ranks=2)
        for one, two in zip(straight, self.rows("two", "statistics.csv")):
            self.assertAlmostEqual(float(one["energy"]) / float(two["energy"]),
                                   1, places=5)

    def test_phases_separate(self):
        done = self.nodal("simulate", PHASES, "--output", "phases",
                          *sets("Mesh/Refinements=0"))
        self.assertIn("Open", done.stdout)
        last = self.rows("phases", "statistics.csv")[-1]
        self.assertEqual(float(last["time"]), 20)
        self.assertGreater(float(last["largest modulus"]), 0.95)
        self.assertLess(float(last["largest modulus"]), 1.3)  # the mesh is coarse

    def test_assimilation_goes_on_to_the_bit(self):
        entries = sets("Assimilation/Burn-in cycles=5",
                       "Assimilation/Spin-up steps=100")
        self.nodal("assimilate", WAVE, "--output", "straight", *entries,
                   *sets("Assimilation/Cycles=10"))
        self.nodal("assimilate", WAVE, "--output", "parts", *entries,
                   *sets("Assimilation/Cycles=4"))
        self.nodal("assimilate", WAVE, "--output", "parts", "--resume",
                   *entries, *sets("Assimilation/Cycles=10"), ranks=2)
        straight, parts = ([row["rmse_analysis"] for row in
                            self.rows(name, "statistics.csv")]
                           for name in ("straight", "parts"))
        self.assertEqual(len(straight), 15)
        self.assertEqual(straight, parts)

    def test_what_is_observed_helps(self):
        def error(method):
            done = self.nodal("assimilate", WAVE, "--output", method,
                              *sets("Assimilation/Method=" + method,
                                    "Assimilation/Cycles=100",
                                    "Assimilation/Burn-in cycles=50"))
            return float(
                done.stdout.split("RMSE of the analysis ")[1].split()[0])
        self.assertLess(error("letkf"), 0.5 * error("3d-var"))
        self.assertLess(error("3d-var"), error("none"))

    def test_on_a_mesh_with_moving_sensors(self):
        path = self.write("sensors.prm", SENSORS)
        for ranks, group in ((1, 1), (2, 1), (2, 2)):
            name = "sensors-%d-%d" % (ranks, group)
            self.nodal("assimilate", path, "--output", name,
                       *sets("Parallel/Ranks per sample=%d" % group),
                       ranks=ranks)
            rows = self.rows(name, "statistics.csv")
            self.assertEqual(len(rows), 10)
            self.assertEqual(int(rows[0]["observations"]), 3)
            errors = [float(row["rmse_analysis"]) for row in rows]
            if ranks == 1:
                expected = errors
            for one, other in zip(expected, errors):
                self.assertAlmostEqual(one / other, 1, places=4)
        # Every method, on a mesh that ranks share, with hanging nodes.
        for method in ("none", "nudging", "optimal interpolation", "3d-var",
                       "enkf", "letkf"):
            rows = []
            for ranks in (1, 2):
                name = "%s-%d" % (method, ranks)
                self.nodal("assimilate", path, "--output", name,
                           *sets("Parallel/Ranks per sample=%d" % ranks,
                                 "Assimilation/Method=" + method,
                                 "Assimilation/Cycles=4",
                                 "Assimilation/Observations/Share=0.8",
                                 "Assimilation/nudging/Radius=0.2",
                                 "Assimilation/letkf/Radius=0.2",
                                 "Mesh/Refinements=2",
                                 "Mesh/Local refinements=1",
                                 "Mesh/Refine where=0.5-x"), ranks=ranks)
                rows.append(self.rows(name, "statistics.csv"))
            for one, two in zip(*rows):
                self.assertAlmostEqual(
                    float(one["rmse_analysis"]) / float(two["rmse_analysis"]),
                    1, places=4)
        self.refuse("assimilate", path, "--output", "outside",
                     *sets("Assimilation/Observations/Points=2 | 0.5"),
                     say=["lies outside the mesh"])

    def test_what_cannot_be_is_refused(self):
        for entries, sentence in (
                (["Time/Time step=0.3"], "does not divide"),
                (["Time/Time step=-1"], "Time step"),
                (["Time/Stepper=runge kutta 4"], "algebraic"),
                (["Problem/Name=kuramoto sivashinski"], "Did you mean"),
                (["Simulate/Checkpoint interval=1.5",
                  "Simulate/Output interval=1"], "multiple"),
                (["Time/End time=1.5"], "no multiple"),
                (["Problem/Name=kdv", "Problem/kdv/Smallest speed=2"],
                 "below")):
            self.refuse("simulate", WAVE, "--output", "no", *sets(*entries),
                        say=[sentence])
        self.refuse("simulate", WAVE, "--output", "cg",
                    *sets("Solver/Method=cg"), say=["symmetric"])
        self.assertFalse(os.path.exists(self.path("cg", "states.csv")))
        for entries, sentence in (
                (["Assimilation/Members=1"], "members or more"),
                (["Assimilation/Observations/Deviation=-1"], "Deviation"),
                (["Assimilation/Observations/Component=v"], "component")):
            self.refuse("assimilate", WAVE, "--output", "no", *sets(*entries),
                         say=[sentence])
        self.refuse("--validate", WAVE, *sets("Tasks=solve"),
                    say=["in time"])
        self.refuse("--validate", WAVE, *sets("Tasks=simulate",
                                              "Time/Time step=0.3"),
                    say=["does not divide"])
        self.refuse("assimilate", WAVE, "--output", "no",
                    *sets("Assimilation/Observations/Layout=points",
                          "Assimilation/Observations/Points=3 | 5"),
                    say=["coordinate"])
        self.refuse("generate", WAVE, "--output", "no", say=["in time"])
        self.refuse("simulate",
                     os.path.join(SOURCE, "prm", "01-darcy-solve.prm"),
                     "--output", "no", say=["steady"])
        self.refuse("simulate", WAVE, "--output", "nothing", "--resume",
                     say=["nothing to resume"])

    def test_a_state_that_grows_without_bound_ends_the_run(self):
        entries = sets("Problem/Name=burgers 1d", "Time/Time step=0.5",
                       "Time/End time=200", "Simulate/Checkpoint interval=0.5",
                       "Simulate/Output interval=0.5")
        done = self.nodal("simulate", WAVE, "--output", "diverges", *entries,
                          expect=1)
        self.assertIn("smaller 'Time step'", done.stderr)
        # The last good state is there.
        self.assertTrue(
            os.path.exists(self.path("diverges", "checkpoint", "simulate")))


if __name__ == "__main__":
    unittest.main()
