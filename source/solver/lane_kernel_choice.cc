// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_kernel_choice.h"

#include <nodal/core/processor.h>

#include <nodal/core/communicator.h>
#include <nodal/core/exceptions.h>

#include <deal.II/base/mpi.h>

#include <algorithm>
#include <iterator>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /// On finer levels the vectors of 16 lanes leave the cache.
    constexpr unsigned int most_nodes_for_wide_lanes = 16000;

    /// Whether sweeps over assembled rows are faster than over cells, from the
    /// vector operations of both; rows take more memory, so they have to save
    /// something. Measured on each side of it: linear tetrahedra take 0.55 and
    /// triangles 0.9 of the time in rows, quadrilaterals 1.25 times as long
    /// and hexahedra 1.5 times.
    bool prefers_rows(const LaneLevel &level, const lanes::Form form,
                      MPI_Comm comm)
    {
      constexpr double per_entry = 7, per_row = 10, gain = 1.15;
      const double n = level.n, products = form == lanes::affine_form ? 2 : 1;
      const double cells = level.n_cells * (products * n * n + 4 * n),
                   rows = per_entry * LaneRows::n_neighbours(level) +
                          per_row * level.n_nodes;
      return Utilities::MPI::sum(gain * rows - cells, comm) < 0;
    }
  } // namespace

  ChosenKernels choose_kernels(const LaneMultigrid::Settings &settings,
                               const LaneFamily &family, MPI_Comm comm)
  {
    const bool is_wide = Utilities::MPI::max(family.levels[0].n_nodes, comm) <=
                         most_nodes_for_wide_lanes;
    struct Candidate
    {
      const char *name;
      bool is_supported;
      int lanes;
      const lanes::Kernels *(*find)(int, int, lanes::Form);
    };
    const Candidate candidates[] = {
        {"avx512", has_avx512(), is_wide ? 16 : 8, lanes::avx512_kernels},
        {"avx2", has_avx2(), 8, lanes::avx2_kernels},
        {"generic", true, 8, lanes::generic_kernels}};
    const std::string &wanted = settings.processor;
    const Candidate *const candidate = std::find_if(
        std::begin(candidates), std::end(candidates),
        [&](const Candidate &c)
        { return c.is_supported && (wanted.empty() || wanted == c.name); });
    agree(comm,
          [&]
          {
            if (candidate == std::end(candidates))
              throw BadInput("This processor has no lane kernels '" + wanted +
                             "'.");
          });

    ChosenKernels result = {candidate->name, {}, nullptr};
    const lanes::Form form = find_form(family, comm);
    const int n_lanes = settings.lanes == 0
                            ? Utilities::MPI::min(candidate->lanes, comm)
                            : int(settings.lanes);
    result.rows = candidate->find(n_lanes, 0, lanes::row_form);
    agree(
        comm,
        [&]
        {
          for (std::size_t l = 0; l + 1 < family.levels.size(); ++l)
          {
            const int n = family.levels[l].n;
            result.of_level.push_back({candidate->find(n_lanes, n, form), {}});
            if (!result.of_level.back().cells)
              throw BadInput("There are no lane kernels for " +
                             std::to_string(n_lanes) + " lanes of cells with " +
                             std::to_string(n) + " unknowns.");
          }
        });
    for (std::size_t l = 0; l < result.of_level.size(); ++l)
    {
      const bool has_rows = settings.matrices == "rows" ||
                            (settings.matrices == "automatic" &&
                             prefers_rows(family.levels[l], form, comm));
      result.of_level[l].sweeps =
          has_rows ? result.rows : result.of_level[l].cells;
    }
    return result;
  }
} // namespace nodal
