// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_observations_h
#define nodal_couple_observations_h

#include <nodal/core/parameters.h>
#include <nodal/core/random.h>
#include <nodal/couple/ensemble.h>
#include <nodal/time/evolution_system.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// Values that were measured at one time, with independent errors.
  struct Observations
  {
    std::vector<dealii::Point<3>> points;
    std::vector<double> values, variances;
    Interpolation H; ///< what a state has at the points

    std::size_t size() const
    {
      return points.size();
    }
  };

  /// H of every member, member after member, the same on all ranks of @p comm.
  Ensemble observed(const Ensemble &members, const Interpolation &H,
                    MPI_Comm comm);

  /**
   * The section `Observations`: where a component of the state is measured,
   * at nodes or at points that may move, with which error, and how often a
   * measurement is missing.
   */
  class ObservationNetwork
  {
  public:
    ObservationNetwork();
    ~ObservationNetwork();

    void add_parameters(Parameters &prm);

    /// Read the entries for @p system. Throws BadInput for expressions that
    /// cannot be read, and components that it does not have.
    void prepare(const EvolutionSystem &system);

    /// What is measured of @p truth (owned entries) at time @p t; errors and
    /// gaps are drawn from @p random. Throws BadInput for a point outside the
    /// domain. Collective over the ranks of the system.
    Observations measure(double t, const std::vector<double> &truth,
                         Random random) const;

    /// The standard deviation of errors.
    double error() const
    {
      return deviation;
    }

    /// The component that is measured.
    unsigned int component() const
    {
      return component_number;
    }

  private:
    struct Path; ///< of a point

    std::string layout = "nodes", paths = "0", component_name;
    unsigned int every = 1;
    double deviation = 1, share = 1;
    std::string section;

    const EvolutionSystem *system = nullptr;
    unsigned int component_number = 0;
    std::vector<dealii::Point<3>> nodes;
    std::vector<std::unique_ptr<Path>> moving;
    mutable std::vector<dealii::Point<3>> last_points;
    mutable Interpolation last_H; ///< at the points of the last call
  };
} // namespace nodal

#endif
