/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IN and OUT. A port that a device in the hypervisor owns is served at once; any other one goes
 * to the VMM through the run page. OUT is stepped over right away; IN is finished by the next
 * KVM_RUN, which has the data.
 */
#include "vmm/exit.h"
#include "vmm/irq/irqchip.h"
#include "vmm/pio.h"
#include "vmm/run_page.h"

/* Writes the low size bytes of RAX as IN does: 4 bytes clear the upper half. */
static void set_rax(struct vcpu *v, u32 size, u32 value)
{
	u64 *rax = &v->hv.regs.gpr[HV_RAX];

	switch (size) {
	case 1: *rax = (*rax & ~0xffULL) | (u8)value; break;
	case 2: *rax = (*rax & ~0xffffULL) | (u16)value; break;
	default: *rax = value; break;
	}
}

/* Whether a chip owns the port and has served the access. */
static bool by_chip(struct vcpu *v, const struct hv_exit *exit)
{
	u32 value = (u32)v->hv.regs.gpr[HV_RAX];

	if (!READ_ONCE(v->vm->irqchip) && !READ_ONCE(v->vm->pit)) {
		return false;
	}
	if (!irqchip_io(v->vm, exit->io.port, exit->io.size, exit->io.in, &value)) {
		return false;
	}
	if (exit->io.in) {
		set_rax(v, exit->io.size, value);
	}
	skip_insn(v, exit->insn_len);
	return true;
}

enum exit_next exit_io(struct vcpu *v, struct hv_exit *exit)
{
	if (unlikely(exit->io.string)) {
		return exit_io_string(v, exit);
	}
	if (unlikely(!exit->insn_len)) {
		exit->insn_len = (u8)exit_decode_length(v, exit->io.in ? INSN_IN : INSN_OUT);
		if (!exit->insn_len) {
			return EXIT_RESUME;
		}
	}
	if (by_chip(v, exit)) {
		return EXIT_RESUME;
	}
	run_page_io(v, exit->io.port, exit->io.size, exit->io.in, (u32)v->hv.regs.gpr[HV_RAX]);
	if (exit->io.in) {
		v->pio.rip = v->hv.regs.rip;
		v->pio.len = exit->insn_len;
		v->pio.size = exit->io.size;
		v->pending = PENDING_IO_IN;
	} else {
		skip_insn(v, exit->insn_len);
	}
	return EXIT_LEAVE;
}

void pio_complete(struct vcpu *v)
{
	u8 pending = v->pending;
	u32 value;

	v->pending = PENDING_NONE;
	v->hv.regs.rip = v->pio.rip;
	value = run_page_io_data(v, v->pio.size);
	if (pending == PENDING_IO_INS) {
		pio_string_complete(v, value);
		return;
	}
	set_rax(v, v->pio.size, value);
	skip_insn(v, v->pio.len);
}
