// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_evolution_problem_h
#define nodal_time_evolution_problem_h

#include <nodal/pde/steady_problem.h>

#include <deal.II/lac/full_matrix.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * An equation in time on a mesh, in weak form:
   *
   *     (u', v) = −a(u, v) + b(v) + (N(u), v),
   *
   * where a and b are those of a linear steady problem, which brings inputs and
   * boundary conditions with it.
   */
  template <int dim>
  class EvolutionProblem
  {
  public:
    virtual ~EvolutionProblem() = default;

    static std::string kind()
    {
      return "evolution problem";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// a and b.
    virtual const SteadyProblem<dim> &linear_part() const = 0;

    /// Those of the linear part, and the initial state, of role initial_state.
    virtual std::vector<FieldDescription> inputs() const;

    /// True if there is a term N.
    virtual bool has_nonlinear_term() const
    {
      return false;
    }

    /// Add (N(u), v) on one cell to @p load; the state is that of @p data.
    virtual void nonlinear_term(const QuadratureData<dim> &,
                                dealii::Vector<double> & /*load*/) const
    {
    }

    /// True if there is nonlinear_derivative(), or no term N.
    virtual bool has_derivative() const
    {
      return !has_nonlinear_term();
    }

    /// Add the derivative of entry i of nonlinear_term() by value j of the
    /// state on the cell to @p derivative(i, j).
    virtual void
    nonlinear_derivative(const QuadratureData<dim> &,
                         dealii::FullMatrix<double> & /*derivative*/) const
    {
    }

    /// The first components, if any, are velocities, which transport
    /// themselves: so many.
    virtual unsigned int n_velocities() const
    {
      return 0;
    }
  };
} // namespace nodal

#endif
