# SPDX-License-Identifier: LGPL-2.1-or-later
"""Problems in time: runs that are stopped and go on, files that are written,
and what is refused."""
import csv
import os
import unittest

from harness import Case, SOURCE

WAVE = os.path.join(SOURCE, "prm", "19-kuramoto-sivashinsky-assimilation.prm")
PHASES = os.path.join(SOURCE, "prm", "18-allen-cahn.prm")


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
        with open(self.path("parts", "states.csv"), "a") as file:
            file.write("4.5,1,2,3\n")
        self.nodal("simulate", WAVE, "--output", "parts", "--resume", *entries)
        self.assertEqual(self.content("straight", "states.csv"),
                         self.content("parts", "states.csv"))
        self.assertEqual([row["energy"] for row in
                          self.rows("straight", "statistics.csv")],
                         [row["energy"] for row in
                          self.rows("parts", "statistics.csv")])
        lines = self.content("parts", "states.csv").decode().splitlines()
        self.assertEqual(len(lines), 9)
        self.assertEqual(float(lines[-1].split(",")[0]), 8)

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
        self.assertGreater(float(last["maximum"]), 0.95)
        self.assertLess(float(last["maximum"]), 1.3)  # the mesh is coarse

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
        path = self.write("sensors.prm", """
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
""")
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
                  "Simulate/Output interval=1"], "multiple")):
            self.refuse("simulate", WAVE, "--output", "no", *sets(*entries),
                         say=[sentence])
        for entries, sentence in (
                (["Assimilation/Members=1"], "members or more"),
                (["Assimilation/Observations/Deviation=-1"], "Deviation"),
                (["Assimilation/Observations/Component=v"], "component")):
            self.refuse("assimilate", WAVE, "--output", "no", *sets(*entries),
                         say=[sentence])
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
