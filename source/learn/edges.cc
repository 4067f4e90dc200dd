// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/learn/edges.h>

namespace nodal
{
  namespace
  {
    torch::Tensor to_tensor(const std::vector<int> &values,
                            const torch::Device device)
    {
      return torch::tensor(values, torch::kInt32).to(device);
    }
  } // namespace

  Edges::Edges(const std::vector<int> &offsets, const std::vector<int> &sources,
               const int n_sources, const torch::Device device,
               std::shared_ptr<const Halo> halo)
      : n_targets(offsets.size() - 1), n_sources(n_sources),
        halo(std::move(halo)), offsets(to_tensor(offsets, device)),
        sources(to_tensor(sources, device))
  {
    const int n = sources.size();
    std::vector<int> targets(n), out_offsets(n_sources + 1, 0), out_edges(n),
        out_targets(n);
    for (int i = 0; i < n_targets; ++i)
      for (int t = offsets[i]; t < offsets[i + 1]; ++t)
      {
        targets[t] = i;
        ++out_offsets[sources[t] + 1];
      }
    for (int j = 0; j < n_sources; ++j)
      out_offsets[j + 1] += out_offsets[j];
    std::vector<int> next(out_offsets.begin(), out_offsets.end() - 1);
    for (int t = 0; t < n; ++t)
    {
      const int place = next[sources[t]]++;
      out_edges[place] = t;
      out_targets[place] = targets[t];
    }
    this->targets = to_tensor(targets, device);
    this->out_offsets = to_tensor(out_offsets, device);
    this->out_edges = to_tensor(out_edges, device);
    this->out_targets = to_tensor(out_targets, device);
  }
} // namespace nodal
