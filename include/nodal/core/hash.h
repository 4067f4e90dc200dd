// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_core_hash_h
#define nodal_core_hash_h

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nodal
{
  /**
   * The hash FNV-1a of a sequence of bytes, of 32 or 64 bits (Fowler, Noll, Vo,
   * Eastlake: The FNV non-cryptographic hash algorithm, IETF draft). It tells
   * data apart and finds damage; it is no protection against intent.
   */
  template <class Word>
  class Fnv1a
  {
    static_assert(sizeof(Word) == 4 || sizeof(Word) == 8, "32 or 64 bits");

  public:
    Fnv1a &add(const void *const data, const std::size_t n_bytes)
    {
      constexpr Word prime = sizeof(Word) == 4 ? 0x01000193 : 0x100000001b3;
      const auto *const bytes = static_cast<const unsigned char *>(data);
      for (std::size_t i = 0; i < n_bytes; ++i)
        state = (state ^ bytes[i]) * prime;
      return *this;
    }

    Fnv1a &add(const std::string &text)
    {
      return add(text.data(), text.size());
    }

    template <class Number>
    Fnv1a &add(const std::vector<Number> &values)
    {
      return add(values.data(), values.size() * sizeof(Number));
    }

    Word value() const
    {
      return state;
    }

    /// In hexadecimal digits, with leading zeros.
    std::string word() const
    {
      std::string digits(2 * sizeof(Word), '0');
      for (std::size_t i = 0; i < digits.size(); ++i)
        digits[i] =
            "0123456789abcdef"[state >> 4 * (digits.size() - 1 - i) & 15];
      return digits;
    }

  private:
    Word state = Word(sizeof(Word) == 4 ? 0x811c9dc5 : 0xcbf29ce484222325);
  };
} // namespace nodal

#endif
