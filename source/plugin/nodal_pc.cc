// SPDX-License-Identifier: LGPL-2.1-or-later
// Type `nodal` of PETSc's PC, and what PETSc calls when it loads the library.
#include "plugin.h"

#include <nodal/core/communicator.h>
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/solver/precondition.h>

#include <petsc/private/pcimpl.h>
#include <petscdm.h>

#include <cmath>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace
{
  using nodal::Preconditioner;
  using nodal::plugin::guarded;

  struct Data
  {
    std::string type = "two level", settings, model;
    unsigned int dim = 0;            ///< of the coordinates; 0: there are none
    bool is_from_dm = false;         ///< not from the program
    std::vector<double> coordinates; ///< of nodes of this rank
    bool is_spd = true, has_promise = false; ///< option -pc_nodal_spd
    std::unique_ptr<nodal::Choice<Preconditioner>> preconditioner;
  };

  Data &data_of(PC pc)
  {
    return *static_cast<Data *>(pc->data);
  }

  void make(Data &data)
  {
    std::string settings = data.settings;
    if (!data.model.empty())
      settings += (data.type == "multilevel fsai" ? "; Weights" : "; Columns") +
                  (" = learned; learned/Model = " + data.model);
    data.preconditioner = nodal::make_preconditioner(
        data.type, settings,
        "options -pc_nodal_type, -pc_nodal_set, -pc_nodal_model");
  }

  /// True if xᵀ A y = yᵀ A x for two vectors of noise.
  bool seems_symmetric(Mat A)
  {
    nodal::VecHandle x, y, product;
    NODAL_PETSC(MatCreateVecs(A, x.put(), y.put()));
    product = nodal::duplicate(y);
    PetscInt begin = 0, end = 0;
    NODAL_PETSC(VecGetOwnershipRange(x, &begin, &end));
    double *x_values = nullptr, *y_values = nullptr;
    NODAL_PETSC(VecGetArrayWrite(x, &x_values));
    NODAL_PETSC(VecGetArrayWrite(y, &y_values));
    for (PetscInt i = begin; i < end; ++i)
    {
      x_values[i - begin] = std::sin(12.9898 * i + 1);
      y_values[i - begin] = std::cos(78.233 * i + 2);
    }
    NODAL_PETSC(VecRestoreArrayWrite(x, &x_values));
    NODAL_PETSC(VecRestoreArrayWrite(y, &y_values));
    double xAy = 0, yAx = 0, size = 0, x_norm = 0;
    NODAL_PETSC(MatMult(A, x, product));
    NODAL_PETSC(VecDot(y, product, &yAx));
    NODAL_PETSC(VecNorm(product, NORM_2, &size));
    NODAL_PETSC(VecNorm(x, NORM_2, &x_norm));
    NODAL_PETSC(MatMult(A, y, product));
    NODAL_PETSC(VecDot(x, product, &xAy));
    return std::abs(xAy - yAx) <= 1e-10 * size * x_norm;
  }

  bool is_spd(const Data &data, Mat A)
  {
    if (data.has_promise)
      return data.is_spd;
    PetscBool is_known = PETSC_FALSE, value = PETSC_FALSE;
    NODAL_PETSC(MatIsSPDKnown(A, &is_known, &value));
    return is_known ? value == PETSC_TRUE : seems_symmetric(A);
  }

  /// Take the coordinates of the unknowns from the DM of @p pc, unless the
  /// program has given them.
  void find_coordinates(PC pc)
  {
    Data &data = data_of(pc);
    if (data.dim > 0 && !data.is_from_dm)
      return;
    data.dim = 0;
    if (!pc->dm)
      return;
    Vec points = nullptr;
    PetscInt dim = 0;
    NODAL_PETSC(DMGetCoordinateDim(pc->dm, &dim));
    NODAL_PETSC(DMGetCoordinates(pc->dm, &points));
    if (!points || dim < 2 || dim > 3)
      return;
    data.coordinates = nodal::owned_entries(points);
    data.dim = dim;
    data.is_from_dm = true;
  }

  /// Give @p A the coordinates, if they are those of its nodes.
  void attach_coordinates(const Data &data, Mat A)
  {
    PetscInt n = 0, block_size = 1;
    NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
    NODAL_PETSC(MatGetBlockSize(A, &block_size));
    int fits = data.dim > 0 && data.coordinates.size() * block_size ==
                                   std::size_t(n) * data.dim;
    MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPI_INT, MPI_MIN,
                  PetscObjectComm(reinterpret_cast<PetscObject>(A)));
    if (fits)
      nodal::attach_coordinates(A,
                                [dim = data.dim, values = data.coordinates] {
                                  return nodal::Coordinates{dim, values};
                                });
  }

  /// What PCSetCoordinates() calls.
  PetscErrorCode set_coordinates(PC pc, PetscInt dim, PetscInt n_nodes,
                                 PetscReal *values)
  {
    return guarded(reinterpret_cast<PetscObject>(pc),
                   [&]
                   {
                     Data &data = data_of(pc);
                     data.is_from_dm = false;
                     data.dim = dim < 2 || dim > 3 ? 0 : dim;
                     data.coordinates.assign(values, values + n_nodes * dim);
                   });
  }

  PetscErrorCode set_up(PC pc)
  {
    return guarded(reinterpret_cast<PetscObject>(pc),
                   [pc]
                   {
                     Data &data = data_of(pc);
                     if (!nodal::is_aij(pc->pmat))
                     {
                       MatType type = nullptr;
                       NODAL_PETSC(MatGetType(pc->pmat, &type));
                       throw nodal::BadInput(
                           "it needs a matrix of type aij, and this "
                           "one is " +
                           std::string(type) + ": try -mat_type aij.");
                     }
                     if (!data.preconditioner)
                       make(data);
                     const Mat A = nodal::plugin::working_matrix(pc->pmat);
                     find_coordinates(pc);
                     attach_coordinates(data, A);
                     try
                     {
                       (*data.preconditioner)->update(A, is_spd(data, A));
                       pc->failedreason = PC_NOERROR;
                     }
                     catch (const nodal::NumericalFailure &failure)
                     {
                       if (pc->erroriffailure)
                         throw;
                       NODAL_PETSC(PetscInfo(pc, "%s\n", failure.what()));
                       pc->failedreason = PC_FACTOR_OTHER;
                     }
                   });
  }

  PetscErrorCode apply(PC pc, Vec x, Vec y)
  {
    return guarded(reinterpret_cast<PetscObject>(pc),
                   [=]
                   {
                     // PETSc comes here after a set-up that failed, too, and
                     // sees by the result that it did.
                     if (pc->failedreason)
                       NODAL_PETSC(VecSetInf(y));
                     else
                       (*data_of(pc).preconditioner)->apply(x, y);
                   });
  }

  PetscErrorCode set_from_options(PC pc, PetscOptionItems *PetscOptionsObject)
  {
    Data &data = data_of(pc);
    char type[PETSC_MAX_PATH_LEN] = "", settings[PETSC_MAX_PATH_LEN] = "",
         model[PETSC_MAX_PATH_LEN] = "";
    PetscBool has_type = PETSC_FALSE, has_settings = PETSC_FALSE,
              has_model = PETSC_FALSE, has_promise = PETSC_FALSE,
              promise = PETSC_TRUE;
    PetscFunctionBegin;
    PetscOptionsHeadBegin(PetscOptionsObject, "nodal's preconditioners");
    PetscCall(PetscOptionsString(
        "-pc_nodal_type", "nodal's name: see nodal --list preconditioner",
        nullptr, data.type.c_str(), type, sizeof(type), &has_type));
    PetscCall(PetscOptionsString(
        "-pc_nodal_set", "its parameters, as in \"Aggregate size = 60\"",
        nullptr, data.settings.c_str(), settings, sizeof(settings),
        &has_settings));
    PetscCall(PetscOptionsString(
        "-pc_nodal_model",
        "folder of a coarse basis from 'nodal train', for type 'two level', or "
        "of weights for 'multilevel fsai'",
        nullptr, data.model.c_str(), model, sizeof(model), &has_model));
    PetscCall(PetscOptionsBool("-pc_nodal_spd",
                               "the matrix is symmetric positive definite",
                               nullptr, PETSC_TRUE, &promise, &has_promise));
    PetscOptionsHeadEnd();
    if (has_promise)
    {
      data.has_promise = true;
      data.is_spd = promise;
    }
    const auto change =
        [&](const PetscBool is_there, const char *const from, std::string &to)
    {
      if (!is_there || to == from)
        return;
      to = from;
      data.preconditioner.reset();
    };
    change(has_type, type, data.type);
    change(has_settings, settings, data.settings);
    change(has_model, model, data.model);
    if (!data.preconditioner)
    {
      // What was set up is gone, though the matrix be the same.
      pc->setupcalled = 0;
      PetscCall(
          guarded(reinterpret_cast<PetscObject>(pc), [&] { make(data); }));
    }
    PetscFunctionReturn(0);
  }

  PetscErrorCode view(PC pc, PetscViewer viewer)
  {
    const Data &data = data_of(pc);
    PetscBool is_ascii = PETSC_FALSE;
    PetscFunctionBegin;
    PetscCall(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(viewer),
                                     PETSCVIEWERASCII, &is_ascii));
    if (is_ascii)
      PetscCall(PetscViewerASCIIPrintf(viewer, "  %s%s%s\n", data.type.c_str(),
                                       data.settings.empty() ? "" : ", ",
                                       data.settings.c_str()));
    PetscFunctionReturn(0);
  }

  PetscErrorCode reset(PC pc)
  {
    data_of(pc).preconditioner.reset();
    return 0;
  }

  PetscErrorCode destroy(PC pc)
  {
    delete static_cast<Data *>(pc->data);
    pc->data = nullptr;
    return PetscObjectComposeFunction(reinterpret_cast<PetscObject>(pc),
                                      "PCSetCoordinates_C", nullptr);
  }

  PetscErrorCode create(PC pc)
  {
    pc->data = new Data;
    pc->ops->setup = set_up;
    pc->ops->apply = apply;
    pc->ops->setfromoptions = set_from_options;
    pc->ops->view = view;
    pc->ops->reset = reset;
    pc->ops->destroy = destroy;
    return PetscObjectComposeFunction(reinterpret_cast<PetscObject>(pc),
                                      "PCSetCoordinates_C", set_coordinates);
  }
} // namespace

const nodal::Preconditioner *
nodal::plugin::preconditioner_of(PC pc)
{
  PetscBool is_ours = PETSC_FALSE;
  NODAL_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(pc), "nodal",
                                     &is_ours));
  return is_ours && data_of(pc).preconditioner ? &**data_of(pc).preconditioner
                                               : nullptr;
}

/// PETSc calls this when it loads the library.
extern "C" PETSC_VISIBILITY_PUBLIC PetscErrorCode
PetscDLLibraryRegister_nodal_pc(void)
{
  PetscFunctionBegin;
  PetscCall(PCRegister("nodal", create));
  PetscCall(KSPRegister("nodal", nodal::plugin::create_ksp));
  PetscFunctionReturn(0);
}
