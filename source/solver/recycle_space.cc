// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/vector_file.h>
#include <nodal/solver/recycle_space.h>

namespace nodal
{
  void RecycleSpace::clear()
  {
    U.clear();
    gram.clear();
    solutions.clear();
    weights.clear();
  }

  void RecycleSpace::save(const std::string &file, const std::string &layout,
                          MPI_Comm comm) const
  {
    write_vectors(file, layout, comm, {{&gram, &weights}, {&U, &solutions}});
  }

  bool RecycleSpace::load(const std::string &file, const std::string &layout,
                          Vec like)
  {
    return read_vectors(file, layout, like,
                        {{&gram, &weights}, {&U, &solutions}});
  }
} // namespace nodal
