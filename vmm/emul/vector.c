/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves between XMM registers and memory. What a row means depends on the prefixes 66, F2 and F3,
 * which choose the size and whether the address must be aligned. Rows of vmm/emul/op_table.c.
 */
#include "arch/x86/asm/cr.h"
#include "vmm/emul/operand.h"

enum { VEC_UD = 6, VEC_NM = 7 };
enum prefix { NONE, P66, PF3, PF2, PREFIXES };

#define ALIGNED 0x80u

/* The bytes moved by opcode and prefix; 0: no such move between XMM registers and memory. */
static const struct {
	u8 opcode, size[PREFIXES];
} forms[] = {
	{0x10, {16, 16, 4, 8}}, /* MOVUPS MOVUPD MOVSS MOVSD */
	{0x11, {16, 16, 4, 8}},
	{0x28, {16 | ALIGNED, 16 | ALIGNED, 0, 0}}, /* MOVAPS MOVAPD */
	{0x29, {16 | ALIGNED, 16 | ALIGNED, 0, 0}},
	{0x2a, {0, 16 | ALIGNED, 0, 0}}, /* MOVNTDQA, in the map 0F38 */
	{0x2b, {16 | ALIGNED, 16 | ALIGNED, 0, 0}}, /* MOVNTPS MOVNTPD */
	{0x6f, {0, 16 | ALIGNED, 16, 0}}, /* MOVDQA MOVDQU */
	{0x7e, {0, 0, 8, 0}}, /* MOVQ */
	{0x7f, {0, 16 | ALIGNED, 16, 0}},
	{0xd6, {0, 8, 0, 0}}, /* MOVQ */
	{0xe7, {0, 16 | ALIGNED, 0, 0}}, /* MOVNTDQ */
};

/* 0, the operand's size and e->offset; or an error. */
static int prepare(struct emul *e, u32 *size)
{
	const struct emul_insn *i = &e->i;
	enum prefix p = i->rep == 0xf3 ? PF3 : i->rep ? PF2 : i->operand ? P66 : NONE;
	u8 form = 0;

	for (u32 k = 0; k < ARRAY_SIZE(forms); k++) {
		if (forms[k].opcode == i->opcode) {
			form = forms[k].size[p];
		}
	}
	if (!form) {
		return -EINVAL;
	}
	if (e->s.cr0 & CR0_EM || !(e->s.cr4 & CR4_OSFXSR)) {
		return emul_fault(e, VEC_UD, false);
	}
	if (e->s.cr0 & CR0_TS) {
		return emul_fault(e, VEC_NM, false);
	}
	*size = form & ~ALIGNED;
	e->aligned = form & ALIGNED;
	e->offset = emul_offset(e);
	return 0;
}

/* What is not loaded of the register becomes 0. */
int emul_op_vector_load(struct emul *e)
{
	u64 value[2] = {0};
	u32 size;
	int err = prepare(e, &size);

	if (!err) {
		err = emul_read_at(e, e->i.seg, e->offset, value, size, false);
	}
	if (!err) {
		emul_set_xmm(e, e->i.reg, value);
	}
	return err;
}

int emul_op_vector_store(struct emul *e)
{
	u64 value[2];
	u32 size;
	int err = prepare(e, &size);

	if (err) {
		return err;
	}
	emul_get_xmm(e, e->i.reg, value);
	return emul_write_at(e, e->i.seg, e->offset, value, size);
}
