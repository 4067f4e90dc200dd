# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad input: exit code 2, one sentence, nothing half-written."""
import os
import resource
import unittest

import h5py

from harness import Case, SMALL, SOURCE


class BadInput(Case):

    def setUp(self):
        super().setUp()
        self.prm = self.write("small.prm", SMALL)

    def refuse_set(self, assignment, *words, task="generate"):
        line = self.refuse(task, self.prm, "--output", "out", "--set",
                           assignment, say=words)
        for left in ("dataset.h5", "dataset.h5.part"):
            self.assertFalse(os.path.exists(self.path("out", left)), left)
        return line

    def test_command_line(self):
        self.refuse("genrate", self.prm, say=["Did you mean 'generate'?"])
        self.refuse("generate", self.prm, "--reusme",
                    say=["Did you mean '--resume'?"])
        self.refuse("generate", say=["parameter file"])
        self.refuse("generate", "none.prm", say=["none.prm", "no such file"])
        self.refuse("generate", self.folder, say=["folder"])
        self.refuse("--list", "problm", say=["Did you mean 'problem'?"])
        self.refuse("generate", self.prm, "--set", "Dataset/Samples",
                    say=["Section/Entry=value"])

    def test_one_message_for_all_ranks(self):
        wrong = self.write("wrong.prm", SMALL + "set Dimenson = 2\n")
        self.refuse("generate", wrong, ranks=3, say=["Did you mean"])

    def test_entries(self):
        n = SMALL.count("\n") + 1
        wrong = self.write("wrong.prm", SMALL + "set Dimenson = 2\n")
        self.refuse("generate", wrong,
                    say=[f"wrong.prm:{n}", "Did you mean 'Dimension'?"])
        twice = self.write("twice.prm", SMALL + "set Dimension = 2\n")
        self.refuse("generate", twice, say=[f"twice.prm:{n}", "twice.prm:2"])
        self.refuse_set("Problem/Name=dracy", "Did you mean 'darcy'?")
        self.refuse_set("Solver/Method=rgc", "Did you mean 'rcg'?")
        self.refuse_set("Dataset/Samples=0", "Dataset/Samples")
        self.refuse_set("Dataset/Samples=-1", "Dataset/Samples")
        self.refuse_set("Solver/Tolerance=0", "Solver/Tolerance")
        self.refuse_set("Dimension=4", "2, 3")
        self.refuse_set("Inputs/velocity/Value=1;1", "no input 'velocity'")
        self.refuse_set("Solver/Preconditioner=ilu", "Solver/")

    def test_meshes(self):
        from_file = SMALL.replace("Source = generator", "Source = file")
        def refuse(name, text, *words):
            mesh = self.write(name, text)
            self.prm = self.write("mesh.prm", from_file)
            return self.refuse_set(f"Mesh/file/File={mesh}", *words)
        with open(os.path.join(SOURCE, "meshes", "plate-with-hole.msh"),
                  encoding="utf-8") as file:
            good = file.read()
        refuse("truncated.msh", good[:len(good) // 2], "truncated.msh")
        refuse("empty.msh", "", "empty.msh")
        refuse("foreign.msh", "GIF89a" + good[:1000], "foreign.msh")
        refuse("unknown.xyz", good, "unknown.xyz")
        self.refuse_set("Mesh/file/File=none.msh", "none.msh")

    def test_geometries(self):
        self.prm = self.write("corners.prm", SMALL.replace(
            "set Source = generator", "set Geometry = corner cut-outs"))
        path = "Mesh/corner cut-outs/"
        self.refuse_set(path + "Largest cut=3", "Largest cut", "below")
        self.refuse_set(path + "Cells=20", "Largest cut", "would meet")
        self.refuse_set(path + "Corners=5", "Corners", "'5'")
        self.refuse_set(path + "Second part=1.5", "Second part")
        self.refuse_set("Generate/Engine=batched", "Generate/Engine",
                        "'batched' needs one mesh")
        self.refuse_set("Generate/Engine=factored", "corner cut-outs")
        self.refuse_set("Generate/Sequence=greedy", "Generate/Sequence")
        self.refuse_set("Mesh/Geometry=corner cutouts",
                        "Did you mean 'corner cut-outs'?")
        self.refuse_set("Problem/Boundary conditions/Dirichlet=1: 0",
                        "no boundary id '1'")
        path = "Mesh/polygon/"
        self.prm = self.write("polygons.prm", SMALL.replace(
            "set Source = generator", "set Geometry = polygon"))
        self.refuse_set(path + "Most corners=3", "Most corners", "below")
        self.refuse_set(path + "Largest size=0.01", "Largest size")
        self.refuse_set(path + "Share of ids=0, 1", "Share of ids")
        self.refuse_set(path + "Share of ids=1, -1", "Share of ids")

    def test_boundary_conditions(self):
        path = "Problem/Boundary conditions/"
        self.refuse_set(path + "Neumann=77: 0", "no boundary id '77'")
        self.refuse_set(path + "Dirichlet=0: 1", "has no condition")
        self.refuse_set(path + "Neumann=0: 1; 0: 2", "two conditions")
        self.refuse_set(path + "Neumann=0: sin(", "cannot be used")
        self.refuse_set(path + "Impedance=0: 1", "no Impedance")

    def test_coefficient_that_is_not_positive(self):
        self.refuse_set("Inputs/coefficient/Map=none", "positive")
        fixed = SMALL.replace("    set Sampler = gaussian random field\n"
                              "    set Map = log-normal\n",
                              "    set Value = x-0.5\n")
        prm = self.write("fixed.prm", fixed)
        self.refuse("solve", prm, "--output", "out", say=["positive",
                                                         "fixed.prm"])

    def test_existing_data_set(self):
        self.nodal("generate", self.prm, "--output", "out")
        file = self.path("out", "dataset.h5")
        with open(file, "rb") as data:
            before = data.read()
        self.refuse("generate", self.prm, "--output", "out", say=["--resume"])
        line = self.refuse("generate", self.prm, "--output", "out", "--resume",
                           "--set", "Dataset/Seed=9", say=["Dataset/Seed"])
        self.assertIn("9", line)
        with open(file, "rb") as data:
            self.assertEqual(before, data.read())

    def test_broken_data_set(self):
        self.nodal("generate", self.prm, "--output", "out")
        file = self.path("out", "dataset.h5")
        with open(file, "rb") as data:
            content = data.read()
        for broken in (b"", b"not a data set" * 100,
                       content[:len(content) // 2]):
            with open(file, "wb") as data:
                data.write(broken)
            self.refuse("generate", self.prm, "--output", "out", "--resume",
                        say=["dataset.h5"])
            with open(file, "rb") as data:
                self.assertEqual(broken, data.read())
        os.remove(file)
        with h5py.File(file, "w") as data:
            data["something"] = 1
        self.refuse("generate", self.prm, "--output", "out", "--resume",
                    say=["dataset.h5"])

    def test_output_that_cannot_be_written(self):
        self.write("taken", "a file")
        self.refuse("generate", self.prm, "--output", "taken",
                    say=["taken", "cannot"])
        self.refuse("generate", self.prm, "--output", "/proc/nodal",
                    say=["/proc/nodal"])

    def test_disk_that_is_full_at_the_start(self):
        # A limit on the size of files stands for the disk.
        limit = ["bash", "-c", 'ulimit -f 20000; exec "$@"', "bash"]
        self.refuse("generate", self.prm, "--output", "out", "--set",
                    "Dataset/Samples=2000", "--set", "Mesh/Refinements=4",
                    prefix=limit, say=["dataset.h5"])
        for left in ("dataset.h5", "dataset.h5.part"):
            self.assertFalse(os.path.exists(self.path("out", left)), left)

    def test_a_tolerance_that_cannot_be_reached(self):
        done = self.nodal("generate", self.prm, "--output", "out", "--set",
                          "Solver/Tolerance=1e-30", expect=1)
        self.assertIn("12 of 12 samples", done.stderr)
        with h5py.File(self.path("out", "dataset.h5"), "r") as data:
            self.assertTrue((data["certificate/status"][:] == 2).all())
        done = self.nodal("solve", self.prm, "--output", "single", "--set",
                          "Solver/Tolerance=1e-30", expect=1)
        self.assertIn("tolerance", done.stderr)


if __name__ == "__main__":
    unittest.main()
