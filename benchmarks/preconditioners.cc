// SPDX-License-Identifier: LGPL-2.1-or-later
// Preconditioners of conjugate gradients against tuned algebraic multigrid and
// a sparse factorisation: CPU time of set-up and solve, one thread, to a true
// residual of 1e-8. Assembly does not count. See README.md here.
//
//   preconditioners [--quick] [--case TEXT]
//
// --case runs only the cases whose name contains TEXT.
#include "contest.h"

#include <nodal/couple/snapshots.h>
#include <nodal/mesh/numbering.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>
#include <nodal/task/sample_matrices.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

using namespace nodal;

namespace
{
  std::string solver(const std::string &preconditioner,
                     const std::string &entries = "",
                     const std::string &method = "cg",
                     const unsigned int n_solutions = 0,
                     const std::string &more = "")
  {
    return "subsection Solver\n" + more +
           "set Maximum iterations = 5000\nset Recycled "
           "solutions = " +
           std::to_string(n_solutions) + "\nset Method = " + method +
           "\nset Preconditioner = " + preconditioner +
           "\nsubsection Preconditioners\nsubsection " + preconditioner + "\n" +
           entries + "end\nend\nend\n";
  }

  /// The folder of a model that is shipped.
  std::string model(const std::string &name)
  {
    return std::string(NODAL_SOURCE_DIR) + "/models/" + name;
  }

  /// Deflation with up to three quadratic columns, or coordinates.
  std::string quadratic(const unsigned int dim)
  {
    return "set Columns = quadratic\nsubsection quadratic\nset Number = " +
           std::to_string(dim + 1) + "\nend\n";
  }

  std::string learned_weights(const std::string &name)
  {
    return "set Weights = learned\nsubsection learned\nset Model = " +
           model(name) + "\nend\n";
  }

  /// The operator in the place of a preconditioner, and its guesses for the
  /// best classical method and for ours.
  std::vector<Method> neural_methods()
  {
    const std::string entry =
                          "set Model = " + model("darcy-operator-2d") + "\n",
                      guess = "set Initial guess = neural operator\nsubsection "
                              "Initial guesses\nsubsection neural operator\n" +
                              entry + "end\nend\n";
    std::vector<Method> result = {
        {"FCG + neural operator, IC(0) smoother",
         solver("neural operator", entry + "set Smoother = ic0\n", "fcg")},
        {"FCG + neural operator alone",
         solver("neural operator", entry + "set Smoother = nothing\n", "fcg")},
        {"FGMRES + neural operator, IC(0) smoother",
         solver("neural operator", entry + "set Smoother = ic0\n", "fgmres")},
        {"CG + BoomerAMG, tuned, neural guess",
         solver("boomeramg", "", "cg", 0, guess)},
        {"deflated CG + two levels, neural guess",
         solver("two level", "", "deflated cg", 0, guess)}};
    for (Method &method : result)
      method.is_rival = false;
    return result;
  }

  /// Snapshots of 24 samples that no method is asked to solve.
  template <int dim>
  void take_snapshots(const std::string &parameters, const std::string &folder)
  {
    constexpr unsigned int n_samples = 24;
    Experiment<dim> experiment;
    Parameters prm;
    experiment.add_parameters(prm);
    prm.apply(ParameterFile::parse(parameters, "benchmark"));
    experiment.check(prm);
    const auto space = experiment.make_space(MPI_COMM_SELF);
    const Numbering<dim> numbering(*space);
    experiment.inputs.prepare(*space, numbering);
    SteadySystem<dim> system(*space, *experiment.problem, experiment.boundary);
    const SnapshotSettings settings;
    SnapshotCollection collection(settings);
    const double start = cpu_seconds();
    for (unsigned int s = 0; s < n_samples; ++s)
    {
      system.assemble(experiment.inputs.sample(experiment.seed + 1000, s));
      collection.add(system.matrix(),
                     solutions_for_noise(system.matrix(), 1, 1, 1, s), false);
    }
    collection.snapshots().write(folder);
    std::printf("\n%u snapshots taken in %.1f s\n", n_samples,
                cpu_seconds() - start);
  }

  std::string folder_of_snapshots(const std::string &name)
  {
    std::string result = "snapshots of " + name;
    std::replace_if(
        result.begin(), result.end(),
        [](const char c) { return !std::isalnum(c); }, '-');
    return result;
  }

  std::string snapshots(const std::string &name)
  {
    return "set Columns = snapshots\nsubsection snapshots\nset Model = " +
           folder_of_snapshots(name) + "\nend\n";
  }

  /// With snapshots.
  Case with_snapshots(Case contest)
  {
    contest.methods.push_back(
        {"deflated CG + two levels, snapshots",
         solver("two level", snapshots(contest.name), "deflated cg")});
    contest.methods.back().is_rival = false;
    contest.prepare = [dim = contest.dim, parameters = contest.parameters,
                       folder = folder_of_snapshots(contest.name)]
    {
      if (dim == 2)
        take_snapshots<2>(parameters, folder);
      else
        take_snapshots<3>(parameters, folder);
    };
    return contest;
  }

