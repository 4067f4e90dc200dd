// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/dense.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/lanczos.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  RitzPairs::RitzPairs(Mat A, Vec D, Vec start, const unsigned int n)
  {
    // The vectors q are orthonormal in the product with D.
    VecHandle w = duplicate(start), z = duplicate(start);
    NODAL_PETSC(VecCopy(start, w));
    Dense projected(n, n);
    double scale = 0; ///< of projected entries
    for (unsigned int j = 0;; ++j)
    {
      // Twice is enough (Kahan, in Parlett: The symmetric eigenvalue problem).
      for (unsigned int pass = 0; pass < 2; ++pass)
      {
        NODAL_PETSC(VecPointwiseMult(z, D, w));
        std::vector<Vec> all(basis.begin(), basis.end());
        std::vector<double> products(j);
        if (j > 0)
          NODAL_PETSC(VecMDot(z, j, all.data(), products.data()));
        for (double &product : products)
          product = -product;
        if (j > 0)
          NODAL_PETSC(VecMAXPY(w, j, products.data(), all.data()));
      }
      NODAL_PETSC(VecPointwiseMult(z, D, w));
      double square = 0;
      NODAL_PETSC(VecDot(z, w, &square));
      const double size = std::sqrt(square);
      if (!std::isfinite(size) || (j == 0 && size == 0))
        throw NumericalFailure("Lanczos' method began with, or met, what is "
                               "zero or no number.");
      // The first one is of another unit.
      if (j == n || (j > 0 && size <= 1e-10 * scale))
        break;
      NODAL_PETSC(VecScale(w, 1 / size));
      basis.push_back(std::move(w));
      // D⁻¹ A q, and its products with those before.
      w = duplicate(start);
      NODAL_PETSC(MatMult(A, basis.back(), z));
      double diagonal = 0;
      NODAL_PETSC(VecDot(z, basis.back(), &diagonal));
      projected(j, j) = diagonal;
      scale = std::max({scale, std::abs(diagonal), j > 0 ? size : 0.});
      if (j > 0)
        projected(j, j - 1) = projected(j - 1, j) = size;
      NODAL_PETSC(VecPointwiseDivide(w, z, D));
    }
    const unsigned int m = basis.size();
    Dense used(m, m), eigenvectors;
    for (unsigned int i = 0; i < m; ++i)
      for (unsigned int j = 0; j < m; ++j)
        used(i, j) = projected(i, j);
    if (!symmetric_eigenvectors(used, ritz_values, eigenvectors))
      throw NumericalFailure("LAPACK found no eigenvectors.");
    // LAPACK leaves the signs to rounding; the share of the first vector, which
    // is not zero, settles them.
    for (unsigned int i = 0; i < m; ++i)
      if (eigenvectors(0, i) < 0)
        for (unsigned int k = 0; k < m; ++k)
          eigenvectors(k, i) = -eigenvectors(k, i);
    vectors.assign(eigenvectors.data(), eigenvectors.data() + m * m);
  }

  VecHandle RitzPairs::combination(const std::vector<double> &factors) const
  {
    const std::size_t m = basis.size();
    std::vector<double> in_basis(m, 0.);
    for (std::size_t i = 0; i < factors.size(); ++i)
      for (std::size_t k = 0; k < m; ++k)
        in_basis[k] += factors[i] * vectors[i * m + k];
    VecHandle result = duplicate(basis[0]);
    NODAL_PETSC(VecSet(result, 0));
    const std::vector<Vec> all(basis.begin(), basis.end());
    NODAL_PETSC(
        VecMAXPY(result, m, in_basis.data(), const_cast<Vec *>(all.data())));
    return result;
  }
} // namespace nodal
