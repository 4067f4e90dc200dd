// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_solver_fallbacks_h
#define nodal_solver_fallbacks_h

namespace nodal
{
  /// A preconditioner with learned parts, which are replaced where they fail.
  class CountsFallbacks
  {
  public:
    virtual ~CountsFallbacks() = default;

    /// Parts that were replaced in the last update() and since, on this rank.
    virtual unsigned int n_fallbacks() const = 0;
  };
} // namespace nodal

#endif
