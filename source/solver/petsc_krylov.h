// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_solver_petsc_krylov_h
#define nodal_source_solver_petsc_krylov_h

#include <nodal/solver/krylov_solver.h>

#include <memory>
#include <string>

namespace nodal
{
  class Patience;
  class Progress;

  /**
   * A Krylov method of PETSc. It solves for the correction, A d = b − A x,
   * once or, if the recurrence promised more than the true residual holds,
   * several times. The KSP object is kept from solve to solve.
   */
  class PetscKrylov : public KrylovSolver
  {
  public:
    PetscKrylov();
    ~PetscKrylov() override;

    SolveResult solve(Mat A, Vec x, Vec b, const Preconditioner &M,
                      const SolveControl &control,
                      RecycleSpace *recycle) override;

    bool needs_spd() const override;

  protected:
    std::string type = "gmres"; ///< PETSc's name of the method
    std::string options;        ///< options of PETSc as text
    unsigned int restart = 30;

  private:
    struct Test;

    void check_traits(const Preconditioner &M) const;

    /// Make the KSP object if there is none.
    void create(Mat A);

    /// Options of the parameter file and those of run time, which win.
    void read_options();

    /// Connect the KSP object with this system.
    void connect(Mat A, const Preconditioner &M);

    /// Let @p progress know if one KSPSolve ended in failure.
    static void judge(KSPConvergedReason reason, Progress &progress);

    PetscHandle<PetscOptions, PetscOptionsDestroy> all_options; ///< of ksp
    KSPHandle ksp;
    PCHandle shell;
    std::unique_ptr<Patience> patience; ///< of the present solve
    bool is_over = false;
  };
} // namespace nodal

#endif
