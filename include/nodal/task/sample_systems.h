// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_sample_systems_h
#define nodal_task_sample_systems_h

#include <nodal/core/petsc.h>
#include <nodal/data/dataset_reader.h>
#include <nodal/mesh/numbering.h>
#include <nodal/pde/steady_system.h>
#include <nodal/task/experiment.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * The linear systems behind the samples of a data set, made anew on one rank
   * from the parameters that the file holds: a sample is a function of its seed
   * and number.
   */
  template <int dim>
  class SampleSystems
  {
  public:
    /// Throws BadInput if the parameters in the file are not those of this
    /// program any more.
    explicit SampleSystems(const DatasetReader &data);

    /// False for problems that are not linear, which have no one matrix.
    bool is_linear() const;

    bool is_spd() const;

    /// True if the samples differ in their right-hand sides only.
    bool has_one_matrix() const;

    /// Assemble matrix() and rhs() for @p sample. Throws BadInput if the mesh
    /// is not the one of the data set any more.
    void assemble(unsigned int sample);

    Mat matrix() const
    {
      return system->matrix();
    }

    Vec rhs() const
    {
      return system->rhs();
    }

    /// Of the sample assembled last.
    const Space<dim> &present_space() const
    {
      return *space;
    }

    const Numbering<dim> &present_numbering() const
    {
      return *numbering;
    }

    const BoundaryConditions<dim> &boundary() const
    {
      return experiment.boundary;
    }

    /// Between vectors of the system and values in the order of Numbering
    /// (n_nodes × n_components). Values at constrained degrees of freedom are
    /// those of the constraints in the second.
    void copy(const std::vector<double> &values, Vec x) const;
    std::vector<double> values(Vec x) const;

  private:
    /// The values at nodes of an input that follows from a matrix and from
    /// files, and so is not drawn again.
    InputField<dim> from_file(const FieldDescription &input,
                              unsigned int sample) const;

    const DatasetReader &data;
    Parameters prm;
    Experiment<dim> experiment;
    unsigned int mesh = -1; ///< the present one
    std::unique_ptr<Space<dim>> space;
    std::unique_ptr<Numbering<dim>> numbering;
    std::unique_ptr<SteadySystem<dim>> system;
  };
} // namespace nodal

#endif
