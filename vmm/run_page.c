/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every access to the shared run page that is not an exit's own few fields. Called by vmm/run.c
 * and the port exits.
 */
#include "vmm/run_page.h"

void run_page_output(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	run->if_flag = !!(v->hv.regs.rflags & RFLAGS_IF);
	run->cr8 = vcpu_get_cr8(v);
	run->apic_base = v->apic_base;
	run->flags = 0;
	run->ready_for_interrupt_injection = v->vm->irqchip || events_can_interrupt(v);
}

void run_page_io(struct vcpu *v, u16 port, u32 size, bool in, u32 value)
{
	struct kvm_run *run = v->run;

	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = in ? KVM_EXIT_IO_IN : KVM_EXIT_IO_OUT;
	run->io.size = size;
	run->io.port = port;
	run->io.count = 1;
	run->io.data_offset = RUN_IO_OFFSET;
	/* the page has room: bytes above size are 0 or the rest of RAX, which the VMM may see */
	if (!in) {
		__builtin_memcpy(v->run_io, &value, sizeof(value));
	}
}

void run_page_mmio(struct vcpu *v, const struct mmio_part *p, bool write)
{
	struct kvm_run *run = v->run;

	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = p->gpa;
	run->mmio.len = p->len;
	run->mmio.is_write = write;
	__builtin_memcpy(run->mmio.data, p->data, sizeof(p->data));
}
