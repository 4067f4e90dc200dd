// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/couple/observations.h>
#include <nodal/pde/expressions.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace nodal
{
  Ensemble observed(const Ensemble &members, const Interpolation &H,
                    MPI_Comm comm)
  {
    Ensemble result(H.n_points(), members.n_members);
    for (unsigned int m = 0; m < members.n_members; ++m)
      H.apply(members.member(m), result.member(m));
    MPI_Allreduce(MPI_IN_PLACE, result.values.data(), result.values.size(),
                  MPI_DOUBLE, MPI_SUM, comm);
    return result;
  }

  /// Coordinates as functions of time.
  struct ObservationNetwork::Path
  {
    std::vector<std::unique_ptr<dealii::FunctionParser<1>>> coordinates;
  };

  ObservationNetwork::ObservationNetwork() = default;
  ObservationNetwork::~ObservationNetwork() = default;

  void ObservationNetwork::add_parameters(Parameters &prm)
  {
    Parameters::Section inner(prm, "Observations");
    section = prm.path("");
    prm.add("Component", component_name,
            "Of the state, that is measured; empty for the first one.");
    prm.add("Layout", layout,
            "`nodes`: at nodes of the discretization; `points`: anywhere.",
            {"nodes", "points"});
    prm.add("Every", every, "With `nodes`: at every n-th one.", 1);
    prm.add("Points", paths,
            "With `points`: their coordinates, separated by `|`, of one point "
            "after the other, separated by `;`, as expressions in the time t.");
    prm.add("Deviation", deviation, "Of the errors, which are normal.", 1e-12,
            1e12);
    prm.add("Share", share,
            "Of the measurements that arrive; the others are missing at "
            "random.",
            0, 1);
  }

  void ObservationNetwork::prepare(const EvolutionSystem &system_)
  {
    system = &system_;
    const std::vector<std::string> names = system->component_names();
    const auto found = std::find(names.begin(), names.end(), component_name);
    if (!component_name.empty() && found == names.end())
      throw BadInput("There is no component '" + component_name + "'; it is " +
                         "one of: " + join(names, ", ") + "." +
                         did_you_mean(component_name, names),
                     section + "Component");
    component_number = component_name.empty() ? 0 : found - names.begin();
    nodes.clear();
    moving.clear();
    last_points.clear();
    last_H = Interpolation();
    if (layout == "nodes")
    {
      const std::vector<dealii::Point<3>> &own = system->positions();
      const std::vector<unsigned int> &components = system->components();
      std::vector<dealii::Point<3>> all;
      for (std::size_t i = 0; i < own.size(); ++i)
        if (components[i] == component_number)
          all.push_back(own[i]);
      std::vector<dealii::Point<3>> together;
      for (const auto &part :
           dealii::Utilities::MPI::all_gather(system->comm(), all))
        together.insert(together.end(), part.begin(), part.end());
      // In an order that does not depend on the ranks, on which coordinates may
      // differ in their last bits.
      double size = 0;
      for (const dealii::Point<3> &point : together)
        for (unsigned int d = 0; d < 3; ++d)
          size = std::max(size, std::abs(point[d]));
      const auto rounded = [&](const dealii::Point<3> &point)
      {
        const double unit = 1e-9 * size + std::numeric_limits<double>::min();
        return std::make_tuple(std::llround(point[0] / unit),
                               std::llround(point[1] / unit),
                               std::llround(point[2] / unit));
      };
      std::sort(together.begin(), together.end(),
                [&](const auto &a, const auto &b)
                { return rounded(a) < rounded(b); });
      for (std::size_t i = 0; i < together.size(); i += every)
        nodes.push_back(together[i]);
      return;
    }
    if (trim(paths).empty())
      throw BadInput("There is no point in it: choose some, or `Layout = "
                     "nodes`.",
                     section + "Points");
    for (const std::string &point : split(paths, ';'))
    {
      const std::vector<std::string> coordinates = split(point, '|');
      if (coordinates.size() != system->n_coordinates())
        throw BadInput("The point '" + point + "' has " +
                           std::to_string(coordinates.size()) +
                           " coordinate(s), separated by '|', and the "
                           "problem " +
                           std::to_string(system->n_coordinates()) + ".",
                       section + "Points");
      moving.push_back(std::make_unique<Path>());
      for (const std::string &coordinate : coordinates)
        moving.back()->coordinates.push_back(parse_expression<1>(
            coordinate, 1, {}, section + "Points", ';', "t"));
    }
  }

  Observations ObservationNetwork::measure(const double t,
                                           const std::vector<double> &truth,
                                           Random random) const
  {
    std::vector<dealii::Point<3>> all = nodes;
    for (const std::unique_ptr<Path> &path : moving)
    {
      dealii::Point<3> point;
      for (unsigned int d = 0; d < path->coordinates.size(); ++d)
        point[d] = path->coordinates[d]->value(dealii::Point<1>(t));
      all.push_back(point);
    }
    Observations result;
    for (const dealii::Point<3> &point : all)
      if (share == 1 || random.uniform() < share)
        result.points.push_back(point);
    // To look for points in a mesh takes longer than all the rest.
    if (result.points != last_points)
      try
      {
        last_H = system->at(result.points, component_number);
        last_points = result.points;
      }
      catch (const BadInput &error)
      {
        throw BadInput(error.what(), section + "Points");
      }
    result.H = last_H;
    result.values.resize(result.size());
    result.H.apply(truth.data(), result.values.data());
    MPI_Allreduce(MPI_IN_PLACE, result.values.data(), result.size(), MPI_DOUBLE,
                  MPI_SUM, system->comm());
    for (double &value : result.values)
      value += deviation * random.normal();
    result.variances.assign(result.size(), deviation * deviation);
    return result;
  }
} // namespace nodal
