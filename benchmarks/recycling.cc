// SPDX-License-Identifier: LGPL-2.1-or-later
// What Krylov recycling and sorting save against classical solvers, on
// sequences of systems from random inputs. Every solve is certified; the
// set-up of preconditioners counts, assembly does not. See README.md here.
//
//   recycling [--quick] [--case TEXT]
//
// --case runs only the cases whose name contains TEXT.
#include "contest.h"

using namespace nodal;

namespace
{
  using Memory = Method::Memory;

  std::string entry(const std::string &name, const unsigned int value)
  {
    return "set " + name + " = " + std::to_string(value) + "\n";
  }

  /// Entries of the method or preconditioner @p name.
  std::string of(const std::string &group, const std::string &name,
                 const std::string &entries)
  {
    return "subsection " + group + "\nsubsection " + name + "\n" + entries +
           "end\nend\n";
  }

  std::string solver(const std::string &method,
                     const std::string &preconditioner,
                     const std::string &more = "")
  {
    return "subsection Solver\nset Maximum iterations = 2000\nset Method = " +
           method + "\nset Preconditioner = " + preconditioner + "\n" + more +
           "end\n";
  }

  std::string restart(const unsigned int m)
  {
    return of("Methods", "gmres", entry("Restart", m));
  }

  std::string gcrodr(const unsigned int m, const unsigned int k,
                     const std::string &side = "right")
  {
    return of("Methods", "gcrodr",
              entry("Basis size", m) + entry("Recycled vectors", k) +
                  "set Side = " + side + "\n");
  }

  std::string rcg(const unsigned int length, const unsigned int k)
  {
    return of("Methods", "rcg",
              entry("Cycle length", length) + entry("Recycled vectors", k));
  }

  std::string ilu(const unsigned int levels)
  {
    return of("Preconditioners", "ilu", entry("Levels", levels));
  }

  std::string solutions(const unsigned int n)
  {
    return entry("Recycled solutions", n);
  }

  const std::string frozen = entry("Preconditioner update interval", 1000000);

  std::vector<Method> spd_methods()
  {
    return {{"GMRES(40) + Jacobi", solver("gmres", "jacobi", restart(40))},
            {"GMRES(40) + ILU(0)", solver("gmres", "ilu", restart(40))},
            {"CG + ICC(0)", solver("cg", "icc")},
            {"CG + ML", solver("cg", "ml")},
            {"CG + BoomerAMG, tuned", solver("cg", "boomeramg")},
            {"CG + GAMG", solver("cg", "gamg")},
            {"CHOLMOD, symbolic kept", solver("direct", "cholesky")},
            {"CG + CHOLMOD of the first", solver("cg", "cholesky", frozen),
             Memory::preconditioner},
            {"CG + ML of the first", solver("cg", "ml", frozen),
             Memory::preconditioner},
            {"GCRO-DR(40,20) + ILU(0)", solver("gcrodr", "ilu"), Memory::space},
            {"RCG(20,10) + ICC(0)", solver("rcg", "icc"), Memory::space},
            {"RCG(20,10) + ICC(0) + 20 solutions",
             solver("rcg", "icc", solutions(20)), Memory::space},
            {"RCG(8,4) + tuned BoomerAMG",
             solver("rcg", "boomeramg", rcg(8, 4)), Memory::space},
            {"RCG(8,4) + ML of the first",
             solver("rcg", "ml", frozen + rcg(8, 4)), Memory::space},
            {"Belos RCG + ICC(0)", solver("belos rcg", "icc"), Memory::space}};
  }

  /// Where an incomplete factorisation of few levels is good.
  std::vector<Method> transport_methods()
  {
    return {
        {"GMRES(40) + Jacobi", solver("gmres", "jacobi", restart(40))},
        {"GMRES(40) + ILU(0)", solver("gmres", "ilu", restart(40))},
        {"GMRES(40) + ILU(2)", solver("gmres", "ilu", restart(40) + ilu(2))},
        {"GMRES(40) + tuned BoomerAMG",
         solver("gmres", "boomeramg", restart(40))},
        {"LU, symbolic kept", solver("direct", "lu")},
        {"GMRES(40) + LU of the first",
         solver("gmres", "lu", restart(40) + frozen), Memory::preconditioner},
        {"GCRO-DR(40,20) + ILU(0)", solver("gcrodr", "ilu"), Memory::space},
        {"GCRO-DR(40,20) + left ILU(0) of the first",
         solver("gcrodr", "ilu", gcrodr(40, 20, "left") + frozen),
         Memory::space},
        {"GCRO-DR(30,10) + ILU(2) + 20 solutions",
         solver("gcrodr", "ilu", gcrodr(30, 10) + ilu(2) + solutions(20)),
         Memory::space},
        {"Belos GCRODR + ILU(0)", solver("belos gcrodr", "ilu"),
         Memory::space}};
  }

