/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest touched an address without (writable) memory: the instruction is emulated, and the VMM
 * is asked for what no device of the hypervisor serves, part by part. Called by
 * vmm/exit_error.c, and by the run loop for the VMM's answers.
 */
#include "vmm/exit.h"
#include "vmm/run_page.h"

#define RFLAGS_TF BIT(8)
#define RFLAGS_RF BIT(16)

/* Does the noted writes that devices take, up to one for the VMM. */
static enum exit_next next_write(struct vcpu *v)
{
	struct mmio *io = &v->mmio;

	for (; io->written < io->writes; io->written++) {
		struct mmio_part *p = &io->write[io->written];

		if (!mmio_bus(v, p->gpa, p->data, p->len, true)) {
			run_page_mmio(v, p, true);
			v->pending = PENDING_MMIO_WRITE;
			return EXIT_LEAVE;
		}
	}
	return EXIT_RESUME;
}

/* The instruction is done, or a round of REP: registers, RIP, traps, then the writes. */
static enum exit_next commit(struct vcpu *v)
{
	const struct emul *e = &v->mmio.e;
	u64 popped = 0;

	if (likely(e->i.plain)) { /* one register at most */
		v->hv.regs.gpr[e->i.reg] = e->regs.gpr[e->i.reg];
	} else {
		popped = (v->hv.regs.rflags ^ e->regs.rflags) & RFLAGS_TF;
		v->hv.regs = e->regs;
		/* What POPF does to TF counts from the next instruction on. */
		v->hv.regs.rflags ^= popped;
	}
	skip_insn(v, e->again ? 0 : e->i.len);
	v->hv.regs.rflags ^= popped;
	if (e->again) {
		v->hv.regs.rflags |= RFLAGS_RF;
	}
	return next_write(v);
}

static enum exit_next raise(struct vcpu *v)
{
	const struct emul *e = &v->mmio.e;

	if (e->fault.vector == VEC_PF) {
		event_page_fault(v, e->fault.address, e->fault.error);
	} else {
		event_exception(v, e->fault.vector, e->fault.has_error, e->fault.error);
	}
	return EXIT_RESUME;
}

/* What cannot be emulated: a report in ring 0; outside of it only #UD. */
static enum exit_next give_up(struct vcpu *v, const struct hv_exit *exit)
{
	u32 cpl;

	vcpu_code_size(v, &cpl);
	if (cpl) {
		event_ud(v);
		return EXIT_RESUME;
	}
	return exit_needs_emulation(v, exit);
}

static enum exit_next execute(struct vcpu *v, const struct hv_exit *exit)
{
	struct mmio *io = &v->mmio;

	io->e.regs = v->hv.regs;
	io->at = io->writes = io->written = 0;
	switch (emul_execute(&io->e)) {
	case 0: return commit(v);
	case -EFAULT: return raise(v);
	case -EAGAIN:
		run_page_mmio(v, &io->read[io->at], false);
		io->old = v->hv.regs;
		v->pending = PENDING_MMIO_READ;
		return EXIT_LEAVE;
	default: return give_up(v, exit);
	}
}

/*
 * Decodes what fetch_bytes() has found, and reads on if it goes over the end of the page. 0;
 * -EFAULT: raised or to be tried again; others: it cannot be emulated.
 */
static int decode_bytes(struct vcpu *v, struct fetch_at *at, union fetch_bytes *bytes, int count,
			u32 error)
{
	struct emul_insn *i = &v->mmio.e.i;
	u32 have = 0;
	int err = count < 0 ? 0 : emul_decode(bytes->b, count, at->code_size, i);

	if (err == -EAGAIN) {
		have = count;
		count = exit_fetch_rest(v, at, bytes, have, &error);
		err = count < 0 ? 0 : emul_decode(bytes->b, count, at->code_size, i);
	}
	if (count < 0) {
		(void)exit_fetch_failed(v, count, at->gva + have, error);
		return -EFAULT;
	}
	if (err == -E2BIG) {
		event_gp(v);
		return -EFAULT;
	}
	return err;
}

/* The instruction at RIP into io->e.i, decoded or known from before. As decode_bytes(). */
static int decode(struct vcpu *v, struct fetch_at *at)
{
	struct mmio *io = &v->mmio;
	typeof(&io->known[0]) k = &io->known[(v->hv.regs.rip ^ v->hv.regs.rip >> 4) % MMIO_KNOWN];
	union fetch_bytes bytes = {{0}};
	u32 error = 0;
	int err, count;

	fetch_where(v, at);
	count = fetch_bytes(v, at, 0, &bytes, &error);
	if (likely(count == FETCH_MAX && bytes.word[0] == k->bytes.word[0] &&
		   bytes.word[1] == k->bytes.word[1] && k->i.code_size == at->code_size)) {
		io->e.i = k->i;
		return 0;
	}
	err = decode_bytes(v, at, &bytes, count, error);
	if (!err && count == FETCH_MAX) {
		k->bytes = bytes;
		k->i = io->e.i;
	}
	return err;
}

/*
 * Whether the address of the exit is that of the only memory operand, so that its translation
 * need not be looked up again.
 */
static bool one_operand(const struct emul_insn *i)
{
	bool two = i->opcode == 0xa4 || i->opcode == 0xa5 || i->opcode == 0xa6 || i->opcode == 0xa7;

	return !(i->row->flags & ROW_STACK) && !(i->row->flags & ROW_STRING && two);
}

/*
 * The registers that the instruction may need. In 64-bit code segments mean nothing but for the
 * bases of FS and GS, for moves of selectors and for the ring of POPF.
 */
static void take_sregs(struct vcpu *v, const struct fetch_at *at)
{
	struct emul *e = &v->mmio.e;

	if (at->code_size != 8 || e->i.seg >= HV_FS || e->i.row->src == OP_SREG ||
	    e->i.row->flags & ROW_STACK) {
		hv_get_sregs(&v->hv, &e->s, HV_SREG_SEG);
	}
	e->user = at->user;
	e->s.cr0 = at->s.cr0;
	e->s.cr3 = at->s.cr3;
	e->s.cr4 = at->s.cr4;
	e->s.efer = at->s.efer;
}

enum exit_next exit_mmio(struct vcpu *v, struct hv_exit *exit, bool rom)
{
	struct mmio *io = &v->mmio;
	struct fetch_at at;
	int err = decode(v, &at);

	if (err) {
		return err == -EFAULT ? EXIT_RESUME : give_up(v, exit);
	}
	take_sregs(v, &at);
	io->reads = 0;
	io->page = exit->s2.gpa.v;
	io->page_write = exit->s2.access & S2_W;
	io->page_rom = rom;
	io->page_valid = one_operand(&io->e.i);
	return execute(v, exit);
}

bool mmio_complete(struct vcpu *v)
{
	static const struct hv_exit none;
	struct mmio *io = &v->mmio;
	u8 pending = v->pending;

	v->pending = PENDING_NONE;
	if (pending == PENDING_MMIO_WRITE) {
		io->written++;
		return next_write(v) != EXIT_RESUME;
	}
	run_page_mmio_data(v, &io->read[io->at]);
	io->reads = io->at + 1;
	v->hv.regs = io->old;
	return execute(v, &none) != EXIT_RESUME;
}
