/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies where in the runtime's free addresses; its users map it when they need it. */
#pragma once

#include "api/abi/corbel.h"

/* wait.c: lists per thread slot */
#define HEAP_WAIT_LISTS CORBEL_RUNTIME_HEAP
/* pipe.c: a channel per pipe */
#define HEAP_CHANNELS (CORBEL_RUNTIME_HEAP + 0x1800000)
