// SPDX-License-Identifier: LGPL-2.1-or-later
#include "read_on_all_ranks.h"

#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/couple/snapshots.h>
#include <nodal/solver/coarse_basis.h>
#include <nodal/solver/leading_pieces.h>

#include <algorithm>
#include <memory>
#include <string>

namespace nodal
{
  namespace
  {
    /// Snapshots on the same mesh, cut into pieces by the aggregates.
    class SnapshotBasis : public CoarseBasis
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Model", folder,
                "The folder of snapshots from 'nodal train', made on the mesh "
                "of the problem.");
        prm.add("Number", number,
                "Columns of an aggregate; with up to three, as many take the "
                "same time in each step.",
                1, 8);
      }

      unsigned int prepare(Mat A, const RecycleSpace *, unsigned int) override
      {
        MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(A));
        read_on_all_ranks(snapshots, folder, A,
                          "Columns 'snapshots' need a model: name its folder "
                          "in 'snapshots/Model', or choose 'linear'.");
        const Coordinates &places = coordinates_for(A, "snapshots");
        if (places.dim == 0)
          return 0;
        PetscInt block_size = 1;
        NODAL_PETSC(MatGetBlockSize(A, &block_size));
        if (places.values != known_places.values ||
            places.dim != known_places.dim || block_size != known_block_size)
        {
          known_places = places;
          known_block_size = block_size;
          gather();
        }
        int fits = is_for_places;
        MPI_Allreduce(MPI_IN_PLACE, &fits, 1, MPI_INT, MPI_MIN, comm);
        if (!fits)
          throw BadInput("The snapshots in '" + folder +
                         "' were made on another mesh, or for another problem: "
                         "there is none for some nodes, or a node has " +
                         std::to_string(snapshots->description.block_size) +
                         " unknowns there and " + std::to_string(block_size) +
                         " here. Make them for this one, or choose 'linear'.");
        return std::min(number, snapshots->description.n_vectors);
      }

      std::vector<std::vector<double>>
      vectors(Mat A, const Aggregates &aggregates) override
      {
        return leading_pieces(
            A, aggregates, values, snapshots->description.n_vectors,
            std::min(number, snapshots->description.n_vectors));
      }

    private:
      /// The values for the rows of this rank.
      void gather()
      {
        const SnapshotsDescription &d = snapshots->description;
        const std::vector<int> nodes = snapshots->nodes_at(known_places);
        is_for_places = known_block_size == PetscInt(d.block_size) &&
                        std::all_of(nodes.begin(), nodes.end(),
                                    [](const int node) { return node >= 0; });
        values.clear();
        if (!is_for_places)
          return;
        const std::size_t per_node = d.block_size * std::size_t(d.n_vectors);
        for (const int node : nodes)
        {
          const auto begin = snapshots->vectors.begin() + node * per_node;
          values.insert(values.end(), begin, begin + per_node);
        }
      }

      std::string folder;
      unsigned int number = 3;

      std::unique_ptr<Snapshots> snapshots;
      Coordinates known_places; ///< for which values are
      PetscInt known_block_size = 0;
      bool is_for_places = true;
      std::vector<float> values; ///< rows × n_vectors
    };
  } // namespace

  NODAL_REGISTER(CoarseBasis, SnapshotBasis, "snapshots",
                 "solutions of other systems on the same mesh, from 'nodal "
                 "train', cut into pieces by the aggregates: their leading "
                 "singular vectors")
} // namespace nodal
