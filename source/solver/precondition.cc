// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/solver/precondition.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  namespace
  {
    /// "Aggregate size = 60; Smoother = ic0" as lines of a parameter file.
    std::string as_entries(const std::string &settings)
    {
      std::string result, entry;
      for (const char c : settings + ";")
      {
        if (c != ';')
        {
          entry += c;
          continue;
        }
        if (entry.find_first_not_of(' ') != std::string::npos)
          result += "set " + entry + "\n";
        entry.clear();
      }
      return result;
    }

    /// Throws BadInput on all ranks if @p is_wrong on one.
    void agree(bool is_wrong, MPI_Comm comm, const std::string &message)
    {
      int is_wrong_anywhere = is_wrong;
      MPI_Allreduce(MPI_IN_PLACE, &is_wrong_anywhere, 1, MPI_INT, MPI_MAX,
                    comm);
      if (is_wrong_anywhere)
        throw BadInput(message);
    }

    /// Let @p A have the vectors with the own entries @p entries as near null
    /// space.
    void set_near_null_space(Mat A,
                             const std::vector<std::vector<double>> &entries)
    {
      MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
      int n_vectors = entries.size();
      MPI_Allreduce(MPI_IN_PLACE, &n_vectors, 1, MPI_INT, MPI_MAX, comm);
      if (n_vectors == 0)
        return;
      PetscInt n = 0;
      NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
      bool is_wrong = int(entries.size()) != n_vectors;
      for (const std::vector<double> &vector : entries)
        is_wrong =
            is_wrong || PetscInt(vector.size()) != n ||
            !std::all_of(vector.begin(), vector.end(),
                         [](const double x) { return std::isfinite(x); });
      agree(is_wrong, comm,
            "The vectors of the near null space must be as many on each rank, "
            "and have one finite entry for each row of the matrix there.");
      std::vector<VecHandle> vectors;
      std::vector<Vec> plain;
      for (const std::vector<double> &own : entries)
      {
        VecHandle x;
        double *values = nullptr, before = 0, after = 0;
        NODAL_PETSC(MatCreateVecs(A, x.put(), nullptr));
        NODAL_PETSC(VecGetArrayWrite(x, &values));
        std::copy(own.begin(), own.end(), values);
        NODAL_PETSC(VecRestoreArrayWrite(x, &values));
        NODAL_PETSC(VecNorm(x, NORM_2, &before));
        // PETSc wants them orthonormal.
        for (unsigned int pass = 0; pass < 2; ++pass)
          for (const Vec other : plain)
          {
            double share = 0;
            NODAL_PETSC(VecDot(x, other, &share));
            NODAL_PETSC(VecAXPY(x, -share, other));
          }
        NODAL_PETSC(VecNorm(x, NORM_2, &after));
        if (!(after > 1e-10 * before))
          continue;
        NODAL_PETSC(VecScale(x, 1 / after));
        plain.push_back(x);
        vectors.push_back(std::move(x));
      }
      MatNullSpace space = nullptr;
      NODAL_PETSC(MatNullSpaceCreate(comm, PETSC_FALSE, plain.size(),
                                     plain.data(), &space));
      NODAL_PETSC(MatSetNearNullSpace(A, space));
      NODAL_PETSC(MatNullSpaceDestroy(&space));
    }

    /// Lends the entries of an array to a vector while it lives.
    class PlacedArray
    {
    public:
      PlacedArray(Vec x, const double *entries) : x(x)
      {
        NODAL_PETSC(VecPlaceArray(x, entries));
      }
      PlacedArray(const PlacedArray &) = delete;

      ~PlacedArray()
      {
        VecResetArray(x);
      }

    private:
      const Vec x;
    };
  } // namespace

  std::unique_ptr<Choice<Preconditioner>>
  make_preconditioner(const std::string &type, const std::string &settings,
                      const std::string &source)
  {
    auto result = std::make_unique<Choice<Preconditioner>>("two level");
    Parameters prm;
    result->add_parameters(prm, "Type", "", {}, "Parameters");
    prm.apply(ParameterFile::parse(
        "set Type = " + type + "\nsubsection Parameters\nsubsection " + type +
            "\n" + as_entries(settings) + "end\nend\n",
        source));
    (*result)->ignore_run_time_options();
    return result;
  }

  MatHandle Precondition::to_petsc(Rows &rows, const std::size_t first_row,
                                   const unsigned int block_size)
  {
    PetscBool is_initialized = PETSC_FALSE;
    PetscInitialized(&is_initialized);
    if (!is_initialized)
      throw BadInput("PETSc is not initialized: begin the program with an "
                     "object of dealii::Utilities::MPI::MPI_InitFinalize.");
    const std::size_t n_rows = rows.offsets.size() - 1;
    agree(rows.columns.size() > std::size_t(PETSC_MAX_INT), rows.comm,
          "A rank has more entries of the matrix than integers of PETSc count: "
          "use more ranks.");
    agree(block_size == 0 || n_rows % block_size != 0, rows.comm,
          "The rows of a rank are no multiple of the block size " +
              std::to_string(block_size) + ".");
    // Each row by columns.
    const PetscInt n = n_rows;
    std::vector<std::pair<PetscInt, double>> entries;
    for (PetscInt row = 0; row < n; ++row)
    {
      const PetscInt begin = rows.offsets[row], end = rows.offsets[row + 1];
      entries.clear();
      for (PetscInt t = begin; t < end; ++t)
        entries.emplace_back(rows.columns[t], rows.values[t]);
      std::sort(entries.begin(), entries.end());
      for (PetscInt t = begin; t < end; ++t)
      {
        rows.columns[t] = entries[t - begin].first;
        rows.values[t] = entries[t - begin].second;
      }
    }
    int end = n;
    MPI_Scan(MPI_IN_PLACE, &end, 1, MPI_INT, MPI_SUM, rows.comm);
    agree(n > 0 && std::size_t(end - n) != first_row, rows.comm,
          "The ranks do not own rows one after the other: number the unknowns "
          "by dealii::DoFRenumbering::subdomain_wise().");
    MatHandle A;
    NODAL_PETSC(MatCreate(rows.comm, A.put()));
    NODAL_PETSC(MatSetSizes(A, n, n, PETSC_DETERMINE, PETSC_DETERMINE));
    NODAL_PETSC(MatSetType(A, MATAIJ));
    NODAL_PETSC(MatSetBlockSize(A, block_size));
    NODAL_PETSC(MatSeqAIJSetPreallocationCSR(
        A, rows.offsets.data(), rows.columns.data(), rows.values.data()));
    NODAL_PETSC(MatMPIAIJSetPreallocationCSR(
        A, rows.offsets.data(), rows.columns.data(), rows.values.data()));
    return A;
  }

  void Precondition::update(Mat A, const AdditionalData &data)
  {
    PetscBool is_aij = PETSC_FALSE;
    NODAL_PETSC(PetscObjectTypeCompareAny(reinterpret_cast<PetscObject>(A),
                                          &is_aij, MATSEQAIJ, MATMPIAIJ, ""));
    if (!is_aij)
      throw BadInput("The matrix must be of PETSc's type aij.");
    set_near_null_space(A, data.near_null_space);
    auto next = type == data.type && parameters == data.parameters
                    ? std::move(preconditioner)
                    : nullptr;
    clear();
    if (!next)
      next = make_preconditioner(data.type, data.parameters,
                                 "nodal::Precondition");
    (*next)->update(A, data.is_spd);
    PetscInt n = 0, n_global = 0;
    NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
    NODAL_PETSC(MatGetSize(A, &n_global, nullptr));
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
    for (VecHandle *const x : {&source, &goal})
      if (n_ranks(reinterpret_cast<PetscObject>(A)) == 1)
        NODAL_PETSC(VecCreateSeqWithArray(comm, 1, n, nullptr, x->put()));
      else
        NODAL_PETSC(
            VecCreateMPIWithArray(comm, 1, n, n_global, nullptr, x->put()));
    type = data.type;
    parameters = data.parameters;
    preconditioner = std::move(next); // only now: nothing half made is applied
  }

  void Precondition::refuse_ghosts(const bool has_ghosts)
  {
    if (has_ghosts)
      throw BadInput("nodal::Precondition is applied to vectors without ghost "
                     "entries, as those of solvers are.");
  }

  void Precondition::apply(Vec src, Vec dst) const
  {
    if (!preconditioner)
      throw BadInput("nodal::Precondition is applied before initialize().");
    (*preconditioner)->apply(src, dst);
  }

  void Precondition::apply(const std::size_t n, const double *const src,
                           double *const dst) const
  {
    if (!preconditioner)
      throw BadInput("nodal::Precondition is applied before initialize().");
    PetscInt n_rows = 0;
    NODAL_PETSC(VecGetLocalSize(source, &n_rows));
    if (PetscInt(n) != n_rows)
      throw BadInput("A vector of " + std::to_string(n) +
                     " entries on this rank for a matrix of " +
                     std::to_string(n_rows) + " rows there.");
    const PlacedArray placed_source(source, src), placed_goal(goal, dst);
    apply(source, goal);
  }

  void Precondition::clear()
  {
    preconditioner.reset();
    source.reset();
    goal.reset();
  }
} // namespace nodal
