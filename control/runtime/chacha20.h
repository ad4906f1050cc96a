/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator behind random.c. */
#pragma once

#include "control/runtime/types.h"

/* One block of 16 words for that key, counter and nonce. */
void chacha20_block(const u32 key[8], u64 counter, u64 nonce, u32 out[16]);
