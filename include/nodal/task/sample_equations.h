// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_sample_equations_h
#define nodal_task_sample_equations_h

#include <nodal/learn/sample_equation.h>
#include <nodal/task/sample_systems.h>

#include <memory>
#include <string>

namespace nodal
{
  class SampleSet;
  struct SystemOfSamples;

  /**
   * Makes the equations of the samples of a data set, on one rank. Samples that
   * differ in their right-hand sides only share one matrix and one
   * preconditioner; else each has its own.
   */
  template <int dim>
  class SampleEquations
  {
  public:
    /// @p preconditioner is a registered name. Throws BadInput for a problem
    /// that is not linear. Keeps a reference to @p data.
    SampleEquations(const DatasetReader &data, std::string preconditioner);

    /// The equation of @p sample, which lives by itself. Throws BadInput if the
    /// preconditioner is not symmetric for this matrix or the mesh is not the
    /// one of the data set any more, NumericalFailure if the preconditioner
    /// does not exist.
    std::shared_ptr<const SampleEquation> make(unsigned int sample);

    bool are_spd() const
    {
      return systems.is_spd();
    }

    /// So many have been made.
    unsigned int n_matrices() const
    {
      return n_made;
    }

  private:
    std::shared_ptr<const SystemOfSamples> make_system();

    SampleSystems<dim> systems;
    const std::string preconditioner;
    std::shared_ptr<const SystemOfSamples> shared;
    unsigned int n_made = 0;
  };

  /// Give the samples of @p set, which are on one rank, their equations;
  /// returns the number of matrices. Throws as SampleEquations, and BadInput if
  /// @p must_be_spd and the problem is not symmetric positive definite.
  template <int dim>
  unsigned int add_equations(SampleSet &set, const std::string &preconditioner,
                             bool must_be_spd = false);
} // namespace nodal

#endif
