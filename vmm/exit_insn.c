/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction behind an exit: reading it, making sure that it is still the one that exited
 * (another vCPU may have rewritten it), and stepping over it. Called by the exit handlers.
 */
#include "vmm/exit.h"
#include "vmm/vcpu.h"

#define RFLAGS_TF BIT(8)
#define RFLAGS_RF BIT(16)
#define DR6_BS BIT(14)

int exit_fetch_failed(struct vcpu *v, int err, u64 address, u32 error)
{
	if (err == -EFAULT) {
		event_page_fault(v, address, error);
	}
	return -EINVAL; /* no memory there: the CPU's own fetch will tell at the next entry */
}

int exit_fetch_rest(struct vcpu *v, const struct fetch_at *at, union fetch_bytes *bytes, u32 have,
		    u32 *error)
{
	union fetch_bytes more;
	int count = fetch_bytes(v, at, have, &more, error);

	if (count < 0) {
		return count;
	}
	for (u32 i = have; i < FETCH_MAX && i - have < (u32)count; i++) {
		bytes->b[i] = more.b[i - have];
	}
	return MIN(FETCH_MAX, have + count);
}

/* The way without the cache. 0; -EINVAL: not to be carried out, resume. */
static int fetch_and_decode(struct vcpu *v, const struct fetch_at *at, struct insn *i)
{
	union fetch_bytes bytes;
	u32 error = 0, have = 0;
	int err, count = fetch_bytes(v, at, 0, &bytes, &error);

	if (count >= 0) {
		err = insn_decode(bytes.b, count, at->code_size, i);
		if (err == -EAGAIN) {
			have = count;
			count = exit_fetch_rest(v, at, &bytes, have, &error);
			err = count < 0 ? 0 : insn_decode(bytes.b, count, at->code_size, i);
		}
	}
	if (count < 0) {
		return exit_fetch_failed(v, count, at->gva + have, error);
	}
	if (err == -E2BIG) {
		event_gp(v);
	} else if (!err && !have) {
		fetch_remember(v, at, &bytes, i);
	}
	return err;
}

bool exit_decode(struct vcpu *v, u64 ops, struct insn *i)
{
	const struct insn *known;
	struct fetch_at at;

	fetch_where(v, &at);
	known = fetch_known(v, &at);
	if (likely(known)) {
		*i = *known;
	} else if (fetch_and_decode(v, &at, i)) {
		return false;
	}
	return ops & INSN_BIT(i->op);
}

u32 exit_decode_length(struct vcpu *v, u8 op)
{
	const struct insn *known;
	struct fetch_at at;
	struct insn i;

	fetch_where(v, &at);
	known = fetch_known(v, &at);
	if (likely(known && known->op == op)) {
		return known->len;
	}
	return !known && !fetch_and_decode(v, &at, &i) && i.op == op ? i.len : 0;
}

static __attribute__((noinline)) void end_shadow(struct vcpu *v)
{
	struct hv_intr_state intr;

	hv_get_intr_state(&v->hv, &intr);
	if (intr.sti_shadow || intr.movss_shadow) {
		intr.sti_shadow = intr.movss_shadow = false;
		hv_set_intr_state(&v->hv, &intr);
	}
}

/* Where the upper half of RIP changes: in 32-bit code there is none. */
static __attribute__((noinline)) u64 wrapped(struct vcpu *v, u64 rip)
{
	return vcpu_code_size(v, NULL) == 8 ? rip : (u32)rip;
}

void skip_insn(struct vcpu *v, u32 len)
{
	struct hv_regs *r = &v->hv.regs;
	u64 rip = r->rip + len;

	if (unlikely((rip ^ r->rip) >> 32)) {
		rip = wrapped(v, rip);
	}
	r->rip = rip;
	r->rflags &= ~RFLAGS_RF;
	if (unlikely(v->hv.shadow)) {
		end_shadow(v);
	}
	if (unlikely(r->rflags & RFLAGS_TF)) {
		event_debug(v, DR6_BS);
	}
}
