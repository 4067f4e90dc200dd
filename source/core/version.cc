// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/version.h>

#include <deal.II/base/config.h>

#include <Trilinos_version.h>
#include <hdf5.h>
#include <mpi.h>
#include <petscversion.h>

#include <dlfcn.h>

namespace nodal
{
  // Set by the build system in revision.cc.
  extern const char *const git_revision;
  extern const char *const build_type;
  extern const char *const package_version;
  extern const char *const torch_version;

  std::map<std::string, std::string> versions()
  {
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(mpi, &length);
    const std::string mpi_text(mpi, length);
    unsigned int major, minor, release;
    H5get_libversion(&major, &minor, &release);
    return {{"nodal", package_version},
            {"git", git_revision},
            {"build type", build_type},
            {"deal.II", DEAL_II_PACKAGE_VERSION},
            {"PETSc", std::to_string(PETSC_VERSION_MAJOR) + "." +
                          std::to_string(PETSC_VERSION_MINOR) + "." +
                          std::to_string(PETSC_VERSION_SUBMINOR)},
            {"Trilinos", TRILINOS_VERSION_STRING},
            {"HDF5", std::to_string(major) + "." + std::to_string(minor) + "." +
                         std::to_string(release)},
            {"MPI", mpi_text.substr(0, mpi_text.find_first_of(",\n"))},
            {"LibTorch", torch_version}};
  }

  std::string blas_warning()
  {
    // Every fast BLAS that Debian offers has a symbol of its own.
    for (const char *symbol :
         {"openblas_get_config", "bli_info_get_version_str", "mkl_get_version",
          "ATL_buildinfo"})
      if (dlsym(RTLD_DEFAULT, symbol))
        return "";
    return "The BLAS in use seems to be the reference one, which is many times "
           "slower than OpenBLAS; install libopenblas0-openmp.";
  }
} // namespace nodal
