// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_mesh_evolution_h
#define nodal_time_mesh_evolution_h

#include <nodal/pde/quadrature_inputs.h>
#include <nodal/pde/steady_system.h>
#include <nodal/time/evolution_problem.h>
#include <nodal/time/evolution_system.h>

#include <functional>
#include <memory>

namespace nodal
{
  /**
   * An EvolutionProblem on a space: M and L = −A with Dirichlet values and
   * hanging nodes eliminated, whose rows keep an entry on the diagonal. The
   * rows of Dirichlet values are m u' = a (g − u), so that a state that has the
   * values keeps them. Entries at hanging nodes are nobody's; field() makes
   * them what follows from the others.
   */
  template <int dim>
  class MeshEvolution : public EvolutionSystem
  {
  public:
    /// The values of a state in which a run begins.
    using InitialState =
        std::function<InputField<dim>(std::uint64_t, std::uint32_t)>;

    /// All arguments must outlive the system. @p boundary has been parsed.
    /// Throws BadInput if @p inputs lacks one. Collective.
    MeshEvolution(std::unique_ptr<Space<dim>> space,
                  const EvolutionProblem<dim> &problem,
                  const BoundaryConditions<dim> &boundary, Inputs<dim> inputs,
                  InitialState initial);

    Vec like() const override
    {
      return system.rhs();
    }

    Mat mass() const override;

    Mat linear() const override
    {
      return L;
    }

    bool is_spd() const override;
    void nonlinear(double t, Vec u, Vec load) override;

    bool has_derivative() const override
    {
      return problem.has_derivative();
    }

    void nonlinear_transposed(double t, Vec u, Vec lambda, Vec result) override;

    unsigned int n_velocities() const override
    {
      return problem.n_velocities();
    }

    bool has_points() const override
    {
      return true;
    }

    void add_term(const std::vector<Vec> &fields, const PointFunction &term,
                  Vec load) const override;
    void initial_state(std::uint64_t seed, std::uint32_t sample,
                       Vec u) override;

    const std::vector<dealii::Point<3>> &positions() const override
    {
      return places;
    }

    const std::vector<unsigned int> &components() const override
    {
      return component_of_row;
    }

    std::vector<std::string> component_names() const override;
    unsigned int n_coordinates() const override
    {
      return dim;
    }

    void constrain(Vec u) const override;
    dealii::Tensor<1, 3> displacement(const dealii::Point<3> &a,
                                      const dealii::Point<3> &b) const override;
    Interpolation at(const std::vector<dealii::Point<3>> &points,
                     unsigned int component) const override;
    std::map<std::string, double> quantities(double t, Vec u) const override;
    std::string layout() const override;

    /// @p u with halo and hanging nodes.
    const FieldVector &field(Vec u) const;

    const std::unique_ptr<Space<dim>> space;

  private:
    void set_load();

    /// @p u with halo and hanging nodes, to @p result.
    void fill(Vec u, FieldVector &result) const;

    const EvolutionProblem<dim> &problem;
    const Inputs<dim> inputs;
    const InitialState initial;
    SteadySystem<dim> system;
    MatHandle L;
    VecHandle constant_load; ///< of N, b and the Dirichlet values
    mutable FieldVector state;
    std::unique_ptr<QuadratureInputs<dim>> quadrature; ///< for N
    std::vector<dealii::Point<3>> places;
    std::vector<unsigned int> component_of_row;
  };
} // namespace nodal

#endif
