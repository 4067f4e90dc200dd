// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_vector_values_h
#define nodal_core_vector_values_h

#include <nodal/core/petsc.h>

namespace nodal
{
  /// The entries of a vector that this rank owns, for reading while it lives.
  class ReadValues
  {
  public:
    explicit ReadValues(Vec x) : x(x)
    {
      NODAL_PETSC(VecGetArrayRead(x, &values));
    }
    ReadValues(const ReadValues &) = delete;

    ~ReadValues()
    {
      VecRestoreArrayRead(x, &values);
    }

    operator const double *() const
    {
      return values;
    }

  private:
    Vec x;
    const double *values = nullptr;
  };

  /// The same for writing, too.
  class WriteValues
  {
  public:
    explicit WriteValues(Vec x) : x(x)
    {
      NODAL_PETSC(VecGetArray(x, &values));
    }
    WriteValues(const WriteValues &) = delete;

    ~WriteValues()
    {
      VecRestoreArray(x, &values);
    }

    operator double *() const
    {
      return values;
    }

  private:
    Vec x;
    double *values = nullptr;
  };
} // namespace nodal

#endif
