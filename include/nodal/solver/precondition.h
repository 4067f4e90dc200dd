// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_precondition_h
#define nodal_solver_precondition_h

#include <nodal/core/choice.h>
#include <nodal/core/petsc.h>
#include <nodal/solver/operator.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nodal
{
  /// The preconditioner @p type with the parameters @p settings, "Aggregate
  /// size = 60; learned/Model = folder", whose options are not those of PETSc's
  /// command line. Throws BadInput, in which @p source is where both came from.
  std::unique_ptr<Choice<Preconditioner>>
  make_preconditioner(const std::string &type, const std::string &settings,
                      const std::string &source);

  /**
   * A registered preconditioner for the solvers of deal.II, in the place of
   * dealii::PreconditionSSOR or dealii::TrilinosWrappers::PreconditionAMG:
   *
   *     nodal::Precondition preconditioner;
   *     preconditioner.initialize(matrix);
   *     solver.solve(matrix, solution, rhs, preconditioner);
   *
   * Matrices are dealii::SparseMatrix, those of dealii::TrilinosWrappers and
   * dealii::PETScWrappers, and others of one rank with rows to iterate over;
   * ranks own rows one after the other. Vectors are any whose own entries are
   * doubles one after the other, and those of PETSc. docs/dealii.md is a
   * tutorial.
   */
  class Precondition
  {
  public:
    struct AdditionalData
    {
      std::string type = "two level"; ///< of `nodal --list preconditioner`
      /// "Aggregate size = 60; Columns = learned; learned/Model = folder"
      std::string parameters;
      /// What is known of the matrix: symmetric and positive definite.
      bool is_spd = true;
      /// Unknowns of a node, if those of a node are neighbours; a matrix of
      /// PETSc has its own.
      unsigned int block_size = 1;
      /// Vectors that the matrix nearly maps to zero, as rigid body motions
      /// for elasticity: own entries. Constants, if there are none. A matrix of
      /// PETSc gets them by MatSetNearNullSpace().
      std::vector<std::vector<double>> near_null_space;
      /// Where the nodes of this rank are, two or three numbers for each: for
      /// preconditioners that need to know, as 'two level' with 'Columns =
      /// quadratic'.
      std::vector<double> coordinates;
    };

    /// Make the preconditioner for @p matrix; again, when its entries change.
    /// Matrices of PETSc are used as they are and must be of type aij; others
    /// are copied. Collective. Throws BadInput for a wrong name or parameter,
    /// or a matrix that the preconditioner is not for, and NumericalFailure if
    /// there is none for this matrix.
    template <class Matrix>
    void initialize(const Matrix &matrix, const AdditionalData &data)
    {
      is_ready = false; // nor is it if this throws
      if constexpr (std::is_convertible_v<const Matrix &, Mat>)
        update(static_cast<Mat>(matrix), data);
      else
        update(copy(matrix, data.block_size), data);
    }

    template <class Matrix>
    void initialize(const Matrix &matrix)
    {
      initialize(matrix, AdditionalData());
    }

    /// @p dst ≈ A⁻¹ @p src. Collective.
    template <class Vector>
    void vmult(Vector &dst, const Vector &src) const
    {
      if constexpr (std::is_convertible_v<const Vector &, Vec>)
        apply(static_cast<Vec>(src), static_cast<Vec>(dst));
      else
      {
        if constexpr (IsVectorOfTrilinos<Vector>::value)
          refuse_ghosts(src.has_ghost_elements() || dst.has_ghost_elements());
        static_assert(
            std::is_same_v<std::decay_t<decltype(*src.begin())>, double>,
            "The vector's own entries must be doubles one after the other.");
        apply(src.locally_owned_size(), &*src.begin(), &*dst.begin());
      }
    }

    /// Forget the matrix.
    void clear();

  private:
    /// Own rows.
    struct Rows
    {
      MPI_Comm comm = MPI_COMM_SELF;
      std::vector<PetscInt> offsets = {0}, columns;
      std::vector<double> values;
    };

    template <class Matrix, class = void>
    struct IsOfTrilinos : std::false_type
    {
    };

    template <class Matrix>
    struct IsOfTrilinos<
        Matrix, std::void_t<decltype(std::declval<Matrix>().trilinos_matrix())>>
        : std::true_type
    {
    };

    template <class Vector, class = void>
    struct IsVectorOfTrilinos : std::false_type
    {
    };

    template <class Vector>
    struct IsVectorOfTrilinos<
        Vector, std::void_t<decltype(std::declval<Vector>().trilinos_vector())>>
        : std::true_type
    {
    };

    /// Throws BadInput if a vector has them, among its own entries.
    static void refuse_ghosts(bool has_ghosts);

    template <class Matrix>
    static MatHandle copy(const Matrix &matrix, const unsigned int block_size)
    {
      Rows rows;
      std::size_t first_row = 0;
      if constexpr (IsOfTrilinos<Matrix>::value)
      {
        // Its iterators take time in proportion to the rows for each of them.
        const auto &own = matrix.trilinos_matrix();
        rows.comm = matrix.get_mpi_communicator();
        first_row = matrix.local_range().first;
        for (int row = 0; row < own.NumMyRows(); ++row)
        {
          int n = 0, *columns = nullptr;
          double *values = nullptr;
          own.ExtractMyRowView(row, n, values, columns);
          for (int k = 0; k < n; ++k)
            rows.columns.push_back(own.GCID(columns[k]));
          rows.values.insert(rows.values.end(), values, values + n);
          rows.offsets.push_back(rows.columns.size());
        }
      }
      else
        for (std::size_t row = 0; row < matrix.m(); ++row)
        {
          const auto end = matrix.end(row);
          for (auto entry = matrix.begin(row); entry != end; ++entry)
          {
            rows.columns.push_back(entry->column());
            rows.values.push_back(entry->value());
          }
          rows.offsets.push_back(rows.columns.size());
        }
      return to_petsc(rows, first_row, block_size);
    }

    static MatHandle to_petsc(Rows &rows, std::size_t first_row,
                              unsigned int block_size);

    void update(Mat A, const AdditionalData &data);

    void apply(Vec src, Vec dst) const;
    void apply(std::size_t n, const double *src, double *dst) const;

    bool is_ready = false;
    std::string type, parameters; ///< of the preconditioner
    std::unique_ptr<Choice<Preconditioner>> preconditioner;
    VecHandle source, goal; ///< without entries of their own
  };
} // namespace nodal

#endif
