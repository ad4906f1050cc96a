/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flush protocol. One side takes rights away: edit, raise gen, look at running_s2 of every
 * CPU. The other enters guest mode: publish running_s2, look at gen. With a full barrier between
 * the two steps on both sides at least one of them sees the other: either the CPU flushes before
 * it enters, or it is interrupted and flushes on its way back.
 */
#include "core/quiesce.h"
#include "mm/stage2_table.h"

int s2_frames_fill(struct s2_frames *s, u32 want, u32 flags)
{
	while (s->count < want) {
		struct frame *f = frame_alloc(0, FRAME_TABLE, FRAME_ZERO | flags);

		if (!f) {
			return -ENOMEM;
		}
		s2_frames_push(s, f);
	}
	return 0;
}

void s2_frames_free(struct s2_frames *s)
{
	while (s->count > 0) {
		frame_put(s2_frames_pop(s));
	}
}

static void leave_guest_mode(void *arg __unused)
{
	/*
	 * To take the interrupt is the work: the CPU passes through s2_enter before it runs the
	 * guest again.
	 */
}

void s2_flush(struct s2 *s2, struct s2_frames *gone)
{
	u64 mask = 0;

	smp_mb();
	if (gone->count > 0) {
		/*
		 * Sections read tables too, so their grace period is needed; it interrupts the
		 * guests as well.
		 */
		quiesce();
		s2_frames_free(gone);
		return;
	}
	for (u32 i = 0; i < arch_cpu_count(); i++) {
		const struct cpu *cpu = arch_cpu(i);

		if (cpu && __atomic_load_n(&cpu->running_s2, __ATOMIC_RELAXED) == s2) {
			mask |= BIT(i);
		}
	}
	if (mask != 0) {
		arch_call_cpus(mask, leave_guest_mode, NULL);
	}
}
