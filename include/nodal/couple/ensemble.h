// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_couple_ensemble_h
#define nodal_couple_ensemble_h

#include <cstddef>
#include <vector>

namespace nodal
{
  /// States of several members, of which a rank has the entries that it owns.
  struct Ensemble
  {
    Ensemble() = default;

    Ensemble(const std::size_t n_rows, const unsigned int n_members)
        : n_rows(n_rows), n_members(n_members), values(n_rows * n_members, 0.)
    {
    }

    double *member(const unsigned int m)
    {
      return values.data() + m * n_rows;
    }

    const double *member(const unsigned int m) const
    {
      return values.data() + m * n_rows;
    }

    std::vector<double> mean() const;

    /// Take the mean off every member and return it.
    std::vector<double> center();

    /// Add @p state to every member.
    void shift(const std::vector<double> &state);

    /// Multiply deviations from the mean by @p factor.
    void inflate(double factor);

    std::size_t n_rows = 0;
    unsigned int n_members = 0;
    std::vector<double> values; ///< member after member
  };
} // namespace nodal

#endif
