// SPDX-License-Identifier: LGPL-2.1-or-later
// Compiled with the options that cmake/NodalRooms.cmake sets for it.
#define NODAL_LANES_TARGET avx512_kernels
#define NODAL_LANES_WIDE
#include "lane_kernels_impl.h"
