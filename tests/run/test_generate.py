# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data sets do not depend on the number of ranks or on being interrupted."""
import os
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from harness import Case, SMALL, command


def read(file):
    with h5py.File(file, "r") as data:
        return {
            "id": data["samples/id"][:],
            "coefficient": data["inputs/coefficient"][:],
            "solution": data["outputs/solution"][:],
            "points": data["meshes/0/points"][:],
            "cells": data["meshes/0/cells"][:],
            "residual": data["certificate/true_residual"][:],
            "iterations": data["certificate/iterations"][:],
            "status": data["certificate/status"][:],
        }


class Generate(Case):

    def setUp(self):
        super().setUp()
        self.prm = self.write("small.prm", SMALL)

    def assert_equal_sets(self, a, b, tolerance=1e-6):
        """Equal as docs/formats.md defines it."""
        for exact in ("id", "coefficient", "points", "cells", "status"):
            self.assertTrue(numpy.array_equal(a[exact], b[exact]), exact)
        error = numpy.linalg.norm(a["solution"] - b["solution"], axis=1)
        size = numpy.linalg.norm(a["solution"], axis=1)
        self.assertLess(numpy.max(error / size), tolerance)
        for data in (a, b):
            self.assertTrue(numpy.all(data["residual"] <= 1e-8))
            self.assertTrue(numpy.all(data["status"] == 1))

    def test_ranks(self):
        self.nodal("generate", self.prm, "--output", "one")
        one = read(self.path("one", "dataset.h5"))
        self.assertEqual(one["solution"].shape[0], 12)
        for ranks, per_sample in ((2, 1), (3, 1), (2, 2), (3, 3)):
            with self.subTest(ranks=ranks, per_sample=per_sample):
                out = f"ranks-{ranks}-{per_sample}"
                self.nodal("generate", self.prm, "--output", out, "--set",
                           f"Parallel/Ranks per sample={per_sample}",
                           ranks=ranks)
                self.assert_equal_sets(
                    one, read(self.path(out, "dataset.h5")))

    def test_ranks_on_triangles(self):
        simplices = SMALL.replace("    set Arguments",
                                  "    set Simplices = true\n    set Arguments")
        prm = self.write("simplices.prm", simplices)
        self.nodal("generate", prm, "--output", "one")
        self.nodal("generate", prm, "--output", "three", "--set",
                   "Parallel/Ranks per sample=3", ranks=3)
        self.assert_equal_sets(read(self.path("one", "dataset.h5")),
                               read(self.path("three", "dataset.h5")))

    def start_and_interrupt(self, out, number, wanted=15):
        """Start a longer run and send it a signal once some samples are
        there; returns its exit code."""
        arguments = ["generate", self.prm, "--output", out, "--set",
                     "Dataset/Samples=200", "--set", "Mesh/Refinements=3"]
        with subprocess.Popen(command(arguments), cwd=self.folder,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            deadline = time.time() + 60
            statistics = self.path(out, "statistics.csv")
            while time.time() < deadline:
                if os.path.exists(statistics):
                    with open(statistics, encoding="utf-8") as file:
                        if len(file.readlines()) > wanted:
                            break
                time.sleep(0.02)
            process.send_signal(number)
            process.communicate(timeout=60)
            return process.returncode

    def resume_and_compare(self, out, n_before):
        arguments = ["--set", "Dataset/Samples=200", "--set",
                     "Mesh/Refinements=3"]
        done = self.nodal("generate", self.prm, "--output", out, "--resume",
                          *arguments)
        self.assertIn(f"{n_before} certified samples are kept", done.stdout)
        self.nodal("generate", self.prm, "--output", "straight", *arguments)
        self.assert_equal_sets(read(self.path("straight", "dataset.h5")),
                               read(self.path(out, "dataset.h5")))

    def test_kill_and_resume(self):
        code = self.start_and_interrupt("killed", signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        before = read(self.path("killed", "dataset.h5"))
        certified = before["status"] == 1
        self.assertGreater(certified.sum(), 10)
        self.assertLess(certified.sum(), 200)
        self.assertTrue(numpy.isnan(before["residual"][~certified]).all())
        self.resume_and_compare("killed", certified.sum())
        after = read(self.path("killed", "dataset.h5"))
        # What was certified before has not been touched.
        for name in ("solution", "residual", "iterations"):
            self.assertTrue(numpy.array_equal(before[name][certified],
                                              after[name][certified]))

    def test_terminate_and_resume(self):
        code = self.start_and_interrupt("stopped", signal.SIGTERM)
        self.assertEqual(code, 0)
        self.assertTrue(os.listdir(self.path("stopped", "checkpoint")))
        with open(self.path("stopped", "log.txt"), encoding="utf-8") as log:
            self.assertIn("--resume", log.read())
        before = read(self.path("stopped", "dataset.h5"))
        self.resume_and_compare("stopped", (before["status"] == 1).sum())
        self.assertFalse(os.path.exists(self.path("stopped", "checkpoint")))

    def test_stop_file(self):
        self.nodal("generate", self.prm, "--output", "out", "--set",
                   "Dataset/Samples=4")
        self.assertFalse(os.path.exists(self.path("out", "stop")))

    def test_every_group_has_its_lines_in_the_statistics(self):
        self.nodal("generate", self.prm, "--output", "out", ranks=3)
        with open(self.path("out", "statistics.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(len(lines), 13)
        samples = sorted(int(line.split(",")[0]) for line in lines[1:])
        self.assertEqual(samples, list(range(12)))

    def test_single_precision(self):
        self.nodal("generate", self.prm, "--output", "out", "--set",
                   "Dataset/Precision=single", "--set", "Dataset/Samples=2")
        with h5py.File(self.path("out", "dataset.h5"), "r") as data:
            self.assertEqual(data["outputs/solution"].dtype, numpy.float32)
            self.assertEqual(data["certificate/true_residual"].dtype,
                             numpy.float64)

    def test_example_reads_the_set(self):
        from harness import SOURCE
        self.nodal("generate", self.prm, "--output", "out", "--set",
                   "Dataset/Samples=3")
        example = os.path.join(SOURCE, "examples", "read_dataset.py")
        done = subprocess.run(
            ["/usr/bin/python3", example, self.path("out", "dataset.h5")],
            capture_output=True, text=True, check=True)
        self.assertIn("darcy", done.stdout)


if __name__ == "__main__":
    unittest.main()
