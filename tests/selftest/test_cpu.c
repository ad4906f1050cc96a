/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID, MSRs, control registers, FPU, extended state and debug registers of a vCPU. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tests/selftest/cpuid.h"
#include "tests/selftest/test.h"

GUEST_CODE_OF(cpuid);
GUEST_CODE_OF(rdmsr);
GUEST_CODE_OF(wrmsr);
GUEST_CODE_OF(tsc);
GUEST_CODE_OF(control);
GUEST_CODE_OF(cr4_reserved);
GUEST_CODE_OF(fpu);
GUEST_CODE_OF(avx);
GUEST_CODE_OF(xcr0_bad);
GUEST_CODE_OF(debug_kept);
GUEST_CODE_OF(debug_break);

enum { LEAF1_ECX_XSAVE = 26, LEAF1_ECX_AVX = 28, ECX = 2 };
#define CR4_MCE 0x40ull

/* Runs loaded code from the start with these registers to its end. */
static enum result run_with(struct guest *guest, uint64_t rax, uint64_t rcx, uint64_t rdx)
{
	struct kvm_regs regs;

	TRY(guest_get_regs(guest, 0, &regs));
	regs.rip = GUEST_CODE;
	regs.rax = rax;
	regs.rcx = rcx;
	regs.rdx = rdx;
	TRY(guest_set_regs(guest, 0, &regs));
	TRY(guest_run_to_done(guest, 0));
	return PASSED;
}

static enum result cpuid_set(struct guest *guest)
{
	static const struct kvm_cpuid_entry2 entries[] = {
		{ .function = 0, .eax = 0x10, .ebx = 0x1111, .ecx = 0x2222, .edx = 0x3333 },
		{ .function = 7, .index = 0, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX, .ebx = 9 },
		{ .function = 4, .index = 1, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		  .eax = 0x41, .ebx = 0x42, .ecx = 0x43, .edx = 0x44 },
		{ .function = 0x40000000, .eax = 0x40000010 },
		{ .function = 0x40000010, .eax = 0xa, .ebx = 0xb, .ecx = 0xc, .edx = 0xd },
		{ .function = 0x80000000, .eax = 0x80000008 },
		{ .function = 0x80000002, .eax = 0x64636261 },
	};
	static const uint32_t asked[][2] = {
		{ 0, 0 }, { 4, 1 }, { 0x40000010, 0 }, { 0x80000002, 0 },
	};
	struct cpuid_table table = { .head.nent = sizeof(entries) / sizeof(entries[0]) };

