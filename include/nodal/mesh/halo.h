// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_mesh_halo_h
#define nodal_mesh_halo_h

#include <nodal/core/petsc.h>

#include <petscsf.h>

#include <cstddef>
#include <type_traits>
#include <vector>

namespace nodal
{
  /**
   * Exchange between the owners of nodes and the ranks that hold copies of
   * them, its ghosts, by PetscSF (Zhang et al.: The PetscSF scalable
   * communication layer, IEEE TPDS 2022). Arrays hold the rows of the nodes
   * that this rank owns, then those of its ghosts.
   */
  class Halo
  {
  public:
    /// Ghost k is node @p ghost_indices[k] of rank @p ghost_ranks[k].
    /// Collective over @p comm.
    Halo(MPI_Comm comm, int n_owned, std::vector<int> ghost_ranks,
         std::vector<int> ghost_indices);

    /// Several halos over one communicator as one: the owned nodes of all,
    /// then the ghosts of all. Collective.
    explicit Halo(const std::vector<const Halo *> &parts);

    ~Halo();
    Halo(const Halo &) = delete;

    const MPI_Comm comm;
    const std::vector<int> ghost_ranks, ghost_indices;

    /// Nodes that each rank owns.
    const std::vector<int> owned_counts;

    int n_owned() const
    {
      return owned_counts[rank];
    }

    int n_ghosts() const
    {
      return ghost_ranks.size();
    }

    int n_nodes() const
    {
      return n_owned() + n_ghosts();
    }

    /// True on one rank: nothing is ever sent.
    bool is_trivial() const
    {
      return owned_counts.size() == 1;
    }

    /// Copy the rows of the owners, @p bytes long, to @p ghosts. Collective.
    void broadcast(const void *owned, void *ghosts, std::size_t bytes) const;

    /// Fill the ghost rows of @p values, which hold @p width numbers per node.
    template <class T>
    void broadcast(std::vector<T> &values, std::size_t width = 1) const
    {
      static_assert(std::is_trivially_copyable<T>::value, "sent as bytes");
      values.resize(n_nodes() * width);
      broadcast(values.data(), values.data() + n_owned() * width,
                width * sizeof(T));
    }

    /// The adjoint: add the rows of @p ghosts, @p width numbers of type float
    /// or double, to those of their owners in @p owned, rank by rank.
    /// Collective.
    template <class T>
    void add_to_owners(const T *ghosts, T *owned, std::size_t width) const;

  private:
    void make_forest();

    const unsigned int rank;
    PetscSF forest = nullptr;
    std::vector<int> degrees; ///< ghosts of each owned node, on all ranks
  };
} // namespace nodal

#endif
