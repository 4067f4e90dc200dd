// SPDX-License-Identifier: LGPL-2.1-or-later
// Compiled with the options that cmake/NodalRooms.cmake sets for it.
#define NODAL_SWEEPS_TARGET generic_kernels
#define NODAL_SWEEPS_WIDTH 2
#include "sweep_kernels_impl.h"
