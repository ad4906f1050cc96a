/* SPDX-License-Identifier: BSD-2-Clause */
/* State of a vCPU beyond registers: events, MP state, FPU, MSRs, CPUID, machine checks. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/abi/abi.h"

static void set_events(int vcpu)
{
	static const struct {
		const char *what;
		struct kvm_vcpu_events events;
	} cases[] = {
		{ "none", { .flags = 0 } },
		{ "unknown flag", { .flags = 0x80 } },
		{ "flag 1<<31", { .flags = 1u << 31 } },
		{ "PAYLOAD without its capability", { .flags = 16 } },
		{ "TRIPLE_FAULT without its capability", { .flags = 32 } },
		{ "exception 2", { .exception = { .injected = 1, .nr = 2 } } },
		{ "exception 32", { .exception = { .injected = 1, .nr = 32 } } },
		{ "exception 255", { .exception = { .injected = 1, .nr = 255 } } },
		{ "exception 32, not injected", { .exception = { .nr = 32 } } },
		{ "exception 13",
		  { .exception = { .injected = 1, .nr = 13, .has_error_code = 1 } } },
		{ "interrupt 0x20", { .interrupt = { .injected = 1, .nr = 0x20 } } },
		{ "NMI pending", { .nmi = { .pending = 1 }, .flags = 1 } },
		{ "NMI masked", { .nmi = { .masked = 1 }, .flags = 0 } },
		{ "shadow", { .interrupt = { .shadow = 1 }, .flags = 4 } },
		{ "shadow by STI", { .interrupt = { .shadow = 2 }, .flags = 4 } },
		{ "SIPI vector", { .sipi_vector = 7, .flags = 2 } },
		{ "SMM flag, nothing set", { .flags = 8 } },
		{ "all off", { .flags = 0xd } },
	};
	char what[80];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvm_vcpu_events got;
		long result;

		snprintf(what, sizeof(what), "KVM_SET_VCPU_EVENTS, %s", cases[i].what);
		if (CALL(what, vcpu, KVM_SET_VCPU_EVENTS, &cases[i].events)) {
			continue;
		}
		result = ioctl(vcpu, KVM_GET_VCPU_EVENTS, &got);
		snprintf(what, sizeof(what), "KVM_GET_VCPU_EVENTS after %s", cases[i].what);
		row(what, result, "exception %u %u %u %u interrupt %u %u soft %u nmi %u %u %u",
		    got.exception.injected, got.exception.nr, got.exception.has_error_code,
		    got.exception.pending, got.interrupt.injected, got.interrupt.nr,
		    got.interrupt.soft, got.nmi.injected, got.nmi.pending, got.nmi.masked);
	}
}

/* With the capability, an exception can be pending, and what comes with it is told apart. */
static void payload_rows(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_EXCEPTION_PAYLOAD, .args[0] = 1 };
	static const struct {
		const char *what;
		struct kvm_vcpu_events events;
	} cases[] = {
		{ "pending #PF with CR2",
		  { .exception = { .pending = 1, .nr = 14, .has_error_code = 1, .error_code = 2 },
		    .exception_has_payload = 1, .exception_payload = 0x1234, .flags = 16 } },
		{ "pending #GP", { .exception = { .pending = 1, .nr = 13 }, .flags = 16 } },
		{ "pending, without the flag", { .exception = { .pending = 1, .nr = 13 } } },
		{ "pending 32, without the flag", { .exception = { .pending = 1, .nr = 32 } } },
		{ "pending 32", { .exception = { .pending = 1, .nr = 32 }, .flags = 16 } },
		{ "pending and injected",
		  { .exception = { .pending = 1, .injected = 1, .nr = 13 }, .flags = 16 } },
		{ "injected with a payload",
		  { .exception = { .injected = 1, .nr = 14 }, .exception_has_payload = 1,
		    .exception_payload = 0x1234, .flags = 16 } },
		{ "none", { .flags = 16 } },
	};
	struct kvm_vcpu_events got;
	struct machine m;
	char what[80];
	long result;

	machine_open(&m, WITH_VCPU | WITH_MEMORY);
	CALL("enable payloads of exceptions", m.vm, KVM_ENABLE_CAP, &cap);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(what, sizeof(what), "KVM_SET_VCPU_EVENTS, %s", cases[i].what);
		CALL(what, m.vcpu, KVM_SET_VCPU_EVENTS, &cases[i].events);
		result = ioctl(m.vcpu, KVM_GET_VCPU_EVENTS, &got);
		snprintf(what, sizeof(what), "KVM_GET_VCPU_EVENTS after %s", cases[i].what);
		row(what, result, "flags=%#x injected=%u pending=%u payload=%u %#llx",
		    got.flags & ~8u, got.exception.injected, got.exception.pending,
		    got.exception_has_payload, (unsigned long long)got.exception_payload);
	}
	machine_close(&m);
}

