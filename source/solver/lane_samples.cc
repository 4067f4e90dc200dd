// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_samples.h"

#include <nodal/core/communicator.h>

#include <deal.II/base/exceptions.h>

#include <algorithm>

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
    has_own_cells = !own_cell.empty();
    if (!top.is_divided())
      return;
    const unsigned int self = rank_of(comm);
    has_own_cells = level.cells.begin[self] < level.cells.begin[self + 1];
    // Others' owners send the coefficient.
    for (std::int32_t &cell : own_cell)
    {
      const std::int64_t id = level.cells.ids[cell];
      cell = level.cells.owner(id) == self ? id - level.cells.begin[self] : 0;
    }
  }

  template <class T>
  PerLane<const double *>
  LaneSamples::in_lanes(const std::vector<T *> &samples) const
  {
    Assert(n > 0, dealii::ExcMessage("No samples"));
    PerLane<const double *> result;
    for (unsigned int lane = 0; lane < S; ++lane)
      result[lane] = samples[lane < n ? lane : 0];
    return result;
  }

  void
  LaneSamples::load_coefficients(const std::vector<const double *> &samples)
  {
    static const double one = 1;
    n = samples.size();
    PerLane<const double *> from;
    std::fill_n(from.data(), S, &one);
    if (has_own_cells)
      from = in_lanes(samples);
    const unsigned int bad =
        top.cell_kernels.gather(own_cell.size(), own_cell.data(), from.data(),
                                coefficient.data(), top.coefficient.data());
    for (unsigned int lane = 0; lane < S; ++lane)
      has_bad_data[lane] = (bad >> lane & 1) != 0;
    if (top.is_divided())
      MPI_Allreduce(MPI_IN_PLACE, has_bad_data.data(), S, MPI_C_BOOL, MPI_LOR,
                    comm);
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
    const int n_own = number.size();
    is_shared_f = samples_f.size() == 1;
    if (is_shared_f)
      for (int i = 0; i < n_own; ++i)
        f[number[i]] = samples_f[0][i];
    else
      top.cell_kernels.distribute(n_own, number.data(),
                                  in_lanes(samples_f).data(), top.mask.data(),
                                  f.data());
    const unsigned int not_zero = top.cell_kernels.distribute(
        n_own, number.data(), in_lanes(start).data(), top.mask.data(),
        x.data());
    is_zero = not_zero == 0;
    starts_from_zero = (not_zero & 2) == 0;
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
    top.cell_kernels.collect(number.size(), number.data(), x.data(), n,
                             solution.data());
  }
} // namespace nodal
