// SPDX-License-Identifier: LGPL-2.1-or-later
#include "restricted_mass.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/vector_values.h>
#include <nodal/solver/mass_solver.h>

#include <algorithm>

namespace nodal
{
  namespace
  {
    /// That solutions are good for some digits more than single precision.
    constexpr double tolerance = 1e-12;
  } // namespace

  std::vector<int> free_rows(const EvolutionSystem &system,
                             const std::function<bool(unsigned int)> &is_wanted)
  {
    const VecHandle diagonal = duplicate(system.like()),
                    marks = duplicate(system.like());
    if (system.mass())
      NODAL_PETSC(MatGetDiagonal(system.mass(), diagonal));
    else
      NODAL_PETSC(VecSet(diagonal, 1));
    // What is prescribed does not keep two different values.
    std::vector<bool> is_free(system.positions().size(), true);
    for (const double value : {1.2345e3, -2.3456e3})
    {
      NODAL_PETSC(VecSet(marks, value));
      system.constrain(marks);
      const ReadValues values(marks);
      for (std::size_t i = 0; i < is_free.size(); ++i)
        is_free[i] = is_free[i] && values[i] == value;
    }
    const ReadValues masses(diagonal);
    std::vector<int> result;
    for (std::size_t i = 0; i < is_free.size(); ++i)
      if (is_free[i] && masses[i] != 0 && is_wanted(system.components()[i]))
        result.push_back(i);
    return result;
  }

  RestrictedMass::RestrictedMass(Mat mass, Vec like,
                                 const std::vector<int> &rows)
      : rows(rows)
  {
    if (!mass)
      return;
    PetscInt begin = 0;
    NODAL_PETSC(VecGetOwnershipRange(like, &begin, nullptr));
    std::vector<PetscInt> numbers;
    for (const int row : rows)
      numbers.push_back(begin + row);
    IS set = nullptr;
    NODAL_PETSC(ISCreateGeneral(
        PetscObjectComm(reinterpret_cast<PetscObject>(mass)), numbers.size(),
        numbers.data(), PETSC_COPY_VALUES, &set));
    NODAL_PETSC(
        MatCreateSubMatrix(mass, set, set, MAT_INITIAL_MATRIX, part.put()));
    NODAL_PETSC(ISDestroy(&set));
    NODAL_PETSC(MatCreateVecs(part, solution.put(), rhs.put()));
    solver = make_mass_solver(part, tolerance);
  }

  void RestrictedMass::solve(Vec x) const
  {
    std::vector<double> values(rows.size());
    const auto read = [&](Vec from, auto index)
    {
      const ReadValues entries(from);
      for (std::size_t k = 0; k < rows.size(); ++k)
        values[k] = entries[index(k)];
    };
    const auto row = [&](const std::size_t k) { return rows[k]; };
    const auto same = [](const std::size_t k) { return k; };
    read(x, row);
    if (part)
    {
      std::copy(values.begin(), values.end(), +WriteValues(rhs));
      NODAL_PETSC(KSPSolve(solver, rhs, solution));
      KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
      NODAL_PETSC(KSPGetConvergedReason(solver, &reason));
      if (reason <= 0)
        throw NumericalFailure("A system with a mass matrix was not solved.");
      read(solution, same);
    }
    NODAL_PETSC(VecSet(x, 0));
    const WriteValues entries(x);
    for (std::size_t k = 0; k < rows.size(); ++k)
      entries[rows[k]] = values[k];
  }
} // namespace nodal
