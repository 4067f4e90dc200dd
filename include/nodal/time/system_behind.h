// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_time_system_behind_h
#define nodal_time_system_behind_h

#include <nodal/time/evolution_system.h>

namespace nodal
{
  /// A system that is another one; for those that change something of it.
  class SystemBehind : public EvolutionSystem
  {
  public:
    /// Keeps the reference.
    explicit SystemBehind(EvolutionSystem &system) : system(system)
    {
    }

    Vec like() const override
    {
      return system.like();
    }

    Mat mass() const override
    {
      return system.mass();
    }

    bool is_algebraic() const override
    {
      return system.is_algebraic();
    }

    Mat linear() const override
    {
      return system.linear();
    }

    bool is_spd() const override
    {
      return system.is_spd();
    }

    void nonlinear(const double t, Vec u, Vec load) override
    {
      system.nonlinear(t, u, load);
    }

    bool has_derivative() const override
    {
      return system.has_derivative();
    }

    void nonlinear_transposed(const double t, Vec u, Vec lambda,
                              Vec result) override
    {
      system.nonlinear_transposed(t, u, lambda, result);
    }

    unsigned int n_velocities() const override
    {
      return system.n_velocities();
    }

    bool has_points() const override
    {
      return system.has_points();
    }

    void add_term(const std::vector<Vec> &fields, const PointFunction &term,
                  Vec load) const override
    {
      system.add_term(fields, term, load);
    }

    void initial_state(const std::uint64_t seed, const std::uint32_t sample,
                       Vec u) override
    {
      system.initial_state(seed, sample, u);
    }

    const std::vector<dealii::Point<3>> &positions() const override
    {
      return system.positions();
    }

    const std::vector<unsigned int> &components() const override
    {
      return system.components();
    }

    std::vector<std::string> component_names() const override
    {
      return system.component_names();
    }

    unsigned int n_coordinates() const override
    {
      return system.n_coordinates();
    }

    void constrain(Vec u) const override
    {
      system.constrain(u);
    }

    dealii::Tensor<1, 3> displacement(const dealii::Point<3> &a,
                                      const dealii::Point<3> &b) const override
    {
      return system.displacement(a, b);
    }

    Interpolation at(const std::vector<dealii::Point<3>> &points,
                     const unsigned int component) const override
    {
      return system.at(points, component);
    }

    std::map<std::string, double> quantities(const double t,
                                             Vec u) const override
    {
      return system.quantities(t, u);
    }

    std::string layout() const override
    {
      return system.layout();
    }

  protected:
    EvolutionSystem &system;
  };
} // namespace nodal

#endif
