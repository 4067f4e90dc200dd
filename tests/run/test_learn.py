# SPDX-License-Identifier: LGPL-2.1-or-later
"""Training and evaluation: whole runs, stops, ranks, bad input."""
import json
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
set Tasks = generate, train, evaluate
subsection Mesh
  set Geometry = corner cut-outs
  subsection corner cut-outs
    set Cells = 8
    set Smallest cut = 1
    set Largest cut = 2
  end
end
subsection Inputs
  subsection source
    set Sampler = gaussian random field
  end
  subsection boundary value
    set Sampler = fourier
  end
end
subsection Solver
  set Method = direct
  set Preconditioner = cholesky
end
subsection Dataset
  set Samples = 24
end
subsection Operator
  set Name = multigrid
  subsection multigrid
    set Channels = 8
    set Cycles = 2
    set Width = 16
  end
end
subsection Training
  set Samples = 20
  set Epochs = 6
  set Batch size = 5
end
subsection Evaluation
  set First sample = 20
end
"""

NEURAL = """
set Dimension = 2
set Tasks = generate, train
subsection Mesh
  set Refinements = 4
  subsection generator
    set Simplices = true
  end
end
subsection Inputs
  subsection coefficient
    set Sampler = gaussian random field
    set Map = log-normal
  end
  subsection source
    set Sampler = ritz vectors
    subsection ritz vectors
      set Steps = 40
    end
  end
end
subsection Solver
  set Method = direct
  set Preconditioner = cholesky
end
subsection Dataset
  set Samples = 40
end
subsection Operator
  set Name = multigrid
  subsection multigrid
    set Channels = 8
    set Cycles = 1
    set Width = 16
  end
end
subsection Training
  set Loss = energy
  set Epochs = 15
  set Batch size = 4
  subsection Losses
    subsection energy
      set Any size = true
    end
  end
end
"""

COLUMNS = """
set Dimension = 2
set Tasks = generate, train
subsection Mesh
  set Source = generator
  subsection generator
    set Name = hyper_L
    set Arguments = 0 : 1 : true
    set Simplices = true
  end
  set Refinements = 3
end
subsection Inputs
  subsection coefficient
    set Sampler = gaussian random field
    set Map = log-normal
  end
end
subsection Solver
  set Method = deflated cg
  set Preconditioner = two level
  subsection Preconditioners
    subsection two level
      set Aggregate size = 45
    end
  end
end
subsection Dataset
  set Samples = 8
end
subsection Training
  set Goal = coarse basis
  set Epochs = 10
  set Batch size = 2
  subsection Coarse basis
    set Aggregate size = 45
    set Width = 16
  end
