// SPDX-License-Identifier: LGPL-2.1-or-later
#include "krylov_tools.h"

#include <nodal/core/exceptions.h>

namespace nodal
{
  namespace
  {
    /// A factorisation with iterative refinement.
    class Direct : public KrylovSolver
    {
    public:
      SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                        const SolveControl &control, RecycleSpace *) override
      {
        if (!M.is_exact())
          throw BadInput("Method 'direct' needs a preconditioner that solves "
                         "exactly: choose 'lu' or 'cholesky'.");
        const VecHandle r = duplicate(b), d = duplicate(x);
        Progress progress(A, x, b, r, control);
        while (progress.go_on())
        {
          M.apply(r, d);
          NODAL_PETSC(VecAXPY(x, 1., d));
          ++progress.result.iterations;
        }
        return progress.result;
      }
    };
  } // namespace

  NODAL_REGISTER(KrylovSolver, Direct, "direct",
                 "a factorisation with iterative refinement")
} // namespace nodal
