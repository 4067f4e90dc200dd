// SPDX-License-Identifier: LGPL-2.1-or-later
#include "restricted_mass.h"

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/random.h>
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

  std::vector<RowKind> row_kinds(const EvolutionSystem &system)
  {
    const std::size_t n = system.positions().size();
    const VecHandle marks = duplicate(system.like());
    std::vector<RowKind> result(n, RowKind::free);
    std::vector<double> first;
    for (const std::uint32_t sample : {1, 2})
    {
      Random random(rank_of(system.comm()), sample, 0x7b1d0003);
      std::vector<double> drawn(n);
      for (double &value : drawn)
        value = 1000 + random.normal();
      std::copy(drawn.begin(), drawn.end(), +WriteValues(marks));
      system.constrain(marks);
      const std::vector<double> values = owned_entries(marks);
      for (std::size_t i = 0; i < n; ++i)
        if (values[i] != drawn[i])
          result[i] = sample == 2 && values[i] == first[i] ? RowKind::prescribed
                                                           : RowKind::dependent;
      first = values;
    }
    return result;
  }

  std::vector<int> free_rows(const EvolutionSystem &system,
                             const std::function<bool(unsigned int)> &is_wanted)
  {
    const VecHandle diagonal = duplicate(system.like());
    if (system.mass())
      NODAL_PETSC(MatGetDiagonal(system.mass(), diagonal));
    else
      NODAL_PETSC(VecSet(diagonal, 1));
    const std::vector<RowKind> kinds = row_kinds(system);
    const ReadValues masses(diagonal);
    std::vector<int> result;
    for (std::size_t i = 0; i < kinds.size(); ++i)
      if (kinds[i] == RowKind::free && masses[i] != 0 &&
          is_wanted(system.components()[i]))
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
