/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's memory as far as the runtime keeps book: the break. mmap and its kin go straight
 * out.
 */
#pragma once

#include "control/runtime/types.h"

/* Anonymous private memory at exactly that place: 0 or -errno. prot: PROT_*. */
long memory_map_at(u64 address, u64 len, u32 prot);
/* Where the heap begins: behind the program. */
void memory_set_break(u64 address);
