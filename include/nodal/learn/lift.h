// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_learn_lift_h
#define nodal_learn_lift_h

#include <nodal/mesh/graph.h>

#include <vector>

namespace nodal
{
  /**
   * The Dirichlet values @p g (n_owned × @p n_components, of which those at
   * Dirichlet nodes count) carried to all nodes by means with weights of the
   * node's share of the boundary over the squared distance (Shepard: A
   * two-dimensional interpolation function for irregularly-spaced data, 1968).
   * Constants stay constant; Dirichlet nodes keep their value to the bit. Zero
   * where there is no Dirichlet boundary. Costs a division per node and
   * Dirichlet node. Rows are those of owned nodes; collective over the ranks of
   * the level, each of which gets the Dirichlet nodes of all.
   */
  std::vector<double> shepard_lift(const GraphLevel &level, unsigned int dim,
                                   const std::vector<double> &g,
                                   unsigned int n_components);
} // namespace nodal

#endif