void rows_events(void)
{
	static const struct kvm_interrupt in20 = { 0x20 }, in255 = { 255 }, in256 = { 256 };
	struct kvm_vcpu_events events;
	struct machine m;
	long result;

	machine_open(&m, WITH_VCPU | WITH_IRQCHIP | WITH_MEMORY);
	result = ioctl(m.vcpu, KVM_GET_VCPU_EVENTS, &events);
	row("KVM_GET_VCPU_EVENTS at reset", result, "flags=%#x", events.flags & ~8u);
	set_events(m.vcpu);
	CALL("KVM_INTERRUPT with chips", m.vcpu, KVM_INTERRUPT, &in20);
	CALL("KVM_INTERRUPT 256 with chips", m.vcpu, KVM_INTERRUPT, &in256);
	call("KVM_INTERRUPT NULL", m.vcpu, KVM_INTERRUPT, 0);
	call("KVM_NMI", m.vcpu, KVM_NMI, 0);
	call("KVM_NMI with an argument", m.vcpu, KVM_NMI, 5);
	call("KVM_GET_VCPU_EVENTS NULL", m.vcpu, KVM_GET_VCPU_EVENTS, 0);
	call("KVM_SET_VCPU_EVENTS NULL", m.vcpu, KVM_SET_VCPU_EVENTS, 0);
	machine_close(&m);
	machine_open(&m, WITH_VCPU);
	CALL("KVM_INTERRUPT 0x20", m.vcpu, KVM_INTERRUPT, &in20);
	CALL("KVM_INTERRUPT while one waits", m.vcpu, KVM_INTERRUPT, &in20);
	CALL("KVM_INTERRUPT 255", m.vcpu, KVM_INTERRUPT, &in255);
	CALL("KVM_INTERRUPT 256", m.vcpu, KVM_INTERRUPT, &in256);
	machine_close(&m);
	payload_rows();
}

static void lapic(struct machine *m, const char *with)
{
	struct kvm_lapic_state state;
	char what[64];

	snprintf(what, sizeof(what), "KVM_GET_LAPIC %s", with);
	CALL(what, m->vcpu, KVM_GET_LAPIC, &state);
	snprintf(what, sizeof(what), "KVM_SET_LAPIC %s", with);
	CALL(what, m->vcpu, KVM_SET_LAPIC, &state);
	snprintf(what, sizeof(what), "KVM_GET_LAPIC NULL %s", with);
	call(what, m->vcpu, KVM_GET_LAPIC, 0);
	snprintf(what, sizeof(what), "KVM_SET_LAPIC NULL %s", with);
	call(what, m->vcpu, KVM_SET_LAPIC, 0);
}

static void mp_states(struct machine *m, const char *with)
{
	struct kvm_mp_state state;
	char what[64];
	long result;

	result = ioctl(m->vcpu, KVM_GET_MP_STATE, &state);
	row("first vcpu", result, "%u %s", state.mp_state, with);
	result = ioctl(m->second, KVM_GET_MP_STATE, &state);
	row("second vcpu", result, "%u %s", state.mp_state, with);
	for (uint32_t i = 0; i <= 11; i++) {
		struct kvm_mp_state set = { i };

		snprintf(what, sizeof(what), "KVM_SET_MP_STATE %u %s", i, with);
		CALL(what, m->second, KVM_SET_MP_STATE, &set);
	}
	lapic(m, with);
}

void rows_mp_state(void)
{
	struct machine m;

	machine_open(&m, WITH_SECOND | WITH_IRQCHIP | WITH_MEMORY);
	mp_states(&m, "with chips");
	call("KVM_GET_MP_STATE NULL", m.vcpu, KVM_GET_MP_STATE, 0);
	call("KVM_SET_MP_STATE NULL", m.vcpu, KVM_SET_MP_STATE, 0);
	machine_close(&m);
	machine_open(&m, WITH_SECOND | WITH_MEMORY);
	mp_states(&m, "without chips");
	machine_close(&m);
}

static void set_xcrs(int vcpu, const char *what, uint32_t count, uint32_t flags, uint32_t xcr,
		     uint64_t value)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = count, .flags = flags,
				 .xcrs[0] = { .xcr = xcr, .value = value } };

	CALL(what, vcpu, KVM_SET_XCRS, &xcrs);
}

