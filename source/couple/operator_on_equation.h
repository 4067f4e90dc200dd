// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_operator_on_equation_h
#define nodal_source_couple_operator_on_equation_h

#include <nodal/core/parameters.h>
#include <nodal/core/petsc.h>
#include <nodal/mesh/mesh_piece.h>

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  class DiscretizedEquation;
  struct GraphBatch;
  struct GraphSample;
  struct Model;

  /// A trained operator on the mesh of the equation behind a matrix.
  class OperatorOnEquation
  {
  public:
    /// @p who needs it, for messages.
    explicit OperatorOnEquation(std::string who);
    ~OperatorOnEquation();

    void add_parameters(Parameters &prm);

    /// Get ready for @p A with what it was assembled for; false for a matrix
    /// to try something out. Collective. Throws BadInput if the matrix does not
    /// know its equation or the operator is not for it.
    bool prepare(Mat A);

    /// @p z ≈ A⁻¹ @p r: the operator sees the source of which @p r is the load,
    /// in the size that it was trained on, and no boundary values, and its
    /// answer is scaled back. Zero at constrained rows. Collective.
    void apply_to_load(Vec r, Vec z) const;

    /// What the operator says for the equation's own sources and boundary
    /// values. Zero at constrained rows. Collective.
    void predict(Vec x) const;

    /// Set @p z at constrained rows to @p r over the diagonal.
    void solve_constrained(Vec r, Vec z) const;

  private:
    void check_fit() const;
    void take_mesh();
    void take_fields();

    /// The inputs of the equation called @p names, side by side.
    std::vector<double> at_nodes(const std::vector<std::string> &names) const;

    /// @p values, a number per node and component, as the operator takes them.
    torch::Tensor as_tensor(std::vector<double> &values) const;

    /// What the operator makes of @p input, times @p scale.
    void evaluate(const GraphBatch &input, double scale, Vec x) const;

    const std::string who;
    std::string folder;
    std::unique_ptr<Model> model;
    DiscretizedEquation *equation = nullptr; ///< of the present matrix
    std::shared_ptr<const MeshPiece> piece;  ///< of the mesh taken last
    std::unique_ptr<GraphSample> sample;
    std::unique_ptr<GraphBatch> batch;
    std::vector<bool> is_constrained; ///< by row
    unsigned int n_components = 1;
    KSPHandle mass_solver;
    VecHandle load, source, diagonal;
  };
} // namespace nodal

#endif
