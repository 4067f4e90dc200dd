// SPDX-License-Identifier: LGPL-2.1-or-later
#include "line_equation.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  void LineEquation::add_parameters(Parameters &prm)
  {
    prm.add("Length", circumference, "Of the circle.", 1e-6, 1e6);
    prm.add("Cells", n_cells, "Of equal length.", 3, 1000000);
    prm.add("Degree", degree, "Of the elements.", 1, 6);
  }

  void LineEquation::set_up()
  {
    has_w = third != 0 || fourth != 0;
    const unsigned int n_components = n_at_node();
    line = std::make_unique<PeriodicLine>(circumference, n_cells, degree);
    std::vector<double> places;
    std::vector<unsigned int> components;
    for (unsigned int i = 0; i < line->n_nodes(); ++i)
      for (unsigned int c = 0; c < n_components; ++c)
      {
        places.push_back(line->node(i));
        components.push_back(c);
      }
    make_state(circumference, places, components);
    M = line->matrix(n_components, {{0, 0, 0, 0, 1}});
    std::vector<PeriodicLine::Term> terms = {{0, 0, 1, 1, -second}};
    if (has_w)
    {
      terms.push_back({0, 1, 1, 0, third});
      terms.push_back({0, 1, 1, 1, -fourth});
      terms.push_back({1, 1, 0, 0, -1});
      terms.push_back({1, 0, 1, 1, -1});
    }
    L = line->matrix(n_components, terms);
  }

  void LineEquation::nonlinear(double, Vec u, Vec load)
  {
    NODAL_PETSC(VecSet(load, 0));
    if (square == 0)
      return;
    const ReadValues values(u);
    const WriteValues result(load);
    line->add_square(values, result, n_at_node(), square);
  }

  void LineEquation::nonlinear_transposed(double, Vec u, Vec lambda, Vec result)
  {
    NODAL_PETSC(VecSet(result, 0));
    if (square == 0)
      return;
    const ReadValues values(u), factors(lambda);
    const WriteValues to(result);
    line->add_square_transposed(values, factors, to, n_at_node(), square);
  }

  void LineEquation::add_term(const std::vector<Vec> &fields,
                              const PointFunction &term, Vec load) const
  {
    std::vector<std::unique_ptr<ReadValues>> values;
    std::vector<const double *> entries;
    for (Vec field : fields)
    {
      values.push_back(std::make_unique<ReadValues>(field));
      entries.push_back(*values.back());
    }
    const WriteValues result(load);
    line->add_term(entries, term, result, n_at_node());
  }

  void LineEquation::draw_state(Random random, Vec u)
  {
    NODAL_PETSC(VecSet(u, 0));
    draw(random);
    const WriteValues values(u);
    for (unsigned int i = 0; i < line->n_nodes(); ++i)
      values[i * n_at_node()] = initial_value(line->node(i));
  }

  std::vector<std::string> LineEquation::component_names() const
  {
    if (has_w)
      return {"u", "u_xx"};
    return {"u"};
  }

  Interpolation LineEquation::at(const std::vector<dealii::Point<3>> &points,
                                 const unsigned int component) const
  {
    Interpolation result;
    std::vector<int> nodes;
    std::vector<double> values;
    for (const dealii::Point<3> &point : points)
    {
      line->shapes_at(on_circle(point[0]), nodes, values);
      for (unsigned int i = 0; i < nodes.size(); ++i)
        if (std::abs(values[i]) > 1e-14)
          result.add(nodes[i] * n_at_node() + component, values[i]);
      result.end_point();
    }
    return result;
  }

  std::map<std::string, double> LineEquation::quantities(double, Vec u) const
  {
    const ReadValues values(u);
    const unsigned int n = n_at_node();
    return {
        {"mass",
         line->integral(values, n, [](double value, double) { return value; })},
        {"energy", line->integral(values, n,
                                  [](double value, double)
                                  { return value * value / 2; })}};
  }

  void RandomWaves::draw(Random &random, const unsigned int n,
                         const double length_, const double size)
  {
    length = length_;
    sines.clear();
    cosines.clear();
    for (unsigned int k = 0; k < n; ++k)
    {
      sines.push_back(size * random.normal() / std::sqrt(n));
      cosines.push_back(size * random.normal() / std::sqrt(n));
    }
  }

  double RandomWaves::operator()(const double x) const
  {
    double result = 0;
    for (unsigned int k = 0; k < sines.size(); ++k)
    {
      const double angle = 2 * M_PI * (k + 1) * x / length;
      result += sines[k] * std::sin(angle) + cosines[k] * std::cos(angle);
    }
    return result;
  }
} // namespace nodal
