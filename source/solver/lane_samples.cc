// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_samples.h"

#include <nodal/core/communicator.h>

#include <limits>

namespace nodal
{
  LaneSamples::LaneSamples(SmoothedLevel &top, const LaneLevel &level,
                           std::vector<std::int32_t> number, MPI_Comm comm)
      : coefficient(top.coefficient.size()),
        x(std::size_t(top.n_nodes) * top.kernels.lanes), f(x.size()), top(top),
        comm(comm), S(top.kernels.lanes), number(std::move(number))
  {
    find_own_cells(level);
  }

  void LaneSamples::find_own_cells(const LaneLevel &level)
  {
    own_cell = top.order.cell_at;
    for (int place = top.n_cells; place < top.n_coefficients; ++place)
      own_cell.push_back(place);
    if (!top.is_divided())
      return;
    const unsigned int self = rank_of(comm);
    for (std::int32_t &cell : own_cell)
    {
      const std::int64_t id = level.cells.ids[cell];
      cell = level.cells.owner(id) == self ? id - level.cells.begin[self] : -1;
    }
  }

  void
  LaneSamples::load_coefficients(const std::vector<const double *> &samples)
  {
    n = samples.size();
    for (unsigned int lane = 0; lane < S; ++lane)
      has_bad_data[lane] = false;
    for_each_lane(
        top.n_coefficients,
        [&](const unsigned int lane, const int begin, const int end)
        {
          const double *const from = lane < n ? samples[lane] : nullptr;
          bool is_bad = false;
          for (int place = begin; place < end; ++place)
          {
            const std::int32_t cell = own_cell[place];
            double value = from && cell >= 0 ? from[cell] : 1;
            // What is not a number compares as false.
            if (!(value > 0 && value <= std::numeric_limits<double>::max()))
            {
              is_bad = true;
              value = 1;
            }
            const std::size_t k = std::size_t(place) * S + lane;
            coefficient[k] = value;
            top.coefficient[k] = value;
          }
          has_bad_data[lane] |= is_bad;
        });
    if (top.is_divided())
      MPI_Allreduce(MPI_IN_PLACE, has_bad_data.data(), S, MPI_C_BOOL, MPI_LOR,
                    comm);
    // What is left of a bad sample must not look like a jump.
    for (unsigned int lane = 0; lane < S; ++lane)
      if (has_bad_data[lane])
        for (int place = 0; place < top.n_coefficients; ++place)
          coefficient[std::size_t(place) * S + lane] =
              top.coefficient[std::size_t(place) * S + lane] = 1;
    top.cells.update(coefficient.data(), S);
  }

  void LaneSamples::load_vectors(const std::vector<const double *> &samples_f,
                                 const std::vector<double *> &start)
  {
    is_shared_f = samples_f.size() == 1;
    if (is_shared_f)
      for (std::size_t i = 0; i < number.size(); ++i)
        f[number[i]] = samples_f[0][i];
    starts_from_zero = is_zero = true;
    for_each_lane(number.size(),
                  [&](const unsigned int lane, const int begin, const int end)
                  {
                    const bool is_used = lane < n;
                    for (int i = begin; i < end; ++i)
                    {
                      const std::size_t k = std::size_t(number[i]) * S + lane;
                      x[k] = is_used ? start[lane][i] : 0;
                      is_zero &= x[k] == 0;
                      starts_from_zero &= x[k] == 0 || top.mask[number[i]] == 0;
                      if (!is_shared_f)
                        f[k] = is_used ? samples_f[lane][i] : 0;
                    }
                  });
    if (top.is_divided())
    {
      bool all[] = {starts_from_zero, is_zero};
      MPI_Allreduce(MPI_IN_PLACE, all, 2, MPI_C_BOOL, MPI_LAND, comm);
      starts_from_zero = all[0];
      is_zero = all[1];
    }
    top.nodes.update(x.data(), S);
  }

  void LaneSamples::unload(const std::vector<double *> &solution) const
  {
    for_each_lane(number.size(),
                  [&](const unsigned int lane, const int begin, const int end)
                  {
                    if (lane < n)
                      for (int i = begin; i < end; ++i)
                        solution[lane][i] =
                            x[std::size_t(number[i]) * S + lane];
                  });
  }
} // namespace nodal
