/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vCPU answers to bad state, and what a fresh one holds. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/calls.h"
#include "tests/selftest/cpuid.h"

GUEST_CODE_OF(steps);

#define MSR_LSTAR 0xc0000082

static const struct kvm_interrupt vector_256 = { .irq = 256 }, vector_32 = { .irq = 32 };
static const struct kvm_cpuid2 cpuid_none, cpuid_too_many = { .nent = 257 };
static const struct kvm_msrs msrs_none, msrs_too_many = { .nmsrs = 256 };
static const struct {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry;
} cpuid_bad_width = {
	.head.nent = 1, .entry = { .function = 0x80000008, .eax = 40 << 8 },
};
static const struct {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[2];
} msrs_unknown = {
	.head.nmsrs = 2, .entries = { { .index = 0xdeadbeef }, { .index = MSR_LSTAR } },
}, msrs_second_unknown = {
	.head.nmsrs = 2, .entries = { { .index = MSR_LSTAR }, { .index = 0xdeadbeef } },
}, msrs_bad_value = {
	.head.nmsrs = 1, .entries = { { .index = 0xc0000102, .data = 0x8000000000000000 } },
};

static const struct call state[] = {
	{ "KVM_RUN with an argument", ON_VCPU, KVM_RUN, 1, BAD(EINVAL) },
	{ "KVM_GET_REGS, NULL", ON_VCPU, KVM_GET_REGS, 0, BAD(EFAULT) },
	{ "KVM_SET_REGS, NULL", ON_VCPU, KVM_SET_REGS, 0, BAD(EFAULT) },
	{ "KVM_SET_SREGS, NULL", ON_VCPU, KVM_SET_SREGS, 0, BAD(EFAULT) },
	{ "KVM_SET_FPU, NULL", ON_VCPU, KVM_SET_FPU, 0, BAD(EFAULT) },
	{ "KVM_SET_CPUID2, NULL", ON_VCPU, KVM_SET_CPUID2, 0, BAD(EFAULT) },
	{ "KVM_SET_CPUID2, 257 entries", ON_VCPU, KVM_SET_CPUID2, AT(cpuid_too_many), BAD(E2BIG) },
	{ "KVM_SET_CPUID2, 40 linear bits", ON_VCPU, KVM_SET_CPUID2, AT(cpuid_bad_width),
	  BAD(EINVAL) },
	{ "KVM_SET_CPUID2, no entry", ON_VCPU, KVM_SET_CPUID2, AT(cpuid_none), GOOD(0) },
	{ "KVM_SET_MSRS, 256 entries", ON_VCPU, KVM_SET_MSRS, AT(msrs_too_many), BAD(E2BIG) },
	{ "KVM_SET_MSRS, none", ON_VCPU, KVM_SET_MSRS, AT(msrs_none), GOOD(0) },
	{ "KVM_SET_MSRS, first unknown", ON_VCPU, KVM_SET_MSRS, AT(msrs_unknown), GOOD(0) },
	{ "KVM_SET_MSRS, second unknown", ON_VCPU, KVM_SET_MSRS, AT(msrs_second_unknown), GOOD(1) },
	{ "KVM_SET_MSRS, bad value", ON_VCPU, KVM_SET_MSRS, AT(msrs_bad_value), GOOD(0) },
	{ "KVM_SET_MSRS, NULL", ON_VCPU, KVM_SET_MSRS, 0, BAD(EFAULT) },
};

static const struct call without_irqchip[] = {
	{ "KVM_GET_LAPIC without chip", ON_VCPU, KVM_GET_LAPIC, 0, BAD(EINVAL) },
	{ "KVM_INTERRUPT 256", ON_VCPU, KVM_INTERRUPT, AT(vector_256), BAD(EINVAL) },
	{ "KVM_INTERRUPT", ON_VCPU, KVM_INTERRUPT, AT(vector_32), GOOD(0) },
	{ "KVM_INTERRUPT while one is pending", ON_VCPU, KVM_INTERRUPT, AT(vector_32), GOOD(0) },
};

