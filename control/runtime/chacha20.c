/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ChaCha20's block function (RFC 8439, with the original's 64-bit counter and nonce); pure, tested
 * on the host.
 */
#include "control/runtime/chacha20.h"

static u32 rotate(u32 value, u32 bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha20_block(const u32 key[8], u64 counter, u64 nonce, u32 out[16])
{
	u32 start[16] = {0x61707865,   0x3320646e,
			 0x79622d32,   0x6b206574,
			 key[0],       key[1],
			 key[2],       key[3],
			 key[4],       key[5],
			 key[6],       key[7],
			 (u32)counter, (u32)(counter >> 32),
			 (u32)nonce,   (u32)(nonce >> 32)};

	memcpy(out, start, sizeof(start));
	for (int i = 0; i < 10; i++) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++) {
		out[i] += start[i];
	}
}
