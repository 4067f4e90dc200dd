// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_random_h
#define nodal_core_random_h

#include <array>
#include <cstdint>

namespace nodal
{
  /**
   * Random numbers that are a function of (seed, sample, stream, position)
   * alone, so that a sample is the same on every rank and in every order:
   * the counter-based generator Philox 4x32-10 (Salmon, Moraes, Dror, Shaw:
   * Parallel random numbers: as easy as 1, 2, 3, SC 2011).
   */
  class Random
  {
  public:
    /// The numbers of one @p sample of a data set with @p seed; @p stream
    /// keeps different uses within a sample apart.
    Random(std::uint64_t seed, std::uint32_t sample, std::uint32_t stream);

    /// Next number, uniform in (0, 1).
    double uniform();

    /// Next number of the standard normal distribution (Box and Muller).
    double normal();

    /// The normal number number @p position of this stream, independent of
    /// how many were drawn before.
    double normal_at(std::uint32_t position) const;

    /// Four random words for @p counter under @p key.
    static std::array<std::uint32_t, 4>
    philox(std::array<std::uint32_t, 4> counter,
           std::array<std::uint32_t, 2> key);

  private:
    std::array<double, 2> uniforms(std::uint32_t position,
                                   std::uint32_t use) const;

    std::uint32_t sample, stream;
    std::array<std::uint32_t, 2> key;
    std::uint32_t drawn = 0;
  };
} // namespace nodal

#endif
