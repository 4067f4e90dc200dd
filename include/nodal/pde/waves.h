// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_waves_h
#define nodal_pde_waves_h

#include <deal.II/base/function.h>

#include <functional>
#include <memory>
#include <vector>

namespace nodal
{
  /**
   * A smooth scalar function with simple derivatives for manufactured
   * solutions: offset + Σᵢ amplitudeᵢ sin(kᵢ·x + phaseᵢ).
   */
  template <int dim>
  class Waves : public dealii::Function<dim>
  {
  public:
    struct Wave
    {
      double amplitude;
      dealii::Tensor<1, dim> k;
      double phase;
    };

    Waves(const double offset, const std::vector<Wave> &waves)
        : offset(offset), waves(waves)
    {
    }

    /// Two waves across the axes, different for every @p number.
    static Waves example(const unsigned int number, const double offset = 0,
                         const double amplitude = 1)
    {
      Wave one = {amplitude, {}, 0.4 + number},
           two = {0.6 * amplitude, {}, 1.1};
      for (unsigned int d = 0; d < dim; ++d)
      {
        one.k[d] = 1.7 + 0.6 * d + 0.3 * number;
        two.k[d] = (d % 2 ? -2.1 : 1.2) + 0.2 * number;
      }
      return Waves(offset, {one, two});
    }

    double value(const dealii::Point<dim> &x,
                 const unsigned int = 0) const override
    {
      double sum = offset;
      for (const Wave &w : waves)
        sum += w.amplitude * std::sin(w.k * x + w.phase);
      return sum;
    }

    dealii::Tensor<1, dim> gradient(const dealii::Point<dim> &x,
                                    const unsigned int = 0) const override
    {
      dealii::Tensor<1, dim> sum;
      for (const Wave &w : waves)
        sum += w.amplitude * std::cos(w.k * x + w.phase) * w.k;
      return sum;
    }

    dealii::SymmetricTensor<2, dim>
    hessian(const dealii::Point<dim> &x, const unsigned int = 0) const override
    {
      dealii::SymmetricTensor<2, dim> sum;
      for (const Wave &w : waves)
      {
        const double factor = -w.amplitude * std::sin(w.k * x + w.phase);
        for (unsigned int i = 0; i < dim; ++i)
          for (unsigned int j = i; j < dim; ++j)
            sum[i][j] += factor * w.k[i] * w.k[j];
      }
      return sum;
    }

    double laplacian(const dealii::Point<dim> &x,
                     const unsigned int = 0) const override
    {
      return trace(hessian(x));
    }

  private:
    const double offset;
    const std::vector<Wave> waves;
  };

  /// A vector-valued function of scalar ones.
  template <int dim>
  class ComponentFunctions : public dealii::Function<dim>
  {
  public:
    using Component = std::shared_ptr<const dealii::Function<dim>>;

    explicit ComponentFunctions(const std::vector<Component> &components)
        : dealii::Function<dim>(components.size()), components(components)
    {
    }

    double value(const dealii::Point<dim> &x,
                 const unsigned int c = 0) const override
    {
      return components[c]->value(x);
    }

    dealii::Tensor<1, dim> gradient(const dealii::Point<dim> &x,
                                    const unsigned int c = 0) const override
    {
      return components[c]->gradient(x);
    }

  private:
    const std::vector<Component> components;
  };

  /// A function of point and component.
  template <int dim>
  class FormulaFunction : public dealii::Function<dim>
  {
  public:
    using Formula =
        std::function<double(const dealii::Point<dim> &, unsigned int)>;

    FormulaFunction(const unsigned int n_components, const Formula &formula)
        : dealii::Function<dim>(n_components), formula(formula)
    {
    }

    double value(const dealii::Point<dim> &x,
                 const unsigned int c = 0) const override
    {
      return formula(x, c);
    }

  private:
    const Formula formula;
  };
} // namespace nodal

#endif
