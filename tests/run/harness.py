# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the nodal executable for the tests in this folder."""
import os
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
NODAL = os.environ["NODAL_EXECUTABLE"]

# A data set that takes a second: 12 samples on a plate with a hole.
SMALL = """
set Dimension = 2
subsection Mesh
  set Source = generator
  subsection generator
    set Name = hyper_cube_with_cylindrical_hole
    set Arguments = 0.25 : 1 : 0.5 : 1 : true
  end
  set Refinements = 2
end
subsection Inputs
  subsection coefficient
    set Sampler = gaussian random field
    set Map = log-normal
    subsection gaussian random field
      set Modes = 6
    end
  end
end
subsection Generate
  set Engine = sequential
end
subsection Solver
  set Method = rcg
  set Preconditioner = icc
end
subsection Dataset
  set Samples = 12
end
"""


def command(arguments, ranks=1):
    """The words that start nodal on a number of ranks."""
    words = [NODAL] + arguments
    if ranks > 1:
        words = ["mpirun", "--oversubscribe", "--allow-run-as-root", "-n",
                 str(ranks)] + words
    return words


class Case(unittest.TestCase):
    """A test in a temporary folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="nodal-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def nodal(self, *arguments, ranks=1, expect=0, timeout=120, prefix=()):
        """Run nodal, check its exit code, and return what it printed."""
        done = subprocess.run(list(prefix) + command(list(arguments), ranks),
                              cwd=self.folder, capture_output=True, text=True,
                              timeout=timeout, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def refuse(self, *arguments, say=(), ranks=1, prefix=()):
        """Run nodal on bad input: exit code 2 and one line of message, with
        every word of `say` in it."""
        done = self.nodal(*arguments, expect=2, ranks=ranks, prefix=prefix)
        lines = [line for line in done.stderr.splitlines()
                 if line.startswith("nodal:")]
        self.assertEqual(len(lines), 1, done.stderr)
        for word in say:
            self.assertIn(word, lines[0])
        return lines[0]
