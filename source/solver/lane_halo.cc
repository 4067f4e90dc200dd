// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lane_halo.h"

#include <nodal/core/exchange.h>

#include <set>
#include <unordered_map>

namespace nodal
{
  LaneHalo::LaneHalo(MPI_Comm comm, const LaneIds &ids) : comm(comm)
  {
    const unsigned int self = rank_of(comm);
    std::unordered_map<std::int64_t, std::int32_t> own;
    ByRank<std::vector<std::int64_t>> wanted;
    ByRank<std::vector<std::int32_t>> others;
    for (std::size_t place = 0; place < ids.ids.size(); ++place)
    {
      const std::int64_t id = ids.ids[place];
      const unsigned int owner = ids.owner(id);
      if (owner == self)
      {
        own[id] = place;
        continue;
      }
      wanted[owner].push_back(id);
      others[owner].push_back(place);
    }
    const auto asked = exchange(comm, std::move(wanted));
    std::set<unsigned int> ranks;
    for (const auto &[rank, list] : asked)
      ranks.insert(rank);
    for (const auto &[rank, list] : others)
      ranks.insert(rank);
    for (const unsigned int rank : ranks)
    {
      Neighbour neighbour;
      neighbour.rank = rank;
      neighbour.others = others[rank];
      if (const auto found = asked.find(rank); found != asked.end())
        for (const std::int64_t id : found->second)
          neighbour.own.push_back(own.at(id));
      neighbours.push_back(std::move(neighbour));
    }
  }

  template <class T, class Receive>
  void LaneHalo::transfer(const T *const values, const unsigned int lanes,
                          std::vector<std::int32_t> Neighbour::*const from,
                          std::vector<std::int32_t> Neighbour::*const to,
                          const Receive &receive)
  {
    constexpr int tag = 7101;
    const std::size_t size = sizeof(T) * lanes;
    std::size_t n_sent = 0, n_received = 0;
    for (const Neighbour &neighbour : neighbours)
    {
      n_sent += (neighbour.*from).size();
      n_received += (neighbour.*to).size();
    }
    sent.resize(n_sent * size);
    received.resize(n_received * size);
    requests.clear();
    char *next = received.data();
    for (const Neighbour &neighbour : neighbours)
    {
      const std::size_t bytes = (neighbour.*to).size() * size;
      requests.emplace_back();
      MPI_Irecv(next, bytes, MPI_BYTE, neighbour.rank, tag, comm,
                &requests.back());
      next += bytes;
    }
    next = sent.data();
    for (const Neighbour &neighbour : neighbours)
    {
      T *out = reinterpret_cast<T *>(next);
      for (const std::int32_t place : neighbour.*from)
        out = std::copy_n(values + std::size_t(place) * lanes, lanes, out);
      const std::size_t bytes = (neighbour.*from).size() * size;
      requests.emplace_back();
      MPI_Isend(next, bytes, MPI_BYTE, neighbour.rank, tag, comm,
                &requests.back());
      next += bytes;
    }
    MPI_Waitall(requests.size(), requests.data(), MPI_STATUSES_IGNORE);
    const T *in = reinterpret_cast<const T *>(received.data());
    for (const Neighbour &neighbour : neighbours)
      for (const std::int32_t place : neighbour.*to)
      {
        receive(place, in);
        in += lanes;
      }
  }

  template <class T>
  void LaneHalo::update(T *const values, const unsigned int lanes)
  {
    if (!neighbours.empty())
      transfer(values, lanes, &Neighbour::own, &Neighbour::others,
               [&](const std::int32_t place, const T *const in) {
                 std::copy_n(in, lanes, values + std::size_t(place) * lanes);
               });
  }

  template <class T>
  void LaneHalo::add(T *const values, const unsigned int lanes)
  {
    if (!neighbours.empty())
      transfer(values, lanes, &Neighbour::others, &Neighbour::own,
               [&](const std::int32_t place, const T *const in)
               {
                 T *const out = values + std::size_t(place) * lanes;
                 for (unsigned int lane = 0; lane < lanes; ++lane)
                   out[lane] += in[lane];
               });
  }

  template void LaneHalo::update(float *, unsigned int);
  template void LaneHalo::update(double *, unsigned int);
  template void LaneHalo::add(float *, unsigned int);
} // namespace nodal
