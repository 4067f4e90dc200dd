# SPDX-License-Identifier: LGPL-2.1-or-later
"""libnodal_pc.so in programs that know nothing of nodal."""
import os
import re
import subprocess
import unittest

PLUGIN = os.environ["NODAL_PLUGIN"]
LOAD = ["-dll_append", PLUGIN]
NODAL = ["-pc_type", "nodal"]
MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "models")
MODEL = ["-pc_nodal_model", os.path.join(MODELS, "darcy-columns-2d")]


def run(program, *options, ranks=1, variables=None):
    """The outcome of a program in the folder of this build's tests."""
    command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks),
               os.path.join(os.environ["NODAL_PLUGIN_PROGRAMS"], program), *options]
    return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False,
                          env={**os.environ, **(variables or {})})


class Poisson(unittest.TestCase):
    def solve(self, *options, ranks=1, variables=None):
        """Iterations, where the solver and the residual say it is solved."""
        result = run("plugin-poisson", *options, ranks=ranks, variables=variables)
        self.assertEqual(result.returncode, 0, result.stdout)
        match = re.search(r"CONVERGED_\w+, (\d+) iterations, residual (\S+)", result.stdout)
        self.assertTrue(match, result.stdout)
        self.assertLess(float(match.group(2)), 1e-6)
        return int(match.group(1))

    def fail(self, *options, **arguments):
        result = run("plugin-poisson", *options, **arguments)
        self.assertNotEqual(result.returncode, 0)
        return result.stdout

    def test_it_preconditions_conjugate_gradients(self):
        for ranks in (1, 2):
            classical = self.solve("-ksp_type", "cg", "-pc_type", "bjacobi", ranks=ranks)
            nodal = self.solve("-ksp_type", "cg", *LOAD, *NODAL, ranks=ranks)
            self.assertLess(nodal, 0.7 * classical)

    def test_weights_of_a_model(self):
        levels = [*LOAD, *NODAL, "-pc_nodal_type", "multilevel fsai"]
        for ranks in (1, 2):
            single = self.solve("-ksp_type", "cg", *levels, "-pc_nodal_set", "Levels = 1",
                                ranks=ranks)
            constant = self.solve("-ksp_type", "cg", *levels, ranks=ranks)
            learned = self.solve("-ksp_type", "cg", *levels, "-pc_nodal_model",
                                 os.path.join(MODELS, "darcy-fsai-2d"), ranks=ranks)
            self.assertLess(constant, single)
            self.assertLess(learned, single)
            self.assertNotEqual(learned, constant)

    def test_a_set_up_that_fails(self):
        for options in (["-pc_nodal_type", "multilevel fsai", "-convection", "-3.5"],
                        ["-pc_nodal_set", "Smoother = ic0", "-convection", "-4"]):
            for ranks in (1, 2):
                result = run("plugin-poisson", "-ksp_type", "cg", *LOAD, *NODAL,
                             "-pc_nodal_spd", *options, ranks=ranks)
                self.assertNotIn("egmentation", result.stdout)
                self.assertNotIn("SEGV", result.stdout)
                self.assertIsNone(re.search(r"\bCONVERGED", result.stdout))

    def test_its_conjugate_gradients(self):
        for ranks in (1, 2):
            petsc = self.solve("-ksp_type", "cg", *LOAD, *NODAL, "-ksp_norm_type",
                               "unpreconditioned", ranks=ranks)
            nodal = self.solve("-ksp_type", "nodal", *LOAD, *NODAL, ranks=ranks)
            self.assertLess(abs(petsc - nodal), 4)
            # With a preconditioner of PETSc they are conjugate gradients.
            for pc in ("jacobi", "bjacobi"):
                options = ["-pc_type", pc, "-sub_pc_type", "icc", "-ksp_norm_type",
                           "unpreconditioned"]
                petsc = self.solve("-ksp_type", "cg", *options, ranks=ranks)
                nodal = self.solve("-ksp_type", "nodal", *LOAD, *options, ranks=ranks)
                self.assertLess(abs(petsc - nodal), 4)
        limited = run("plugin-poisson", *LOAD, *NODAL, "-ksp_type", "nodal", "-ksp_max_it",
                      "5").stdout
        self.assertIn("DIVERGED_ITS, 5 iterations", limited)

    def test_options_come_from_the_environment_alone(self):
        options = {"PETSC_OPTIONS": f"-dll_append {PLUGIN} -ksp_type cg -pc_type nodal"}
        self.assertLess(self.solve(variables=options), 50)

    def test_its_parameters(self):
        few = self.solve("-ksp_type", "cg", *LOAD, *NODAL, "-pc_nodal_set",
                         "Aggregate size = 8; Smoother = ic0")
        many = self.solve("-ksp_type", "cg", *LOAD, *NODAL, "-pc_nodal_set",
                          "Aggregate size = 400")
        self.assertLess(1.3 * few, many)
        self.assertEqual(self.solve("-ksp_type", "cg", *LOAD, *NODAL, "-pc_nodal_type",
                                    "cholesky"), 1)
        # Options that are read again change nothing.
        size = ["-ksp_type", "cg", *LOAD, *NODAL, "-pc_nodal_set", "Aggregate size = 8"]
        self.assertEqual(self.solve(*size), self.solve(*size, "-again"))
        shown = run("plugin-poisson", *LOAD, *NODAL, "-ksp_view").stdout
        self.assertIn("two level", shown)

    def test_inside_other_preconditioners(self):
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                self.solve("-ksp_type", "cg", *LOAD, "-pc_type", "bjacobi",
                           "-sub_pc_type", "nodal", ranks=ranks)
                self.solve("-ksp_type", "cg", *LOAD, "-pc_type", "gamg",
                           "-mg_levels_ksp_type", "richardson", "-mg_levels_pc_type",
                           "nodal", "-mg_levels_pc_nodal_type", "ssor", ranks=ranks)

    def test_columns_from_coordinates_and_a_model(self):
        options = ["-m", "100", "-coordinates", *LOAD, *NODAL, "-ksp_type", "nodal"]
        size = "Aggregate size = 45"
        for ranks in (1, 2):
            with self.subTest(ranks=ranks):
                constant = self.solve(*options, "-pc_nodal_set", size, ranks=ranks)
                linear = self.solve(*options, "-pc_nodal_set",
                                    size + "; Columns = linear", ranks=ranks)
                learned = self.solve(*options, "-pc_nodal_set", size, *MODEL,
                                     ranks=ranks)
                self.assertLess(linear, 0.7 * constant)
                self.assertLess(learned, linear)

    def test_what_is_not_symmetric(self):
        convection = ["-convection", "1"]
        refusal = self.fail(*convection, *LOAD, *NODAL)
        self.assertIn("needs a symmetric positive definite matrix", refusal)
        self.solve(*convection, *LOAD, *NODAL, "-pc_nodal_type", "ilu")

    def test_mistakes_are_errors_of_petsc_that_say_what_to_do(self):
        for options, sentence in (
                (["-pc_nodal_type", "tow level"], "two level"),
                (["-pc_nodal_set", "Aggregate sise = 9"], "Aggregate size"),
                (["-pc_nodal_set", "Aggregate size = many"], "Aggregate size"),
                (["-pc_nodal_set", "Columns = linear"], "PCSetCoordinates"),
                (MODEL, "PCSetCoordinates"),
                (["-pc_nodal_model", "nowhere", "-coordinates"],
                 "There is no model in 'nowhere/model.json'"),
                (["-pc_nodal_model", os.path.join(MODELS, "darcy-columns-3d"),
                  "-coordinates"], "was trained in 3d"),
                (["-pc_nodal_model", os.path.join(MODELS, "poisson-corners"),
                  "-coordinates"], "not of a coarse basis"),
                (["-pc_nodal_type", "multilevel fsai", *MODEL], "not of weights"),
                (["-pc_nodal_type", "ssor", *MODEL], "no entry"),
                (["-pc_nodal_type", "neural operator"],
                 "has to know the mesh"),
                (["-mat_type", "sbaij"], "-mat_type aij")):
            with self.subTest(options=options):
                self.assertIn(sentence, self.fail(*LOAD, *NODAL, *options))


class DealII(unittest.TestCase):
    def test_a_program_of_deal_ii(self):
        for ranks in (1, 2):
            outcomes = []
            for options in ([], [*LOAD, *NODAL]):
                result = run("plugin-stepper", *options, ranks=ranks)
                self.assertEqual(result.returncode, 0, result.stdout)
                outcomes.append(re.search(r"(\d+) iterations, maximum (\S+)",
                                          result.stdout).groups())
            self.assertLess(int(outcomes[1][0]), 0.6 * int(outcomes[0][0]))
            self.assertAlmostEqual(float(outcomes[0][1]), float(outcomes[1][1]), 5)


if __name__ == "__main__":
    unittest.main()
