// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_communicator_h
#define nodal_core_communicator_h

#include <nodal/core/exceptions.h>

#include <mpi.h>

#include <functional>
#include <string>

namespace nodal
{
  unsigned int rank_of(MPI_Comm comm);

  unsigned int size_of(MPI_Comm comm);

  /// @p text of rank @p root on all ranks of @p comm.
  std::string broadcast(const std::string &text, MPI_Comm comm,
                        unsigned int root = 0);

  /**
   * A communicator split into groups of consecutive ranks, each of which
   * works on samples of its own. Owns the communicators it makes.
   */
  class Groups
  {
  public:
    /// Groups of @p ranks_per_group ranks. Throws BadInput if that does not
    /// divide the size of @p world.
    Groups(MPI_Comm world, unsigned int ranks_per_group);
    ~Groups();
    Groups(const Groups &) = delete;

    MPI_Comm world;     ///< all ranks; not owned
    MPI_Comm group;     ///< the ranks of this rank's group
    MPI_Comm roots;     ///< rank 0 of every group; MPI_COMM_NULL on others
    unsigned int n;     ///< number of groups
    unsigned int index; ///< number of this rank's group
    bool is_root;       ///< this rank is rank 0 of its group
  };

  /// The ranks that have the same place in each of @p groups. Owns the
  /// communicator.
  class AcrossGroups
  {
  public:
    explicit AcrossGroups(const Groups &groups);
    ~AcrossGroups();
    AcrossGroups(const AcrossGroups &) = delete;

    MPI_Comm comm;
  };

  /**
   * Run @p work on every rank of @p comm and agree on its outcome: if it
   * throws BadInput or NumericalFailure on any rank, all ranks throw that
   * exception, the one of the lowest such rank. @p work must not communicate
   * over @p comm after a point at which a single rank may throw. Other
   * exceptions pass through; they end the program.
   */
  void agree(MPI_Comm comm, const std::function<void()> &work);
} // namespace nodal

#endif