static const struct call with_irqchip[] = {
	{ "KVM_INTERRUPT with chip", ON_VCPU, KVM_INTERRUPT, AT(vector_32), BAD(ENXIO) },
	{ "KVM_GET_LAPIC, NULL", ON_VCPU, KVM_GET_LAPIC, 0, BAD(EFAULT) },
	{ "KVM_SET_LAPIC, NULL", ON_VCPU, KVM_SET_LAPIC, 0, BAD(EFAULT) },
};

/* Changes of 64-bit fields that make good long-mode registers bad. */
static const struct {
	const char *what;
	size_t field;
	uint64_t clear, set;
} bad_sregs[] = {
	{ "CR0.PG without PE", offsetof(struct kvm_sregs, cr0), 1, 0 },
	{ "CR0.NW without CD", offsetof(struct kvm_sregs, cr0), 1 << 30, 1 << 29 },
	{ "CR0 bit 32", offsetof(struct kvm_sregs, cr0), 0, 1ull << 32 },
	{ "long mode without CR4.PAE", offsetof(struct kvm_sregs, cr4), 0x20, 0 },
	{ "CR4 bit 26", offsetof(struct kvm_sregs, cr4), 0, 1 << 26 },
	{ "CR4 bit 40", offsetof(struct kvm_sregs, cr4), 0, 1ull << 40 },
	{ "LME and PG without LMA", offsetof(struct kvm_sregs, efer), 0x400, 0 },
	{ "LMA without PG", offsetof(struct kvm_sregs, cr0), 0x80000000, 0 },
	{ "CR3 above the CPU's addresses", offsetof(struct kvm_sregs, cr3), 0, 1ull << 52 },
	{ "APIC base bit 0", offsetof(struct kvm_sregs, apic_base), 0, 1 },
	{ "APIC base above the CPU's addresses", offsetof(struct kvm_sregs, apic_base), 0,
	  1ull << 52 },
	{ "x2APIC without APIC", offsetof(struct kvm_sregs, apic_base), 0x800, 0x400 },
};

static enum result check_state(struct guest *guest)
{
	return CALLS_CHECK(guest, state);
}

static enum result check_no_chip(struct guest *guest)
{
	return CALLS_CHECK(guest, without_irqchip);
}

static enum result check_chip(struct guest *guest)
{
	return CALLS_CHECK(guest, with_irqchip);
}

static enum result check_sregs(struct guest *guest)
{
	struct kvm_sregs good, bad, after;

	TRY(guest_enter_long(guest, 0));
	TRY(guest_get_sregs(guest, 0, &good));
	for (unsigned int i = 0; i < sizeof(bad_sregs) / sizeof(bad_sregs[0]); i++) {
		uint64_t value;

		bad = good;
		memcpy(&value, (char *)&bad + bad_sregs[i].field, sizeof(value));
		value = (value & ~bad_sregs[i].clear) | bad_sregs[i].set;
		memcpy((char *)&bad + bad_sregs[i].field, &value, sizeof(value));
		bad.cr2 = 0x1234;
		CHECK(ioctl(guest->vcpu[0], KVM_SET_SREGS, &bad) == -1 && errno == EINVAL,
		      "%s is accepted, or errno %d is not EINVAL", bad_sregs[i].what, errno);
		TRY(guest_get_sregs(guest, 0, &after));
		CHECK(!memcmp(&after, &good, sizeof(good)), "%s: refused, yet something changed",
		      bad_sregs[i].what);
	}
	return PASSED;
}

/* State behind reset, as KVM gives it to a first vCPU. */
static enum result check_reset(struct guest *guest)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	TRY(guest_get_regs(guest, 0, &regs));
	TRY(guest_get_sregs(guest, 0, &sregs));
	CHECK(regs.rip == 0xfff0 && regs.rflags == 2 && regs.rsp == 0 && regs.rax == 0,
	      "rip 0x%llx rflags 0x%llx", regs.rip, regs.rflags);
	CHECK(regs.rdx == 0x600, "rdx 0x%llx", regs.rdx);
	CHECK(sregs.cs.selector == 0xf000 && sregs.cs.base == 0xffff0000 &&
	      sregs.cs.limit == 0xffff && (sregs.cs.type | 1) == 0xb && sregs.cs.present,
	      "cs 0x%x base 0x%llx type 0x%x", sregs.cs.selector, sregs.cs.base, sregs.cs.type);
	CHECK((sregs.tr.type & 7) == 3 && sregs.ldt.type == 2, "tr type 0x%x ldt type 0x%x",
	      sregs.tr.type, sregs.ldt.type);
	CHECK(sregs.gdt.limit == 0xffff && sregs.idt.limit == 0xffff, "gdt limit 0x%x",
	      sregs.gdt.limit);
	CHECK(sregs.cr0 == 0x60000010 && sregs.cr4 == 0 && sregs.efer == 0,
	      "cr0 0x%llx cr4 0x%llx efer 0x%llx", sregs.cr0, sregs.cr4, sregs.efer);
	CHECK(sregs.apic_base == 0xfee00900, "apic_base 0x%llx", sregs.apic_base);
	return PASSED;
}

