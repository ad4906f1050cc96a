/* SPDX-License-Identifier: BSD-2-Clause */
/* Every access to the shared run page that is not an exit's own few fields. Called by vmm/run.c and the port exits. */
#include "vmm/run_page.h"

#include "arch/x86/asm/irq.h"
#include "core/string.h"
#include "vmm/vcpu.h"

void run_page_input(struct vcpu *v, struct run_input *in)
{
	const struct kvm_run *run = v->run;

	in->cr8 = READ_ONCE(run->cr8);
	in->immediate_exit = READ_ONCE(run->immediate_exit);
	in->want_window = READ_ONCE(run->request_interrupt_window);
	in->bad_regs = READ_ONCE(run->kvm_valid_regs) || READ_ONCE(run->kvm_dirty_regs);
}

void run_page_reason(struct vcpu *v, u32 reason)
{
	v->run->exit_reason = reason;
}

void run_page_output(struct vcpu *v)
{
	struct kvm_run *run = v->run;

	run->if_flag = !!(v->hv.regs.rflags & RFLAGS_IF);
	run->cr8 = vcpu_get_cr8(v);
	run->apic_base = v->apic_base;
	run->flags = 0;
	run->ready_for_interrupt_injection = v->vm->irqchip || events_can_interrupt(v);
}

u32 run_page_io_data(struct vcpu *v, u32 size)
{
	u32 value = READ_ONCE(*(const u32 *)v->run_io);

	return size == 4 ? value : value & ((1u << (8 * size)) - 1);
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
	if (!in) {
		memcpy(v->run_io, &value, size);
	}
}
