// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_learn_equation_layers_h
#define nodal_source_learn_equation_layers_h

#include <nodal/learn/graph_batch.h>

namespace nodal
{
  /// b − A u of the equations of all samples, with its gradient; computed in
  /// double precision. @p u is n_nodes × n_outputs. Throws std::logic_error if
  /// a sample has no equation.
  torch::Tensor residual_of_equations(const GraphBatch &batch,
                                      const torch::Tensor &u);

  /// M r of the equations of all samples, without gradient.
  torch::Tensor precondition_by_equations(const GraphBatch &batch,
                                          const torch::Tensor &r);
} // namespace nodal

#endif