	memcpy(table.entries, entries, sizeof(entries));
	CHECK(!ioctl(guest->vcpu[0], KVM_SET_CPUID2, &table), "KVM_SET_CPUID2: %s",
	      strerror(errno));
	LOAD(guest, cpuid);
	TRY(guest_enter_long(guest, 0));
	for (unsigned int i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const struct kvm_cpuid_entry2 *want = entries;

		while (want->function != asked[i][0] || want->index != asked[i][1]) {
			want++;
		}
		TRY(run_with(guest, asked[i][0], asked[i][1], 0));
		CHECK(guest_value(guest, 0) == want->eax && guest_value(guest, 1) == want->ebx &&
		      guest_value(guest, 2) == want->ecx && guest_value(guest, 3) == want->edx,
		      "leaf 0x%x.%u: eax 0x%llx ebx 0x%llx", asked[i][0], asked[i][1],
		      (unsigned long long)guest_value(guest, 0),
		      (unsigned long long)guest_value(guest, 1));
	}
	TRY(run_with(guest, 4, 2, 0));
	CHECK(guest_value(guest, 0) == 0, "absent subleaf gives eax 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static enum result msr_kept(struct guest *guest)
{
	static const struct {
		uint32_t index;
		uint64_t value;
	} msrs[] = {
		{ 0x174, 0x10 },			/* SYSENTER_CS */
		{ 0x175, 0x123456789000 },		/* SYSENTER_ESP */
		{ 0x277, 0x0007040600070406 },		/* PAT */
		{ 0xc0000081, 0x0013000800000000 },	/* STAR */
		{ 0xc0000082, 0xffffffff81000000 },	/* LSTAR */
		{ 0xc0000084, 0x47700 },		/* SFMASK */
		{ 0xc0000100, 0x7fff12345000 },		/* FS base */
		{ 0xc0000102, 0xffff888000000000 },	/* KERNEL_GS base */
	};

	LOAD(guest, wrmsr);
	TRY(guest_enter_long(guest, 0));
	for (unsigned int i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++) {
		TRY(run_with(guest, msrs[i].value & 0xffffffff, msrs[i].index,
			     msrs[i].value >> 32));
		CHECK(guest_value(guest, 2) == 0, "MSR 0x%x: #GP", msrs[i].index);
		CHECK((guest_value(guest, 0) | guest_value(guest, 1) << 32) == msrs[i].value,
		      "MSR 0x%x reads 0x%llx", msrs[i].index,
		      (unsigned long long)(guest_value(guest, 0) | guest_value(guest, 1) << 32));
	}
	return PASSED;
}

static enum result msr_from_outside(struct guest *guest)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msrs = { .head.nmsrs = 1, .entry = { .index = 0xc0000082, .data = 0x12345678abc } };

	LOAD(guest, rdmsr);
	TRY(guest_enter_long(guest, 0));
	CHECK(ioctl(guest->vcpu[0], KVM_SET_MSRS, &msrs) == 1, "KVM_SET_MSRS");
	TRY(run_with(guest, 0, msrs.entry.index, 0));
	CHECK((guest_value(guest, 0) | guest_value(guest, 1) << 32) == msrs.entry.data,
	      "the guest reads 0x%llx%08llx", (unsigned long long)guest_value(guest, 1),
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static enum result msr_unknown(struct guest *guest)
{
	LOAD(guest, rdmsr);
	TRY(guest_enter_long(guest, 0));
	TRY(run_with(guest, 0, 0xdeadbeef, 0));
	CHECK(guest_value(guest, 2) == 1 && guest_word(guest, RESULT_VECTOR) == 13 &&
	      guest_word(guest, RESULT_ERROR) == 0, "RDMSR: no #GP(0)");
	LOAD(guest, wrmsr);
	TRY(run_with(guest, 0, 0xdeadbeef, 0));
	CHECK(guest_value(guest, 2) == 1, "WRMSR: no #GP");
	TRY(run_with(guest, 0x502, 0xc0000080, 0));
	CHECK(guest_value(guest, 2) == 1, "reserved bit of EFER: no #GP");
	return PASSED;
}

static enum result tsc(struct guest *guest)
{
	LOAD(guest, tsc);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 0, "it ran backwards with %llu rounds to go",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static enum result control(struct guest *guest)
{
	struct kvm_sregs sregs;

	LOAD(guest, control);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	/* Under Linux on an emulator the guest sees the host's MCE bit. */
	CHECK((guest_value(guest, 0) & ~CR4_MCE) == 0x620, "CR4 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	CHECK((guest_value(guest, 1) & 0x80000009) == 0x80000009, "CR0 0x%llx after setting TS",
	      (unsigned long long)guest_value(guest, 1));
	CHECK((guest_value(guest, 2) & 8) == 0, "CR0 0x%llx after CLTS",
	      (unsigned long long)guest_value(guest, 2));
	CHECK(guest_value(guest, 3) == 5, "CR8 %llu", (unsigned long long)guest_value(guest, 3));
	CHECK(guest_value(guest, 4) == GUEST_PML4, "CR3 0x%llx",
	      (unsigned long long)guest_value(guest, 4));
	TRY(guest_get_sregs(guest, 0, &sregs));
	CHECK((sregs.cr4 & ~CR4_MCE) == 0x620 && sregs.cr8 == 5,
	      "KVM_GET_SREGS: cr4 0x%llx cr8 %llu", sregs.cr4, sregs.cr8);
	return PASSED;
}

static enum result cr4_reserved(struct guest *guest)
{
	LOAD(guest, cr4_reserved);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 1 && guest_word(guest, RESULT_VECTOR) == 13, "no #GP");
	return PASSED;
}

/* Starts both vCPUs on the same code with their own pattern in RBX and place for values in RBP. */
static enum result start_both(struct guest *guest, const uint64_t *patterns)
{
	for (int i = 0; i < 2; i++) {
		struct kvm_regs regs;

		TRY(guest_enter_long(guest, i));
		TRY(guest_get_regs(guest, i, &regs));
		regs.rbx = patterns[i];
		regs.rbp = 0x40 * i;
		TRY(guest_set_regs(guest, i, &regs));
	}
	/* In turn, so that each finds what the other left in the CPU. */
	for (int step = 1; step <= 3; step++) {
		TRY(guest_run_to_step(guest, 0, step));
		TRY(guest_run_to_step(guest, 1, step));
	}
	TRY(guest_run_to_done(guest, 0));
	TRY(guest_run_to_done(guest, 1));
	return PASSED;
}

static enum result fpu(struct guest *guest)
{
	static const uint64_t patterns[] = { 0x0123456789abcdef, 0x7edcba9876543210 };
	volatile double mine = 1.0 / 3;

	LOAD(guest, fpu);
	TRY(start_both(guest, patterns));
	for (int i = 0; i < 2; i++) {
		CHECK(guest_value(guest, 8 * i) == patterns[i], "vCPU %d: XMM0 0x%llx", i,
		      (unsigned long long)guest_value(guest, 8 * i));
		CHECK(guest_value(guest, 8 * i + 1) == patterns[i] + 1, "vCPU %d: XMM15", i);
		CHECK(guest_value(guest, 8 * i + 2) == patterns[i], "vCPU %d: ST0 0x%llx", i,
		      (unsigned long long)guest_value(guest, 8 * i + 2));
		CHECK((guest_value(guest, 8 * i + 3) & 0xffff) == 0x1f00, "vCPU %d: MXCSR 0x%llx",
		      i, (unsigned long long)guest_value(guest, 8 * i + 3));
	}
	CHECK(mine * 3 == 1.0, "the program's own FPU state was lost");
	return PASSED;
}

static enum result avx(struct guest *guest)
{
	static const uint64_t patterns[] = { 0x1122334455667788, 0x99aabbccddeeff00 };

	if (!cpuid_supports(guest, 1, ECX, LEAF1_ECX_XSAVE) ||
	    !cpuid_supports(guest, 1, ECX, LEAF1_ECX_AVX)) {
		return skipped("KVM_GET_SUPPORTED_CPUID has no XSAVE and AVX");
	}
	LOAD(guest, avx);
	TRY(start_both(guest, patterns));
	for (int i = 0; i < 2; i++) {
		CHECK(guest_value(guest, 8 * i) == patterns[i], "vCPU %d: YMM1 upper half 0x%llx",
		      i, (unsigned long long)guest_value(guest, 8 * i));
		CHECK(guest_value(guest, 8 * i + 1) == 7, "vCPU %d: XCR0 0x%llx", i,
		      (unsigned long long)guest_value(guest, 8 * i + 1));
	}
	return PASSED;
}

static enum result xcr0_bad(struct guest *guest)
{
	if (!cpuid_supports(guest, 1, ECX, LEAF1_ECX_XSAVE)) {
		return skipped("KVM_GET_SUPPORTED_CPUID has no XSAVE");
	}
	LOAD(guest, xcr0_bad);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_value(guest, 0) == 1 && guest_word(guest, RESULT_VECTOR) == 13, "no #GP");
	return PASSED;
}

static enum result debug_kept(struct guest *guest)
{
	static const uint64_t patterns[] = { 0x123000, 0x456000 };

	LOAD(guest, debug_kept);
	TRY(start_both(guest, patterns));
	for (int i = 0; i < 2; i++) {
		CHECK(guest_value(guest, 8 * i) == patterns[i], "vCPU %d: DR0 0x%llx", i,
		      (unsigned long long)guest_value(guest, 8 * i));
		CHECK(guest_value(guest, 8 * i + 1) == patterns[i] + 8, "vCPU %d: DR3", i);
		CHECK(guest_value(guest, 8 * i + 2) == 0x700, "vCPU %d: DR7 0x%llx", i,
		      (unsigned long long)guest_value(guest, 8 * i + 2));
	}
	return PASSED;
}

static enum result debug_break(struct guest *guest)
{
	LOAD(guest, debug_break);
	TRY(guest_enter_long(guest, 0));
	TRY(guest_run_to_done(guest, 0));
	CHECK(guest_word(guest, RESULT_COUNT) == 1 && guest_word(guest, RESULT_VECTOR) == 1,
	      "%llu exceptions", (unsigned long long)guest_word(guest, RESULT_COUNT));
	CHECK(guest_word(guest, RESULT_RIP) == guest_value(guest, 1), "#DB at 0x%llx",
	      (unsigned long long)guest_word(guest, RESULT_RIP));
	if ((guest_value(guest, 0) & 0xf) == 0) {
		return skipped("no cause in DR6: the #DB intercept of Bochs's SVM loses it");
	}
	CHECK((guest_value(guest, 0) & 0xf) == 2, "DR6 0x%llx",
	      (unsigned long long)guest_value(guest, 0));
	return PASSED;
}

static const struct test rows[] = {
	{ "CPUID gives what KVM_SET_CPUID2 set", 1, 0, cpuid_set },
	{ "MSRs keep what the guest writes", 1, GUEST_WITH_CPUID, msr_kept },
	{ "KVM_SET_MSRS is seen by RDMSR", 1, GUEST_WITH_CPUID, msr_from_outside },
	{ "unknown MSR and bad value give #GP", 1, GUEST_WITH_CPUID, msr_unknown },
	{ "TSC does not run backwards", 1, 0, tsc },
	{ "control registers", 1, 0, control },
	{ "reserved CR4 bit gives #GP", 1, 0, cr4_reserved },
	{ "FPU and SSE state of two vCPUs", 2, GUEST_WITH_CPUID, fpu },
	{ "XCR0 and AVX state of two vCPUs", 2, GUEST_WITH_CPUID, avx },
	{ "XSETBV of a bad value gives #GP", 1, GUEST_WITH_CPUID, xcr0_bad },
	{ "debug registers of two vCPUs", 2, 0, debug_kept },
	{ "data breakpoint in the guest", 1, 0, debug_break },
};

TEST_TABLE(cpu_tests, rows);
