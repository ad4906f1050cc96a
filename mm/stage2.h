/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 tables (guest-physical -> host-physical), for guests and domains alike. The entry format
 * is data, handed down by the hardware contract, so this code knows no vendor. Taking rights away:
 * edit under the lock, gather what is freed, raise `gen`, then interrupt every CPU that runs with
 * these tables and wait, then free.
 */
#pragma once

#include "arch/x86/asm/percpu.h"
#include "core/cpu.h"

#define S2_R 1u
#define S2_W 2u
#define S2_X 4u

/*
 * Bits of an entry. table: ORed into entries that point to a table; leaf bits into leaves at
 * levels above 1.
 */
struct s2_format {
	u64 present;		/* bits that every present entry carries (readable included) */
	u64 w, x;		/* set for the right; or, if x_is_nx, x is set for its absence */
	bool x_is_nx;
	u64 leaf;		/* large-page bit of levels 2 and 3 */
	u64 memtype;		/* write-back, OR'ed into leaves */
	u64 a, d;		/* accessed / dirty, preset to avoid updates; 0 if not in use */
	u64 table;		/* bits of an entry that points to a table */
	u32 max_leaf_level;	/* 2: 2 MiB, 3: 1 GiB */
};

struct s2 {
	struct spinlock lock;	/* thread context */
	hpa_t root;		/* four levels */
	u64 gen;		/* raised (release) whenever rights were taken away; starts at 1 */
	u64 mapped_pages;	/* leaves in 4 KiB units */
	u64 table_frames;
};

/* Sets the format for all tables; once at boot. */
void s2_set_format(const struct s2_format *f);
__must_check int s2_init(struct s2 *s2);
/* Frees all tables. No CPU may run with them any more. */
void s2_destroy(struct s2 *s2);

/*
 * Maps one page of 4 KiB (order 0) or 2 MiB (order 9) with rights S2_*. An existing leaf with the
 * same frame has its rights replaced (taking rights away by s2_map is not allowed; use
 * s2_protect); a different one: -EEXIST. A 2 MiB map over a table: -EEXIST. -EINVAL from 2^48 on.
 * -ENOMEM. Allocates before it takes the lock. Needs no flush: it only adds rights.
 */
__must_check int s2_map(struct s2 *s2, gpa_t gpa, hpa_t hpa, u32 order, u32 rights);
/*
 * Removes all leaves of [start, end) (splitting large ones at the borders: may need a table:
 * -ENOMEM only then, with nothing changed), flushes, frees tables (with a quiesce(): sections may
 * walk them). Interrupts on.
 */
__must_check int s2_unmap(struct s2 *s2, gpa_t start, gpa_t end);
/* Takes the rights not in `keep` away from all leaves of the range; flushes. */
__must_check int s2_protect(struct s2 *s2, gpa_t start, gpa_t end, u32 keep);
/*
 * The leaf of gpa: frame address of the 4 KiB page, rights, and order; -ENOENT. In a section or
 * under the lock.
 */
__must_check int s2_lookup(struct s2 *s2, gpa_t gpa, hpa_t *hpa, u32 *rights, u32 *order);

/*
 * A CPU about to enter guest mode (interrupts off): publishes running_s2, full barrier, compares
 * the generation with *seen (the vCPU's, reset to 0 whenever the vCPU gets a fresh TLB tag or
 * CPU); true: flush before entry.
 */
static inline bool s2_enter(struct s2 *s2, u64 *seen)
{
	u64 gen;

	__atomic_store_n(&this_cpu()->running_s2, s2, __ATOMIC_RELAXED);
	smp_mb();
	gen = smp_load_acquire(&s2->gen);
	if (likely(gen == *seen)) {
		return false;
	}
	*seen = gen;
	return true;
}

/* After guest mode, interrupts still off. */
static inline void s2_leave(void)
{
	smp_store_release(&this_cpu()->running_s2, NULL);
}
