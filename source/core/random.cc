// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/random.h>

#include <cmath>

namespace nodal
{
  Random::Random(const std::uint64_t seed, const std::uint32_t sample,
                 const std::uint32_t stream)
      : sample(sample),
        stream(stream), key{static_cast<std::uint32_t>(seed),
                            static_cast<std::uint32_t>(seed >> 32)}
  {
  }

  std::array<std::uint32_t, 4> Random::philox(std::array<std::uint32_t, 4> c,
                                              std::array<std::uint32_t, 2> k)
  {
    for (unsigned int round = 0; round < 10; ++round)
    {
      const std::uint64_t a = std::uint64_t(0xD2511F53) * c[0];
      const std::uint64_t b = std::uint64_t(0xCD9E8D57) * c[2];
      c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k[0],
           static_cast<std::uint32_t>(b),
           static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k[1],
           static_cast<std::uint32_t>(a)};
      k[0] += 0x9E3779B9;
      k[1] += 0xBB67AE85;
    }
    return c;
  }

  std::array<double, 2> Random::uniforms(const std::uint32_t position,
                                         const std::uint32_t use) const
  {
    const auto word = philox({position, use, sample, stream}, key);
    // 53 random bits, shifted by half a step so that 0 and 1 do not occur.
    const auto to_unit = [](const std::uint32_t high, const std::uint32_t low)
    {
      const std::uint64_t bits = (std::uint64_t(high) << 32 | low) >> 11;
      return (bits + 0.5) * 0x1p-53;
    };
    return {to_unit(word[0], word[1]), to_unit(word[2], word[3])};
  }

  double Random::uniform()
  {
    return uniforms(drawn++, 0)[0];
  }

  double Random::normal()
  {
    return normal_at(drawn++);
  }

  double Random::normal_at(const std::uint32_t position) const
  {
    const auto u = uniforms(position, 1);
    return std::sqrt(-2 * std::log(u[0])) * std::cos(2 * M_PI * u[1]);
  }
} // namespace nodal
