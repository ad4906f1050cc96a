/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes for the program and for its AT_RANDOM. */
#pragma once

#include "control/runtime/types.h"

void random_seed(const u8 seed[32]);
void random_fill(void *out, u64 len);
