// SPDX-License-Identifier: LGPL-2.1-or-later
#include "periodic_line.h"

#include <deal.II/base/polynomial.h>
#include <deal.II/base/quadrature_lib.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    std::vector<dealii::Polynomials::Polynomial<double>>
    shapes(const unsigned int degree)
    {
      return dealii::Polynomials::LagrangeEquidistant::generate_complete_basis(
          degree);
    }
  } // namespace

  PeriodicLine::PeriodicLine(const double length, const unsigned int n_cells,
                             const unsigned int degree)
      : n_cells(n_cells), degree(degree), h(length / n_cells)
  {
    // Exact for the square of a field times a slope.
    const dealii::QGauss<1> gauss(degree + 1 + degree / 2);
    const auto basis = shapes(degree);
    for (unsigned int q = 0; q < gauss.size(); ++q)
    {
      points.push_back(gauss.point(q)[0]);
      weights.push_back(gauss.weight(q) * h);
      for (const auto &shape : basis)
      {
        std::vector<double> result(2);
        shape.value(points.back(), result);
        values.push_back(result[0]);
        slopes.push_back(result[1] / h);
      }
    }
  }

  MatHandle PeriodicLine::matrix(const unsigned int n_components,
                                 const std::vector<Term> &terms) const
  {
    const unsigned int n = degree + 1;
    const PetscInt size = n_nodes() * n_components;
    MatHandle result;
    NODAL_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, size,
                                (2 * degree + 1) * n_components, nullptr,
                                result.put()));
    NODAL_PETSC(MatSetBlockSize(result, n_components));
    for (unsigned int e = 0; e < n_cells; ++e)
      for (unsigned int i = 0; i < n; ++i)
        for (unsigned int j = 0; j < n; ++j)
        {
          std::vector<double> block(n_components * n_components, 0.);
          for (const Term &term : terms)
          {
            const std::vector<double> &rows =
                term.row_derivative ? slopes : values;
            const std::vector<double> &columns =
                term.column_derivative ? slopes : values;
            double sum = 0;
            for (unsigned int q = 0; q < points.size(); ++q)
              sum += weights[q] * rows[q * n + i] * columns[q * n + j];
            block[term.row_component * n_components + term.column_component] +=
                term.factor * sum;
          }
          const PetscInt row = node_of(e, i), column = node_of(e, j);
          NODAL_PETSC(MatSetValuesBlocked(result, 1, &row, 1, &column,
                                          block.data(), ADD_VALUES));
        }
    NODAL_PETSC(MatAssemblyBegin(result, MAT_FINAL_ASSEMBLY));
    NODAL_PETSC(MatAssemblyEnd(result, MAT_FINAL_ASSEMBLY));
    return result;
  }

  void PeriodicLine::add_square(const double *const u, double *const load,
                                const unsigned int n_components,
                                const double factor) const
  {
    const unsigned int n = degree + 1;
    std::vector<double> local(n), sums(n);
    for (unsigned int e = 0; e < n_cells; ++e)
    {
      for (unsigned int i = 0; i < n; ++i)
      {
        local[i] = u[node_of(e, i) * n_components];
        sums[i] = 0;
      }
      for (unsigned int q = 0; q < points.size(); ++q)
      {
        double value = 0;
        for (unsigned int i = 0; i < n; ++i)
          value += values[q * n + i] * local[i];
        const double f = weights[q] * factor * value * value;
        for (unsigned int i = 0; i < n; ++i)
          sums[i] += f * slopes[q * n + i];
      }
      for (unsigned int i = 0; i < n; ++i)
        load[node_of(e, i) * n_components] += sums[i];
    }
  }

  void PeriodicLine::add_square_transposed(const double *const u,
                                           const double *const lambda,
                                           double *const result,
                                           const unsigned int n_components,
                                           const double factor) const
  {
    const unsigned int n = degree + 1;
    for (unsigned int e = 0; e < n_cells; ++e)
      for (unsigned int q = 0; q < points.size(); ++q)
      {
        double value = 0, slope = 0;
        for (unsigned int i = 0; i < n; ++i)
        {
          value += values[q * n + i] * u[node_of(e, i) * n_components];
          slope += slopes[q * n + i] * lambda[node_of(e, i) * n_components];
        }
        const double f = 2 * weights[q] * factor * value * slope;
        for (unsigned int i = 0; i < n; ++i)
          result[node_of(e, i) * n_components] += f * values[q * n + i];
      }
  }

  void PeriodicLine::add_term(const std::vector<const double *> &fields,
                              const PointFunction &term, double *const load,
                              const unsigned int n_components) const
  {
    const unsigned int n = degree + 1, n_all = fields.size() * n_components;
    PointState state;
    state.spacing = h / degree;
    PointTerm result;
    for (unsigned int e = 0; e < n_cells; ++e)
      for (unsigned int q = 0; q < points.size(); ++q)
      {
        state.values.assign(n_all, 0.);
        state.slopes.assign(n_all, 0.);
        result.sources.assign(n_components, 0.);
        result.fluxes.assign(n_components, 0.);
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int k = 0; k < n_all; ++k)
          {
            const double entry =
                fields[k / n_components]
                      [node_of(e, i) * n_components + k % n_components];
            state.values[k] += values[q * n + i] * entry;
            state.slopes[k] += slopes[q * n + i] * entry;
          }
        state.place[0] = (e + points[q]) * h;
        term(state, result);
        for (unsigned int i = 0; i < n; ++i)
          for (unsigned int c = 0; c < n_components; ++c)
            load[node_of(e, i) * n_components + c] +=
                weights[q] * (result.sources[c] * values[q * n + i] +
                              result.fluxes[c] * slopes[q * n + i]);
      }
  }

  double
  PeriodicLine::integral(const double *const u, const unsigned int n_components,
                         const std::function<double(double, double)> &f) const
  {
    const unsigned int n = degree + 1;
    double result = 0;
    for (unsigned int e = 0; e < n_cells; ++e)
      for (unsigned int q = 0; q < points.size(); ++q)
      {
        double value = 0;
        for (unsigned int i = 0; i < n; ++i)
          value += values[q * n + i] * u[node_of(e, i) * n_components];
        result += weights[q] * f(value, (e + points[q]) * h);
      }
    return result;
  }

  void PeriodicLine::shapes_at(const double x, std::vector<int> &nodes,
                               std::vector<double> &result) const
  {
    const unsigned int cell = std::min<unsigned int>(x / h, n_cells - 1);
    const double place = x / h - cell;
    nodes.clear();
    result.clear();
    const auto basis = shapes(degree);
    for (unsigned int i = 0; i <= degree; ++i)
    {
      nodes.push_back(node_of(cell, i));
      result.push_back(basis[i].value(place));
    }
  }
} // namespace nodal