  /// The ratio is to the time of BoomerAMG.
  std::vector<Method> methods(const unsigned int dim, const bool is_scalar)
  {
    const std::string direct = "subsection Solver\nset Method = direct\nset "
                               "Preconditioner = cholesky\nend\n";
    std::vector<Method> result = {
        {"CG + ICC(0)", solver("icc")},
        {"CG + ICC(0), by levels", solver("ic0")},
        {"CG + FSAI", solver("fsai")},
        {"CG + BoomerAMG, tuned", solver("boomeramg")},
        {"CG + GAMG", solver("gamg")},
        {"CG + ML", solver("ml")},
        {"CHOLMOD, symbolic kept", direct},
        {"CG without products + SSOR", solver("ssor", "", "deflated cg")},
        {"deflated CG + two levels", solver("two level", "", "deflated cg")},
        {"deflated CG + two levels, smoothed",
         solver("two level", "set Columns = smoothed\n", "deflated cg")},
        {"CG + FSAI of the pattern of A",
         solver("multilevel fsai", "set Levels = 1\n")},
        {"CG + FSAI of the pattern of A, learned",
         solver("multilevel fsai", learned_weights("darcy-fsai-one-level"))},
        {"CG + FSAI on levels", solver("multilevel fsai")},
        {"CG + FSAI on levels, learned",
         solver("multilevel fsai",
                learned_weights("darcy-fsai-" + std::to_string(dim) + "d"))}};
    const std::string learned =
        "set Columns = learned\nsubsection learned\nset Model = " +
        model("darcy-columns-" + std::to_string(dim) + "d") + "\nend\n";
    for (const std::string size : {"", "set Aggregate size = 45\n"})
    {
      const std::string name =
          "deflated CG + two levels, " + std::string(size.empty() ? "" : "45 ");
      result.push_back(
          {name + "linear", solver("two level", size + "set Columns = linear\n",
                                   "deflated cg")});
      // These are for one unknown per node.
      if (!is_scalar)
        continue;
      result.push_back(
          {name + "quadratic",
           solver("two level", size + quadratic(dim), "deflated cg")});
      result.push_back({name + "learned",
                        solver("two level", size + learned, "deflated cg")});
    }
    for (Method &method : result)
      method.is_rival = method.name.find("BoomerAMG") != std::string::npos;
    return result;
  }

  /// For sequences: the same with initial guesses from earlier solutions. The
  /// rival is BoomerAMG as it is used: with nothing kept.
  std::vector<Method> methods_with_memory()
  {
    constexpr auto keeps = Method::Memory::space;
    std::vector<Method> result = {
        {"CG + BoomerAMG, tuned", solver("boomeramg")},
        {"CG + BoomerAMG, tuned, 8 solutions", solver("boomeramg", "", "cg", 8),
         keeps},
        {"CG without products + SSOR", solver("ssor", "", "deflated cg")},
        {"CG without products + SSOR, 8 solutions",
         solver("ssor", "", "deflated cg", 8), keeps},
        {"deflated CG + two levels", solver("two level", "", "deflated cg")},
        {"deflated CG + two levels, 8 solutions",
         solver("two level", "", "deflated cg", 8), keeps},
        {"deflated CG + two levels, 20 solutions",
         solver("two level", "", "deflated cg", 20), keeps},
        {"deflated CG + two levels, recycled columns, 2 solutions",
         solver("two level", "set Columns = recycled\n", "deflated cg", 2),
         keeps},
        {"deflated CG + two levels, recycled columns, 8 solutions",
         solver("two level", "set Columns = recycled\n", "deflated cg", 8),
         keeps},
        {"deflated CG + two levels, recycled columns always, 8 solutions",
         solver("two level",
                "set Columns = recycled\nsubsection recycled\nset Always = "
                "true\nend\n",
                "deflated cg", 8),
         keeps}};
    for (const bool always : {false, true})
      for (const unsigned int n_solutions : {0, 8})
        result.push_back(
            {std::string("deflated CG + two levels, recycled columns, ") +
                 (always ? "always, " : "") + "8 Ritz vectors" +
                 (n_solutions > 0 ? ", 8 solutions" : ""),
             solver("two level",
                    std::string("set Columns = recycled\nsubsection "
                                "recycled\nset Always = ") +
                        (always ? "true" : "false") + "\nend\n",
                    "deflated cg", n_solutions,
                    "subsection Methods\nsubsection deflated cg\nset Ritz "
                    "vectors = 8\nend\nend\n"),
             keeps});
    for (Method &method : result)
      method.is_rival = method.name == "CG + BoomerAMG, tuned";
    return result;
  }

  /// What is looked at when a mesh is refined.
  std::vector<Method> methods_by_size()
  {
    std::vector<Method> result = {
        {"CG + ICC(0), by levels", solver("ic0")},
        {"CG + BoomerAMG, tuned", solver("boomeramg")},
        {"deflated CG + two levels", solver("two level", "", "deflated cg")},
        {"deflated CG + two levels, quadratic",
         solver("two level", quadratic(2), "deflated cg")},
        {"CG + FSAI on levels", solver("multilevel fsai")},
        {"CG + FSAI on levels, learned",
         solver("multilevel fsai", learned_weights("darcy-fsai-2d"))}};
    for (Method &method : result)
      method.is_rival = method.name.find("BoomerAMG") != std::string::npos;
    return result;
  }

