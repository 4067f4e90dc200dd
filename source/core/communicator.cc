// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/communicator.h>

namespace nodal
{
  unsigned int rank_of(MPI_Comm comm)
  {
    int rank;
    MPI_Comm_rank(comm, &rank);
    return rank;
  }

  unsigned int size_of(MPI_Comm comm)
  {
    int size;
    MPI_Comm_size(comm, &size);
    return size;
  }

  std::string broadcast(const std::string &text, MPI_Comm comm,
                        const unsigned int root)
  {
    unsigned long size = text.size();
    MPI_Bcast(&size, 1, MPI_UNSIGNED_LONG, root, comm);
    std::string result = text;
    result.resize(size);
    MPI_Bcast(&result[0], size, MPI_CHAR, root, comm);
    return result;
  }

  Groups::Groups(MPI_Comm world, const unsigned int ranks_per_group)
      : world(world)
  {
    const unsigned int size = size_of(world), rank = rank_of(world);
    if (ranks_per_group == 0 || size % ranks_per_group != 0)
      throw BadInput("The number of MPI ranks, " + std::to_string(size) +
                         ", is not a multiple of the ranks per sample, " +
                         std::to_string(ranks_per_group) +
                         "; start another number of ranks.",
                     "Parallel/Ranks per sample");
    n = size / ranks_per_group;
    index = rank / ranks_per_group;
    MPI_Comm_split(world, index, rank, &group);
    is_root = rank_of(group) == 0;
    MPI_Comm_split(world, is_root ? 0 : MPI_UNDEFINED, rank, &roots);
  }

  Groups::~Groups()
  {
    MPI_Comm_free(&group);
    if (roots != MPI_COMM_NULL)
      MPI_Comm_free(&roots);
  }

  AcrossGroups::AcrossGroups(const Groups &groups)
  {
    MPI_Comm_split(groups.world, rank_of(groups.group), groups.index, &comm);
  }

  AcrossGroups::~AcrossGroups()
  {
    MPI_Comm_free(&comm);
  }

  void agree(MPI_Comm comm, const std::function<void()> &work)
  {
    enum Outcome
    {
      fine,
      bad_input,
      numerical_failure
    };
    int outcome = fine;
    std::string sentence, entry;
    try
    {
      work();
    }
    catch (const BadInput &error)
    {
      outcome = bad_input;
      sentence = error.what();
      entry = error.entry;
    }
    catch (const NumericalFailure &error)
    {
      outcome = numerical_failure;
      sentence = error.what();
    }

    const int size = size_of(comm);
    int speaker = outcome == fine ? size : rank_of(comm);
    MPI_Allreduce(MPI_IN_PLACE, &speaker, 1, MPI_INT, MPI_MIN, comm);
    if (speaker == size)
      return;
    MPI_Bcast(&outcome, 1, MPI_INT, speaker, comm);
    sentence = broadcast(sentence, comm, speaker);
    entry = broadcast(entry, comm, speaker);
    if (outcome == bad_input)
      throw BadInput(sentence, entry);
    throw NumericalFailure(sentence);
  }
} // namespace nodal
