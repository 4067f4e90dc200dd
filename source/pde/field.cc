// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/pde/field.h>

namespace nodal
{
  using namespace dealii;

  std::string to_string(const Role role)
  {
    switch (role)
    {
    case Role::coefficient:
      return "coefficient";
    case Role::source:
      return "source";
    case Role::boundary_value:
      return "boundary value";
    case Role::geometry:
      return "geometry";
    case Role::initial_state:
      return "initial state";
    default:
      return "solution";
    }
  }

  std::string to_string(const Location location)
  {
    switch (location)
    {
    case Location::node:
      return "node";
    case Location::cell:
      return "cell";
    case Location::boundary:
      return "boundary";
    default:
      return "scalar";
    }
  }

  template <int dim>
  SymmetricTensor<2, dim> symmetric_tensor(const double *values)
  {
    // deal.II keeps the components in this order, too.
    SymmetricTensor<2, dim> tensor;
    for (unsigned int c = 0; c < tensor.n_independent_components; ++c)
      tensor.access_raw_entry(c) = values[c];
    return tensor;
  }

  template <int dim>
  bool is_positive_definite(const SymmetricTensor<2, dim> &tensor)
  {
    // Sylvester: the leading minors are positive. Not a number is not.
    const double minor =
        tensor[0][0] * tensor[1][1] - tensor[0][1] * tensor[0][1];
    return tensor[0][0] > 0 && minor > 0 && determinant(tensor) > 0;
  }

  template SymmetricTensor<2, 2> symmetric_tensor(const double *);
  template SymmetricTensor<2, 3> symmetric_tensor(const double *);
  template bool is_positive_definite(const SymmetricTensor<2, 2> &);
  template bool is_positive_definite(const SymmetricTensor<2, 3> &);
} // namespace nodal
