// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_gather_h
#define nodal_core_gather_h

#include <nodal/core/communicator.h>

#include <cstdint>
#include <numeric>
#include <type_traits>
#include <vector>

namespace nodal
{
  /// An MPI type for plain objects of type @p T.
  template <class T>
  class MPIType
  {
  public:
    MPIType()
    {
      static_assert(std::is_trivially_copyable<T>::value, "sent as bytes");
      MPI_Type_contiguous(sizeof(T), MPI_BYTE, &type);
      MPI_Type_commit(&type);
    }

    ~MPIType()
    {
      MPI_Type_free(&type);
    }

    MPIType(const MPIType &) = delete;

    MPI_Datatype type;
  };

  /// Begin of each rank's part in arrays with @p counts entries per rank.
  inline std::vector<int> displacements(const std::vector<int> &counts)
  {
    std::vector<int> result(counts.size(), 0);
    for (std::size_t i = 1; i < counts.size(); ++i)
      result[i] = result[i - 1] + counts[i - 1];
    return result;
  }

  /// How many entries each rank sends; on rank 0 only.
  inline std::vector<int> gather_counts(const int n_local, MPI_Comm comm)
  {
    std::vector<int> counts(rank_of(comm) == 0 ? size_of(comm) : 0);
    MPI_Gather(&n_local, 1, MPI_INT, counts.data(), 1, MPI_INT, 0, comm);
    return counts;
  }

  /// The vectors @p local of all ranks, one after the other, on rank 0.
  template <class T>
  std::vector<T> gather(const std::vector<T> &local, MPI_Comm comm)
  {
    const std::vector<int> counts = gather_counts(local.size(), comm);
    std::vector<T> all(std::accumulate(counts.begin(), counts.end(), 0LL));
    const MPIType<T> mpi;
    MPI_Gatherv(local.data(), local.size(), mpi.type, all.data(), counts.data(),
                displacements(counts).data(), mpi.type, 0, comm);
    return all;
  }

  /// The same on every rank.
  template <class T>
  std::vector<T> gather_on_all(const std::vector<T> &local, MPI_Comm comm)
  {
    const int n_local = local.size();
    std::vector<int> counts(size_of(comm));
    MPI_Allgather(&n_local, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
    std::vector<T> all(std::accumulate(counts.begin(), counts.end(), 0LL));
    const MPIType<T> mpi;
    MPI_Allgatherv(local.data(), n_local, mpi.type, all.data(), counts.data(),
                   displacements(counts).data(), mpi.type, comm);
    return all;
  }

  /// The inverse of gather(): the @p n_local entries of @p all, which counts
  /// on rank 0, that belong to this rank.
  template <class T>
  std::vector<T> scatter(const std::vector<T> &all, const int n_local,
                         MPI_Comm comm)
  {
    const std::vector<int> counts = gather_counts(n_local, comm);
    std::vector<T> local(n_local);
    const MPIType<T> mpi;
    MPI_Scatterv(all.data(), counts.data(), displacements(counts).data(),
                 mpi.type, local.data(), n_local, mpi.type, 0, comm);
    return local;
  }

  /// @p values of rank 0 on all ranks.
  template <class T>
  std::vector<T> broadcast_vector(std::vector<T> values, MPI_Comm comm)
  {
    std::uint64_t size = values.size();
    MPI_Bcast(&size, 1, MPI_UINT64_T, 0, comm);
    values.resize(size);
    const MPIType<T> mpi;
    MPI_Bcast(values.data(), size, mpi.type, 0, comm);
    return values;
  }

  /// What each rank sends to each: parts[r] goes to rank r. Returns what
  /// came, by rank.
  template <class T>
  std::vector<std::vector<T>>
  all_to_all(const std::vector<std::vector<T>> &parts, MPI_Comm comm)
  {
    const std::size_t n_ranks = parts.size();
    std::vector<int> sent, received(n_ranks);
    std::vector<T> out;
    for (const std::vector<T> &part : parts)
    {
      sent.push_back(part.size());
      out.insert(out.end(), part.begin(), part.end());
    }
    MPI_Alltoall(sent.data(), 1, MPI_INT, received.data(), 1, MPI_INT, comm);
    std::vector<T> in(
        std::accumulate(received.begin(), received.end(), std::size_t(0)));
    const MPIType<T> mpi;
    MPI_Alltoallv(out.data(), sent.data(), displacements(sent).data(), mpi.type,
                  in.data(), received.data(), displacements(received).data(),
                  mpi.type, comm);
    std::vector<std::vector<T>> result;
    auto next = in.begin();
    for (const int n : received)
    {
      result.emplace_back(next, next + n);
      next += n;
    }
    return result;
  }
} // namespace nodal

#endif
