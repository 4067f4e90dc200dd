// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generator_arguments.h"

#include <nodal/core/text.h>

#include <cmath>
#include <cstdlib>
#include <map>

namespace nodal
{
  namespace
  {
    /// Kinds of arguments, as letters: x any number, r a positive one, n a
    /// count from 1, a a count or 0 for deal.II's choice, b true or false,
    /// p a point, N a count from 1 per direction, X a count from 0 per side,
    /// S the vertices of a simplex, P those of a hypercube.
    struct Generator
    {
      std::string kinds, usage;
      unsigned int dim; ///< the only dimension, or 0
      /// Numbers of two arguments, the first of which must be less.
      std::pair<unsigned int, unsigned int> increasing = {0, 0};
    };

    const std::map<std::string, Generator> &generators()
    {
      static const std::string shell =
          "center : inner radius : outer radius : cells around (0: automatic) "
          ": colorize";
      static const std::map<std::string, Generator> all = {
          {"channel_with_cylinder",
           {"rnxb", "width of shell : shells : skewness : colorize", 0}},
          {"cheese", {"N", "holes in each direction", 0}},
          {"concentric_hyper_shells",
           {"prrnxab",
            "center : inner radius : outer radius : shells : skewness : cells "
            "around (0: automatic) : colorize",
            0,
            {1, 2}}},
          {"cylinder", {"rr", "radius : half length", 0}},
          {"cylinder_shell",
           {"rrraa",
            "length : inner radius : outer radius : cells around : cells "
            "along",
            3,
            {1, 2}}},
          {"enclosed_hyper_cube",
           {"xxrb", "left : right : thickness : colorize", 0, {0, 1}}},
          {"general_cell", {"Pb", "vertices : colorize", 0}},
          {"half_hyper_ball", {"pr", "center : radius", 0}},
          {"half_hyper_shell", {"prrab", shell, 0, {1, 2}}},
          {"hyper_L", {"xxb", "left : right : colorize", 0, {0, 1}}},
          {"hyper_ball",
           {"prb", "center : radius : spherical manifold inside", 0}},
          {"hyper_cross", {"Xb", "cells on each side : colorize", 0}},
          {"hyper_cube", {"xxb", "left : right : colorize", 0, {0, 1}}},
          {"hyper_cube_slit", {"xxb", "left : right : colorize", 0, {0, 1}}},
          {"hyper_cube_with_cylindrical_hole",
           {"rrrnb",
            "inner radius : outer half width : length : cells along : "
            "colorize",
            0,
            {0, 1}}},
          {"hyper_rectangle", {"ppb", "corner : corner : colorize", 0}},
          {"hyper_shell", {"prrab", shell, 0, {1, 2}}},
          {"moebius",
           {"nnrr", "cells around : rotations : radius : small radius", 3}},
          {"plate_with_a_hole",
           {"rrrrrrpaarnb",
            "inner radius : outer radius : padding below : above : left : "
            "right : center : manifold id of the cylinder : of the rest : "
            "length : slices : colorize",
            0,
            {0, 1}}},
          {"quarter_hyper_ball", {"pr", "center : radius", 0}},
          {"quarter_hyper_shell", {"prrab", shell, 0, {1, 2}}},
          {"simplex", {"S", "vertices", 0}},
          {"subdivided_hyper_cube",
           {"nxxb",
            "cells in each direction : left : right : colorize",
            0,
            {1, 2}}},
          {"subdivided_hyper_rectangle",
           {"Nppb", "cells in each direction : corner : corner : colorize", 0}},
          {"torus",
           {"rrnr",
            "radius : small radius : cells around : angle of the part",
            3,
            {1, 0}}},
          {"truncated_cone",
           {"rrr", "first radius : second radius : half length", 0}}};
      return all;
    }

    bool is_number(const std::string &text, double &value)
    {
      char *end = nullptr;
      value = std::strtod(text.c_str(), &end);
      return !text.empty() && end == text.c_str() + text.size() &&
             std::isfinite(value) && std::abs(value) < 1e100;
    }

    bool is_count(const std::string &text, const double min)
    {
      double value;
      return is_number(text, value) && value >= min && value <= 1000 &&
             text.find_first_not_of("0123456789") == std::string::npos;
    }

