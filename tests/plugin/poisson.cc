// SPDX-License-Identifier: LGPL-2.1-or-later
// A PETSc program that knows nothing of nodal: diffusion on a square, with a
// stream across it for -convection. With -coordinates the preconditioner is
// told where the unknowns are; with -again the system is solved twice, options
// read again. Prints iterations and the true residual.
#include <petscksp.h>

#include <vector>

int
main(int argc, char *argv[])
{
  Mat A;
  Vec x, b, r;
  KSP ksp;
  KSPConvergedReason reason;
  PetscInt m = 50, i, begin, end, n_iterations;
  PetscReal convection = 0, r_norm, b_norm;
  PetscBool has_coordinates = PETSC_FALSE, again = PETSC_FALSE;

  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-m", &m, NULL));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-convection", &convection, NULL));
  PetscCall(
      PetscOptionsGetBool(NULL, NULL, "-coordinates", &has_coordinates, NULL));
  PetscCall(MatCreate(PETSC_COMM_WORLD, &A));
  PetscCall(MatSetSizes(A, PETSC_DECIDE, PETSC_DECIDE, m * m, m * m));
  PetscCall(MatSetFromOptions(A));
  PetscCall(MatSetUp(A));
  PetscCall(MatGetOwnershipRange(A, &begin, &end));
  for (i = begin; i < end; ++i)
  {
    const PetscInt column = i % m, row = i / m;
    PetscCall(MatSetValue(A, i, i, 4 + convection, INSERT_VALUES));
    if (column > 0)
      PetscCall(MatSetValue(A, i, i - 1, -1 - convection, INSERT_VALUES));
    if (column < m - 1)
      PetscCall(MatSetValue(A, i, i + 1, -1, INSERT_VALUES));
    if (row > 0)
      PetscCall(MatSetValue(A, i, i - m, -1, INSERT_VALUES));
    if (row < m - 1)
      PetscCall(MatSetValue(A, i, i + m, -1, INSERT_VALUES));
  }
  PetscCall(MatAssemblyBegin(A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(A, MAT_FINAL_ASSEMBLY));
  PetscCall(MatCreateVecs(A, &x, &b));
  PetscCall(VecDuplicate(b, &r));
  PetscCall(VecSet(b, 1));
  PetscCall(KSPCreate(PETSC_COMM_WORLD, &ksp));
  PetscCall(KSPSetOperators(ksp, A, A));
  PetscCall(KSPSetTolerances(ksp, 1e-8, PETSC_DEFAULT, PETSC_DEFAULT, 2000));
  PetscCall(KSPSetFromOptions(ksp));
  if (has_coordinates)
  {
    PC pc;
    std::vector<PetscReal> points;
    for (i = begin; i < end; ++i)
    {
      points.push_back(i % m);
      points.push_back(i / m);
    }
    PetscCall(KSPGetPC(ksp, &pc));
    PetscCall(PCSetCoordinates(pc, 2, end - begin, points.data()));
  }
  PetscCall(KSPSolve(ksp, b, x));
  PetscCall(PetscOptionsGetBool(NULL, NULL, "-again", &again, NULL));
  if (again)
  {
    PetscCall(KSPSetFromOptions(ksp));
    PetscCall(KSPSolve(ksp, b, x));
  }
  PetscCall(KSPGetConvergedReason(ksp, &reason));
  PetscCall(KSPGetIterationNumber(ksp, &n_iterations));
  PetscCall(MatMult(A, x, r));
  PetscCall(VecAYPX(r, -1, b));
  PetscCall(VecNorm(r, NORM_2, &r_norm));
  PetscCall(VecNorm(b, NORM_2, &b_norm));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%s, %d iterations, residual %.1e\n",
                        KSPConvergedReasons[reason], (int)n_iterations,
                        (double)(r_norm / b_norm)));
  PetscCall(KSPDestroy(&ksp));
  PetscCall(VecDestroy(&r));
  PetscCall(VecDestroy(&b));
  PetscCall(VecDestroy(&x));
  PetscCall(MatDestroy(&A));
  PetscCall(PetscFinalize());
  return 0;
}