static void xcrs_rows(int vcpu)
{
	struct kvm_xcrs xcrs;
	long result = ioctl(vcpu, KVM_GET_XCRS, &xcrs);

	row("KVM_GET_XCRS at reset", result, "count=%u flags=%u xcr=%u value=%#llx", xcrs.nr_xcrs,
	    xcrs.flags, xcrs.xcrs[0].xcr, xcrs.xcrs[0].value);
	set_xcrs(vcpu, "KVM_SET_XCRS, 17", 17, 0, 0, 1);
	set_xcrs(vcpu, "KVM_SET_XCRS, flags 1", 1, 1, 0, 1);
	set_xcrs(vcpu, "KVM_SET_XCRS, XCR0 0", 1, 0, 0, 0);
	set_xcrs(vcpu, "KVM_SET_XCRS, XCR0 2", 1, 0, 0, 2);
	set_xcrs(vcpu, "KVM_SET_XCRS, XCR0 5", 1, 0, 0, 5);
	set_xcrs(vcpu, "KVM_SET_XCRS, XCR0 bit 62", 1, 0, 0, 1ull << 62 | 1);
	set_xcrs(vcpu, "KVM_SET_XCRS, another register", 1, 0, 5, 0);
	set_xcrs(vcpu, "KVM_SET_XCRS, none", 0, 0, 0, 0);
	set_xcrs(vcpu, "KVM_SET_XCRS, XCR0 1", 1, 0, 0, 1);
	call("KVM_GET_XCRS NULL", vcpu, KVM_GET_XCRS, 0);
	call("KVM_SET_XCRS NULL", vcpu, KVM_SET_XCRS, 0);
}

static void xsave_rows(int vcpu)
{
	uint32_t *image = calloc(1, 65536);

	CALL("KVM_GET_XSAVE", vcpu, KVM_GET_XSAVE, image);
	row("its control word and MXCSR", 0, "fcw=%#x mxcsr=%#x", image[0] & 0xffff, image[6]);
	CALL("KVM_SET_XSAVE, what was got", vcpu, KVM_SET_XSAVE, image);
	CALL("KVM_GET_XSAVE2", vcpu, KVM_GET_XSAVE2, image);
	CALL("KVM_SET_XSAVE, from KVM_GET_XSAVE2", vcpu, KVM_SET_XSAVE, image);
	image[128] |= 1;
	image[129] |= 1 << 30;
	CALL("KVM_SET_XSAVE, XSTATE_BV bit 62", vcpu, KVM_SET_XSAVE, image);
	image[129] = 0;
	image[130] = 1;
	CALL("KVM_SET_XSAVE, XCOMP_BV 1", vcpu, KVM_SET_XSAVE, image);
	image[130] = 0;
	image[128] = 3;
	image[6] = 0xffffffff;
	CALL("KVM_SET_XSAVE, MXCSR ~0", vcpu, KVM_SET_XSAVE, image);
	call("KVM_GET_XSAVE NULL", vcpu, KVM_GET_XSAVE, 0);
	call("KVM_SET_XSAVE NULL", vcpu, KVM_SET_XSAVE, 0);
	call("KVM_GET_XSAVE2 NULL", vcpu, KVM_GET_XSAVE2, 0);
	free(image);
}

void rows_fpu(void)
{
	struct kvm_fpu fpu;
	struct machine m;
	long result;

	machine_open(&m, WITH_VCPU | WITH_CPUID);
	result = ioctl(m.vcpu, KVM_GET_FPU, &fpu);
	row("KVM_GET_FPU at reset", result, "fcw=%#x fsw=%#x ftwx=%#x mxcsr=%#x", fpu.fcw, fpu.fsw,
	    fpu.ftwx, fpu.mxcsr);
	fpu.fcw = 0x27f;
	fpu.xmm[3][5] = 0x5a;
	CALL("KVM_SET_FPU", m.vcpu, KVM_SET_FPU, &fpu);
	result = ioctl(m.vcpu, KVM_GET_FPU, &fpu);
	row("KVM_GET_FPU after", result, "fcw=%#x xmm=%#x", fpu.fcw, fpu.xmm[3][5]);
	fpu.mxcsr = 0xffffffff;
	CALL("KVM_SET_FPU, MXCSR ~0", m.vcpu, KVM_SET_FPU, &fpu);
	call("KVM_GET_FPU NULL", m.vcpu, KVM_GET_FPU, 0);
	call("KVM_SET_FPU NULL", m.vcpu, KVM_SET_FPU, 0);
	fpu.mxcsr = 0x1f80;
	CALL("KVM_SET_FPU, MXCSR of reset", m.vcpu, KVM_SET_FPU, &fpu);
	xcrs_rows(m.vcpu);
	xsave_rows(m.vcpu);
	machine_close(&m);
}

