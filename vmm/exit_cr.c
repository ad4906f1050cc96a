/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses to control and debug registers that exit. Where the hardware does not tell the
 * operands they are decoded.
 */
#include "arch/x86/asm/cr.h"
#include "vmm/cr.h"
#include "vmm/exit.h"
#include "vmm/run_page.h"

#define LMSW_BITS 0xfULL /* PE MP EM TS; PE cannot be cleared */
#define DR6_ONES 0xffff0ff0ULL
#define DR6_WRITABLE 0xe00fULL /* B0-B3 BD BS BT */
#define DR7_FIXED 0x400ULL
#define DR7_WRITABLE 0xffff2bffULL
#define CR8_MAX 15

/* The general register as an operand in the present mode. */
static u64 operand(struct vcpu *v, u8 gpr)
{
	u64 value = v->hv.regs.gpr[gpr & 15];

	return vcpu_code_size(v, NULL) == 8 ? value : (u32)value;
}

static void set_operand(struct vcpu *v, u8 gpr, u64 value)
{
	v->hv.regs.gpr[gpr & 15] = vcpu_code_size(v, NULL) == 8 ? value : (u32)value;
}

static int write_cr(struct vcpu *v, u8 nr, u64 value)
{
	switch (nr) {
	case 0: return cr0_write(v, value);
	case 3: return cr3_write(v, value);
	case 4: return cr4_write(v, value);
	case 8:
		if (value > CR8_MAX) {
			return -EINVAL;
		}
		vcpu_set_cr8(v, value);
		return 0;
	default: return -EINVAL;
	}
}

static u64 read_cr(struct vcpu *v, u8 nr)
{
	struct hv_sregs s;

	if (nr == 8) {
		return vcpu_get_cr8(v);
	}
	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	return nr == 0 ? s.cr0 : nr == 2 ? s.cr2 : nr == 3 ? s.cr3 : s.cr4;
}

/* What one of MOV, CLTS, LMSW, SMSW asks for, from hardware or from the instruction. */
struct access {
	u8 op; /* enum insn_op */
	u8 nr, gpr, len;
	u16 msw;
};

static bool decode_cr(struct vcpu *v, const struct hv_exit *exit, struct access *a)
{
	u8 mov = exit->cr.write ? INSN_WRITE_CR : INSN_READ_CR;
	u64 others =
		exit->cr.write ? INSN_BIT(INSN_CLTS) | INSN_BIT(INSN_LMSW) : INSN_BIT(INSN_SMSW);
	struct insn i;

	if (exit->cr.decoded && exit->insn_len) {
		a->op = exit->cr.clts ? INSN_CLTS : exit->cr.lmsw ? INSN_LMSW : mov;
		a->nr = exit->cr.nr;
		a->gpr = exit->cr.gpr;
		a->msw = exit->cr.lmsw_value;
		a->len = exit->insn_len;
		return true;
	}
	if (!exit_decode(v, INSN_BIT(mov) | (exit->cr.nr ? 0 : others), &i)) {
		return false;
	}
	a->op = i.memory ? INSN_NONE : i.op;
	a->nr = i.op == mov ? i.reg : 0;
	a->gpr = i.rm;
	a->msw = v->hv.regs.gpr[i.rm & 15];
	a->len = i.len;
	return true;
}

enum exit_next exit_cr(struct vcpu *v, struct hv_exit *exit)
{
	struct access a;
	u64 cr0;
	int err = 0;

	if (!decode_cr(v, exit, &a)) {
		return EXIT_RESUME;
	}
	cr0 = read_cr(v, 0);
	switch (a.op) {
	case INSN_WRITE_CR: err = write_cr(v, a.nr, operand(v, a.gpr)); break;
	case INSN_READ_CR: set_operand(v, a.gpr, read_cr(v, a.nr)); break;
	case INSN_CLTS: err = cr0_write(v, cr0 & ~CR0_TS); break;
	case INSN_LMSW:
		err = cr0_write(v, (cr0 & (~LMSW_BITS | CR0_PE)) | (a.msw & LMSW_BITS));
		break;
	case INSN_SMSW: set_operand(v, a.gpr, cr0); break;
	default: return exit_needs_emulation(v, exit); /* LMSW, SMSW with memory */
	}
	return exit_done(v, err, a.len);
}

/*
 * DR4 and DR5 are other names of DR6 and DR7 unless CR4.DE makes them undefined. false: #UD or
 * #GP was raised.
 */
static bool access_dr(struct vcpu *v, u8 nr, bool write, u8 gpr)
{
	struct hv_debug d;
	u64 value = write ? operand(v, gpr) : 0;

	if (nr == 4 || nr == 5) {
		if (read_cr(v, 4) & CR4_DE) {
			event_ud(v);
			return false;
		}
		nr += 2;
	}
	if (write && nr >= 6 && value >> 32) {
		event_gp(v);
		return false;
	}
	hv_get_debug(&v->hv, &d);
	if (!write) {
		set_operand(v, gpr, nr == 6 ? d.dr6 : nr == 7 ? d.dr7 : d.dr[nr & 3]);
		return true;
	}
	if (nr == 6) {
		d.dr6 = (value & DR6_WRITABLE) | DR6_ONES;
	} else if (nr == 7) {
		d.dr7 = (value & DR7_WRITABLE) | DR7_FIXED;
	} else {
		d.dr[nr & 3] = value;
	}
	hv_set_debug(&v->hv, &d);
	return true;
}

enum exit_next exit_dr(struct vcpu *v, struct hv_exit *exit)
{
	u8 nr = exit->dr.nr, gpr = exit->dr.gpr, len = exit->insn_len;
	struct insn i;

	if (!exit->dr.decoded || !len) {
		if (!exit_decode(v, INSN_BIT(exit->dr.write ? INSN_WRITE_DR : INSN_READ_DR), &i)) {
			return EXIT_RESUME;
		}
		nr = i.reg;
		gpr = i.rm;
		len = i.len;
	}
	if (nr > 7) {
		event_ud(v);
	} else if (access_dr(v, nr, exit->dr.write, gpr)) {
		skip_insn(v, len);
	}
	return EXIT_RESUME;
}
