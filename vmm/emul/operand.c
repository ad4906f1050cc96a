/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where operands lie: registers, effective addresses, segments with their limits and rights.
 * Called by the operations of this folder.
 */
#include "vmm/emul/operand.h"

#include "arch/x86/asm/cr.h"

enum { VEC_SS = 12, VEC_GP = 13, VEC_AC = 17 };

#define TYPE_CODE 8u
#define TYPE_DOWN 4u  /* data: grows down */
#define TYPE_WRITE 2u /* data: writable; code: readable */

/* AH, CH, DH, BH: the second byte of the first four registers. */
static bool high_byte(const struct emul *e, u32 reg, u32 size)
{
	return size == 1 && reg >= 4 && reg < 8 && !e->i.rex;
}

u64 emul_reg(const struct emul *e, u32 reg, u32 size)
{
	if (high_byte(e, reg, size)) {
		return e->regs.gpr[reg - 4] >> 8 & 0xff;
	}
	return e->regs.gpr[reg] & size_mask(size);
}

void emul_set_reg(struct emul *e, u32 reg, u32 size, u64 value)
{
	if (high_byte(e, reg, size)) {
		e->regs.gpr[reg - 4] = (e->regs.gpr[reg - 4] & ~0xff00ULL) | (value & 0xff) << 8;
		return;
	}
	emul_put(e, reg, size, value);
}

u64 emul_offset(const struct emul *e)
{
	const struct emul_insn *i = &e->i;
	u64 offset = i->disp;

	if (i->rip_relative) {
		offset += e->regs.rip + i->len;
	}
	if (i->base != EMUL_NO_REG) {
		offset += e->regs.gpr[i->base];
	}
	if (i->index != EMUL_NO_REG) {
		offset += e->regs.gpr[i->index] << i->scale;
	}
	return offset & size_mask(i->address_size);
}

int emul_fault(struct emul *e, u8 vector, bool has_error)
{
	e->fault.vector = vector;
	e->fault.has_error = has_error;
	e->fault.error = 0;
	return -EFAULT;
}

static int segment_fault(struct emul *e, u8 seg)
{
	return emul_fault(e, seg == HV_SS ? VEC_SS : VEC_GP, true);
}

/* Whether the segment's type allows the access, in protected mode. */
static bool type_allows(const struct emul *e, u8 seg, bool write)
{
	u32 attr = e->s.seg[seg].attr;

	if (!(e->s.cr0 & CR0_PE) || e->regs.rflags & FLAG_VM) {
		return true;
	}
	if (attr & HV_ATTR_UNUSABLE || !(attr & HV_ATTR_P)) {
		return false;
	}
	return attr & TYPE_CODE ? !write && attr & TYPE_WRITE : !write || attr & TYPE_WRITE;
}

static bool within(const struct emul *e, u8 seg, u64 offset, u32 size)
{
	const struct hv_segment *s = &e->s.seg[seg];
	u64 last = offset + size - 1, top;

	if ((s->attr & (TYPE_CODE | TYPE_DOWN)) == TYPE_DOWN && e->s.cr0 & CR0_PE &&
	    !(e->regs.rflags & FLAG_VM)) {
		top = s->attr & HV_ATTR_DB ? UINT32_MAX : 0xffff;
		return offset > s->limit && last <= top;
	}
	return last <= s->limit;
}

/* Canonical for the number of paging levels. */
static bool is_linear(const struct emul *e, u64 linear)
{
	u32 drop = e->s.cr4 & CR4_LA57 ? 7 : 16;

	return (u64)((s64)(linear << drop) >> drop) == linear;
}

/* Programs may ask for faults on misaligned data, vectors of 16 bytes excepted. */
static int check_alignment(struct emul *e, u64 linear, u32 size)
{
	bool checked = e->user && size <= 8 && e->regs.rflags & FLAG_AC && e->s.cr0 & CR0_AM;

	return checked && linear & (size - 1) ? emul_fault(e, VEC_AC, true) : 0;
}

/* 0 and the linear address, or -EFAULT; the checks in the CPU's order. */
static int linear_of(struct emul *e, u8 seg, u64 offset, u32 size, bool write, u64 *linear)
{
	bool long_mode = e->i.code_size == 8;
	u64 base = !long_mode || seg == HV_FS || seg == HV_GS ? e->s.seg[seg].base : 0;
	int err;

	*linear = long_mode ? base + offset : (u32)(base + offset);
	if (e->aligned && *linear & 15) {
		return emul_fault(e, VEC_GP, true);
	}
	if (long_mode ? !is_linear(e, *linear)
		      : !type_allows(e, seg, write) || !within(e, seg, offset, size)) {
		return segment_fault(e, seg);
	}
	err = check_alignment(e, *linear, size);
	return err || !long_mode || is_linear(e, *linear + size - 1) ? err : segment_fault(e, seg);
}

int emul_read_at(struct emul *e, u8 seg, u64 offset, u64 *value, u32 size, bool for_write)
{
	u64 linear;
	int err = linear_of(e, seg, offset, size, for_write, &linear);

	*value = 0;
	return err ? err : emul_load(e, linear, value, size, for_write);
}

int emul_write_at(struct emul *e, u8 seg, u64 offset, const u64 *value, u32 size)
{
	u64 linear;
	int err = linear_of(e, seg, offset, size, true, &linear);

	return err ? err : emul_store(e, linear, value, size);
}