static const struct {
	const char *what;
	uint32_t index;
	uint64_t value;
} msr_cases[] = {
	{ "unknown", 0xdeadbeef, 0 },
	{ "KERNEL_GS_BASE", 0xc0000102, 0x1234 },
	{ "KERNEL_GS_BASE not canonical", 0xc0000102, 0x8000000000000000 },
	{ "LSTAR not canonical", 0xc0000082, 0x8000000000000000 },
	{ "FS_BASE not canonical", 0xc0000100, 0x8000000000000000 },
	{ "SYSENTER_CS", 0x174, 8 },
	{ "SYSENTER_EIP", 0x176, 0x1000 },
	{ "STAR", 0xc0000081, 0x0023001000000000 },
	{ "EFER bit 5", 0xc0000080, 0x20 },
	{ "EFER bit 40", 0xc0000080, 1ull << 40 },
	{ "EFER SCE", 0xc0000080, 1 },
	{ "PAT", 0x277, 0x0007040600070406 },
	{ "PAT type 2", 0x277, 2 },
	{ "PAT type 3", 0x277, 0x300 },
	{ "PAT type 8", 0x277, 0x08 },
	{ "APIC_BASE bit 0", 0x1b, 0xfee00901 },
	{ "APIC_BASE x2APIC without enable", 0x1b, 0xfee00400 },
	{ "TSC", 0x10, 0 },
	{ "TSC_ADJUST", 0x3b, 0 },
	{ "KVM wall clock", 0x4b564d00, 0x2000 },
	{ "KVM system time, off", 0x4b564d01, 0 },
	{ "KVM system time, old, off", 0x12, 0 },
	{ "MISC_ENABLE", 0x1a0, 1 },
	{ "MTRR default type", 0x2ff, 0x806 },
	{ "MTRR default type 2", 0x2ff, 0x802 },
	{ "MTRR base 0", 0x200, 6 },
	{ "MTRR base 0, type 2", 0x200, 2 },
	{ "MTRR fixed 4K", 0x268, 0x0606060606060606 },
	{ "MTRR fixed 4K, type 2", 0x268, 2 },
	{ "MTRR capabilities", 0xfe, 0 },
	{ "x2APIC identifier", 0x802, 0 },
	{ "TSC deadline without chips", 0x6e0, 5 },
	{ "MCG_STATUS", 0x17a, 0 },
	{ "BIOS_SIGN_ID", 0x8b, 0x100000000 },
	{ "PLATFORM_INFO", 0xce, 0 },
};

static void msr_batches(int vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[3];
	} batch = { .head.nmsrs = 3, .entries = { { .index = 0xc0000102 }, { .index = 0xdeadbeef },
						  { .index = 0xc0000082 } } };

	CALL("KVM_GET_MSRS, second of three unknown", vcpu, KVM_GET_MSRS, &batch);
	CALL("KVM_SET_MSRS, second of three unknown", vcpu, KVM_SET_MSRS, &batch);
	batch.head.nmsrs = 0;
	CALL("KVM_GET_MSRS, none", vcpu, KVM_GET_MSRS, &batch);
	CALL("KVM_SET_MSRS, none", vcpu, KVM_SET_MSRS, &batch);
	batch.head.nmsrs = 256;
	CALL("KVM_GET_MSRS, 256", vcpu, KVM_GET_MSRS, &batch);
	CALL("KVM_SET_MSRS, 256", vcpu, KVM_SET_MSRS, &batch);
	batch.head.nmsrs = ~0u;
	CALL("KVM_SET_MSRS, 2^32 - 1", vcpu, KVM_SET_MSRS, &batch);
	call("KVM_GET_MSRS NULL", vcpu, KVM_GET_MSRS, 0);
	call("KVM_SET_MSRS NULL", vcpu, KVM_SET_MSRS, 0);
}

