# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is shipped works: parameter files, help, lists, the reference."""
import glob
import os
import unittest

import h5py

from harness import Case, SOURCE

PRM = sorted(glob.glob(os.path.join(SOURCE, "prm", "*.prm")))


class Shipped(Case):

    def test_parameter_files_are_valid(self):
        self.assertGreaterEqual(len(PRM), 5)
        for prm in PRM:
            with self.subTest(prm=os.path.basename(prm)):
                self.nodal("--validate", prm)

    def test_solve(self):
        done = self.nodal("solve", PRM[0], "--output", "out", "--set",
                          "Solve/Cycles=2")
        self.assertIn("Cycle 1:", done.stdout)
        for name in ("original.prm", "used.prm", "log.txt", "statistics.csv",
                     "solution.pvd"):
            self.assertTrue(os.path.exists(self.path("out", name)), name)
        # A run folder explains itself: its used.prm gives the same run.
        again = self.nodal("solve", self.path("out", "used.prm"), "--output",
                           "again")
        self.assertEqual(
            [line for line in done.stdout.splitlines() if "Cycle" in line],
            [line for line in again.stdout.splitlines() if "Cycle" in line])

    def test_generate_files(self):
        for prm in PRM[1:]:
            with open(prm, encoding="utf-8") as file:
                if "subsection Time" in file.read():
                    continue  # tests/run/test_time.py, test_corrector.py
            with self.subTest(prm=os.path.basename(prm)):
                out = os.path.basename(prm)
                self.nodal("generate", prm, "--output", out, "--set",
                           "Dataset/Samples=3")
                with h5py.File(self.path(out, "dataset.h5"), "r") as data:
                    self.assertTrue(
                        (data["certificate/status"][:] == 1).all())
                    self.assertTrue(
                        (data["certificate/true_residual"][:] <= 1e-8).all())

    def test_models(self):
        """Far better than the interpolation of boundary values, also on meshes
        other than those of their training."""
        for number, model, options, bound in (
                ("08", "poisson-corners",
                 ["Mesh/corner cut-outs/Cells=20",
                  "Mesh/corner cut-outs/Largest cut=6"], 0.003),
                ("09", "poisson-polygons", [], 0.02)):
            with self.subTest(model=model):
                prm = [name for name in PRM
                       if os.path.basename(name).startswith(number)][0]
                sets = ["Dataset/Samples=12", "Dataset/Seed=777"] + options
                words = [word for text in sets for word in ("--set", text)]
                self.nodal("generate", prm, "--output", model, *words)
                done = self.nodal(
                    "evaluate", prm, "--output", model, "--set",
                    "Model/Folder=" + os.path.join(SOURCE, "models", model))
                rows = {line.split()[0]: line.split()
                        for line in done.stdout.splitlines() if line.strip()}
                self.assertLess(float(rows["multigrid"][1]), bound)
                self.assertGreater(float(rows["shepard"][1]), 5 * bound)

    def test_help_lists_and_parameters(self):
        self.assertIn("generate", self.nodal("--help").stdout)
        self.assertEqual(self.nodal().stdout, self.nodal("--help").stdout)
        self.assertIn("deal.II", self.nodal("--version").stdout)
        self.assertIn("gcrodr", self.nodal("--list", "krylov method").stdout)
        text = self.nodal("--parameters", "Dataset").stdout
        self.assertIn("set Samples", text)
        self.write("all.prm", self.nodal("--parameters").stdout)
        self.nodal("--validate", self.path("all.prm"))

    def test_the_reference_is_up_to_date(self):
        with open(os.path.join(SOURCE, "docs", "parameters.md"),
                  encoding="utf-8") as file:
            shipped = file.read()
        now = self.nodal("--parameters", "--format", "md").stdout
        self.assertTrue(shipped.endswith(now), "run scripts/reference")

    def test_petsc_options_work(self):
        done = self.nodal("solve", PRM[0], "--output", "out", "--set",
                          "Solve/Cycles=1", "-ksp_converged_reason")
        self.assertIn("converged", done.stdout)


if __name__ == "__main__":
    unittest.main()
