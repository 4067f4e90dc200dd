// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_best_factor_h
#define nodal_source_couple_best_factor_h

#include <nodal/core/petsc.h>

namespace nodal
{
  /// The multiple of @p e that is nearest to A⁻¹ @p r: in the energy norm if A
  /// is symmetric positive definite, else by its residual. @p image gets A e.
  /// Zero where A e is orthogonal to all that counts, and no number where there
  /// is one in @p e or @p r. Collective.
  inline double best_factor(Mat A, Vec e, Vec r, const bool is_spd, Vec image)
  {
    NODAL_PETSC(MatMult(A, e, image));
    const Vec other = is_spd ? e : image;
    double with_r = 0, with_image = 0;
    NODAL_PETSC(VecDot(other, r, &with_r));
    NODAL_PETSC(VecDot(other, image, &with_image));
    // What is no number must not vanish in a comparison.
    return with_image == 0 ? 0 : with_r / with_image;
  }
} // namespace nodal

#endif
