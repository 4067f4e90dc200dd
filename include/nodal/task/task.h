// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_task_task_h
#define nodal_task_task_h

#include <nodal/core/run.h>
#include <nodal/task/experiment.h>

namespace nodal
{
  /// What one command of `nodal` does with an experiment.
  template <int dim>
  class Task
  {
  public:
    virtual ~Task() = default;

    static std::string kind()
    {
      return "task";
    }

    /// Entries of this task alone.
    virtual void add_parameters(Parameters &)
    {
    }

    virtual void check() const
    {
    }

    /// Rules across its own entries and those of @p experiment, before
    /// anything is written; throws BadInput.
    virtual void check_for(const Experiment<dim> & /*experiment*/) const
    {
    }

    /// Files that it reads, looked for in folder @p output first: of the first
    /// task of a run, before anything is written; later ones may read what
    /// earlier ones write. Throws BadInput.
    virtual void check_files(const Experiment<dim> & /*experiment*/,
                             const std::string & /*output*/) const
    {
    }

    /// True if it is for problems in time, which other tasks are not for.
    virtual bool is_in_time() const
    {
      return false;
    }

    /// Do it. Collective over @p run.comm. Throws BadInput and
    /// NumericalFailure, the same on all ranks.
    virtual void run(Experiment<dim> &experiment, const Parameters &prm,
                     Run &run) = 0;
  };
} // namespace nodal

#endif
