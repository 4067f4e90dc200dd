// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_row_checksum_h
#define nodal_source_data_row_checksum_h

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace nodal
{
  /**
   * Tells whether the values of a sample are those that were written, as after
   * a crash of the machine, when some pages of the file may not have come to
   * the disk: Σ_k (2k + 1) w_k modulo 2⁶⁴, where w_k is the k-th value, over
   * all fields, with its bits read as an unsigned integer.
   */
  class RowChecksum
  {
  public:
    template <class Number>
    void add(const std::vector<Number> &values)
    {
      using Word =
          std::conditional_t<sizeof(Number) == 8, std::uint64_t, std::uint32_t>;
      static_assert(sizeof(Word) == sizeof(Number), "float or double");
      for (const Number &value : values)
      {
        Word word;
        std::memcpy(&word, &value, sizeof word);
        sum += factor * word;
        factor += 2;
      }
    }

    std::uint64_t value() const
    {
      return sum;
    }

  private:
    std::uint64_t sum = 0, factor = 1;
  };
} // namespace nodal

#endif
