/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * INS and OUTS, one element per exit: the loop of REP is the guest's, which executes the
 * instruction again. The hardware tells neither address size nor segment reliably, so the
 * instruction is decoded.
 */
#include "vmm/cr.h"
#include "vmm/exit.h"
#include "vmm/irq/irqchip.h"
#include "vmm/linear.h"
#include "vmm/pio.h"
#include "vmm/run_page.h"

#define RFLAGS_DF BIT(10)

static u64 address_mask(u32 address_size)
{
	return address_size == 8 ? ~0ULL : (1ULL << (8 * address_size)) - 1;
}

/*
 * Adds to an index or count register in the instruction's address size: 16 bits keep the rest,
 * 32 bits clear it.
 */
static void advance(struct vcpu *v, enum hv_gpr reg, u32 address_size, s64 delta)
{
	u64 *r = &v->hv.regs.gpr[reg], mask = address_mask(address_size);

	*r = (address_size == 2 ? *r & ~mask : 0) | ((*r + delta) & mask);
}

/* The element is done: moves index and count on. Whether REP goes on. */
static bool step(struct vcpu *v, enum hv_gpr index, u32 size, u32 address_size, bool rep)
{
	s64 delta = v->hv.regs.rflags & RFLAGS_DF ? -(s64)size : (s64)size;

	advance(v, index, address_size, delta);
	if (!rep) {
		return false;
	}
	advance(v, HV_RCX, address_size, -1);
	return v->hv.regs.gpr[HV_RCX] & address_mask(address_size);
}

/* Linear address of the element, limit checked. false: a fault was raised. */
static bool element_address(struct vcpu *v, const struct insn *i, bool in, u32 size, u64 *gva)
{
	u64 offset = v->hv.regs.gpr[in ? HV_RDI : HV_RSI] & address_mask(i->address_size);
	u8 seg = in ? HV_ES : i->segment == INSN_NO_SEG ? HV_DS : i->segment;
	bool wide = vcpu_code_size(v, NULL) == 8;
	struct hv_sregs s;

	hv_get_sregs(&v->hv, &s, HV_SREG_SEG);
	if (wide) {
		*gva = offset + (seg == HV_FS || seg == HV_GS ? s.seg[seg].base : 0);
		if (!canonical(*gva)) {
			event_gp(v);
			return false;
		}
		return true;
	}
	if (offset + size - 1 > s.seg[seg].limit) {
		event_exception(v, seg == HV_SS ? VEC_SS : VEC_GP, true, 0);
		return false;
	}
	*gva = (u32)(s.seg[seg].base + offset);
	return true;
}

/*
 * The part that is the same for both directions before the port is touched. false: handled,
 * resume.
 */
static bool prepare(struct vcpu *v, const struct hv_exit *exit, struct insn *i, u64 *gva)
{
	if (!exit_decode(v, INSN_BIT(exit->io.in ? INSN_INS : INSN_OUTS), i)) {
		return false;
	}
	if (i->rep && !(v->hv.regs.gpr[HV_RCX] & address_mask(i->address_size))) {
		skip_insn(v, i->len);
		return false;
	}
	return element_address(v, i, exit->io.in, exit->io.size, gva);
}

static enum exit_next string_out(struct vcpu *v, const struct hv_exit *exit, const struct insn *i,
				 u64 gva)
{
	u32 value = 0, size = exit->io.size;
	int err = linear_read(v, gva, &value, size);
	bool claimed;

	if (err) {
		return err == -EFAULT ? EXIT_RESUME : exit_needs_emulation(v, exit);
	}
	claimed = irqchip_io(v->vm, exit->io.port, size, false, &value);
	if (!claimed) {
		run_page_io(v, exit->io.port, size, false, value);
	}
	if (!step(v, HV_RSI, size, i->address_size, i->rep)) {
		skip_insn(v, i->len);
	}
	return claimed ? EXIT_RESUME : EXIT_LEAVE;
}

/* The destination is tried before the port is read: a port may change by being read. */
static enum exit_next string_in(struct vcpu *v, const struct hv_exit *exit, const struct insn *i,
				u64 gva)
{
	u32 value = 0, size = exit->io.size;
	int err = linear_probe_write(v, gva, size);

	if (err) {
		return err == -EFAULT ? EXIT_RESUME : exit_needs_emulation(v, exit);
	}
	v->pio.rip = v->hv.regs.rip;
	v->pio.len = i->len;
	v->pio.size = size;
	v->pio.address = gva;
	v->pio.address_size = i->address_size;
	v->pio.rep = i->rep;
	if (irqchip_io(v->vm, exit->io.port, size, true, &value)) {
		pio_string_complete(v, value);
		return EXIT_RESUME;
	}
	run_page_io(v, exit->io.port, size, true, 0);
	v->pending = PENDING_IO_INS;
	return EXIT_LEAVE;
}

enum exit_next exit_io_string(struct vcpu *v, struct hv_exit *exit)
{
	struct insn i;
	u64 gva;

	if (!prepare(v, exit, &i, &gva)) {
		return EXIT_RESUME;
	}
	return exit->io.in ? string_in(v, exit, &i, gva) : string_out(v, exit, &i, gva);
}

void pio_string_complete(struct vcpu *v, u32 value)
{
	if (linear_write(v, v->pio.address, &value, v->pio.size)) {
		return; /* a fault was raised, or the memory is gone: the guest tries again */
	}
	if (!step(v, HV_RDI, v->pio.size, v->pio.address_size, v->pio.rep)) {
		skip_insn(v, v->pio.len);
	}
}
