// SPDX-License-Identifier: LGPL-2.1-or-later
#include "restricted_mass.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/gather.h>
#include <nodal/core/text.h>
#include <nodal/couple/state_filter.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace nodal
{
  namespace
  {
    std::string in_small_letters(std::string text)
    {
      for (char &letter : text)
        letter = std::tolower(letter);
      return text;
    }

    /// The number of the component of @p system called @p name, if it has one.
    std::optional<unsigned int> component(const EvolutionSystem &system,
                                          const std::string &name)
    {
      const std::vector<std::string> names = system.component_names();
      for (unsigned int c = 0; c < names.size(); ++c)
        if (in_small_letters(names[c]) == in_small_letters(name))
          return c;
      return {};
    }

    PetscInt first_row(Vec x)
    {
      PetscInt result = 0;
      NODAL_PETSC(VecGetOwnershipRange(x, &result, nullptr));
      return result;
    }

    MatHandle interpolation(const EvolutionSystem &fine,
                            const EvolutionSystem &coarse)
    {
      PetscInt n_fine = 0, n_coarse = 0;
      NODAL_PETSC(VecGetLocalSize(fine.like(), &n_fine));
      NODAL_PETSC(VecGetLocalSize(coarse.like(), &n_coarse));
      const std::vector<std::string> names = coarse.component_names();
      MatHandle P;
      NODAL_PETSC(MatCreate(fine.comm(), P.put()));
      NODAL_PETSC(
          MatSetSizes(P, n_fine, n_coarse, PETSC_DETERMINE, PETSC_DETERMINE));
      NODAL_PETSC(MatSetType(P, MATAIJ));
      NODAL_PETSC(MatSetUp(P));
      NODAL_PETSC(MatSetOption(P, MAT_NEW_NONZERO_ALLOCATION_ERR, PETSC_FALSE));
      const std::vector<RowKind> kinds = row_kinds(fine);
      const PetscInt first_fine = first_row(fine.like()),
                     first_coarse = first_row(coarse.like());
      for (unsigned int c = 0; c < names.size(); ++c)
      {
        const auto other = component(fine, names[c]);
        if (!other)
          continue;
        // Values that follow from others are no unknowns.
        std::vector<dealii::Point<3>> own;
        std::vector<PetscInt> own_rows;
        for (std::size_t i = 0; i < fine.positions().size(); ++i)
          if (fine.components()[i] == *other && kinds[i] != RowKind::dependent)
          {
            own.push_back(fine.positions()[i]);
            own_rows.push_back(first_fine + i);
          }
        const std::vector<dealii::Point<3>> points =
            gather_on_all(own, fine.comm());
        const std::vector<PetscInt> rows = gather_on_all(own_rows, fine.comm());
        Interpolation H;
        try
        {
          H = coarse.at(points, c);
        }
        catch (const BadInput &error)
        {
          throw BadInput(std::string("A node of the fine problem is not in the "
                                     "domain of the coarse one, as where a "
                                     "boundary is curved: ") +
                             error.what(),
                         "Training/Closure/Fine run");
        }
        for (std::size_t k = 0; k < rows.size(); ++k)
          for (std::size_t t = H.offsets[k]; t < H.offsets[k + 1]; ++t)
            NODAL_PETSC(MatSetValue(P, rows[k], first_coarse + H.rows[t],
                                    H.weights[t], ADD_VALUES));
      }
      NODAL_PETSC(MatAssemblyBegin(P, MAT_FINAL_ASSEMBLY));
      NODAL_PETSC(MatAssemblyEnd(P, MAT_FINAL_ASSEMBLY));
      return P;
    }
  } // namespace

  StateFilter::StateFilter(const EvolutionSystem &fine_,
                           const EvolutionSystem &coarse_)
      : fine(fine_), coarse(coarse_), base(duplicate(coarse.like())),
        difference(duplicate(fine.like())), work(duplicate(fine.like()))
  {
    const std::vector<std::string> names = coarse.component_names();
    if (fine.n_coordinates() != coarse.n_coordinates() ||
        std::none_of(names.begin(), names.end(),
                     [&](const std::string &name)
                     { return component(fine, name).has_value(); }))
      throw BadInput("The fine problem has no component in common with the "
                     "coarse one, which has " +
                     join(names, ", ") + ".");
    P = interpolation(fine, coarse);
    MatHandle product;
    if (fine.mass())
      NODAL_PETSC(MatPtAP(fine.mass(), P, MAT_INITIAL_MATRIX, PETSC_DEFAULT,
                          product.put()));
    else
      NODAL_PETSC(MatTransposeMatMult(P, P, MAT_INITIAL_MATRIX, PETSC_DEFAULT,
                                      product.put()));
    mass = std::make_unique<RestrictedMass>(
        product, coarse.like(),
        free_rows(coarse, [&](const unsigned int c)
                  { return component(fine, names[c]).has_value(); }));
    NODAL_PETSC(VecSet(base, 0));
    coarse.constrain(base);
  }

  StateFilter::~StateFilter() = default;

  void StateFilter::apply(Vec fine_state, Vec coarse_state) const
  {
    NODAL_PETSC(MatMult(P, base, difference));
    NODAL_PETSC(VecAYPX(difference, -1, fine_state));
    fine.apply_mass(difference, work);
    NODAL_PETSC(MatMultTranspose(P, work, coarse_state));
    mass->solve(coarse_state);
    NODAL_PETSC(VecAXPY(coarse_state, 1, base));
    coarse.constrain(coarse_state);
  }
} // namespace nodal
