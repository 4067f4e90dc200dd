# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data sets do not depend on the number of ranks or on being interrupted."""
import os
import shutil
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


def kill_ranks(process):
    """Kill the ranks that mpirun started, and then itself."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children",
              encoding="ascii") as file:
        children = [int(word) for word in file.read().split()]
    assert len(children) >= 2, children
    for child in children:
        os.kill(child, signal.SIGKILL)
    process.kill()


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

    LONG = ["--set", "Dataset/Samples=200", "--set", "Mesh/Refinements=3"]

    def wait_for_lines(self, out, wanted):
        """Until statistics.csv has more than `wanted` lines."""
        deadline = time.time() + 60
        statistics = self.path(out, "statistics.csv")
        while time.time() < deadline:
            if os.path.exists(statistics):
                with open(statistics, encoding="utf-8") as file:
                    if len(file.readlines()) > wanted:
                        return
            time.sleep(0.02)
        self.fail("the run makes no samples")

    def test_ranks_in_lanes(self):
        lanes = self.write("lanes.prm",
                           SMALL.replace("Engine = sequential",
                                         "Engine = batched"))
        self.nodal("generate", self.prm, "--output", "sequential")
        sequential = read(self.path("sequential", "dataset.h5"))
        for ranks in (1, 2, 3):
            with self.subTest(ranks=ranks):
                out = f"lanes-{ranks}"
                self.nodal("generate", lanes, "--output", out, ranks=ranks)
                self.assert_equal_sets(
                    sequential, read(self.path(out, "dataset.h5")))

    def test_lanes_resume(self):
        """A set of which some groups of lanes are there already."""
        lanes = self.write("lanes.prm",
                           SMALL.replace("Engine = sequential",
                                         "Engine = batched"))
        self.nodal("generate", lanes, "--output", "out", "--set",
                   "Dataset/Samples=20")
        straight = read(self.path("out", "dataset.h5"))
        with h5py.File(self.path("out", "dataset.h5"), "r+") as data:
            for lost in (1, 7, 8, 19):
                data["certificate/status"][lost] = 0
                data["certificate/true_residual"][lost] = numpy.nan
                data["outputs/solution"][lost] = numpy.nan
        done = self.nodal("generate", lanes, "--output", "out", "--resume",
                          "--set", "Dataset/Samples=20")
        self.assertIn("16 certified samples are kept", done.stdout)
        self.assert_equal_sets(straight, read(self.path("out", "dataset.h5")))

    def test_checksums_are_what_the_format_says(self):
        for precision, word in (("double", numpy.uint64),
                                ("single", numpy.uint32)):
            out = "out-" + precision
            self.nodal("generate", self.prm, "--output", out, "--set",
                       "Dataset/Precision=" + precision)
            with h5py.File(self.path(out, "dataset.h5"), "r") as data:
                for sample in range(3):
                    bits = numpy.concatenate(
                        [data[field][sample].ravel().view(word)
                         for field in ("inputs/coefficient",
                                       "outputs/solution")])
                    weights = 2 * numpy.arange(len(bits), dtype="u8") + 1
                    self.assertEqual(
                        int((bits.astype("u8") * weights).sum()),
                        int(data["certificate/checksum"][sample]))

    def start_and_interrupt(self, out, interrupt, wanted=15, ranks=1):
        """Start a longer run and `interrupt` it, a function of the process,
        once some samples are there; returns its exit code."""
        arguments = ["generate", self.prm, "--output", out] + self.LONG
        with subprocess.Popen(command(arguments, ranks), cwd=self.folder,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            self.wait_for_lines(out, wanted)
            interrupt(process)
            process.communicate(timeout=60)
            return process.returncode

    def resume(self, out, n_before, ranks=1):
        done = self.nodal("generate", self.prm, "--output", out, "--resume",
                          *self.LONG, ranks=ranks)
        self.assertIn(f"{n_before} certified samples are kept", done.stdout)

    def compare_with_straight(self, *outs):
        """With an uninterrupted run."""
        self.nodal("generate", self.prm, "--output", "straight", *self.LONG)
        for out in outs:
            self.assert_equal_sets(read(self.path("straight", "dataset.h5")),
                                   read(self.path(out, "dataset.h5")))

    def assert_untouched(self, before, after):
        """What was certified before has not been touched."""
        certified = before["status"] == 1
        for name in ("solution", "residual", "iterations"):
            self.assertTrue(numpy.array_equal(before[name][certified],
                                              after[name][certified]))

    def test_kill_and_resume(self):
        code = self.start_and_interrupt("killed", subprocess.Popen.kill)
        self.assertEqual(code, -signal.SIGKILL)
        before = read(self.path("killed", "dataset.h5"))
        certified = before["status"] == 1
        self.assertGreater(certified.sum(), 10)
        self.assertLess(certified.sum(), 200)
        self.assertTrue(numpy.isnan(before["residual"][~certified]).all())
        self.resume("killed", certified.sum())
        self.assert_untouched(before, read(self.path("killed", "dataset.h5")))
        self.compare_with_straight("killed")

    def test_kill_on_two_ranks_and_resume_on_one_and_three(self):
        self.start_and_interrupt("one", kill_ranks, ranks=2)
        before = read(self.path("one", "dataset.h5"))
        n_before = (before["status"] == 1).sum()
        self.assertGreater(n_before, 10)
        self.assertLess(n_before, 200)
        shutil.copytree(self.path("one"), self.path("three"))
        for out, ranks in (("one", 1), ("three", 3)):
            self.resume(out, n_before, ranks)
            self.assert_untouched(before, read(self.path(out, "dataset.h5")))
        self.compare_with_straight("one", "three")

    def test_stop_and_resume_on_other_ranks(self):
        """The checkpoint's recycle spaces belong to two groups of one rank;
        neither one rank nor a group of two may trip over them."""
        def put_stop_file(_):
            self.write("stopped/stop", "")
        code = self.start_and_interrupt("stopped", put_stop_file, ranks=2)
        self.assertEqual(code, 0)
        self.assertEqual(sorted(os.listdir(self.path("stopped", "checkpoint"))),
                         ["recycle-0-of-2", "recycle-1-of-2"])
        before = read(self.path("stopped", "dataset.h5"))
        n_before = (before["status"] == 1).sum()
        self.assertGreater(n_before, 10)
        self.assertLess(n_before, 200)
        shutil.copytree(self.path("stopped"), self.path("shared"))
        self.resume("stopped", n_before)
        done = self.nodal("generate", self.prm, "--output", "shared",
                          "--resume", "--set", "Parallel/Ranks per sample=2",
                          *self.LONG, ranks=2)
        self.assertIn(f"{n_before} certified samples are kept", done.stdout)
        self.compare_with_straight("stopped", "shared")

    def test_signals_end_a_run_at_a_sample(self):
        for number in (signal.SIGTERM, signal.SIGUSR1):
            out = f"signal-{number}"
            code = self.start_and_interrupt(
                out, lambda process, number=number: process.send_signal(number))
            self.assertEqual(code, 0)
            self.assertTrue(os.listdir(self.path(out, "checkpoint")))
            with open(self.path(out, "log.txt"), encoding="utf-8") as log:
                self.assertIn("go on with --resume", log.read())
            before = read(self.path(out, "dataset.h5"))
            n_before = (before["status"] == 1).sum()
            self.assertLess(n_before, 200)
            self.resume(out, n_before)
            self.assertFalse(os.path.exists(self.path(out, "checkpoint")))
        self.compare_with_straight(f"signal-{signal.SIGTERM}",
                                   f"signal-{signal.SIGUSR1}")

    def test_a_stop_file_of_an_earlier_run_does_not_count(self):
        os.mkdir(self.path("out"))
        self.write("out/stop", "")
        self.nodal("generate", self.prm, "--output", "out", "--set",
                   "Dataset/Samples=4")
        self.assertFalse(os.path.exists(self.path("out", "stop")))
        data = read(self.path("out", "dataset.h5"))
        self.assertTrue((data["status"] == 1).all())

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
