# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the parameter files in cases/ and checks what their comments expect."""
import concurrent.futures
import glob
import os
import subprocess
import unittest

from expectations import Expectations, read_statistics
from harness import Case, command

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")


def complaints(prm, folder):
    """Run `prm` in `folder` and return what is not as expected."""
    with open(prm, encoding="utf-8") as file:
        expected = Expectations(file.read())
    words = command([expected.task, prm, "--output", folder], expected.ranks)
    done = subprocess.run(words, cwd=CASES, capture_output=True, text=True,
                          timeout=120, check=False)
    printed = done.stdout + done.stderr
    if done.returncode != expected.code:
        return [f"exit code {done.returncode}", printed]
    wrong = [f"the output lacks '{words}'" for words in expected.output
             if words not in printed]
    wrong += [f"there is no file {name}" for name in expected.files
              if not os.path.exists(os.path.join(folder, name))]
    if expected.failure:
        messages = [line for line in done.stderr.splitlines()
                    if line.startswith("nodal:")]
        if len(messages) != 1 or expected.failure not in messages[0]:
            wrong.append(f"the message is {messages}, expected "
                         f"'{expected.failure}'")
    if expected.code == 2:
        wrong += [f"{name} was left behind"
                  for name in ("dataset.h5", "dataset.h5.part")
                  if os.path.exists(os.path.join(folder, name))]
    if expected.bounds:
        statistics = os.path.join(folder, "statistics.csv")
        wrong += expected.check(read_statistics(statistics))
    return wrong


class Cases(Case):

    def test_cases(self):
        files = sorted(glob.glob(os.path.join(CASES, "*.prm")))
        self.assertGreater(len(files), 15)
        names = [os.path.basename(file)[:-4] for file in files]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(complaints, files, map(self.path, names)))
        for name, wrong in zip(names, found):
            with self.subTest(case=name):
                self.assertFalse(wrong, "\n".join(wrong))


class TheExpectations(unittest.TestCase):
    """A case that asks for what is not so must fail."""

    rows = [{"iterations": "9", "cells": "100", "L2_error": "0.4"},
            {"iterations": "5", "cells": "400", "L2_error": "0.1"}]

    def check(self, text):
        return Expectations("# EXPECT " + text).check(self.rows)

    def test_bounds(self):
        for text in ("iterations <= 5", "every iterations <= 9", "lines == 2",
                     "mean iterations in [6, 8]", "L2 error < 0.2",
                     "order L2 error in [1.99, 2.01]"):
            self.assertEqual(self.check(text), [], text)
        for text in ("iterations <= 4", "every iterations <= 8", "lines == 3",
                     "mean iterations in [8, 9]", "L2 error > 0.2",
                     "order L2 error in [2.1, 3]"):
            self.assertEqual(len(self.check(text)), 1, text)

    def test_what_is_not_understood(self):
        for text in ("# EXPECT", "# nothing", "# EXPECT iterations about 4",
                     "# EXPECT FAILURE: text"):
            self.assertRaises(ValueError, Expectations, text)
        self.assertRaises(KeyError, self.check, "itertaions <= 5")


if __name__ == "__main__":
    unittest.main()
