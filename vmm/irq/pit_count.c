/* SPDX-License-Identifier: BSD-2-Clause */
/* What a counter shows at a time: computed from its load time, nothing runs for it. */
#include "core/time.h"
#include "vmm/irq/pit_chip.h"

/* Clock ticks since the load, without a product that overflows. */
static u64 ticks(const struct kvm_pit_channel_state *c)
{
	u64 ns = now_ns() - (u64)c->count_load_time;

	return ns / NSEC_PER_SEC * PIT_HZ + ns % NSEC_PER_SEC * PIT_HZ / NSEC_PER_SEC;
}

u16 pit_count(const struct kvm_pit_channel_state *c)
{
	u64 t = ticks(c);

	switch (c->mode) {
	case 0:
	case 1:
	case 4:
	case 5: return (u16)(c->count - t);
	case 3: return (u16)(c->count - 2 * t % c->count); /* counts by two, twice a period */
	default: return (u16)(c->count - t % c->count);
	}
}

bool pit_output(const struct kvm_pit_channel_state *c)
{
	u64 t = ticks(c);

	switch (c->mode) {
	case 0: return t >= c->count;
	case 1: return t < c->count;
	case 3: return t % c->count < ((u64)c->count + 1) >> 1;
	case 4:
	case 5: return t == c->count;
	default: return t && t % c->count == 0;
	}
}
