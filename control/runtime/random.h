/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes for the program and for its AT_RANDOM. */
#pragma once

#include "control/runtime/types.h"

void random_seed(const u8 seed[32]);
void random_fill(void *out, u64 len);
/* One block of RFC 8439's function with a 64-bit counter and nonce, as words; for its test. */
void chacha20_block(const u32 key[8], u64 counter, u64 nonce, u32 out[16]);
