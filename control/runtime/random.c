/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * getrandom: ChaCha20 keyed by the hypervisor's 32 bytes. Each request runs on a key of its own and
 * the stored key is replaced first, so what was given out cannot be computed from the memory later.
 */
#include "control/runtime/random.h"

#include <linux/random.h>

#include "control/runtime/calls.h"
#include "control/runtime/chacha20.h"
#include "control/runtime/cpu.h"
#include "control/runtime/lock.h"
#include "control/runtime/signal.h"
#include "control/runtime/user.h"

#define BLOCK 64
#define REQUEST_MAX 0x1fffffffull

static u32 stored_key[8];
static struct lock random_lock;

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
