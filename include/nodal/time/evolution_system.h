// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_evolution_system_h
#define nodal_time_evolution_system_h

#include <nodal/core/petsc.h>
#include <nodal/time/interpolation.h>
#include <nodal/time/point_terms.h>

#include <deal.II/base/point.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * A semilinear system of ordinary differential equations, or one with
   * algebraic rows where M is zero,
   *
   *     M u' = L u + N(u, t),
   *
   * as it is left of an equation once space has been discretized. Steppers,
   * closures and assimilation know nothing else of it. All functions are
   * collective over the ranks of like().
   */
  class EvolutionSystem
  {
  public:
    virtual ~EvolutionSystem() = default;

    /// A vector with the layout of states, whose entries do not matter.
    virtual Vec like() const = 0;

    /// The ranks that share it.
    MPI_Comm comm() const
    {
      return PetscObjectComm(reinterpret_cast<PetscObject>(like()));
    }

    /// M, or null for the identity.
    virtual Mat mass() const
    {
      return nullptr;
    }

    /// @p y ← M @p x
    void apply_mass(Vec x, Vec y) const;

    /// True if M has zero rows: then no slope u' is known from u.
    virtual bool is_algebraic() const
    {
      return false;
    }

    /// L, or null for zero.
    virtual Mat linear() const
    {
      return nullptr;
    }

    /// True if M − γ L is symmetric positive definite for all γ ≥ 0.
    virtual bool is_spd() const
    {
      return false;
    }

    /// @p load ← N(@p u, @p t).
    virtual void nonlinear(double t, Vec u, Vec load) = 0;

    /// True if there is nonlinear_transposed().
    virtual bool has_derivative() const
    {
      return false;
    }

    /// @p result ← N'(@p u, @p t)ᵀ @p lambda.
    virtual void nonlinear_transposed(double t, Vec u, Vec lambda, Vec result);

    /// The first components, if any, are velocities, which transport
    /// themselves: so many.
    virtual unsigned int n_velocities() const
    {
      return 0;
    }

    /// True if there is add_term().
    virtual bool has_points() const
    {
      return false;
    }

    /// Add the term that @p term makes of @p fields, which have the layout of
    /// states, in weak form to @p load.
    virtual void add_term(const std::vector<Vec> &fields,
                          const PointFunction &term, Vec load) const;

    /// One of the states in which a run may begin, at t = 0:
    /// that of @p sample in a set with @p seed.
    virtual void initial_state(std::uint64_t seed, std::uint32_t sample,
                               Vec u) = 0;

    /// Where the owned entries of a state are, in as many coordinates as count.
    virtual const std::vector<dealii::Point<3>> &positions() const = 0;

    /// The components of each row, 0 … n_components() − 1, in the order of
    /// positions(). Observations are of one component.
    virtual const std::vector<unsigned int> &components() const = 0;

    virtual std::vector<std::string> component_names() const = 0;

    /// Coordinates that count of a point.
    virtual unsigned int n_coordinates() const = 0;

    /// Let entries of @p u that are prescribed or follow from others be what
    /// they should, as after a change of single ones.
    virtual void constrain(Vec /*u*/) const
    {
    }

    /// The shortest way from @p a to @p b, as on a circle if the domain is one.
    virtual dealii::Tensor<1, 3>
    displacement(const dealii::Point<3> &a,
                 const dealii::Point<3> &b) const = 0;

    /// The length of that way.
    double distance(const dealii::Point<3> &a, const dealii::Point<3> &b) const
    {
      return displacement(a, b).norm();
    }

    /// How values of @p component at @p points follow from a state. Throws
    /// BadInput for a point outside the domain.
    virtual Interpolation at(const std::vector<dealii::Point<3>> &points,
                             unsigned int component) const = 0;

    /// Numbers to be watched in a run: "energy", ...
    virtual std::map<std::string, double> quantities(double t, Vec u) const = 0;

    /// A word that changes with the numbering of the unknowns.
    virtual std::string layout() const = 0;
  };
} // namespace nodal

#endif
