// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_local_averages_h
#define nodal_source_couple_local_averages_h

#include <nodal/time/evolution_system.h>

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * Around each of some nodes there is a grid of places, and what is at a place
   * is the average of the nodes nearer to it than one spacing of the grid,
   * weighted by products of hat functions; nothing where there are none. A
   * linear map of these averages is a convolution whose kernel is piecewise
   * linear in the displacement (with splines: Fey, Lenssen, Weichert, Müller,
   * SplineCNN, CVPR 2018), and on equidistant nodes a discrete convolution.
   */
  class LocalAverages
  {
  public:
    /// @p n_places, an odd number, in each direction, @p spacing apart. Looks
    /// at all pairs of nodes, which takes a second for ten thousand.
    LocalAverages(const std::vector<dealii::Point<3>> &nodes,
                  const EvolutionSystem &system, double spacing,
                  unsigned int n_places);

    /// n_nodes × B × C to n_nodes × B × (n_places C), place by place; with
    /// gradient.
    static torch::Tensor of(const std::shared_ptr<const LocalAverages> &self,
                            const torch::Tensor &x);

    /// What node @p i has of @p x, n_nodes × @p n, to @p y: n_places × n.
    void around(std::size_t i, std::size_t n, const float *x, float *y) const;

    /// The mean distance from a node to the nearest other one. Throws BadInput,
    /// at the parameter @p entry, if there is none.
    static double typical_spacing(const std::vector<dealii::Point<3>> &nodes,
                                  const EvolutionSystem &system,
                                  const std::string &entry);

    const std::size_t n_nodes;
    const unsigned int n_places; ///< in all directions

    /// Nodes and weights by node and place.
    std::vector<int> offsets, nodes;
    std::vector<float> weights;
  };
} // namespace nodal

#endif
