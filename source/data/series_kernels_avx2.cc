// SPDX-License-Identifier: LGPL-2.1-or-later
// Compiled with the options that cmake/NodalRooms.cmake sets for it.
#define NODAL_SERIES_TARGET avx2_kernels
#define NODAL_SERIES_BYTES 32
#include "series_kernels_impl.h"
