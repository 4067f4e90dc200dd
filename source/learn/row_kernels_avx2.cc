// SPDX-License-Identifier: LGPL-2.1-or-later
// Compiled with the options that cmake/NodalRooms.cmake sets for it.
#define NODAL_ROWS_TARGET avx2_kernels
#define NODAL_ROWS_BYTES 32
#include "row_kernels_impl.h"
