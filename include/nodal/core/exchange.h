// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_exchange_h
#define nodal_core_exchange_h

#include <nodal/core/communicator.h>

#include <deal.II/base/mpi.templates.h>

#include <map>
#include <utility>

namespace nodal
{
  template <class T>
  using ByRank = std::map<unsigned int, T>;

  /// What every rank gets from every other, and from itself, for what these
  /// have in @p sent. @p T is serialised. Collective.
  template <class T>
  ByRank<T> exchange(MPI_Comm comm, ByRank<T> sent)
  {
    ByRank<T> own;
    if (const auto found = sent.find(rank_of(comm)); found != sent.end())
      own.insert(sent.extract(found));
    ByRank<T> received;
    if (size_of(comm) > 1)
      received = dealii::Utilities::MPI::some_to_some(comm, sent);
    received.merge(own);
    return received;
  }
} // namespace nodal

#endif
