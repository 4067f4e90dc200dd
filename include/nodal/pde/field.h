// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_pde_field_h
#define nodal_pde_field_h

#include <nodal/mesh/space.h>

#include <deal.II/base/function.h>
#include <deal.II/base/symmetric_tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nodal
{
  /// What a field means to the problem.
  enum class Role
  {
    coefficient,
    source,
    boundary_value,
    geometry,
    initial_state,
    solution
  };

  /// Where the values of a field sit.
  enum class Location
  {
    node,     ///< support points of the finite element space
    cell,     ///< one value per cell
    boundary, ///< those nodes that lie on the boundary
    scalar    ///< numbers that belong to the whole sample
  };

  std::string to_string(Role role);

  std::string to_string(Location location);

  /// What an input or output of a problem is called and how it is stored.
  struct FieldDescription
  {
    std::string name;
    Role role = Role::coefficient;
    Location location = Location::node;
    std::string unit = "1"; ///< "1" for dimensionless
    unsigned int n_components = 1;

    /// For inputs: the value where the parameter file says nothing, as an
    /// expression in x, y, z, components separated by `;`.
    std::string default_value = "0";

    /// For inputs: values must be positive (coefficients of an elliptic term).
    bool is_positive = false;

    /// For inputs: the components are those of a symmetric tensor, as
    /// symmetric_tensor() takes them, which must be positive definite.
    bool is_positive_definite = false;
  };

  /// The tensor with components @p values: xx, yy, xy in 2d; xx, yy, zz, xy,
  /// xz, yz in 3d.
  template <int dim>
  dealii::SymmetricTensor<2, dim> symmetric_tensor(const double *values);

  template <int dim>
  bool is_positive_definite(const dealii::SymmetricTensor<2, dim> &tensor);

  /**
   * The values of one input for one sample: a closed-form function, or one
   * value per cell, or one value per node.
   */
  template <int dim>
  struct InputField
  {
    std::shared_ptr<const dealii::Function<dim>> function;

    /// By active cell index, components fastest.
    std::vector<double> cell_values;

    /// One vector over space.scalar_dofs, with halo, per component.
    std::vector<FieldVector> node_values;
  };

  /// All inputs of one sample by name.
  template <int dim>
  using Inputs = std::map<std::string, InputField<dim>>;
} // namespace nodal

#endif
