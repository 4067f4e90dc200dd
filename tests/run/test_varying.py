# SPDX-License-Identifier: LGPL-2.1-or-later
"""Data sets of samples with a mesh each: any ranks, kills, stops."""
import os
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from harness import Case, command

CORNERS = """
set Dimension = 2
subsection Mesh
  set Geometry = corner cut-outs
  subsection corner cut-outs
    set Cells = 12
    set Smallest cut = 2
    set Largest cut = 4
    set Corners = 1, 4
    set Second part = 0.25
  end
end
subsection Problem
  subsection Boundary conditions
    set Dirichlet = 0: 0
    set Neumann = 1: 0
    set Sampled boundaries = 0, 1
  end
end
subsection Inputs
  subsection source
    set Sampler = gaussian random field
  end
  subsection boundary value
    set Sampler = fourier
  end
  subsection coefficient
    set Sampler = two-phase
    set Map = threshold
  end
end
subsection Solver
  set Method = cg
  set Preconditioner = jacobi
end
subsection Dataset
  set Samples = 8
end
"""

POLYGONS = CORNERS.replace("corner cut-outs", "polygon").replace(
    """    set Cells = 12
    set Smallest cut = 2
    set Largest cut = 4
    set Corners = 1, 4
    set Second part = 0.25
""", """    set Smallest size = 0.08
    set Largest size = 0.2
    set Share of ids = 2, 1, 1
""").replace("set Neumann = 1: 0", "set Neumann = 1: 0\n"
             "    set Robin = 2: 0 | 1").replace(
                 "boundaries = 0, 1", "boundaries = 0, 2")


def read(file):
    """All arrays of a data set by path."""
    arrays = {}
    with h5py.File(file, "r") as data:
        def visit(path, item):
            if isinstance(item, h5py.Dataset):
                arrays[path] = item[()]
        data.visititems(visit)
    return arrays


# Not promised to be equal; a checksum is that of the solution's last digits.
FREE = {"certificate/" + name for name in
        ("seconds", "iterations", "true_residual", "checksum")}