  /// Where it is not: a few small eigenvalues stop restarted GMRES.
  std::vector<Method> recirculation_methods()
  {
    const std::string kept = ilu(8) + frozen;
    return {
        {"GMRES(40) + Jacobi", solver("gmres", "jacobi", restart(40))},
        {"GMRES(40) + ILU(0)", solver("gmres", "ilu", restart(40))},
        {"GMRES(40) + ILU(4)", solver("gmres", "ilu", restart(40) + ilu(4))},
        {"GMRES(80) + ILU(8)", solver("gmres", "ilu", restart(80) + ilu(8))},
        {"GMRES(40) + tuned BoomerAMG",
         solver("gmres", "boomeramg", restart(40))},
        {"LU, symbolic kept", solver("direct", "lu")},
        {"GMRES(40) + ILU(8) of the first",
         solver("gmres", "ilu", restart(40) + kept), Memory::preconditioner},
        {"GMRES(80) + ILU(8) of the first",
         solver("gmres", "ilu", restart(80) + kept), Memory::preconditioner},
        {"GMRES(40) + LU of the first",
         solver("gmres", "lu", restart(40) + frozen), Memory::preconditioner},
        {"GCRO-DR(40,20) + ILU(0)", solver("gcrodr", "ilu"), Memory::space},
        {"GCRO-DR(40,20) + ILU(4)", solver("gcrodr", "ilu", ilu(4)),
         Memory::space},
        {"GCRO-DR(30,10) + ILU(8) of the first",
         solver("gcrodr", "ilu", gcrodr(30, 10) + kept), Memory::space},
        {"GMRES(80) + ILU(8) of the first + 30 solutions",
         solver("gmres", "ilu", restart(80) + kept + solutions(30)),
         Memory::space},
        {"GCRO-DR(30,10) + ILU(8) of the first + 30 solutions",
         solver("gcrodr", "ilu", gcrodr(30, 10) + kept + solutions(30)),
         Memory::space},
        {"Belos GCRODR + ILU(4)", solver("belos gcrodr", "ilu", ilu(4)),
         Memory::space}};
  }

  std::vector<Method> wave_methods()
  {
    return {
        {"GMRES(100) + ILU(0)", solver("gmres", "ilu", restart(100)),
         Memory::none, false},
        {"GMRES(100) + ILU(0), damped", solver("gmres", "ilu", restart(100))},
        {"LU, symbolic kept", solver("direct", "lu")},
        {"GMRES(40) + LU of the first",
         solver("gmres", "lu", restart(40) + frozen), Memory::preconditioner,
         false},
        {"GCRO-DR(20,5) + LU of the first",
         solver("gcrodr", "lu", gcrodr(20, 5) + frozen), Memory::space, false},
        {"GMRES(40) + LU of the first + 30 solutions",
         solver("gmres", "lu", restart(40) + frozen + solutions(30)),
         Memory::space, false},
        {"GCRO-DR(20,5) + LU of the first + 30 solutions",
         solver("gcrodr", "lu", gcrodr(20, 5) + frozen + solutions(30)),
         Memory::space, false}};
  }

  /// In 3d, where a factorisation is too dear.
  std::vector<Method> wave_methods_3d()
  {
    return {
        {"GMRES(150) + ILU(0)", solver("gmres", "ilu", restart(150)),
         Memory::none, false},
        {"GMRES(150) + ILU(0), damped", solver("gmres", "ilu", restart(150))},
        {"GMRES(150) + ILU(0) of the first, damped",
         solver("gmres", "ilu", restart(150) + frozen), Memory::preconditioner},
        {"GCRO-DR(120,60) + ILU(0) of the first, damped",
         solver("gcrodr", "ilu", gcrodr(120, 60) + frozen), Memory::space},
        {"GMRES(150) + ILU(0), damped + 20 solutions",
         solver("gmres", "ilu", restart(150) + solutions(20)), Memory::space},
        {"GCRO-DR(120,60) + ILU(0) of the first, damped + 20 solutions",
         solver("gcrodr", "ilu", gcrodr(120, 60) + frozen + solutions(20)),
         Memory::space}};
  }

  std::string mesh(const std::string &name, const std::string &arguments,
                   const unsigned int refinements = 0)
  {
    return "subsection Mesh\nset Source = generator\nsubsection generator\nset "
           "Name = " +
           name + "\nset Arguments = " + arguments + "\nend\n" +
           entry("Refinements", refinements) + "end\n";
  }

  std::string plate_with_hole(const unsigned int refinements)
  {
    return mesh("hyper_cube_with_cylindrical_hole",
                "0.25 : 1 : 0.5 : 1 : false", refinements);
  }

  std::string cube(const unsigned int cells, const std::string &interval)
  {
    return mesh("subdivided_hyper_cube",
                std::to_string(cells) + " : " + interval + " : false");
  }