    bool is_point(const std::string &text, const unsigned int dim)
    {
      const std::vector<std::string> numbers = split(text, ',');
      double value;
      for (const std::string &number : numbers)
        if (!is_number(number, value))
          return false;
      return numbers.size() == dim;
    }

    bool are_points(const std::string &text, const unsigned int n,
                    const unsigned int dim)
    {
      const std::vector<std::string> points = split(text, ';');
      for (const std::string &point : points)
        if (!is_point(point, dim))
          return false;
      return points.size() == n;
    }

    bool are_counts(const std::string &text, const unsigned int n,
                    const double min)
    {
      const std::vector<std::string> counts = split(text, ',');
      for (const std::string &count : counts)
        if (!is_count(count, min))
          return false;
      return counts.size() == n;
    }

    std::string unless(const bool fine, const std::string &expectation)
    {
      return fine ? "" : expectation;
    }

    /// What an argument of @p kind should be, if @p text is not one.
    std::string expected(const char kind, const std::string &text,
                         const unsigned int dim)
    {
      double value;
      const std::string d = std::to_string(dim);
      const auto points = [&](const unsigned int n)
      {
        return unless(are_points(text, n, dim),
                      std::to_string(n) + " points of " + d +
                          " numbers, separated by semicolons");
      };
      switch (kind)
      {
      case 'x':
        return unless(is_number(text, value), "a number");
      case 'r':
        return unless(is_number(text, value) && value > 0, "a positive number");
      case 'n':
        return unless(is_count(text, 1), "a count from 1 to 1000");
      case 'a':
        return unless(is_count(text, 0), "a count from 0 to 1000");
      case 'b':
        return unless(text == "true" || text == "false", "true or false");
      case 'p':
        return unless(is_point(text, dim),
                      "a point of " + d + " numbers separated by commas");
      case 'N':
        return unless(are_counts(text, dim, 1),
                      d + " counts from 1 to 1000 separated by commas");
      case 'X':
        return unless(are_counts(text, 2 * dim, 0),
                      std::to_string(2 * dim) +
                          " counts from 0 to 1000 separated by commas");
      case 'S':
        return points(dim + 1);
      default:
        return points(1 << dim);
      }
    }

    /// Cells, roughly, that the counts of @p text ask for.
    double n_cells(const char kind, const std::string &text,
                   const unsigned int dim)
    {
      double result = 1, count;
      for (const std::string &number : split(text, ','))
        if (is_number(number, count))
          result *= std::max(count, 1.);
      return kind == 'N' ? result : std::pow(result, dim);
    }
  } // namespace

  std::vector<std::string> generator_names(const unsigned int dim)
  {
    std::vector<std::string> result;
    for (const auto &[name, generator] : generators())
      if (generator.dim == 0 || generator.dim == dim)
        result.push_back(name);
    return result;
  }

  std::string generator_usage(const std::string &name)
  {
    return generators().at(name).usage;
  }

  std::string check_generator_arguments(const std::string &name,
                                        const std::string &arguments,
                                        const unsigned int dim)
  {
    const Generator &generator = generators().at(name);
    const std::vector<std::string> given = split(arguments, ':');
    if (given.size() != generator.kinds.size())
      return "it has " + std::to_string(generator.kinds.size()) +
             " arguments, " + generator.usage;
    for (std::size_t i = 0; i < given.size(); ++i)
    {
      const char kind = generator.kinds[i];
      const std::string what = expected(kind, given[i], dim);
      if (!what.empty())
        return "argument " + std::to_string(i + 1) + " of " + generator.usage +
               " must be " + what;
      const bool is_count = kind == 'N' || name == "subdivided_hyper_cube";
      if (is_count && std::string("nN").find(kind) != std::string::npos &&
          n_cells(kind, given[i], dim) > 1e7)
        return "these are more than ten million cells";
    }
    const auto [less, more] = generator.increasing;
    if (less != more && std::stod(given[less]) >= std::stod(given[more]))
      return "argument " + std::to_string(less + 1) + " of " + generator.usage +
             " must be less than argument " + std::to_string(more + 1);
    return "";
  }
} // namespace nodal
