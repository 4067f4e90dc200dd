// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_vector_block_h
#define nodal_source_solver_vector_block_h

#include <nodal/core/dense.h>
#include <nodal/solver/recycle_space.h>

#include <vector>

namespace nodal
{
  /**
   * Vectors of one layout side by side in memory, so that what a Krylov method
   * does with many of them is one matrix product of the BLAS and one
   * reduction. Memory bandwidth is the limit: every function reads each column
   * once.
   */
  class VectorBlock
  {
  public:
    VectorBlock() = default;
    VectorBlock(const VectorBlock &) = delete;

    /// Room for @p n_columns vectors like @p like. Keeps what is there if it
    /// fits; the content is undefined.
    void reinit(Vec like, unsigned int n_columns);

    Vec operator[](const unsigned int j) const
    {
      return columns[j];
    }

    unsigned int size() const
    {
      return columns.size();
    }

    /// The part of [columns first, …]ᵀ y that is on this rank.
    void local_dot(unsigned int first, unsigned int count, Vec y,
                   double *out) const;

    /// [columns first, …]ᵀ y
    std::vector<double> dot(unsigned int first, unsigned int count,
                            Vec y) const;

    /// y += factor · Σ coefficients_j column_{first+j}
    void add_to(Vec y, unsigned int first,
                const std::vector<double> &coefficients,
                double factor = 1) const;

    /// [columns first, …]ᵀ [columns of other]
    Dense products(unsigned int first, unsigned int count,
                   const VectorBlock &other, unsigned int other_first,
                   unsigned int other_count) const;

    /// column_j *= factor
    void scale(unsigned int j, double factor);

    /// Copy those of @p vectors that are laid out as this block and finite into
    /// the first columns. Returns their numbers.
    std::vector<unsigned int> load(const std::vector<VecHandle> &vectors);

    /// Make @p vectors a copy of the first @p count columns.
    void save(std::vector<VecHandle> &vectors, unsigned int count) const;

    /// The first @p count columns become A times those of @p other. All at
    /// once: the matrix is read once for several columns.
    void multiply(Mat A, const VectorBlock &other, unsigned int count);

    /// Indices of those of the first @p count columns that have a finite,
    /// nonzero norm.
    std::vector<unsigned int> usable(unsigned int count) const;

    /// Move the columns @p chosen (rising) to the front.
    void compress(const std::vector<unsigned int> &chosen);

    /// Sum @p values over the ranks of this block.
    void sum(std::vector<double> &values) const;

    /// Give all ranks the matrix of the first. What LAPACK finds may differ
    /// between ranks by rounding, and an eigenvector by its sign.
    void share(Dense &matrix) const;
    double share(double value) const;

    /// Columns of a block from @p first on, times a small matrix.
    struct Term
    {
      const VectorBlock &block;
      unsigned int first;
      const Dense &coefficients;
    };

    /// The first columns of this block become the sum of @p terms, in which
    /// this block may occur.
    void combine(const std::vector<Term> &terms);

  private:
    double *column_data(unsigned int j)
    {
      return memory.data() + std::size_t(j) * n_local;
    }

    const double *column_data(unsigned int j) const
    {
      return memory.data() + std::size_t(j) * n_local;
    }

    void touch(unsigned int j);

    // The vectors live in this memory: they are destroyed first.
    std::vector<double> memory;
    std::vector<VecHandle> columns;
    MPI_Comm comm = MPI_COMM_NULL;
    PetscInt n_local = 0, n_global = 0;
    unsigned int n_processes = 0;
  };
} // namespace nodal

#endif
