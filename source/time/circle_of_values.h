// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_time_circle_of_values_h
#define nodal_source_time_circle_of_values_h

#include <nodal/time/evolution_model.h>

namespace nodal
{
  /// What models have in common whose unknowns sit on a circle and are all on
  /// this rank.
  class CircleOfValues : public EvolutionModel
  {
  public:
    Vec like() const override
    {
      return state;
    }

    const std::vector<dealii::Point<3>> &positions() const override
    {
      return places;
    }

    const std::vector<unsigned int> &components() const override
    {
      return component_of_row;
    }

    unsigned int n_coordinates() const override
    {
      return 1;
    }

    double distance(const dealii::Point<3> &a,
                    const dealii::Point<3> &b) const override;

    std::string layout() const override;

  protected:
    /// Entries at @p places with @p component_of_row on a circle of @p length.
    void make_state(double length, std::vector<double> places,
                    std::vector<unsigned int> component_of_row);

    /// @p x between 0 and the length. Throws BadInput if it is not a number.
    double on_circle(double x) const;

    double length = 0;

  private:
    VecHandle state;
    std::vector<dealii::Point<3>> places;
    std::vector<unsigned int> component_of_row;
  };

  /// The values of a vector that lives on this rank, for reading.
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

  /// The same for writing.
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