class Varying(Case):

    def setUp(self):
        super().setUp()
        self.prm = self.write("corners.prm", CORNERS)

    def assert_equal_sets(self, a, b, tolerance=1e-6):
        self.assertEqual(a.keys(), b.keys())
        for path in a.keys() - FREE - {"outputs/solution", "parameters"}:
            self.assertTrue(numpy.array_equal(a[path], b[path]), path)
        error = numpy.linalg.norm(a["outputs/solution"] - b["outputs/solution"])
        self.assertLess(error / numpy.linalg.norm(a["outputs/solution"]),
                        tolerance)
        for data in (a, b):
            self.assertTrue((data["certificate/status"] == 1).all())
            self.assertTrue((data["certificate/true_residual"] <= 1e-8).all())

    def make(self, out, *arguments, prm=None, ranks=1):
        self.nodal("generate", prm or self.prm, "--output", out, *arguments,
                   ranks=ranks)
        self.assertEqual([name for name in os.listdir(self.path(out))
                          if "shard" in name or "part" in name], [])
        return read(self.path(out, "dataset.h5"))

    def check_ranks(self, prm):
        one = self.make("one", prm=prm)
        n = len(one["samples/id"])
        self.assertEqual(n, 8)
        self.assertTrue(numpy.array_equal(one["samples/mesh"], numpy.arange(n)))
        for ranks, per_sample in ((2, 1), (3, 1), (2, 2), (3, 3)):
            with self.subTest(ranks=ranks, per_sample=per_sample):
                other = self.make(
                    f"ranks-{ranks}-{per_sample}", "--set",
                    f"Parallel/Ranks per sample={per_sample}", prm=prm,
                    ranks=ranks)
                self.assert_equal_sets(one, other)
        return one

    def test_ranks_on_squares(self):
        one = self.check_ranks(self.prm)
        self.assertEqual(len(one["meshes/3/boundary_ids"]), 48)
        self.assertEqual((one["meshes/3/boundary_types"] == 1).sum(), 12)

    def test_ranks_on_polygons(self):
        one = self.check_ranks(self.write("polygons.prm", POLYGONS))
        types = numpy.concatenate([one[f"meshes/{k}/boundary_types"]
                                   for k in range(8)])
        self.assertEqual(sorted(set(types)), [0, 1, 2])

    def test_rows_fit_their_meshes(self):
        data = self.make("out")
        offset = data["samples/offset"]
        for i in range(8):
            mesh = f"meshes/{i}/"
            sizes = [len(data[mesh + "space/support_points"]),
                     len(data[mesh + "cells"]),
                     len(data[mesh + "space/boundary_nodes"])]
            self.assertEqual(list(offset[i + 1] - offset[i]), sizes)
            # What is prescribed on the Dirichlet boundary is solved for.
            nodes = data[mesh + "space/boundary_nodes"]
            dirichlet = data[mesh + "space/boundary_node_types"] == 0
            g = data["inputs/boundary value"][offset[i, 2]:offset[i + 1, 2]]
            u = data["outputs/solution"][offset[i, 0]:offset[i + 1, 0]]
            self.assertTrue(data[mesh + "space/boundary_sampled"].all())
            self.assertTrue(numpy.array_equal(u[nodes[dirichlet]],
                                              g[dirichlet]))
        self.assertEqual(offset[8, 1], len(data["inputs/coefficient"]))
        self.assertEqual(offset[8, 2], len(data["inputs/boundary value"]))

    LONG = ["--set", "Dataset/Samples=150", "--set",
            "Mesh/corner cut-outs/Cells=24"]

    def wait_for_lines(self, out, wanted):
        deadline = time.time() + 60
        statistics = self.path(out, "statistics.csv")
        while time.time() < deadline:
            if os.path.exists(statistics):
                with open(statistics, encoding="utf-8") as file:
                    if len(file.readlines()) > wanted:
                        return
            time.sleep(0.02)
        self.fail("the run makes no samples")

    def interrupt(self, out, action, ranks=1):
        """Start a longer run and interrupt it by `action(process)`."""
        arguments = ["generate", self.prm, "--output", out] + self.LONG
        with subprocess.Popen(command(arguments, ranks), cwd=self.folder,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            self.wait_for_lines(out, 15)
            action(process)
            process.communicate(timeout=60)
        self.assertFalse(os.path.exists(self.path(out, "dataset.h5")))

    def resume(self, out, ranks=1, extra=()):
        done = self.nodal("generate", self.prm, "--output", out, "--resume",
                          *self.LONG, *extra, ranks=ranks)
        kept = [line for line in done.stdout.splitlines()
                if "certified samples are kept" in line]
        self.assertEqual(len(kept), 1, done.stdout)
        self.assertGreaterEqual(int(kept[0].split()[0]), 10)
        self.assertLess(int(kept[0].split()[0]), 150)
        return read(self.path(out, "dataset.h5"))

    def test_kill_and_resume(self):
        straight = self.make("straight", *self.LONG)
        self.interrupt("killed", subprocess.Popen.kill)
        for out, ranks, extra in (
                ("one", 1, ()), ("three", 3, ()),
                ("shared", 2, ("--set", "Parallel/Ranks per sample=2"))):
            shutil.copytree(self.path("killed"), self.path(out))
            self.assert_equal_sets(straight, self.resume(out, ranks, extra))

    def test_kill_of_two_ranks(self):
        def kill_ranks(process):
            with open(f"/proc/{process.pid}/task/{process.pid}/children",
                      encoding="ascii") as file:
                children = [int(word) for word in file.read().split()]
            self.assertGreaterEqual(len(children), 2)
            for child in children:
                os.kill(child, signal.SIGKILL)
            process.kill()
        self.interrupt("out", kill_ranks, ranks=2)
        straight = self.make("straight", *self.LONG)
        self.assert_equal_sets(straight, self.resume("out"))

    def test_signals_and_stop_files(self):
        straight = self.make("straight", *self.LONG)
        self.interrupt("signal", lambda process:
                       process.send_signal(signal.SIGTERM))
        self.interrupt("stop", lambda _: self.write("stop/stop", ""))
        for out in ("signal", "stop"):
            with open(self.path(out, "log.txt"), encoding="utf-8") as log:
                self.assertIn("go on with --resume", log.read())
            self.refuse("generate", self.prm, "--output", out, *self.LONG,
                        say=["--resume"])
            self.assert_equal_sets(straight, self.resume(out))

    def test_a_complete_set_is_left_alone(self):
        self.make("out")
        with open(self.path("out", "dataset.h5"), "rb") as data:
            before = data.read()
        self.make("out", "--resume")
        with open(self.path("out", "dataset.h5"), "rb") as data:
            self.assertEqual(before, data.read())
        self.refuse("generate", self.prm, "--output", "out", say=["--resume"])
        self.refuse("generate", self.prm, "--output", "out", "--resume",
                    "--set", "Mesh/corner cut-outs/Largest cut=5",
                    say=["Largest cut"])

    def test_single_precision(self):
        self.make("double")
        self.make("single", "--set", "Dataset/Precision=single")
        double = read(self.path("double", "dataset.h5"))
        single = read(self.path("single", "dataset.h5"))
        for path in ("inputs/coefficient", "outputs/solution"):
            self.assertEqual(single[path].dtype, numpy.float32)
            self.assertTrue(numpy.array_equal(
                double[path].astype(numpy.float32), single[path]))

    def test_solve_draws_the_same_sample(self):
        data = self.make("out")
        done = self.nodal("solve", self.prm, "--output", "one", "--set",
                          "Solve/Sample=5")
        n = len(data["meshes/5/cells"])
        self.assertIn(f"Cycle 0: {n} cells", done.stdout)

    def test_failures_are_kept_and_tried_again(self):
        few = ["--set", "Solver/Maximum iterations=30"]
        done = self.nodal("generate", self.prm, "--output", "out", *few,
                          "--set", "Solver/Tolerance=1e-12", expect=1)
        self.assertIn("8 of 8 samples", done.stderr)
        data = read(self.path("out", "dataset.h5"))
        self.assertTrue((data["certificate/status"] == 2).all())
        self.assertTrue(numpy.isnan(data["outputs/solution"]).all())
        self.assertTrue(numpy.isfinite(data["inputs/source"]).all())


if __name__ == "__main__":
    unittest.main()
