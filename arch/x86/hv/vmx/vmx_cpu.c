/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMX on a CPU: what it must have and what it may have, turning it on and off. Called through hv.c
 * at boot (probe), by every CPU as it starts, and on the way to power off. Twin: svm/svm_cpu.c.
 */
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/vmx/vmx_vcpu.h"
#include "core/printf.h"
#include "core/string.h"
#include "mm/frame.h"

struct vmx_machine vmx_machine;

#define PIN_MUST (VMX_PIN_EXTINT | VMX_PIN_NMI | VMX_PIN_VIRTUAL_NMI)
#define PROC_MUST                                                                                  \
	(VMX_PROC_TSC_OFFSET | VMX_PROC_HLT | VMX_PROC_MWAIT | VMX_PROC_RDPMC |                    \
	 VMX_PROC_CR8_LOAD | VMX_PROC_CR8_STORE | VMX_PROC_MOV_DR | VMX_PROC_UNCOND_IO |           \
	 VMX_PROC_MSR_BITMAP | VMX_PROC_MONITOR | VMX_PROC_SECONDARY)
#define PROC2_MUST (VMX_PROC2_EPT | VMX_PROC2_UNRESTRICTED)
#define PROC2_MAY (VMX_PROC2_RDTSCP | VMX_PROC2_INVPCID | VMX_PROC2_WBINVD | VMX_PROC2_VPID)
#define EXIT_MUST                                                                                  \
	(VMX_EXIT_SAVE_DEBUG | VMX_EXIT_HOST_64 | VMX_EXIT_SAVE_PAT | VMX_EXIT_LOAD_PAT |          \
	 VMX_EXIT_SAVE_EFER | VMX_EXIT_LOAD_EFER)
#define ENTRY_MUST (VMX_ENTRY_LOAD_DEBUG | VMX_ENTRY_LOAD_PAT | VMX_ENTRY_LOAD_EFER)
#define EPT_MUST (VMX_EPT_WALK_4 | VMX_EPT_WB | VMX_EPT_2M | VMX_EPT_INVEPT)

/* What the CPU lets us have of must | may; the bits that it insists on are added. */
static u32 controls(u32 msr, u64 wanted)
{
	u64 cap = rdmsr(msr);

	return (u32)((wanted & (cap >> 32)) | (cap & UINT32_MAX));
}

static void find_controls(struct vmx_machine *m)
{
	u64 basic = rdmsr(MSR_VMX_BASIC);
	u32 exact = basic & VMX_BASIC_TRUE_CTLS ? MSR_VMX_TRUE_PINBASED_CTLS - MSR_VMX_PINBASED_CTLS
						: 0;

	m->revision = (u32)basic & 0x7fffffff;
	m->pin = controls(MSR_VMX_PINBASED_CTLS + exact, PIN_MUST | VMX_PIN_PREEMPTION_TIMER);
	m->proc = controls(MSR_VMX_PROCBASED_CTLS + exact, PROC_MUST);
	m->exit = controls(MSR_VMX_EXIT_CTLS + exact, EXIT_MUST);
	m->entry = controls(MSR_VMX_ENTRY_CTLS + exact, ENTRY_MUST);
	m->proc2 = m->proc & VMX_PROC_SECONDARY
			   ? controls(MSR_VMX_PROCBASED_CTLS2, PROC2_MUST | PROC2_MAY)
			   : 0;
	m->ept_vpid_cap = m->proc2 & VMX_PROC2_EPT ? rdmsr(MSR_VMX_EPT_VPID_CAP) : 0;
	m->has_vpid = (m->proc2 & VMX_PROC2_VPID) && (m->ept_vpid_cap & VMX_EPT_INVVPID) &&
		      (m->ept_vpid_cap & VMX_EPT_INVVPID_ALL);
	if (!m->has_vpid) {
		m->proc2 &= ~(u32)VMX_PROC2_VPID;
	}
	m->has_timer = m->pin & VMX_PIN_PREEMPTION_TIMER;
	m->pin &= ~(u32)VMX_PIN_PREEMPTION_TIMER;
	m->timer_shift = VMX_MISC_TIMER_SHIFT(rdmsr(MSR_VMX_MISC));
	m->cr0_fixed0 = rdmsr(MSR_VMX_CR0_FIXED0);
	m->cr0_fixed1 = rdmsr(MSR_VMX_CR0_FIXED1);
	m->cr4_fixed0 = rdmsr(MSR_VMX_CR4_FIXED0);
	m->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
}

