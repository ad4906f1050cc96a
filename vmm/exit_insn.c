/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction behind an exit: reading it, making sure that it is still the one that exited (another vCPU may have
 * rewritten it), and stepping over it. Called by the exit handlers.
 */
#include "core/errno.h"
#include "vmm/exit.h"
#include "vmm/vcpu.h"

#define RFLAGS_TF BIT(8)
#define RFLAGS_RF BIT(16)
#define DR6_BS BIT(14)

/* Raises what the CPU would raise for a failed fetch at address. */
static bool fetch_failed(struct vcpu *v, int err, u64 address, u32 error)
{
	if (err == -EFAULT) {
		event_page_fault(v, address, error);
	}
	return false;	/* no memory there: the CPU's own fetch will tell at the next entry */
}

/* Reads on over the end of the page that the instruction began in. */
static int fetch_rest(struct vcpu *v, u64 gva, bool user, u8 buf[16], u32 have, u32 *error)
{
	u8 more[16];
	int count = vcpu_fetch(v, gva + have, user, more, error);

	if (count < 0) {
		return count;
	}
	for (u32 i = have; i < FETCH_MAX && i - have < (u32)count; i++) {
		buf[i] = more[i - have];
	}
	return MIN(FETCH_MAX, have + count);
}

bool exit_decode(struct vcpu *v, u64 ops, struct insn *i)
{
	struct hv_sregs s;
	u32 error = 0, code_size;
	u64 gva = v->hv.regs.rip;
	u8 bytes[16];
	bool user;
	int count, err;

	hv_get_sregs(&v->hv, &s, HV_SREG_CS);
	user = HV_ATTR_DPL(s.seg[HV_SS].attr) == 3;
	if (s.seg[HV_CS].attr & HV_ATTR_L) {
		code_size = 8;
	} else {
		code_size = s.seg[HV_CS].attr & HV_ATTR_DB ? 4 : 2;
		gva = (u32)(gva + s.seg[HV_CS].base);
	}
	count = vcpu_fetch(v, gva, user, bytes, &error);
	if (count < 0) {
		return fetch_failed(v, count, gva, error);
	}
	err = insn_decode(bytes, count, code_size, i);
	if (err == -EAGAIN) {
		u32 have = count;

		count = fetch_rest(v, gva, user, bytes, have, &error);
		if (count < 0) {
			return fetch_failed(v, count, gva + have, error);
		}
		err = insn_decode(bytes, count, code_size, i);
	}
	if (err == -E2BIG) {
		event_gp(v);
	}
	return !err && ops & INSN_BIT(i->op);
}

void skip_insn(struct vcpu *v, u32 len)
{
	struct hv_regs *r = &v->hv.regs;
	struct hv_intr_state intr;
	u64 rip = r->rip + len;

	if (unlikely((rip ^ r->rip) >> 32) && vcpu_code_size(v, NULL) != 8) {
		rip = (u32)rip;
	}
	r->rip = rip;
	r->rflags &= ~RFLAGS_RF;
	hv_get_intr_state(&v->hv, &intr);
	if (intr.sti_shadow || intr.movss_shadow) {
		intr.sti_shadow = intr.movss_shadow = false;
		hv_set_intr_state(&v->hv, &intr);
	}
	if (unlikely(r->rflags & RFLAGS_TF)) {
		event_debug(v, DR6_BS);
	}
}
