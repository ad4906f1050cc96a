/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers that stay as the last guest left them: the hypervisor uses none of them (no SYSCALL, no
 * SWAPGS, no breakpoints), so they are written only when another vCPU wants other values, and read
 * back only then.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/hv_common.h"

static u32 live_index[HV_LIVE_MAX];
static u32 live_count;
bool hv_live_is_one;

void hv_live_set(const u32 *index, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		live_index[i] = index[i];
	}
	live_count = count;
	hv_live_is_one = count == 1;
}

void hv_live_cpu_on(struct hv_cpu *cpu)
{
	for (u32 i = 0; i < live_count; i++) {
		cpu->msr_live[i] = rdmsr(live_index[i]);
	}
}

int hv_live_slot(u32 index)
{
	for (u32 i = 0; i < live_count; i++) {
		if (live_index[i] == index) {
			return (int)i;
		}
	}
	return -ENOENT;
}

void hv_live_leave(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	struct hv_common *c = v->hw;
	u32 left = c->msr_unknown;

	if (cpu->msr_owner != v) {
		return;
	}
	cpu->msr_owner = NULL;
	while (left) {
		u32 i = (u32)__builtin_ctz(left);

		c->msr[i] = cpu->msr_live[i] = rdmsr(live_index[i]);
		left &= left - 1;
	}
}

void hv_live_enter(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	const struct hv_common *c = v->hw;

	if (cpu->msr_owner) {
		hv_live_leave(cpu, cpu->msr_owner);
	}
	for (u32 i = 0; i < live_count; i++) {
		if (cpu->msr_live[i] != c->msr[i]) {
			wrmsr(live_index[i], c->msr[i]);
			cpu->msr_live[i] = c->msr[i];
		}
	}
	cpu->msr_owner = v;
}

int hv_live_get(struct hv_vcpu *v, u32 index, u64 *value)
{
	const struct hv_common *c = v->hw;
	int slot = hv_live_slot(index);

	if (slot >= 0) {
		hv_live_leave(this_cpu()->hv, v);
		*value = c->msr[slot];
	}
	return MIN(slot, 0);
}

int hv_live_put(struct hv_vcpu *v, u32 index, u64 value)
{
	struct hv_common *c = v->hw;
	int slot = hv_live_slot(index);

	if (slot >= 0) {
		hv_live_leave(this_cpu()->hv, v);
		c->msr[slot] = value;
	}
	return MIN(slot, 0);
}

static void set_bit(u8 *map, u32 bit, bool on)
{
	u8 mask = (u8)(1u << (bit % 8));

	map[bit / 8] = (u8)(on ? map[bit / 8] | mask : map[bit / 8] & ~mask);
}

int hv_msr_intercept(struct hv_vcpu *v, u32 index, bool held, bool read, bool write, u8 *map,
		     u32 (*bit_of)(u32 index, bool write))
{
	struct hv_common *c = v->hw;
	int slot = hv_live_slot(index);
	bool passable = (held && index != MSR_PAT && index != MSR_DEBUGCTL) || slot >= 0;

	if ((!read && !passable && index != MSR_TSC) || (!write && !passable)) {
		return -ENOENT;
	}
	if (slot >= 0 && index != MSR_KERNEL_GS_BASE) { /* that one changes by SWAPGS as well */
		hv_live_leave(this_cpu()->hv, v);
		c->msr_unknown = write ? c->msr_unknown & ~(1u << slot) :
					 c->msr_unknown | (1u << slot);
	}
	if (index <= 0x1fff || index - 0xc0000000u <= 0x1fff) {
		set_bit(map, bit_of(index, false), read);
		set_bit(map, bit_of(index, true), write);
	}
	return 0;
}

void hv_dr_leave(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	struct hv_common *c = v->hw;

	if (cpu->dr_owner != v) {
		return;
	}
	c->debug.dr[0] = read_dr0();
	c->debug.dr[1] = read_dr1();
	c->debug.dr[2] = read_dr2();
	c->debug.dr[3] = read_dr3();
	c->debug.dr6 = read_dr6();
	cpu->dr_owner = NULL;
}

void hv_dr_enter(struct hv_cpu *cpu, struct hv_vcpu *v)
{
	struct hv_common *c = v->hw;

	if (cpu->dr_owner) {
		hv_dr_leave(cpu, cpu->dr_owner);
	}
	write_dr0(c->debug.dr[0]);
	write_dr1(c->debug.dr[1]);
	write_dr2(c->debug.dr[2]);
	write_dr3(c->debug.dr[3]);
	write_dr6(c->debug.dr6);
	cpu->dr_owner = v;
}
