// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_couple_taper_h
#define nodal_source_couple_taper_h

namespace nodal
{
  /**
   * The correlation of compact support that looks like a normal density of
   * standard deviation @p radius: equation 4.10 of Gaspari and Cohn (Q. J. R.
   * Meteorol. Soc. 125, 1999) with c = √(10/3) × radius (Lorenc, Q. J. R.
   * Meteorol. Soc. 129, 2003); zero from 2 c on.
   */
  double taper(double distance, double radius);
} // namespace nodal

#endif
