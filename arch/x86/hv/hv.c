/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract's two-way switch: chooses VMX or SVM once, at boot, and holds what is the same for
 * both around each operation. Called by the run loop (vmm/) and by the domains' threads.
 */
#include "arch/x86/hv/hv.h"

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/svm/svm.h"
#include "arch/x86/hv/vmx/vmx.h"
#include "core/panic.h"

/* Calls the function `name` of the half that this machine has. */
#define HALF(name, ...) (hv_is_vmx ? vmx_##name(__VA_ARGS__) : svm_##name(__VA_ARGS__))

bool hv_is_vmx;
u64 hv_host_xcr0;
static struct hv_cpu cpus[MAX_CPUS];

int hv_probe(struct hv_features *f, const char **why)
{
	struct s2_format format;
	struct cpuid_regs ext = cpuid_or_zero(0x80000001u, 0);
	int err;

	if (!(ext.edx & CPUID_EXT1_EDX_NX)) {
		*why = "no NX (CPUID 80000001H, EDX bit 20): enable Execute Disable (NX) in the "
		       "firmware setup";
		return -ENODEV;
	}
	hv_is_vmx = cpuid(1, 0).ecx & CPUID_1_ECX_VMX;
	if (!hv_is_vmx && !(ext.ecx & CPUID_EXT1_ECX_SVM)) {
		*why = "no VMX (CPUID 1, ECX bit 5) and no SVM (CPUID 80000001H, ECX bit 2): "
		       "enable Intel VT-x "
		       "or AMD SVM in the firmware setup";
		return -ENODEV;
	}
	err = HALF(probe, f, why);
	if (err) {
		return err;
	}
	HALF(s2_format, &format);
	s2_set_format(&format);
	return 0;
}

int hv_cpu_on(const char **why)
{
	struct cpu *me = this_cpu();
	struct hv_cpu *cpu = &cpus[me->index];
	int err;

	ASSERT(!cpu->on);
	me->hv = cpu;
	hv_host_xcr0 = fpu_host_xcr0();
	hv_live_cpu_on(cpu);
	err = HALF(cpu_on, cpu, why);
	cpu->on = err == 0;
	return err;
}

void hv_cpu_off(void)
{
	struct hv_cpu *cpu = this_cpu()->hv;

	if (!cpu || !cpu->on) {
		return;
	}
	cpu->on = false;
	HALF(cpu_off, cpu);
}

int hv_vcpu_init(struct hv_vcpu *v)
{
	v->s2 = NULL;
	v->s2_seen = 0;
	v->cpu = v->last_cpu = HV_NO_CPU;
	v->guest_xcr0 = 0;
	v->shadow = true;
	return HALF(vcpu_init, v);
}

void hv_vcpu_free(struct hv_vcpu *v)
{
	ASSERT(v->cpu == HV_NO_CPU);
	HALF(vcpu_free, v);
	v->hw = NULL;
}

void hv_load(struct hv_vcpu *v)
{
	u32 here = this_cpu()->index, old = v->last_cpu;

	v->cpu = v->last_cpu = here;
	if (old == here) {
		return;
	}
	((struct hv_common *)v->hw)->tag.gen = 0;
	v->s2_seen = 0;
	HALF(cpu_changed, v, old);
}

void hv_put(struct hv_vcpu *v)
{
	struct hv_cpu *cpu = this_cpu()->hv;

	if (cpu->msr_owner == v) {
		hv_live_leave(cpu, v);
	}
	if (unlikely(cpu->dr_owner == v)) {
		hv_dr_leave(cpu, v);
	}
	v->cpu = HV_NO_CPU;
	HALF(put, cpu);
}

/* An entry that may find registers of another vCPU in place. */
static __attribute__((noinline)) void run_switching(struct hv_cpu *cpu, struct hv_vcpu *v,
						    struct hv_exit *exit)
{
	const struct hv_common *c = v->hw;

	if (cpu->msr_owner != v) {
		hv_live_enter(cpu, v);
	}
	if (c->dr_wanted && cpu->dr_owner != v) {
		hv_dr_enter(cpu, v);
	}
	HALF(run, cpu, v, exit);
}

void hv_run(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct hv_cpu *cpu = this_cpu()->hv;
	const struct hv_common *c = v->hw;

	if (cpu->msr_owner != v && hv_live_same(cpu, v)) {
		cpu->msr_owner = v;
	}
	if (unlikely(cpu->msr_owner != v || c->dr_wanted)) {
		run_switching(cpu, v, exit);
	} else {
		HALF(run, cpu, v, exit);
	}
}

void hv_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s)
{
	v->shadow = true;
	HALF(set_intr_state, v, s);
}

/* The rest is one line each. */
#define HV_TWO_WAY(type, name, params, args)                                                       \
	type hv_##name params                                                                      \
	{                                                                                          \
		return hv_is_vmx ? vmx_##name args : svm_##name args;                              \
	}

HV_TWO_WAY(void, get_sregs, (struct hv_vcpu * v, struct hv_sregs *s, u32 parts), (v, s, parts))
HV_TWO_WAY(void, set_sregs, (struct hv_vcpu * v, const struct hv_sregs *s, u32 parts),
	   (v, s, parts))
HV_TWO_WAY(int, get_msr, (struct hv_vcpu * v, u32 index, u64 *value), (v, index, value))
HV_TWO_WAY(int, set_msr, (struct hv_vcpu * v, u32 index, u64 value), (v, index, value))
HV_TWO_WAY(void, get_debug, (struct hv_vcpu * v, struct hv_debug *d), (v, d))
HV_TWO_WAY(void, set_debug, (struct hv_vcpu * v, const struct hv_debug *d), (v, d))
HV_TWO_WAY(void, get_intr_state, (struct hv_vcpu * v, struct hv_intr_state *s), (v, s))
HV_TWO_WAY(void, inject, (struct hv_vcpu * v, const struct hv_event *e), (v, e))
HV_TWO_WAY(void, request_window, (struct hv_vcpu * v, bool nmi, bool on), (v, nmi, on))
HV_TWO_WAY(void, set_intercepts, (struct hv_vcpu * v, u32 flags, u32 exceptions),
	   (v, flags, exceptions))
HV_TWO_WAY(int, set_msr_intercept, (struct hv_vcpu * v, u32 index, bool read, bool write),
	   (v, index, read, write))
HV_TWO_WAY(void, set_tsc, (struct hv_vcpu * v, u64 offset), (v, offset))
HV_TWO_WAY(void, set_deadline, (struct hv_vcpu * v, u64 ticks), (v, ticks))
HV_TWO_WAY(void, s2_activate, (struct hv_vcpu * v, struct s2 *s2), (v, s2))
HV_TWO_WAY(void, s2_flush, (struct hv_vcpu * v), (v))
HV_TWO_WAY(void, set_tpr, (struct hv_vcpu * v, u8 tpr), (v, tpr))
HV_TWO_WAY(void, dump, (struct hv_vcpu * v), (v))