/* The first requirement that m does not meet, or NULL. */
static const char *missing(const struct vmx_machine *m)
{
	if (!(m->proc2 & VMX_PROC2_EPT)) {
		return "VMX has no EPT (IA32_VMX_PROCBASED_CTLS2, MSR 48BH, bit 33): this CPU is "
		       "too old";
	}
	if (!(m->proc2 & VMX_PROC2_UNRESTRICTED)) {
		return "VMX has no unrestricted guest (IA32_VMX_PROCBASED_CTLS2, MSR 48BH, bit "
		       "39): this CPU is too old";
	}
	if ((m->ept_vpid_cap & EPT_MUST) != EPT_MUST ||
	    !(m->ept_vpid_cap & (VMX_EPT_INVEPT_SINGLE | VMX_EPT_INVEPT_ALL))) {
		return "EPT lacks 4-level walks, write-back, 2 MiB pages or INVEPT "
		       "(IA32_VMX_EPT_VPID_CAP, MSR 48CH)";
	}
	if ((m->pin & PIN_MUST) != PIN_MUST) {
		return "VMX has no virtual NMIs (IA32_VMX_PINBASED_CTLS, MSR 481H, bit 37)";
	}
	if ((m->proc & PROC_MUST) != PROC_MUST) {
		return "VMX lacks a processor-based control, e.g. MSR bitmaps "
		       "(IA32_VMX_PROCBASED_CTLS, MSR 482H)";
	}
	if ((m->exit & EXIT_MUST) != EXIT_MUST || (m->entry & ENTRY_MUST) != ENTRY_MUST) {
		return "VMX cannot load EFER and PAT (IA32_VMX_EXIT_CTLS and ENTRY_CTLS, MSRs "
		       "483H, 484H)";
	}
	return NULL;
}

static const char *locked_off(void)
{
	u64 control = rdmsr(MSR_FEATURE_CONTROL);

	if ((control & FEATURE_CONTROL_LOCKED) && !(control & FEATURE_CONTROL_VMXON)) {
		return "VMX is locked off (IA32_FEATURE_CONTROL, MSR 3AH): enable Intel VT-x in "
		       "the firmware setup";
	}
	return NULL;
}

int vmx_probe(struct hv_features *f, const char **why)
{
	static const u32 live[] = {MSR_STAR,   MSR_LSTAR,	   MSR_CSTAR,
				   MSR_SFMASK, MSR_KERNEL_GS_BASE, MSR_TSC_AUX};
	struct vmx_machine *m = &vmx_machine;

	*why = locked_off();
	if (*why) {
		return -ENODEV;
	}
	find_controls(m);
	*why = missing(m);
	if (*why) {
		return -ENODEV;
	}
	hv_live_set(live, m->proc2 & VMX_PROC2_RDTSCP ? 6 : 5);
	f->name = "VMX";
	f->tlb_tags = m->has_vpid ? 0xffff : 0;
	f->has_insn_len = true;
	f->has_deadline = m->has_timer;
	(void)snprintf(f->text, sizeof(f->text), "EPT%s, unrestricted guest%s%s%s%s",
		       m->ept_vpid_cap & VMX_EPT_1G ? " 1G" : "", m->has_vpid ? ", VPID" : "",
		       m->has_timer ? ", preemption timer" : "",
		       m->proc2 & VMX_PROC2_RDTSCP ? ", RDTSCP" : "",
		       m->proc2 & VMX_PROC2_INVPCID ? ", INVPCID" : "");
	return 0;
}

int vmx_cpu_on(struct hv_cpu *cpu, const char **why)
{
	struct vmx_machine m;
	struct frame *f;
	u64 control;

	*why = locked_off();
	if (*why) {
		return -ENODEV;
	}
	memset(&m, 0, sizeof(m));
	find_controls(&m);
	if (memcmp(&m, &vmx_machine, sizeof(m)) != 0) {
		*why = "VMX of this CPU differs from the boot CPU's (MSRs 480H-491H)";
		return -ENODEV;
	}
	control = rdmsr(MSR_FEATURE_CONTROL);
	if (!(control & FEATURE_CONTROL_LOCKED)) {
		wrmsr(MSR_FEATURE_CONTROL,
		      control | FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMXON);
	}
	f = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
	if (!f) {
		*why = "no memory for the VMXON region";
		return -ENODEV;
	}
	*(u32 *)frame_ptr(f) = m.revision;
	cpu->region = frame_hpa(f);
	write_cr0((read_cr0() | m.cr0_fixed0) & m.cr0_fixed1);
	write_cr4((read_cr4() | m.cr4_fixed0) & m.cr4_fixed1);
	if (vmxon(cpu->region) != 0) {
		frame_put(f);
		*why = "VMXON failed";
		return -ENODEV;
	}
	__asm__ volatile("sgdt %0" : "=m"(cpu->gdtr));
	__asm__ volatile("sidt %0" : "=m"(cpu->idtr));
	cpu->current = NULL;
	hv_tags_init(&cpu->tags, vmx_machine.has_vpid ? 0xffff : 0);
	return 0;
}

void vmx_cpu_off(struct hv_cpu *cpu)
{
	struct vmx_vcpu *x = cpu->current;

	if (x) {
		(void)vmclear(x->vmcs);
		cpu->current = NULL;
	}
	vmxoff();
	write_cr4(read_cr4() & ~CR4_VMXE);
	frame_put(frame_of(cpu->region));
}