void rows_msrs(void)
{
	struct machine m;
	char what[80];

	machine_open(&m, WITH_VCPU | WITH_MEMORY | WITH_CPUID);
	for (size_t i = 0; i < sizeof(msr_cases) / sizeof(msr_cases[0]); i++) {
		struct {
			struct kvm_msrs head;
			struct kvm_msr_entry entry;
		} one = { .head.nmsrs = 1, .entry = { .index = msr_cases[i].index } };

		snprintf(what, sizeof(what), "KVM_GET_MSRS, %s", msr_cases[i].what);
		CALL(what, m.vcpu, KVM_GET_MSRS, &one);
		one.entry.data = msr_cases[i].value;
		snprintf(what, sizeof(what), "KVM_SET_MSRS, %s", msr_cases[i].what);
		CALL(what, m.vcpu, KVM_SET_MSRS, &one);
	}
	msr_batches(m.vcpu);
	machine_close(&m);
}

static const struct {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entries[2];
} no_leaf, too_many = { .head.nent = 257 },
  narrow = { .head.nent = 1, .entries = { { .function = 0x80000008, .eax = 40 << 8 } } },
  padded = { .head = { .nent = 1, .padding = 5 },
	     .entries = { { .function = 1, .padding = { 1, 2, 3 } } } },
  twice = { .head.nent = 2, .entries = { { .function = 1 }, { .function = 1 } } };

void rows_cpuid(void)
{
	struct kvm_cpuid2 *all = calloc(1, sizeof(*all) + 256 * sizeof(all->entries[0]));
	struct machine m;

	machine_open(&m, WITH_VCPU | WITH_MEMORY);
	all->nent = 256;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, all)) {
		return;
	}
	CALL("KVM_SET_CPUID2, no leaf", m.vcpu, KVM_SET_CPUID2, &no_leaf);
	CALL("KVM_SET_CPUID2, 257 leaves", m.vcpu, KVM_SET_CPUID2, &too_many);
	CALL("KVM_SET_CPUID2, 40 linear bits", m.vcpu, KVM_SET_CPUID2, &narrow);
	CALL("KVM_SET_CPUID2, padding", m.vcpu, KVM_SET_CPUID2, &padded);
	CALL("KVM_SET_CPUID2, a leaf twice", m.vcpu, KVM_SET_CPUID2, &twice);
	CALL("KVM_SET_CPUID2, what is supported", m.vcpu, KVM_SET_CPUID2, all);
	CALL("KVM_SET_CPUID2 again", m.vcpu, KVM_SET_CPUID2, all);
	call("KVM_SET_CPUID2 NULL", m.vcpu, KVM_SET_CPUID2, 0);
	call("KVM_GET_CPUID2 NULL", m.vcpu, KVM_GET_CPUID2, 0);
	all->nent = 1;
	CALL("KVM_GET_CPUID2, room for one", m.vcpu, KVM_GET_CPUID2, all);
	all->nent = 256;
	CALL("KVM_GET_CPUID2", m.vcpu, KVM_GET_CPUID2, all);
	LOAD(&m, "\xf4");
	run_row(&m, "guest runs");
	CALL("KVM_SET_CPUID2, the same, after a run", m.vcpu, KVM_SET_CPUID2, all);
	all->entries[0].ebx ^= 0x20;
	CALL("KVM_SET_CPUID2, changed, after a run", m.vcpu, KVM_SET_CPUID2, all);
	all->entries[0].ebx ^= 0x20;
	all->nent--;
	CALL("KVM_SET_CPUID2, fewer, after a run", m.vcpu, KVM_SET_CPUID2, all);
	machine_close(&m);
	free(all);
}

void rows_mce(void)
{
	struct kvm_x86_mce mce = { .bank = 200 };
	uint64_t cap = 33;
	struct machine m;

	machine_open(&m, WITH_VCPU);
	CALL("KVM_X86_SETUP_MCE, 33 banks", m.vcpu, KVM_X86_SETUP_MCE, &cap);
	cap = 0;
	CALL("KVM_X86_SETUP_MCE, no bank", m.vcpu, KVM_X86_SETUP_MCE, &cap);
	cap = 1ull << 40 | 10;
	CALL("KVM_X86_SETUP_MCE, unknown capability", m.vcpu, KVM_X86_SETUP_MCE, &cap);
	cap = 10;
	CALL("KVM_X86_SETUP_MCE, 10 banks", m.vcpu, KVM_X86_SETUP_MCE, &cap);
	call("KVM_X86_SETUP_MCE NULL", m.vcpu, KVM_X86_SETUP_MCE, 0);
	CALL("KVM_X86_SET_MCE, bank 200", m.vcpu, KVM_X86_SET_MCE, &mce);
	mce.bank = 0;
	CALL("KVM_X86_SET_MCE, not valid", m.vcpu, KVM_X86_SET_MCE, &mce);
	call("KVM_X86_SET_MCE NULL", m.vcpu, KVM_X86_SET_MCE, 0);
	machine_close(&m);
}