static enum result check_rflags(struct guest *guest)
{
	struct kvm_regs regs;

	TRY(guest_get_regs(guest, 0, &regs));
	regs.rflags = 0;
	regs.rip = 0x8000000000000000;
	TRY(guest_set_regs(guest, 0, &regs));
	TRY(guest_get_regs(guest, 0, &regs));
	CHECK(regs.rflags == 2, "RFLAGS 0 reads back 0x%llx", regs.rflags);
	CHECK(regs.rip == 0x8000000000000000, "RIP 0x%llx", regs.rip);
	return PASSED;
}

static enum result run_fails(struct guest *guest, const char *what, int error)
{
	CHECK(ioctl(guest->vcpu[0], KVM_RUN, 0) == -1 && errno == error, "%s: errno %d, exit %u",
	      what, errno, guest->run[0]->exit_reason);
	return PASSED;
}

static enum result check_run_page(struct guest *guest)
{
	struct kvm_run *run = guest->run[0];

	LOAD(guest, steps);
	TRY(guest_enter_long(guest, 0));
	run->kvm_valid_regs = 1ull << 40;
	TRY(run_fails(guest, "kvm_valid_regs", EINVAL));
	run->kvm_valid_regs = 0;
	run->kvm_dirty_regs = 1ull << 40;
	TRY(run_fails(guest, "kvm_dirty_regs", EINVAL));
	run->kvm_dirty_regs = 0;
	run->cr8 = 16;
	TRY(run_fails(guest, "cr8 16", EINVAL));
	run->cr8 = 0;
	run->immediate_exit = 1;
	run->exit_reason = 0xdead;
	TRY(run_fails(guest, "immediate_exit", EINTR));
	CHECK(run->exit_reason == 0xdead, "immediate_exit changed the reason to %u",
	      run->exit_reason);
	run->immediate_exit = 0;
	TRY(guest_run_to_step(guest, 0, 1));
	return PASSED;
}

static enum result check_cpuid_after_run(struct guest *guest)
{
	static struct cpuid_table table;

	TRY(cpuid_set_supported(guest, 0));
	guest->run[0]->immediate_exit = 1;
	LOAD(guest, steps);
	TRY(guest_enter_long(guest, 0));
	TRY(run_fails(guest, "immediate_exit", EINTR));
	guest->run[0]->immediate_exit = 0;
	TRY(cpuid_set_supported(guest, 0));
	TRY(guest_run_to_step(guest, 0, 1));
	table.head.nent = 1;
	table.entries[0].function = 0x40000000;
	CHECK(ioctl(guest->vcpu[0], KVM_SET_CPUID2, &table) == -1 && errno == EINVAL,
	      "another table after a run: errno %d", errno);
	TRY(cpuid_set_supported(guest, 0));
	return PASSED;
}

static const struct test rows[] = {
	{ "errno: vCPU state", 1, 0, check_state },
	{ "errno: vCPU without irqchip", 1, 0, check_no_chip },
	{ "errno: vCPU with irqchip", 1, GUEST_WITH_IRQCHIP, check_chip },
	{ "errno: KVM_SET_SREGS", 1, 0, check_sregs },
	{ "errno: KVM_RUN and the run page", 1, 0, check_run_page },
	{ "errno: KVM_SET_CPUID2 after a run", 1, 0, check_cpuid_after_run },
	{ "vCPU state after reset", 1, 0, check_reset },
	{ "KVM_SET_REGS forces RFLAGS bit 1", 1, 0, check_rflags },
};

TEST_TABLE(vcpu_error_tests, rows);
