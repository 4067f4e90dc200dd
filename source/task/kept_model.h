// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_kept_model_h
#define nodal_source_task_kept_model_h

#include <nodal/core/exceptions.h>

#include <functional>
#include <limits>
#include <string>
#include <utility>

namespace nodal
{
  /// The error of the model that a stopped run has left, which stays until
  /// there is a better one; infinity if @p read, which returns setting and
  /// error, throws BadInput or finds another @p setting.
  inline double error_of_kept_model(
      const std::string &setting,
      const std::function<std::pair<std::string, double>()> &read)
  {
    try
    {
      const auto [found, error] = read();
      if (found == setting)
        return error;
    }
    catch (const BadInput &)
    {
    }
    return std::numeric_limits<double>::infinity();
  }
} // namespace nodal

#endif
