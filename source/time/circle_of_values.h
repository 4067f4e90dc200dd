// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_time_circle_of_values_h
#define nodal_source_time_circle_of_values_h

#include <nodal/core/vector_values.h>
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

    dealii::Tensor<1, 3> displacement(const dealii::Point<3> &a,
                                      const dealii::Point<3> &b) const override;

    std::string layout() const override;

  protected:
    /// Entries at @p places with @p component_of_row on a circle of @p length.
    void make_state(double length, std::vector<double> places,
                    std::vector<unsigned int> component_of_row);

    /// Values between @p n of one component, which are at equal distances from
    /// 0 on and begin with entry @p first: on straight lines.
    Interpolation between(const std::vector<dealii::Point<3>> &points,
                          unsigned int n, unsigned int first = 0) const;

    /// @p x between 0 and the length. Throws BadInput if it is not a number.
    double on_circle(double x) const;

    double length = 0;

  private:
    VecHandle state;
    std::vector<dealii::Point<3>> places;
    std::vector<unsigned int> component_of_row;
  };
} // namespace nodal

#endif
