// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_data_series_expansions_h
#define nodal_source_data_series_expansions_h

#include <vector>

namespace nodal
{
  /**
   * Chebyshev series Σ_kl c_kl T_k(t) T_l on strips of equal width in θ =
   * acos t; in 3d, l is a pair. With s from -1 to 1 across a strip, the series
   * is Σ_l T_l Σ_i a_il φ_i(s) with series::strip_terms rows of a, from Jacobi
   * and Anger's expansion of cos kθ (Abramowitz and Stegun, Handbook of
   * Mathematical Functions, 9.1.44 and 9.1.45), where φ_i = T_i but for
   * series::strip_correction. What it leaves out is below 1e-11 of the
   * coefficients' sum.
   */
  template <int dim>
  class SeriesExpansions
  {
  public:
    /// On the strips that hold numbers @p t.
    SeriesExpansions(const std::vector<double> &t, unsigned int n_modes);

    void set_coefficients(const std::vector<double> &coefficients);

    /// The rows of a on strip @p i, row_width numbers each, valid until others
    /// are asked for. Cost: one multiplication and addition for each number and
    /// mode, unless the strip is of the batch that was expanded last.
    const double *expand(unsigned int i);

    const unsigned int n_modes;
    const unsigned int row_size, row_width; ///< without and with padding
    unsigned int n_strips = 0;
    std::vector<unsigned int> strip; ///< of each t, less than n_strips
    std::vector<double> s;           ///< of each t

  private:
    /// @p bessel holds factors by term and mode.
    void add_strip(double middle, const std::vector<double> &bessel);

    std::vector<double> cosines, padded, expanded; ///< cos kθ by s; c; a
    unsigned int batch = 0;                        ///< of strips in expanded
  };
} // namespace nodal

#endif
