// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_random_range_h
#define nodal_source_data_random_range_h

#include <nodal/core/exceptions.h>
#include <nodal/core/parameters.h>
#include <nodal/core/random.h>
#include <nodal/data/sampler.h>

#include <string>
#include <type_traits>

namespace nodal
{
  /// Numbers drawn with equal probability between two entries of the
  /// parameter file; whole numbers include both bounds.
  template <class Number>
  class RandomRange
  {
  public:
    RandomRange(const Number smallest, const Number largest)
        : smallest(smallest), largest(largest)
    {
    }

    /// The entries `Smallest NAME` and `Largest NAME`, within @p min and
    /// @p max.
    void add_parameters(Parameters &prm, const std::string &name,
                        const std::string &about_smallest,
                        const std::string &about_largest, const Number min,
                        const Number max)
    {
      prm.add("Smallest " + name, smallest, about_smallest, min, max);
      prm.add("Largest " + name, largest, about_largest, min, max);
      path = prm.path("Largest " + name);
    }

    /// Throws BadInput, which calls the numbers @p what, for an empty range.
    void check(const std::string &what) const
    {
      if (largest < smallest)
        throw BadInput("The largest " + what + " is below the smallest one.",
                       path);
    }

    Number draw(Random &random) const
    {
      const Number width =
          largest - smallest + (std::is_integral<Number>::value ? 1 : 0);
      return Number(smallest + width * random.uniform());
    }

  private:
    Number smallest, largest;
    std::string path;
  };

  /// A point anywhere in the bounding box of the mesh.
  template <int dim>
  dealii::Point<dim> random_point(const Sites<dim> &sites, Random &random)
  {
    dealii::Point<dim> point;
    for (unsigned int d = 0; d < dim; ++d)
      point[d] =
          sites.lower[d] + (sites.upper[d] - sites.lower[d]) * random.uniform();
    return point;
  }
} // namespace nodal

#endif
