/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getrandom: ChaCha20 keyed by the hypervisor's 32 bytes. Each request runs on a key of its own and the stored key is
 * replaced first, so what was given out cannot be computed from the memory later.
 */
#include "control/runtime/random.h"

#include <linux/random.h>

#include "control/runtime/calls.h"
#include "control/runtime/cpu.h"
#include "control/runtime/lock.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define BLOCK 64
#define REQUEST_MAX 0x1fffffffull

static u32 stored_key[8];
static struct lock random_lock;

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
	u32 start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1], key[2], key[3],
			  key[4], key[5], key[6], key[7], (u32)counter, (u32)(counter >> 32),
			  (u32)nonce, (u32)(nonce >> 32) };

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

void random_seed(const u8 seed[32])
{
	memcpy(stored_key, seed, sizeof(stored_key));
}

/* A key for one request; the stored one moves on. */
static void take_key(u32 key[8])
{
	u32 block[16];

	lock_take(&random_lock);
	chacha20_block(stored_key, 0, read_tsc(), block);
	memcpy(stored_key, block, sizeof(stored_key));
	memcpy(key, block + 8, 32);
	lock_drop(&random_lock);
}

void random_fill(void *out, u64 len)
{
	u32 key[8], block[16];

	take_key(key);
	for (u64 done = 0; done < len; done += BLOCK) {
		chacha20_block(key, done / BLOCK, 1, block);
		memcpy((u8 *)out + done, block, len - done < BLOCK ? len - done : BLOCK);
	}
}

long sys_getrandom(struct regs *r)
{
	u64 len = r->rsi < REQUEST_MAX ? r->rsi : REQUEST_MAX, done = 0;
	u32 key[8], block[16];

	if (r->rdx & ~(u64)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) {
		return -EINVAL;
	}
	take_key(key);
	while (done < len) {
		u64 part = len - done < BLOCK ? len - done : BLOCK;

		chacha20_block(key, done / BLOCK, 1, block);
		if (copy_out(r->rdi + done, block, part)) {
			return done ? (long)done : -EFAULT;
		}
		done += part;
		if (done % PAGE == 0 && this_thread()->work && signal_is_pending()) {
			break;
		}
	}
	return (long)done;
}
