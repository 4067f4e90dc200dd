# SPDX-License-Identifier: LGPL-2.1-or-later
"""The comments of a parameter file that say what its run must give.

    # RUN generate                     the task; solve if nothing is said
    # RANKS 2                          1 if nothing is said
    # EXPECT iterations <= 40          last line of statistics.csv
    # EXPECT every iterations <= 40    all its lines
    # EXPECT mean iterations <= 12.5   mean over its lines
    # EXPECT order L2 error in [1.8, 2.3]
    # EXPECT lines == 4                of statistics.csv
    # EXPECT OUTPUT some words         in what nodal prints
    # EXPECT FILE solution.pvd         in the output folder
    # EXPECT FAILURE 2: some words     exit code, and one message with them

The order is log(e1/e2) / log(h1/h2) for the last two lines, h being the
number of cells to the power -1/dim. Blanks in a column's name stand for
underscores.
"""
import csv
import math
import operator
import re

RELATIONS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq,
             "<": operator.lt, ">": operator.gt}
NUMBER = r"[-+0-9.e]+"
BOUND = re.compile(rf"(?:(every|mean|order) )?(.+?) "
                   rf"(?:(<=|>=|==|<|>) ({NUMBER})|"
                   rf"in \[({NUMBER}), ({NUMBER})\])")
FAILURE = re.compile(r"FAILURE ([123]): (.+)")


class Expectations:
    """What the comments of one parameter file ask for."""

    def __init__(self, text):
        self.task, self.ranks, self.dim = "solve", 1, 2
        self.bounds, self.output, self.files = [], [], []
        self.code, self.failure = 0, ""
        for line in text.splitlines():
            line = line.strip()
            dimension = re.fullmatch(r"set Dimension = (\d)", line)
            if dimension:
                self.dim = int(dimension.group(1))
            words = re.fullmatch(r"# (RUN|RANKS|EXPECT) (.+)", line)
            if words:
                self.read(words.group(1), words.group(2).strip())
        if not (self.bounds or self.output or self.files or self.failure):
            raise ValueError("nothing is expected")

    def read(self, word, rest):
        failure, bound = FAILURE.fullmatch(rest), BOUND.fullmatch(rest)
        if word == "RUN":
            self.task = rest
        elif word == "RANKS":
            self.ranks = int(rest)
        elif rest.startswith("OUTPUT "):
            self.output.append(rest[7:])
        elif rest.startswith("FILE "):
            self.files.append(rest[5:])
        elif failure:
            self.code, self.failure = int(failure.group(1)), failure.group(2)
        elif bound:
            self.bounds.append(bound.groups())
        else:
            raise ValueError(f"not understood: EXPECT {rest}")

    def check(self, rows):
        """The bounds that `rows`, those of statistics.csv, do not keep, as
        sentences."""
        wrong = []
        for how, name, relation, value, low, high in self.bounds:
            found = self.values(rows, how, name.replace(" ", "_"))
            for x in found:
                keeps = (RELATIONS[relation](x, float(value)) if relation
                         else float(low) <= x <= float(high))
                if not keeps:
                    wrong.append(f"{how or ''} {name} is {x}, expected "
                                 f"{relation or 'in'} {value or (low, high)}")
        return wrong

    def values(self, rows, how, column):
        if column == "lines":
            return [len(rows)]
        if not rows:
            raise ValueError("statistics.csv has no line")
        all_values = [float(row[column]) for row in rows]
        if how == "every":
            return all_values
        if how == "mean":
            return [sum(all_values) / len(all_values)]
        if how == "order":
            n = [float(row["cells"]) for row in rows]
            return [math.log(all_values[-2] / all_values[-1]) * self.dim /
                    math.log(n[-1] / n[-2])]
        return all_values[-1:]


def read_statistics(file):
    with open(file, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
