/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SVM on a CPU: what it must have and what it may have, turning it on and off. Called through hv.c
 * at boot (probe), by every CPU as it starts, and on the way to power off. Twin: vmx/vmx_cpu.c.
 */
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/svm/svm_vcpu.h"
#include "arch/x86/trap.h"
#include "core/printf.h"
#include "core/string.h"
#include "mm/frame.h"
#include "mm/layout.h"

struct svm_machine svm_machine;
static u8 iopm[3 * PAGE_SIZE] __aligned(PAGE_SIZE);

static const char *locked_off(void)
{
	u64 control;

	/* Some implementations know SVM but not this MSR: then nothing is locked. */
	if (rdmsr_safe(MSR_VM_CR, &control) == 0 && (control & VM_CR_SVMDIS)) {
		return "SVM is locked off (VM_CR.SVMDIS, MSR C0010114H): enable SVM (AMD-V) in the "
		       "firmware setup";
	}
	return NULL;
}

/* CR4 bits that a guest may set here. */
static u64 cr4_known(void)
{
	struct cpuid_regs one = cpuid(1, 0), seven = cpuid_or_zero(7, 0);
	u64 known = 0x7ff; /* VME to OSXMMEXCPT: older than SVM */

	known |= one.ecx & CPUID_1_ECX_PCID ? CR4_PCIDE : 0;
	known |= one.ecx & CPUID_1_ECX_XSAVE ? CR4_OSXSAVE : 0;
	known |= seven.ebx & CPUID_7_EBX_FSGSBASE ? CR4_FSGSBASE : 0;
	known |= seven.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0;
	known |= seven.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0;
	known |= seven.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0;
	known |= seven.ecx & CPUID_7_ECX_LA57 ? CR4_LA57 : 0;
	known |= seven.ecx & BIT(3) ? CR4_PKE : 0;
	known |= seven.ecx & BIT(7) ? CR4_CET : 0;
	return known;
}

int svm_probe(struct hv_features *f, const char **why)
{
	static const u32 live[] = {MSR_TSC_AUX};
	struct cpuid_regs r = cpuid_or_zero(0x8000000au, 0);
	struct svm_machine *m = &svm_machine;

	*why = locked_off();
	if (*why) {
		return -ENODEV;
	}
	if (!(r.edx & CPUID_EXTA_EDX_NPT)) {
		*why = "SVM has no nested paging (CPUID 8000000AH, EDX bit 0): this CPU is too old";
		return -ENODEV;
	}
	if (r.ebx < 2) {
		*why = "SVM has no ASID for guests (CPUID 8000000AH, EBX)";
		return -ENODEV;
	}
	m->limits = (struct svm_limits){cpuid_phys_bits(), r.ebx, cr4_known()};
	m->has_nrips = r.edx & CPUID_EXTA_EDX_NRIPS;
	m->has_flush_by_asid = r.edx & CPUID_EXTA_EDX_FLUSH_BY_ASID;
	m->has_decode = r.edx & CPUID_EXTA_EDX_DECODE_ASSISTS;
	m->has_rdtscp = cpuid(0x80000001u, 0).edx & CPUID_EXT1_EDX_RDTSCP;
	memset(iopm, 0xff, sizeof(iopm));
	m->iopm = ptr_to_hpa(iopm);
	hv_live_set(live, m->has_rdtscp ? 1 : 0);
	f->name = "SVM";
	f->tlb_tags = m->limits.asids - 1;
	f->has_insn_len = m->has_nrips;
	f->has_deadline = false;
	(void)snprintf(f->text, sizeof(f->text), "nested paging%s, %u ASIDs%s%s%s",
		       cpuid(0x80000001u, 0).edx & CPUID_EXT1_EDX_PDPE1GB ? " 1G" : "",
		       m->limits.asids, m->has_nrips ? ", NRIPS" : "",
		       m->has_flush_by_asid ? ", flush by ASID" : "",
		       m->has_decode ? ", decode assists" : "");
	return 0;
}

int svm_cpu_on(struct hv_cpu *cpu, const char **why)
{
	struct frame *save, *host;

	*why = locked_off();
	if (*why) {
		return -ENODEV;
	}
	if (cpuid_or_zero(0x8000000au, 0).ebx < svm_machine.limits.asids ||
	    (read_cr4() & CR4_LA57)) {
		*why = "SVM of this CPU differs from the boot CPU's (CPUID 8000000AH), or LA57 is "
		       "on";
		return -ENODEV;
	}
	save = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	host = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	if (!save || !host) {
		frame_put(save);
		*why = "no memory for the host save area";
		return -ENODEV;
	}
	cpu->region = frame_hpa(save);
	cpu->host_vmcb = frame_hpa(host);
	ASSERT(cpu->region.v != 0);
	/* Nested walks use the host's NXE. */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME | EFER_NXE);
	wrmsr(MSR_VM_HSAVE_PA, cpu->region.v);
	vmsave(cpu->host_vmcb);
	hv_tags_init(&cpu->tags, svm_machine.limits.asids - 1);
	return 0;
}

void svm_cpu_off(struct hv_cpu *cpu)
{
	wrmsr(MSR_VM_HSAVE_PA, 0);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_SVME);
	frame_put(frame_of(cpu->region));
	frame_put(frame_of(cpu->host_vmcb));
}
