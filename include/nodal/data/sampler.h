// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_data_sampler_h
#define nodal_data_sampler_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/core/random.h>
#include <nodal/mesh/numbering.h>
#include <nodal/pde/field.h>

#include <deal.II/base/point.h>

#include <string>
#include <vector>

namespace nodal
{
  /// The places on this rank at which a field is to be sampled.
  template <int dim>
  struct Sites
  {
    /// Cells (locally owned and ghost, by active cell index) or nodes (locally
    /// relevant, by index in space.scalar_relevant) of @p space. For cells
    /// the points are their centres; for Location::scalar there is one site,
    /// the centre of the bounding box. Collective.
    Sites(const Space<dim> &space, const Numbering<dim> &numbering,
          Location location);

    const Space<dim> &space;
    const Numbering<dim> &numbering;
    const Location location;
    std::vector<dealii::Point<dim>> points;

    /// Bounding box of the whole mesh, the same to the bit on any ranks.
    dealii::Point<dim> lower, upper;
  };

  /**
   * A random field. Sample number i of a data set is a function of (seed, i)
   * alone, which is what @p random stands for.
   */
  template <int dim>
  class Sampler
  {
  public:
    virtual ~Sampler() = default;

    static std::string kind()
    {
      return "sampler";
    }

    virtual void add_parameters(Parameters &)
    {
    }

    /// Rules across parameters and with the number of components of the
    /// field; throws BadInput.
    virtual void check(unsigned int n_components) const;

    /// Called once before the first sample; keeps a reference to @p sites.
    /// Collective over the space's communicator.
    virtual void prepare(const Sites<dim> &sites) = 0;

    /**
     * Fill @p values (n_components per site, component fastest) with the
     * sample that @p random draws. Collective for samplers that solve.
     */
    virtual void sample(Random random, unsigned int n_components,
                        std::vector<double> &values) = 0;

    /// True if the values depend on the linear system that the other inputs of
    /// the sample give: then set_system() comes before each sample().
    virtual bool needs_system() const
    {
      return false;
    }

    /// @p A is the matrix of a SteadySystem, and valid during sample().
    virtual void set_system(Mat /*A*/)
    {
    }

    /// True if values are equal to the bit on any number of ranks; false if
    /// they come out of a solve.
    virtual bool is_closed_form() const
    {
      return true;
    }
  };
} // namespace nodal

#endif
