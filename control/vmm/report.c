/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a guest ended: one line for its user. Of a guest that cannot go on the line names what
 * happened, then comes the state a developer asks for first. Reads only what KVM and guest memory
 * give; it never fails.
 */
#include "control/vmm/report.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "control/vmm/console.h"
#include "control/vmm/guest_walk.h"

#define BYTES_SHOWN 16

static const char *internal_error_name(uint32_t suberror)
{
	switch (suberror) {
	case KVM_INTERNAL_ERROR_EMULATION:
		return "an instruction that would have to be emulated";
	case KVM_INTERNAL_ERROR_SIMUL_EX:
		return "simultaneous exceptions";
	case KVM_INTERNAL_ERROR_DELIVERY_EV:
		return "an exit during event delivery";
	case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
		return "an exit that KVM does not expect";
	default:
		return "an unknown internal error";
	}
}

/* The CPU is named where there are several. */
static void print_start(const struct vcpu *vcpu)
{
	console_restore();
	fprintf(stderr, "\ncorbel: the guest ended: ");
	if (vcpu->machine->config->cpus > 1) {
		fprintf(stderr, "CPU %d: ", vcpu->id);
	}
}

/* Corbel, unlike Linux, adds two words: guest-physical address and access (4: execute). */
static void print_access(const struct kvm_run *run)
{
	uint32_t at = run->emulation_failure.flags &
		KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES ? 8 : 6;

	if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
	    run->internal.ndata == at + 2) {
		fprintf(stderr, "%s guest-physical 0x%llx, where this machine has neither memory "
			"nor a device\n", run->internal.data[at + 1] & 4 ? "code at" :
			"data access to", run->internal.data[at]);
	}
}

static void print_reason(const struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_SHUTDOWN:
		fprintf(stderr, "triple fault (KVM_EXIT_SHUTDOWN)\n");
		break;
	case KVM_EXIT_MMIO:
		fprintf(stderr, "%s of %u bytes at guest-physical 0x%llx, where this machine has "
			"neither memory nor a device (KVM_EXIT_MMIO)\n",
			run->mmio.is_write ? "write" : "read", run->mmio.len,
			run->mmio.phys_addr);
		break;
	case KVM_EXIT_HLT:
		fprintf(stderr, "HLT left to the VMM (KVM_EXIT_HLT)\n");
		break;
	case KVM_EXIT_FAIL_ENTRY:
		fprintf(stderr, "the CPU refused to enter it, hardware reason 0x%llx "
			"(KVM_EXIT_FAIL_ENTRY)\n", run->fail_entry.hardware_entry_failure_reason);
		break;
	case KVM_EXIT_INTERNAL_ERROR:
		fprintf(stderr, "%s, or code outside its memory (KVM_EXIT_INTERNAL_ERROR, "
			"suberror %u)\n", internal_error_name(run->internal.suberror),
			run->internal.suberror);
		print_access(run);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		fprintf(stderr, "system event %u (KVM_EXIT_SYSTEM_EVENT)\n",
			run->system_event.type);
		break;
	default:
		fprintf(stderr, "exit reason %u, which this VMM does not handle\n",
			run->exit_reason);
	}
}

static void print_regs(const struct kvm_regs *r)
{
	fprintf(stderr, "rip %016llx rflags %08llx\n", r->rip, r->rflags);
	fprintf(stderr, "rax %016llx rbx %016llx rcx %016llx rdx %016llx\n", r->rax, r->rbx, r->rcx,
		r->rdx);
	fprintf(stderr, "rsi %016llx rdi %016llx rbp %016llx rsp %016llx\n", r->rsi, r->rdi, r->rbp,
		r->rsp);
	fprintf(stderr, "r8  %016llx r9  %016llx r10 %016llx r11 %016llx\n", r->r8, r->r9, r->r10,
		r->r11);
	fprintf(stderr, "r12 %016llx r13 %016llx r14 %016llx r15 %016llx\n", r->r12, r->r13, r->r14,
		r->r15);
}

static void print_segment(const char *name, const struct kvm_segment *s)
{
	fprintf(stderr, "%s %04x base %016llx limit %08x type %x s %d dpl %d p %d l %d db %d g %d"
		"%s\n", name, s->selector, s->base, s->limit, s->type, s->s, s->dpl, s->present,
		s->l, s->db, s->g, s->unusable ? " unusable" : "");
}

static void print_sregs(const struct kvm_sregs *s)
{
	fprintf(stderr, "cr0 %08llx cr2 %016llx cr3 %016llx cr4 %08llx efer %04llx\n", s->cr0,
		s->cr2, s->cr3, s->cr4, s->efer);
	print_segment("cs", &s->cs);
	print_segment("ss", &s->ss);
	print_segment("ds", &s->ds);
	print_segment("tr", &s->tr);
	fprintf(stderr, "gdt %016llx limit %04x idt %016llx limit %04x apic_base %llx\n",
		s->gdt.base, s->gdt.limit, s->idt.base, s->idt.limit, s->apic_base);
}

/* The bytes may cross a page, so each is translated on its own. */
static void print_code(struct machine *machine, const struct kvm_sregs *sregs, uint64_t rip)
{
	uint64_t linear = sregs->cs.l ? rip : sregs->cs.base + rip;

	fprintf(stderr, "bytes at rip:");
	for (int i = 0; i < BYTES_SHOWN; i++) {
		uint64_t address;
		uint8_t *byte = NULL;

		if (!guest_walk(machine, sregs, linear + i, &address)) {
			byte = machine_memory(machine, address, 1);
		}
		if (!byte) {
			fprintf(stderr, i ? " (end of memory)" :
				" none, no memory is mapped at linear 0x%llx",
				(unsigned long long)linear);
			break;
		}
		fprintf(stderr, " %02x", *byte);
	}
	fprintf(stderr, "\n");
}

/* Linux on some CPUs resets the vCPU when it reports a triple fault. */
static void print_if_reset(const struct kvm_run *run, const struct kvm_regs *regs,
			   const struct kvm_sregs *sregs)
{
	if (run->exit_reason == KVM_EXIT_SHUTDOWN && regs->rip == 0xfff0 &&
	    sregs->cs.base == 0xffff0000) {
		fprintf(stderr, "(KVM has reset the vCPU; its state at the fault is lost)\n");
	}
}

static void print_state(struct vcpu *vcpu)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs) || ioctl(vcpu->fd, KVM_GET_SREGS, &sregs)) {
		fprintf(stderr, "(its registers cannot be read)\n");
		return;
	}
	print_if_reset(vcpu->run, &regs, &sregs);
	print_regs(&regs);
	print_sregs(&sregs);
	print_code(vcpu->machine, &sregs, regs.rip);
}

void report_exit(struct vcpu *vcpu)
{
	print_start(vcpu);
	print_reason(vcpu->run);
	print_state(vcpu);
}

void report_error(struct vcpu *vcpu, int error)
{
	print_start(vcpu);
	fprintf(stderr, "KVM_RUN: %s\n", strerror(error));
	print_state(vcpu);
}

void report_end(enum machine_end end)
{
	static const char *const ways[] = {
		[MACHINE_OFF] = "it switched itself off",
		[MACHINE_RESET] = "it asked for a reset, and is not started again",
		[MACHINE_STOPPED] = "stopped by Ctrl-]",
	};

	if (end < sizeof(ways) / sizeof(ways[0]) && ways[end]) {
		fprintf(stderr, "\ncorbel: the guest ended: %s\n", ways[end]);
	}
}