end
"""

LABEL_FREE = ("--set", "Training/Loss=fem residual")


class Learn(Case):

    def rows(self, *names):
        with open(self.path(*names), encoding="utf-8") as file:
            return [line.strip().split(",") for line in file]

    def table(self, text):
        """Errors by method: mean, median and worst in L2."""
        result = {}
        for line in text.splitlines():
            words = line.split()
            if words and words[0] in ("multigrid", "shepard", "linear"):
                try:
                    result[words[0]] = [float(word) for word in words[1:4]]
                except ValueError:
                    result[words[0]] = None
        return result

    def test_from_the_parameter_file_to_the_table(self):
        prm = self.write("learn.prm", CORNERS)
        done = self.nodal("run", prm, "--output", "out")
        table = self.table(done.stdout)
        self.assertLess(table["multigrid"][0], 0.8 * table["shepard"][0])
        self.assertIsNone(table["linear"])
        for name in ("model/model.json", "model/weights.pt",
                     "evaluation/dataset-median.vtu",
                     "evaluation/dataset-worst.vtu"):
            self.assertTrue(os.path.getsize(self.path("out", name)) > 100,
                            name)
        with open(self.path("out", "model", "model.json"),
                  encoding="utf-8") as file:
            model = json.load(file)
        self.assertEqual(model["operator"], "multigrid")
        self.assertEqual(model["parameters"]["Channels"], "8")
        self.assertEqual(model["sources"], ["source"])
        # The same again: the same weights, and so the same table.
        again = self.nodal("train", prm, "--output", "again", "--set",
                           "Training/Data sets=" +
                           self.path("out", "dataset.h5"))
        self.assertIn("18 samples to train on, 2 to validate", again.stdout)
        more = self.nodal("evaluate", prm, "--output", "again", "--set",
                          "Evaluation/Data sets=" +
                          self.path("out", "dataset.h5"))
        self.assertEqual(self.table(more.stdout)["multigrid"],
                         table["multigrid"])

    def test_a_fixed_mesh_has_the_linear_baseline(self):
        text = CORNERS.replace("  set Geometry = corner cut-outs\n", "")
        text = text.replace("subsection Mesh",
                            "subsection Mesh\n  set Refinements = 2")
        prm = self.write("fixed.prm", text)
        done = self.nodal("run", prm, "--output", "out", "--set",
                          "Dataset/Samples=64", "--set",
                          "Evaluation/First sample=60", "--set",
                          "Training/Epochs=1")
        # 25 nodes: regression on 60 samples is exact.
        self.assertLess(self.table(done.stdout)["linear"][0], 1e-4)

    def test_training_without_solutions(self):
        prm = self.write("learn.prm", CORNERS)
        done = self.nodal("run", prm, "--output", "out", *LABEL_FREE)
        self.assertIn("Equations of 20 samples: 20 matrices", done.stdout)
        table = self.table(done.stdout)
        self.assertLess(table["multigrid"][0], 0.8 * table["shepard"][0])
        # Solutions that nobody has computed give the same operator: with this
        # tolerance the solver returns what it begins from.
        self.nodal("generate", prm, "--output", "unsolved", "--set",
                   "Solver/Tolerance=1", "--set", "Solver/Method=cg", "--set",
                   "Solver/Preconditioner=jacobi")
        solutions = []
        for out in ("out", "unsolved"):
            with h5py.File(self.path(out, "dataset.h5"), "r") as file:
                solutions.append(file["outputs/solution"][:])
        self.assertGreater(numpy.abs(solutions[0] - solutions[1]).max(), 0.1)
        for operator in ("multigrid", "gno"):
            words = ["train", prm, *LABEL_FREE, "--set",
                     "Operator/Name=" + operator, "--set", "Training/Epochs=2"]
            curves = []
            for out in ("out", "unsolved"):
                self.nodal(*words, "--output", operator + out, "--set",
                           "Training/Data sets=" +
                           self.path(out, "dataset.h5"))
                curves.append([row[2:4] for row in self.rows(
                    operator + out, "statistics.csv")])
            self.assertEqual(len(curves[0]), 3)
            self.assertEqual(curves[0], curves[1])

    def test_samples_of_one_matrix_share_it(self):
        text = CORNERS.replace("  set Geometry = corner cut-outs\n", "")
        text = text.replace("subsection Mesh",
                            "subsection Mesh\n  set Refinements = 2")
        prm = self.write("fixed.prm", text)
        done = self.nodal("run", prm, "--output", "out", *LABEL_FREE, "--set",
                          "Training/Epochs=1")
        self.assertIn("Equations of 20 samples: 1 matrix", done.stdout)

    def test_an_operator_may_know_the_matrix(self):
        prm = self.write("learn.prm", CORNERS)
        words = ["--set", "Operator/multigrid/Matrix known=true", "--set",
                 "Training/Epochs=2"]
        done = self.nodal("run", prm, "--output", "out", *words)
        self.assertIn("matrices", done.stdout)
        table = self.table(done.stdout)
        self.assertLess(table["multigrid"][0], 0.02 * table["shepard"][0])
        self.refuse("train", prm, "--output", "out", *words, "--set",
                    "Parallel/Ranks per sample=2", ranks=2,
                    say=("one rank", "Ranks per sample"))

    def test_ranks_share_a_training(self):
        prm = self.write("learn.prm", CORNERS)
        self.nodal("generate", prm, "--output", "data")
        for loss, layouts in (
                ("relative l2", ((1, 1), (3, 1), (2, 2), (4, 2))),
                ("fem residual", ((1, 1), (2, 1), (3, 1)))):
            errors = []
            for ranks, shared in layouts:
                out = f"train-{ranks}-{shared}"
                self.nodal("train", prm, "--output", out, "--set",
                           "Training/Data sets=" +
                           self.path("data", "dataset.h5"), "--set",
                           "Training/Precision=double", "--set",
                           "Training/Loss=" + loss, "--set",
                           f"Parallel/Ranks per sample={shared}", ranks=ranks)
                with open(self.path(out, "model", "model.json"),
                          encoding="utf-8") as file:
                    errors.append(json.load(file)["validation_error"])
            for error in errors[1:]:
                self.assertAlmostEqual(errors[0], error, delta=1e-9)
        self.refuse("train", prm, "--output", "shared", "--set",
                    "Training/Data sets=" + self.path("data", "dataset.h5"),
                    "--set", "Training/Loss=fem residual", "--set",
                    "Parallel/Ranks per sample=2", ranks=2,
                    say=("one rank", "Ranks per sample"))

    def test_a_training_that_was_stopped_goes_on(self):
        prm = self.write("learn.prm", CORNERS)
        self.nodal("generate", prm, "--output", "data")
        words = ["train", prm, "--set",
                 "Training/Data sets=" + self.path("data", "dataset.h5"),
                 "--set", "Training/Epochs=40"]
        self.nodal(*words, "--output", "whole")
        with subprocess.Popen(command(words + ["--output", "parts"]),
                              cwd=self.folder, stdout=subprocess.PIPE,
                              text=True) as process:
            for _ in range(3000):
                if os.path.exists(self.path("parts", "model", "model.json")):
                    break
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            self.assertIn("go on with --resume", process.stdout.read())
        self.assertEqual(process.returncode, 0)
        done = self.nodal(*words, "--output", "parts", "--resume")
        self.assertIn("Going on after epoch", done.stdout)
        errors = [[row[3] for row in self.rows(out, "statistics.csv")
                   if row[0].isdigit()] for out in ("whole", "parts")]
        self.assertEqual(errors[0], errors[1])

    def test_a_run_of_several_tasks_goes_on_with_the_training(self):
        prm = self.write("learn.prm", CORNERS)
        words = ["run", prm, "--output", "out", "--set", "Training/Epochs=400"]
        with subprocess.Popen(command(words), cwd=self.folder,
                              stdout=subprocess.PIPE, text=True) as process:
            for _ in range(3000):
                if os.path.exists(self.path("out", "model", "model.json")):
                    break
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
        self.assertEqual(process.returncode, 0)
        done = self.nodal("run", prm, "--output", "out", "--resume", "--set",
                          "Training/Epochs=400")
        self.assertIn("Going on after epoch", done.stdout)
        self.assertIn("V-cycles: 3", done.stdout)

    def test_bad_input(self):
        prm = self.write("learn.prm", CORNERS)
        self.refuse("train", prm, "--output", "o1",
                    say=["dataset.h5", "does not exist"])
        self.nodal("generate", prm, "--output", "data")
        data = self.path("data", "dataset.h5")
        train = ["train", prm, "--set", "Training/Data sets=" + data]
        self.refuse(*train, "--output", "o2", "--set", "Training/Device=cuda",
                    say=["CUDA"])
        self.refuse(*train, "--output", "o3", "--set", "Training/Samples=1",
                    say=["One sample is too few"])
        self.refuse(*train, "--output", "o4", "--set", "Operator/Name=multigird",
                    say=["Did you mean 'multigrid'"])
        self.refuse(*train, "--output", "oa", *LABEL_FREE, "--set",
                    "Training/Losses/fem residual/Preconditioner=ilu",
                    say=["not symmetric positive definite", "'none'"])
        self.nodal("generate", prm, "--output", "nonlinear", "--set",
                   "Problem/Name=nonlinear diffusion", "--set",
                   "Dataset/Samples=2", "--set",
                   "Solver/Preconditioner=lu")
        self.refuse("train", prm, "--output", "ob", *LABEL_FREE, "--set",
                    "Training/Data sets=" +
                    self.path("nonlinear", "dataset.h5"),
                    say=["is not linear", "fem residual"])
        self.nodal("generate", prm, "--output", "transport", "--set",
                   "Problem/Name=convection diffusion", "--set",
                   "Dataset/Samples=2", "--set", "Solver/Preconditioner=lu")
        self.refuse("train", prm, "--output", "o4", "--set",
                    "Training/Loss=energy", "--set", "Training/Data sets=" +
                    self.path("transport", "dataset.h5"),
                    say=["does not promise symmetric positive definite"])
        evaluate = ["evaluate", prm, "--set", "Evaluation/Data sets=" + data]
        self.refuse(*evaluate, "--output", "o5", say=["no model"])
        self.nodal(*train, "--output", "trained", "--set", "Training/Epochs=1")
        model = ["--set", "Model/Folder=" + self.path("trained", "model")]
        self.refuse(*evaluate, *model, "--output", "o6", "--set",
                    "Evaluation/First sample=999",
                    say=["no certified sample"])
        # A model of other fields.
        self.nodal("generate", prm, "--output", "other", "--set",
                   "Inputs/source/Sampler=fixed")
        self.refuse("evaluate", prm, *model, "--output", "o7", "--set",
                    "Evaluation/Data sets=" + self.path("other", "dataset.h5"),
                    say=["sources", "fit"])
        weights = self.path("trained", "model", "weights.pt")
        shutil.copy(weights, self.path("weights.pt"))
        with open(weights, "r+b") as file:
            file.truncate(1000)
        self.refuse(*evaluate, *model, "--output", "o8", say=["damaged"])
        os.remove(weights)
        self.refuse(*evaluate, *model, "--output", "o9", say=["missing"])

    def test_samples_that_are_no_numbers_do_not_count(self):
        prm = self.write("learn.prm", CORNERS)
        self.nodal("generate", prm, "--output", "data")
        data = self.path("data", "dataset.h5")
        with h5py.File(data, "r+") as file:
            file["outputs/solution"][:] = numpy.nan
        self.refuse("train", prm, "--output", "out", "--set",
                    "Training/Data sets=" + data, say=["no certified sample"])

    def test_a_coarse_basis(self):
        """From a data set to columns of a solve, and what can be wrong."""
        prm = self.write("columns.prm", COLUMNS)
        done = self.nodal("run", prm, "--output", "out")
        self.assertIn("The columns miss", done.stdout)
        with open(self.path("out", "model", "model.json"),
                  encoding="utf-8") as file:
            model = json.load(file)
        self.assertLess(model["validation_error"], model["linear_error"])
        columns = "Solver/Preconditioners/two level/Columns="
        learned = ("--set", columns + "learned", "--set",
                   "Solver/Preconditioners/two level/learned/Model=" +
                   self.path("out", "model"))
        iterations = {}
        for name, options in (("constant", ()), ("learned", learned)):
            for ranks in (1, 2):
                self.nodal("solve", prm, "--output", name, *options,
                           ranks=ranks)
                lines = self.rows(name, "statistics.csv")
                last = dict(zip(lines[0], lines[-1]))
                self.assertEqual(last["status"], "converged")
                self.assertEqual(last["fallbacks"], "0")
                iterations[name, ranks] = int(last["iterations"])
        for ranks in (1, 2):
            self.assertLess(iterations["learned", ranks],
                            iterations["constant", ranks])
        # A second rank waits, and the model is the same.
        self.nodal("train", prm, "--output", "two", "--set",
                   "Training/Data sets=" + self.path("out", "dataset.h5"),
                   ranks=2)
        with open(self.path("two", "model", "model.json"),
                  encoding="utf-8") as file:
            self.assertEqual(json.load(file), model)
        self.refuse("solve", prm, "--output", "bad", *learned[:3],
                    "Solver/Preconditioners/two level/learned/Model=nowhere",
                    say=["no model in 'nowhere/model.json'"])
        self.assertFalse(os.path.exists(self.path("bad", "solution.pvd")))
        self.refuse("solve", prm, "--output", "bad", *learned[:2],
                    say=["need a model"])
        self.refuse("evaluate", prm, "--output", "out",
                    say=["not of a neural operator"])
        self.refuse("train", prm, "--output", "bad", "--set",
                    "Training/Goal=coarse bases", say=["coarse basis"])
        self.refuse("train", prm, "--output", "out", "--set",
                    "Training/Coarse basis/Columns=6", say=["5 quadratic terms"])
        # A run that goes on keeps the model until there is a better one.
        self.nodal("train", prm, "--output", "out", "--resume", "--set",
                   "Training/Epochs=0")
        with open(self.path("out", "model", "model.json"),
                  encoding="utf-8") as file:
            self.assertEqual(json.load(file), model)

    def test_a_neural_preconditioner(self):
        """From residual-like sources to solves, and guesses on the way."""
        prm = self.write("neural.prm", NEURAL)
        self.nodal("run", prm, "--output", "out")
        model = self.path("out", "model")
        section = "Solver/Preconditioners/neural operator/"

        def last_line(name):
            lines = self.rows(name, "statistics.csv")
            return dict(zip(lines[0], lines[-1]))

        def steps(name, *settings, ranks=1, fallbacks="0"):
            options = [o for entry in settings for o in ("--set", entry)]
            self.nodal("solve", prm, "--output", name, *options, ranks=ranks)
            last = last_line(name)
            self.assertEqual(last["status"], "converged")
            self.assertEqual(last["fallbacks"], fallbacks)
            return int(last["iterations"])

        neural = ("Solver/Preconditioner=neural operator",
                  section + "Model=" + model)
        alone = steps("alone", "Solver/Method=fcg", "Solver/Preconditioner=ssor")
        for method in ("fcg", "fgmres"):
            for ranks in (1, 2):
                self.assertLess(
                    steps(method, "Solver/Method=" + method, *neural,
                          section + "Smoother=nothing", ranks=ranks), alone)
                # Half of what the smoother takes, of which a step has two.
                self.assertLess(
                    2 * steps(method, "Solver/Method=" + method, *neural,
                              ranks=ranks), alone)
        # A guess that is good enough saves all steps.
        guess = ("Solver/Method=cg", "Solver/Preconditioner=ssor",
                 "Solver/Tolerance=0.5", "Solver/Initial guess=neural operator",
                 "Solver/Initial guesses/neural operator/Model=" + model)
        self.assertLess(steps("guess", *guess), steps("none", *guess[:3]))
        # Residuals of solves with the network are samples to learn from.
        sampler = "Inputs/source/ritz vectors/"
        settings = ("Dataset/Samples=4", sampler + "Share of residuals=1",
                    sampler + "Preconditioner=neural operator",
                    sampler + "Settings=Model = " + model,
                    "Generate/Engine=sequential", "Solver/Method=fcg", *neural)
        options = [o for entry in settings for o in ("--set", entry)]
        self.nodal("generate", prm, "--output", "harvest", *options)
        self.assertEqual(last_line("harvest")["fallbacks"], "0")
        # A network that gives no numbers is done without, and counted.
        broken = self.path("broken")
        shutil.copytree(model, broken)
        with open(os.path.join(broken, "model.json"), encoding="utf-8") as file:
            description = json.load(file)
        description["normalizer"]["coefficient_scale"] = [0.0]
        with open(os.path.join(broken, "model.json"), "w",
                  encoding="utf-8") as file:
            json.dump(description, file)
        self.nodal("generate", prm, "--output", "without", *options, "--set",
                   section + "Model=" + broken)
        self.assertEqual(last_line("without")["fallbacks"], "1")
        self.assertEqual(last_line("without")["status"], "certified")
        self.refuse("solve", prm, "--output", "bad", "--set",
                    "Solver/Method=cg", *[o for entry in neural
                                          for o in ("--set", entry)],
                    say=["needs a linear preconditioner", "fcg"])
        self.refuse("solve", prm, "--output", "bad", "--set",
                    "Solver/Method=fcg", "--set", neural[0],
                    say=["needs a trained operator"])
        self.refuse("generate", prm, "--output", "bad", "--set",
                    "Inputs/coefficient/Sampler=ritz vectors",
                    say=["ritz vectors", "sources at nodes"])
        self.refuse("train", prm, "--output", "bad", "--set",
                    "Training/Data sets=" + self.path("out", "dataset.h5"),
                    "--set", "Training/Loss=enrgy", say=["energy"])

    def test_what_is_made_of_matrices(self):
        """Snapshots and weights of 'multilevel fsai', to a solve."""
        prm = self.write("matrices.prm", COLUMNS)
        self.nodal("generate", prm, "--output", "out")
        data = ("--set", "Training/Data sets=" + self.path("out", "dataset.h5"))
        done = self.nodal("train", prm, "--output", "snapshots", *data, "--set",
                          "Training/Goal=snapshots", ranks=2)
        self.assertIn("columns of an aggregate miss", done.stdout)
        done = self.nodal("train", prm, "--output", "weights", *data, "--set",
                          "Training/Goal=fsai weights", "--set",
                          "Training/Epochs=3", "--set",
                          "Training/Fsai weights/Steps=6", "--set",
                          "Training/Fsai weights/Width=4")
        self.assertIn("with the weights 'constant' by", done.stdout)

        def steps(name, *settings, ranks=1):
            options = [o for entry in settings for o in ("--set", entry)]
            self.nodal("solve", prm, "--output", name, *options, ranks=ranks)
            lines = self.rows(name, "statistics.csv")
            last = dict(zip(lines[0], lines[-1]))
            self.assertEqual(last["status"], "converged")
            self.assertEqual(last["fallbacks"], "0")
            return int(last["iterations"])

        columns = "Solver/Preconditioners/two level/"
        fsai = "Solver/Preconditioners/multilevel fsai/"
        levels = ("Solver/Method=cg", "Solver/Preconditioner=multilevel fsai")
        model = self.path("snapshots", "model")
        weights = self.path("weights", "model")
        for ranks in (1, 2):
            constant = steps("constant", ranks=ranks)
            self.assertLess(
                steps("pieces", columns + "Columns=snapshots",
                      columns + "snapshots/Model=" + model, ranks=ranks), constant)
            one = steps("one", *levels, fsai + "Levels=1", ranks=ranks)
            self.assertLess(steps("all", *levels, ranks=ranks), one)
            learned = steps("learned", *levels, fsai + "Weights=learned",
                            fsai + "learned/Model=" + weights, ranks=ranks)
            self.assertLess(learned, one)
            # Were they not used, they would take as many as these.
            self.assertLess(learned, steps(
                "bare", *levels, fsai + "constant/Smoothing=0", ranks=ranks))
        # Each is taken for what it is, and on its mesh.
        for settings, sentence in (
                ((columns + "Columns=snapshots", columns + "snapshots/Model=" + weights),
                 "not of snapshots"),
                ((columns + "Columns=snapshots", columns + "snapshots/Model=" + model,
                  "Mesh/Refinements=4"), "another mesh"),
                ((*levels, fsai + "Weights=learned", fsai + "learned/Model=" + model),
                 "not of weights"),
                ((*levels, fsai + "Weights=learned"), "need a model")):
            options = [o for entry in settings for o in ("--set", entry)]
            self.refuse("solve", prm, "--output", "bad", *options, say=[sentence])


if __name__ == "__main__":
    unittest.main()
