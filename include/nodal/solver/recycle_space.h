// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_recycle_space_h
#define nodal_solver_recycle_space_h

#include <nodal/core/petsc.h>

#include <string>
#include <vector>

namespace nodal
{
  /**
   * A subspace that one solve of a sequence hands to the next: the columns of
   * U approximate the invariant subspace of the preconditioned operator for
   * its eigenvalues of smallest modulus. U lives in the space of solutions, so
   * it stays meaningful when matrix and preconditioner change.
   *
   * The space is a hint: any content, also garbage, may cost iterations but
   * never gives a wrong answer. The caller owns it, passes it to
   * KrylovSolver::solve(), saves and loads it.
   */
  class RecycleSpace
  {
  public:
    std::vector<VecHandle> U;

    /// Small matrix that some methods carry along with U (row-major, k×k):
    /// the Gram matrix of M⁻¹AU in the M inner product of recycling CG.
    std::vector<double> gram;

    /// Orthonormalised directions in which earlier solutions lie, and how much
    /// of them lies there: see SolutionSpace.
    std::vector<VecHandle> solutions;
    std::vector<double> weights;

    unsigned int size() const
    {
      return U.size();
    }

    void clear();

    /// Write the space to @p file (PETSc binary) together with @p layout, a
    /// word that identifies the numbering of the unknowns. Collective.
    void save(const std::string &file, const std::string &layout,
              MPI_Comm comm) const;

    /**
     * Read a space written by save(), for vectors laid out like @p like.
     * Returns false and leaves the space empty if there is no such file or it
     * was written for another layout or number of ranks. Collective.
     */
    bool load(const std::string &file, const std::string &layout, Vec like);
  };
} // namespace nodal

#endif
