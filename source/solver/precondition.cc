// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/coordinates.h>
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/solver/precondition.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  namespace
  {
    /// "Aggregate size = 60; learned/Model = folder" as lines of a parameter
    /// file.
    std::string as_entries(const std::string &settings)
    {
      std::string result;
      for (const std::string &setting : split(settings, ';'))
      {
        if (setting.empty())
          continue;
        const std::size_t end = std::min(setting.find('='), setting.size());
        std::vector<std::string> path = split(setting.substr(0, end), '/');
        if (path.empty())
          path = {""};
        const std::string entry = path.back();
        path.pop_back();
        for (const std::string &section : path)
          result += "subsection " + section + "\n";
        result += "set " + entry + setting.substr(end) + "\n";
        for (std::size_t k = 0; k < path.size(); ++k)
          result += "end\n";
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
      std::vector<VecHandle> vectors(entries.size());
      for (std::size_t k = 0; k < entries.size(); ++k)
      {
        double *values = nullptr;
        NODAL_PETSC(MatCreateVecs(A, vectors[k].put(), nullptr));
        NODAL_PETSC(VecGetArrayWrite(vectors[k], &values));
        std::copy(entries[k].begin(), entries[k].end(), values);
        NODAL_PETSC(VecRestoreArrayWrite(vectors[k], &values));
      }
      nodal::set_near_null_space(A, std::move(vectors));
    }

    /// Let @p A have @p values, dim by node of this rank, as coordinates.
    void set_coordinates(Mat A, const std::vector<double> &values)
    {
      PetscInt n = 0, block_size = 1;
      NODAL_PETSC(MatGetLocalSize(A, &n, nullptr));
      NODAL_PETSC(MatGetBlockSize(A, &block_size));
      const std::size_t n_nodes = n / block_size;
      MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
      // A rank without nodes cannot tell the dimension.
      const auto fits = [&](const std::size_t dim)
      { return values.size() == n_nodes * dim; };
      int is_possible[3] = {fits(0), fits(2), fits(3)};
      MPI_Allreduce(MPI_IN_PLACE, is_possible, 3, MPI_INT, MPI_MIN, comm);
      if (is_possible[0])
        return;
      const bool is_finite =
          std::all_of(values.begin(), values.end(),
                      [](const double x) { return std::isfinite(x); });
      agree(!is_finite || !(is_possible[1] || is_possible[2]), comm,
            "The coordinates must be two or three finite numbers, the same on "
            "each rank, for each node of the matrix there.");
      const unsigned int dim = is_possible[1] ? 2 : 3;
      attach_coordinates(A, [dim, values] { return Coordinates{dim, values}; });
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
    if (!is_aij(A))
      throw BadInput("The matrix must be of PETSc's type aij.");
    set_near_null_space(A, data.near_null_space);
    set_coordinates(A, data.coordinates);
    if (!preconditioner || type != data.type || parameters != data.parameters)
    {
      preconditioner = make_preconditioner(data.type, data.parameters,
                                           "nodal::Precondition");
      type = data.type;
      parameters = data.parameters;
    }
    (*preconditioner)->update(A, data.is_spd);
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
    is_ready = true;
  }

  void Precondition::refuse_ghosts(const bool has_ghosts)
  {
    if (has_ghosts)
      throw BadInput("nodal::Precondition is applied to vectors without ghost "
                     "entries, as those of solvers are.");
  }

  void Precondition::apply(Vec src, Vec dst) const
  {
    if (!is_ready)
      throw BadInput("nodal::Precondition is applied before initialize().");
    (*preconditioner)->apply(src, dst);
  }

  void Precondition::apply(const std::size_t n, const double *const src,
                           double *const dst) const
  {
    if (!is_ready)
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
    is_ready = false;
    preconditioner.reset();
    source.reset();
    goal.reset();
  }
} // namespace nodal