  std::string field(const std::string &input, const std::string &map,
                    const double mean, const double deviation,
                    const double length, const double smoothness)
  {
    return "subsection Inputs\nsubsection " + input +
           "\nset Sampler = gaussian random field\nset Map = " + map +
           "\nset Mean = " + std::to_string(mean) +
           "\nset Deviation = " + std::to_string(deviation) +
           "\nsubsection gaussian random field\nset Correlation length = " +
           std::to_string(length) +
           "\nset Smoothness = " + std::to_string(smoothness) +
           "\nend\nend\nend\n";
  }

  std::string expression(const std::string &input, const std::string &text,
                         const std::string &parameters)
  {
    return "subsection Inputs\nsubsection " + input +
           "\nset Sampler = expression\nsubsection expression\nset Expression "
           "= " +
           text + "\nset Parameters = " + parameters + "\nend\nend\nend\n";
  }

  std::string value(const std::string &input, const std::string &text)
  {
    return "subsection Inputs\nsubsection " + input + "\nset Value = " + text +
           "\nend\nend\n";
  }

  const std::string uniform = "uniform(-1, 1)";

  /// A closed stream in (-1,1)^2 that three random numbers deform.
  std::string recirculation()
  {
    const std::string speed = "(1+0.3*a0*x+0.3*a1*y+0.3*a2*x*y)";
    return "subsection Problem\nset Name = convection diffusion\nend\n" +
           value("diffusion", "0.001") +
           value("source", "exp(-20*((x-0.3)^2+(y-0.3)^2))") +
           expression("velocity",
                      "2*y*(1-x^2)*" + speed + "; -2*x*(1-y^2)*" + speed,
                      uniform + "; " + uniform + "; " + uniform);
  }

  /// A source and two random lenses; @p k is the wave number.
  std::string waves(const unsigned int dim, const std::string &k)
  {
    const std::string z = dim == 3 ? "+(z-0.5)^2" : "";
    return "subsection Problem\nset Name = helmholtz\nsubsection "
           "helmholtz\nset Preconditioner damping = 0.5\nend\nsubsection "
           "Boundary conditions\nset Dirichlet =\nset Impedance = *: 0 | "
           "0\nend\nend\n" +
           value("source", "exp(-200*((x-0.3)^2+(y-0.3)^2" + z + ")); 0") +
           expression("wave number",
                      k + "*(1+0.1*a0*exp(-20*((x-0.3)^2+(y-0.6)^2" + z +
                          "))+0.1*a1*exp(-20*((x-0.7)^2+(y-0.5)^2" + z + ")))",
                      uniform + "; " + uniform);
  }

  /// All cases in 2d at one size: about 8,000 unknowns or four times that.
  void add_2d(std::vector<Case> &cases, const bool is_large,
              const unsigned int n, const unsigned int n_parametric)
  {
    const std::string plate = plate_with_hole(is_large ? 6 : 5);
    const auto darcy = [&](const std::string &name, const double deviation,
                           const double length, const double smoothness)
    {
      cases.push_back({"darcy " + name, 2,
                       plate + field("coefficient", "log-normal", 0, deviation,
                                     length, smoothness),
                       spd_methods(), n, n});
    };
    darcy("log-std 0.18", 0.18, 0.5, 2);
    darcy("log-std 1", 1, 0.5, 2);
    darcy("log-std 2 rough", 2, 0.1, 0.5);
    cases.push_back({"convection diffusion, random wind", 2,
                     plate +
                         "subsection Problem\nset Name = convection "
                         "diffusion\nend\n" +
                         field("velocity", "none", 1, 0.3, 0.5, 2),
                     transport_methods(), n, n});
    cases.push_back({"convection diffusion, recirculating", 2,
                     cube(is_large ? 180 : 90, "-1 : 1") + recirculation(),
                     recirculation_methods(), n_parametric, 4});
    cases.push_back({"helmholtz k = 15", 2,
                     cube(is_large ? 127 : 63, "0 : 1") + waves(2, "15"),
                     wave_methods(), n_parametric, 4});
  }

  std::vector<Case> all_cases(const bool is_quick)
  {
    std::vector<Case> cases;
    add_2d(cases, false, is_quick ? 3 : 12, is_quick ? 6 : 30);
    if (!is_quick)
      add_2d(cases, true, 8, 30);
    cases.push_back({"darcy 3d log-std 1", 3,
                     cube(is_quick ? 12 : 30, "0 : 1") +
                         field("coefficient", "log-normal", 0, 1, 0.5, 2),
                     spd_methods(), is_quick ? 3U : 8U, is_quick ? 3U : 4U});
    cases.push_back({"helmholtz 3d k = 12", 3,
                     cube(is_quick ? 10 : 24, "0 : 1") + waves(3, "12"),
                     wave_methods_3d(), is_quick ? 3U : 16U, 3});
    return cases;
  }
} // namespace

int
main(int argc, char *argv[])
{
  return run_contest("recycling", argc, argv, all_cases);
}
