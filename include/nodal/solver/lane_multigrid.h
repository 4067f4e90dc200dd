// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_lane_multigrid_h
#define nodal_solver_lane_multigrid_h

#include <nodal/solver/krylov_solver.h>
#include <nodal/solver/lane_family.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * Solves up to lanes() systems of a family at once, one in each SIMD lane,
   * by conjugate gradients with a V-cycle of multigrid in which every level
   * has the sample's own coefficients, and, where they jump, the interpolation
   * too (Dendy, J. Comput. Phys. 1982).
   *
   * The cycle and the iteration are in single precision, the solution and
   * true residuals b − A x, which now and then replace that of the iteration,
   * in double precision; the last of them certifies the lane. Lanes stop one
   * by one; what they share is the choice of interpolation. The smoother is
   * Jacobi's with Chebyshev's step sizes (Adams, Brezina, Hu, Tuminaro, J.
   * Comput. Phys. 2003), with a diagonal that bounds its spectrum, cell by
   * cell, for all positive coefficients. Where the coarsest mesh is fine,
   * aggregated levels follow; the last level has a sparse factorisation per
   * lane.
   */
  class LaneMultigrid
  {
  public:
    struct Settings
    {
      double range = 5;       ///< of eigenvalues that the smoother reduces
      unsigned int lanes = 0; ///< 1, 8 or 16; 0: what suits machine and mesh
      unsigned int most_coarsest = 1500; ///< unknowns that are factored
      bool has_grid = true;              ///< where there is no coarser mesh
      /// "geometric", or by the "coefficient" where coarse cells are patches
      /// of four triangles or quadrilaterals each; "automatic": where it jumps.
      std::string interpolation = "automatic";
      double overcorrection = 1.6; ///< of aggregated levels
      /// Coarse levels are divided among ranks down to so many unknowns.
      unsigned int least_divided = 4000;
      unsigned int max_iterations = 150;
      /// What sweeps in single precision take: "cells", whose matrices are
      /// scaled on the way, assembled "rows", or, "automatic", what is faster.
      std::string matrices = "automatic";
      std::string processor; ///< "generic", "avx2", "avx512"; empty: the best
    };

    /// Tabulate @p family. Throws BadInput with the reason if the lane kernels
    /// cannot take it.
    LaneMultigrid(const LaneFamily &family, const Settings &settings);

    /**
     * The same for a family whose levels are distributed over the ranks of a
     * communicator; this and solve() are then collective, and arrays hold the
     * nodes and cells that the rank owns. Exceptions are thrown on all ranks.
     *
     * Sweeps work on the cells of a rank's own nodes and exchange values of
     * the nodes around them; below the first coarse level with few nodes, or
     * where there is no coarser mesh, all ranks do the same.
     */
    LaneMultigrid(DistributedLaneFamily family, const Settings &settings);
    ~LaneMultigrid();

    unsigned int lanes() const;

    /// What runs: "avx512, 8 lanes, 4 levels", for the log.
    std::string description() const;

    /// Bytes held for the lanes in flight, tables not counted, those of both
    /// interpolations where it is automatic.
    std::size_t bytes() const;

    /**
     * Solve for @p coefficients.size() ≤ lanes() samples.
     *
     * @p coefficients[s] holds one positive value per cell of the finest
     * level. @p f is the right-hand side before elimination, one value per
     * node, added up over ranks: one array for all samples or one for each.
     * @p x holds, per
     * sample, the prescribed values of constrained nodes and, elsewhere, the
     * starting guess; on return the solution. The residual is relative to
     * that of the start from zero. A sample that fails, or has a coefficient
     * that is not a positive number, says so in its result; its x is then not
     * a solution.
     */
    std::vector<SolveResult>
    solve(const std::vector<const double *> &coefficients,
          const std::vector<const double *> &f, const std::vector<double *> &x,
          const SolveControl &control);

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation;
  };
} // namespace nodal

#endif
