// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>
#include <nodal/mesh/halo.h>

#include <algorithm>
#include <numeric>

namespace nodal
{
  namespace
  {
    std::vector<int> counts_of_ranks(const int n_owned, MPI_Comm comm)
    {
      std::vector<int> counts(size_of(comm));
      MPI_Allgather(&n_owned, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
      return counts;
    }

    std::vector<int> joined(const std::vector<const Halo *> &parts,
                            const std::vector<int> Halo::*values)
    {
      std::vector<int> result;
      for (const Halo *part : parts)
        result.insert(result.end(), (part->*values).begin(),
                      (part->*values).end());
      return result;
    }

    std::vector<int> joined_counts(const std::vector<const Halo *> &parts)
    {
      std::vector<int> result(parts[0]->owned_counts.size(), 0);
      for (const Halo *part : parts)
        for (std::size_t r = 0; r < result.size(); ++r)
          result[r] += part->owned_counts[r];
      return result;
    }

    /// Indices among the owned nodes of all parts of the same rank.
    std::vector<int> joined_indices(const std::vector<const Halo *> &parts)
    {
      std::vector<int> result, first(parts[0]->owned_counts.size(), 0);
      for (const Halo *part : parts)
      {
        for (int k = 0; k < part->n_ghosts(); ++k)
          result.push_back(first[part->ghost_ranks[k]] +
                           part->ghost_indices[k]);
        for (std::size_t r = 0; r < first.size(); ++r)
          first[r] += part->owned_counts[r];
      }
      return result;
    }

    /// A row of bytes as one unit for MPI.
    class Row
    {
    public:
      explicit Row(const std::size_t bytes)
      {
        MPI_Type_contiguous(bytes, MPI_BYTE, &type);
        MPI_Type_commit(&type);
      }

      ~Row()
      {
        MPI_Type_free(&type);
      }

      Row(const Row &) = delete;

      MPI_Datatype type;
    };
  } // namespace

  Halo::Halo(MPI_Comm comm, const int n_owned, std::vector<int> ghost_ranks,
             std::vector<int> ghost_indices)
      : comm(comm), ghost_ranks(std::move(ghost_ranks)),
        ghost_indices(std::move(ghost_indices)),
        owned_counts(counts_of_ranks(n_owned, comm)), rank(rank_of(comm))
  {
    make_forest();
  }

  Halo::Halo(const std::vector<const Halo *> &parts)
      : comm(parts[0]->comm), ghost_ranks(joined(parts, &Halo::ghost_ranks)),
        ghost_indices(joined_indices(parts)),
        owned_counts(joined_counts(parts)), rank(parts[0]->rank)
  {
    make_forest();
  }

  Halo::~Halo()
  {
    if (forest)
      PetscSFDestroy(&forest);
  }

  void Halo::make_forest()
  {
    if (is_trivial())
      return;
    std::vector<PetscSFNode> roots(n_ghosts());
    for (int k = 0; k < n_ghosts(); ++k)
      roots[k] = {ghost_ranks[k], ghost_indices[k]};
    NODAL_PETSC(PetscSFCreate(comm, &forest));
    NODAL_PETSC(PetscSFSetRankOrder(forest, PETSC_TRUE));
    NODAL_PETSC(PetscSFSetGraph(forest, n_owned(), n_ghosts(), nullptr,
                                PETSC_COPY_VALUES, roots.data(),
                                PETSC_COPY_VALUES));
    NODAL_PETSC(PetscSFSetUp(forest));
    const PetscInt *own = nullptr;
    NODAL_PETSC(PetscSFComputeDegreeBegin(forest, &own));
    NODAL_PETSC(PetscSFComputeDegreeEnd(forest, &own));
    degrees.assign(own, own + n_owned());
  }

  void Halo::broadcast(const void *const owned, void *const ghosts,
                       const std::size_t bytes) const
  {
    if (is_trivial() || bytes == 0)
      return;
    const Row row(bytes);
    NODAL_PETSC(
        PetscSFBcastBegin(forest, row.type, owned, ghosts, MPI_REPLACE));
    NODAL_PETSC(PetscSFBcastEnd(forest, row.type, owned, ghosts, MPI_REPLACE));
  }

  template <class T>
  void Halo::add_to_owners(const T *const ghosts, T *const owned,
                           const std::size_t width) const
  {
    if (is_trivial() || width == 0)
      return;
    const std::size_t n_copies =
        std::accumulate(degrees.begin(), degrees.end(), std::size_t(0));
    std::vector<T> copies(n_copies * width);
    const Row row(width * sizeof(T));
    NODAL_PETSC(PetscSFGatherBegin(forest, row.type, ghosts, copies.data()));
    NODAL_PETSC(PetscSFGatherEnd(forest, row.type, ghosts, copies.data()));
    const T *next = copies.data();
    for (int i = 0; i < n_owned(); ++i)
      for (int k = 0; k < degrees[i]; ++k)
        for (std::size_t c = 0; c < width; ++c)
          owned[i * width + c] += *next++;
  }

  template void Halo::add_to_owners(const float *, float *, std::size_t) const;
  template void Halo::add_to_owners(const double *, double *,
                                    std::size_t) const;
} // namespace nodal
