// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_adders_h
#define nodal_pde_adders_h

#include <nodal/core/petsc.h>

#include <deal.II/base/types.h>
// Its templates are for other matrices than those of deal.II.
#include <deal.II/lac/affine_constraints.templates.h>

#include <vector>

namespace nodal
{
  using dealii::types::global_dof_index;

  /// What AffineConstraints::distribute_local_to_global() asks of a matrix.
  struct MatrixAdder
  {
    using value_type = double;
    using size_type = global_dof_index;

    explicit MatrixAdder(Mat matrix) : matrix(matrix)
    {
    }

    // AffineConstraints asks whether this is a SparseMatrix.
    virtual ~MatrixAdder() = default;

    void add(const size_type row, const size_type n_columns,
             const size_type *columns, const double *values, const bool = true,
             const bool = false)
    {
      index.assign(columns, columns + n_columns);
      const PetscInt r = row;
      NODAL_PETSC(MatSetValues(matrix, 1, &r, n_columns, index.data(), values,
                               ADD_VALUES));
    }

    void add(const size_type row, const size_type column, const double value)
    {
      NODAL_PETSC(MatSetValue(matrix, row, column, value, ADD_VALUES));
    }

    size_type m() const
    {
      PetscInt m;
      NODAL_PETSC(MatGetSize(matrix, &m, nullptr));
      return m;
    }

    size_type n() const
    {
      return m();
    }

  private:
    Mat matrix;
    std::vector<PetscInt> index;
  };

  /// The same of a vector.
  struct VectorAdder
  {
    using value_type = double;
    using size_type = global_dof_index;

    /// A reference to one entry that can only be added to.
    struct Entry
    {
      Vec vector;
      PetscInt index;

      void operator+=(const double value)
      {
        NODAL_PETSC(VecSetValue(vector, index, value, ADD_VALUES));
      }
    };

    Vec vector;

    Entry operator()(const size_type i)
    {
      return {vector, PetscInt(i)};
    }

    void add(const std::vector<size_type> &indices,
             const std::vector<double> &values)
    {
      for (unsigned int i = 0; i < indices.size(); ++i)
        (*this)(indices[i]) += values[i];
    }

    size_type size() const
    {
      PetscInt size;
      NODAL_PETSC(VecGetSize(vector, &size));
      return size;
    }
  };
} // namespace nodal

#endif
