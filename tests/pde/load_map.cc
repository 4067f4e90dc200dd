// SPDX-License-Identifier: LGPL-2.1-or-later
// Right-hand sides from sparse maps are those that quadrature gives.
#include <nodal/core/registry.h>
#include <nodal/pde/load_map.h>
#include <nodal/pde/steady_system.h>

#include <tests/mesh/samples.h>
#include <tests/pde/problems.h>

#include <boost/test/unit_test.hpp>

using namespace dealii;
using namespace nodal;
using problems::norm;

namespace
{
  template <int dim>
  struct LoadSetting
  {
    LoadSetting(const std::string &name, const bool simplices,
                const bool is_local, const unsigned int degree)
        : problem(Registry<SteadyProblem<dim>>::create(name)),
          space(problems::cube<dim>(simplices, is_local, dim == 2 ? 3 : 2),
                degree, problem->n_components()),
          fixed(problems::inputs_of(*problem, {{"reaction", "1+x"}}))
    {
      const std::set<std::string> in_rhs = problem->traits().in_rhs;
      for (const FieldDescription &input : problem->inputs())
        if (in_rhs.count(input.name))
        {
          BOOST_TEST(LoadMap<dim>::is_possible(*problem, input));
          varying.push_back(input);
          fixed.erase(input.name);
        }
        else
          BOOST_TEST(!LoadMap<dim>::is_possible(*problem, input));
    }

    Inputs<dim> sample(const int k) const
    {
      Inputs<dim> inputs = fixed;
      for (const FieldDescription &input : problem->inputs())
        if (input.role == Role::boundary_value ||
            problem->traits().in_rhs.count(input.name))
          inputs[input.name] = problems::at_nodes(space, input.n_components, k);
      return inputs;
    }

    std::unique_ptr<SteadyProblem<dim>> problem;
    Space<dim> space;
    Inputs<dim> fixed;
    std::vector<FieldDescription> varying;
  };

  template <int dim>
  void compare_loads(const std::string &name, const bool simplices,
                     const unsigned int degree)
  {
    LoadSetting<dim> setting(name, simplices, true, degree);
    if (setting.varying.empty())
      return;
    BoundaryConditions<dim> boundary =
        problems::mixed_conditions<dim>(setting.problem->n_components());
    boundary.conditions[2] = boundary.conditions[0];
    boundary.sampled = {2};
    const LoadMap<dim> map(setting.space, *setting.problem, boundary,
                           setting.fixed, setting.varying,
                           LoadMap<dim>::Elimination::all);
    SteadySystem<dim> system(setting.space, *setting.problem, boundary);
    const VecHandle b = map.vector();
    MatHandle first;
    for (const int k : {0, 1})
      BOOST_TEST_CONTEXT(name << ", " << dim << "d, degree " << degree
                              << (simplices ? ", simplices" : ""))
      {
        const Inputs<dim> inputs = setting.sample(k);
        system.assemble(inputs);
        map.apply(inputs, b);
        const double size = norm(system.rhs());
        NODAL_PETSC(VecAXPY(b, -1, system.rhs()));
        BOOST_TEST(size > 0);
        BOOST_TEST(norm(b) < 1e-12 * size);
        // That the matrix stays is what ProblemTraits::in_rhs promises.
        if (k == 0)
        {
          NODAL_PETSC(
              MatDuplicate(system.matrix(), MAT_COPY_VALUES, first.put()));
          continue;
        }
        NODAL_PETSC(MatAXPY(first, -1, system.matrix(), SAME_NONZERO_PATTERN));
        BOOST_TEST(norm(first) < 1e-14 * norm(system.matrix()));
      }
  }
} // namespace

BOOST_AUTO_TEST_SUITE(load_map)

BOOST_AUTO_TEST_CASE(gives_the_eliminated_right_hand_side)
{
  for (const RegistryEntry &entry : Registry<SteadyProblem<2>>::list())
    for (const bool simplices : {false, true})
    {
      for (const unsigned int degree : {1, 2})
        compare_loads<2>(entry.name, simplices, degree);
      compare_loads<3>(entry.name, simplices, 1);
    }
}

BOOST_AUTO_TEST_CASE(boundaries_have_their_entries_unless_eliminated)
{
  // Where nothing is eliminated both right-hand sides are the same.
  LoadSetting<2> setting("darcy", false, false, 1);
  BoundaryConditions<2> boundary = problems::mixed_conditions<2>(1);
  boundary.conditions[0] = boundary.conditions[2];
  // Where something is, a Dirichlet condition changes nothing before.
  BoundaryConditions<2> dirichlet = boundary;
  dirichlet.conditions[2].type = BoundaryType::dirichlet;
  setting.fixed.erase("coefficient"); // it does not matter
  SteadySystem<2> system(setting.space, *setting.problem, boundary);
  Inputs<2> inputs = setting.sample(0);
  inputs["coefficient"].function = problems::function<2>("2+x");
  system.assemble(inputs);
  for (const BoundaryConditions<2> &conditions : {boundary, dirichlet})
  {
    const LoadMap<2> map(setting.space, *setting.problem, conditions,
                         setting.fixed, setting.varying,
                         LoadMap<2>::Elimination::hanging);
    const VecHandle b = map.vector();
    map.apply(inputs, b);
    NODAL_PETSC(VecAXPY(b, -1, system.rhs()));
    BOOST_TEST(norm(b) < 1e-13 * norm(system.rhs()));
  }
}

BOOST_AUTO_TEST_SUITE_END()