  std::string mesh(const std::string &file, const unsigned int refinements)
  {
    return "subsection Mesh\nset Source = file\nset Refinements = " +
           std::to_string(refinements) +
           "\nsubsection file\nset File = " + NODAL_SOURCE_DIR + "/meshes/" +
           file + ".msh\nend\nend\n";
  }

  std::string input(const std::string &name, const std::string &entries)
  {
    return "subsection Inputs\nsubsection " + name + "\n" + entries +
           "end\nend\n";
  }

  const std::string log_normal =
      input("coefficient", "set Sampler = gaussian random field\nset Map = "
                           "log-normal\nset Deviation = 1\nsubsection "
                           "gaussian random field\nset Correlation length = "
                           "0.1\nset Smoothness = 1\nend\n");

  /// Wavy channels of conductivity @p contrast in ground of 1.
  std::string channels(const std::string &contrast)
  {
    return input("coefficient",
                 "set Sampler = expression\nsubsection expression\nset "
                 "Expression = if(sin(25*(y+0.1*a0*sin(6*x+3*a1)))>0.6, " +
                     contrast +
                     ", 1)\nset Parameters = uniform(-1, 1); uniform(-1, "
                     "1)\nend\n");
  }

  /// 1:1000 along a direction that turns smoothly from place to place.
  const std::string rotated_anisotropy =
      "subsection Problem\nset Name = darcy\nsubsection darcy\nset Anisotropy "
      "= 0.001\nend\nend\n" +
      input("angle", "set Sampler = gaussian random field\nset Mean = "
                     "0.5\nset Deviation = 0.5\nsubsection gaussian random "
                     "field\nset Correlation length = 0.5\nend\n");

  /// Stiff inclusions in a bracket that is clamped at the wall.
  const std::string elasticity =
      "subsection Problem\nset Name = elasticity\nsubsection Boundary "
      "conditions\nset Dirichlet = 1: 0 | 0 | 0\nset Neumann = *: 0 | 0 | "
      "0\nend\nend\n" +
      input("young modulus",
            "set Sampler = inclusions\nset Mean = 1\nset Deviation = "
            "9\nsubsection inclusions\nset Largest number = 12\nset Smallest "
            "radius = 0.05\nset Largest radius = 0.15\nend\n");

  std::vector<Case> all_cases(const bool is_quick)
  {
    const unsigned int n = is_quick ? 2 : 6;
    struct Domain
    {
      std::string name;
      unsigned int dim, refinements;
    };
    // About 20,000 and 60,000 unknowns in 2d, 30,000 in 3d.
    const std::vector<Domain> domains = {
        {"plate-with-hole", 2, 2}, {"gear", 2, 3}, {"ball", 3, 2}};
    const std::vector<std::pair<std::string, std::string>> fields = {
        {"log-normal", log_normal},
        {"channels 1e4", channels("1e4")},
        {"channels 1e6", channels("1e6")},
        {"rotated anisotropy 1:1000", rotated_anisotropy}};
    std::vector<Case> cases;
    for (const auto &[name, field] : fields)
      for (const Domain &domain : domains)
      {
        std::vector<Method> all = methods(domain.dim, true);
        // The operator sees the scalar coefficient alone.
        if (domain.dim == 2 && name != "rotated anisotropy 1:1000")
          for (const Method &method : neural_methods())
            all.push_back(method);
        cases.push_back(with_snapshots(
            {name + ", " + domain.name, domain.dim,
             mesh(domain.name, domain.refinements - (is_quick ? 1 : 0)) + field,
             all, n, n}));
      }
    cases.push_back(
        with_snapshots({"elasticity, two-phase 10, bracket", 3,
                        mesh("bracket", is_quick ? 0 : 1) + elasticity,
                        methods(3, false), n, n}));
    for (const auto &[name, field] : {fields.front(), fields.back()})
      for (const unsigned int refinements : {1, 2, 3})
        cases.push_back(
            {"refinement " + std::to_string(refinements) + ", " + name, 2,
             mesh("plate-with-hole", refinements - (is_quick ? 1 : 0)) + field,
             methods_by_size(), n, n});
    // From one sample to another and beyond in small steps.
    for (const auto &[name, field] : {fields.front(), fields.back()})
      for (const Domain &domain : {domains.front(), domains.back()})
      {
        const unsigned int n_systems = is_quick ? 6 : 50;
        cases.push_back(
            {"sequence of " + std::to_string(n_systems) + ", " + name + ", " +
                 domain.name,
             domain.dim,
             mesh(domain.name, domain.refinements - (is_quick ? 1 : 0)) + field,
             methods_with_memory(), n_systems, n_systems, 0.02});
      }
    return cases;
  }
} // namespace
int
main(int argc, char *argv[])
{
  return run_contest("preconditioners", argc, argv, all_cases);
}
