// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_kept_model_h
#define nodal_source_task_kept_model_h

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/run.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace nodal
{
  /// The best model of a training, in a folder. What a run that was stopped has
  /// left stays until there is a better one.
  class KeptModel
  {
  public:
    /// @p read returns setting and error of the model in the folder, and throws
    /// BadInput if there is none; one of another @p setting does not count.
    /// Collective.
    KeptModel(Run &run, const std::string &setting,
              const std::function<std::pair<std::string, double>()> &read)
        : run(run)
    {
      if (!run.resume || !run.is_root)
        return;
      try
      {
        const auto [found, error] = read();
        if (found == setting)
          least = error;
      }
      catch (const BadInput &)
      {
      }
    }

    /// Let @p write be called on rank 0 if @p error is the least so far.
    /// Collective.
    void improve(const double error, const std::function<void()> &write)
    {
      agree(run.comm,
            [&]
            {
              if (!run.is_root || !(error < least))
                return;
              least = error;
              write();
            });
    }

    /// Throw NumericalFailure if there is none; else say where it is.
    /// Collective.
    void finish(const std::string &folder)
    {
      int is_there = least < std::numeric_limits<double>::infinity();
      MPI_Bcast(&is_there, 1, MPI_INT, 0, run.comm);
      if (!is_there)
        throw NumericalFailure("No weights were found whose error is a number; "
                               "nothing is written.");
      run.log("Model: " + folder);
    }

  private:
    Run &run;
    double least = std::numeric_limits<double>::infinity();
  };
} // namespace nodal

#endif
