/* SPDX-License-Identifier: BSD-2-Clause */
/* Vendor-free stand-in for arch/x86/hv, arch/x86/fpu and the stacks of mm: see fake_hv.h. */
#include "fake_hv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/x86/asm/msr.h> /* by the search path: the shadow includes the next one */
#include "arch/x86/asm/percpu.h"
#include "arch/x86/fpu.h"
#include "core/cpu.h"
#include "core/errno.h"
#include "core/fault.h"
#include "core/thread.h"
#include "fake.h"
#include "mm/kvmap.h"
#include "mm/slab.h"

void (*fake_guest)(struct hv_vcpu *v, struct hv_exit *exit);
u32 fake_vcpus, fake_fpus, fake_stacks;
u64 fake_xcr0 = 0xe7;

static const u32 msrs[] = {
	MSR_STAR, MSR_LSTAR, MSR_SFMASK, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
	/* what hardware takes and a domain may not have */
	MSR_SYSENTER_CS, MSR_PAT, MSR_CSTAR, MSR_DEBUGCTL,
};

static void check(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "contract broken: %s\n", what);
		abort();
	}
}

struct fake_vcpu *fake_hw(struct hv_vcpu *v)
{
	check(v->hw != NULL, "vCPU without hardware state");
	return v->hw;
}

static struct fake_vcpu *loaded(struct hv_vcpu *v)
{
	check(v->cpu == this_cpu()->index, "vCPU is not loaded here");
	return fake_hw(v);
}

int hv_vcpu_init(struct hv_vcpu *v)
{
	v->s2 = NULL;
	v->s2_seen = 0;
	v->cpu = v->last_cpu = HV_NO_CPU;
	v->guest_xcr0 = 0;
	v->hw = kzalloc(sizeof(struct fake_vcpu));
	fake_vcpus += v->hw != NULL;
	return v->hw ? 0 : -ENOMEM;
}

void hv_vcpu_free(struct hv_vcpu *v)
{
	check(v->cpu == HV_NO_CPU, "vCPU is loaded while it is freed");
	kfree(v->hw);
	v->hw = NULL;
	fake_vcpus--;
}

void hv_load(struct hv_vcpu *v)
{
	check(v->cpu == HV_NO_CPU, "vCPU is loaded twice");
	v->cpu = v->last_cpu = this_cpu()->index;
}

void hv_put(struct hv_vcpu *v)
{
	(void)loaded(v);
	v->cpu = HV_NO_CPU;
}

void hv_run(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct fake_vcpu *f = loaded(v);

	check(!fake_irqs_on(), "run with interrupts on");
	check(this_cpu()->running_s2 == v->s2 && v->s2, "run without s2_enter");
	memset(exit, 0, sizeof(*exit));
	exit->kind = HV_EXIT_INTR;
	fake_guest(v, exit);
	f->injected.type = HV_EVENT_NONE;
}

void hv_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts)
{
	check(parts != 0, "no parts");
	*s = loaded(v)->sregs;
}

void hv_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts)
{
	check(parts != 0, "no parts");
	loaded(v)->sregs = *s;
}

static int find_msr(u32 index)
{
	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++) {
		if (msrs[i] == index) {
			return (int)i;
		}
	}
	return -ENOENT;
}

int hv_get_msr(struct hv_vcpu *v, u32 index, u64 *value)
{
	int i = find_msr(index);

	if (i >= 0) {
		*value = loaded(v)->msr[i];
	}
	return i < 0 ? i : 0;
}

int hv_set_msr(struct hv_vcpu *v, u32 index, u64 value)
{
	int i = find_msr(index);

	if (i >= 0) {
		loaded(v)->msr[i] = value;
	}
	return i < 0 ? i : 0;
}

void hv_get_debug(struct hv_vcpu *v, struct hv_debug *d)
{
	*d = loaded(v)->debug;
}

void hv_set_debug(struct hv_vcpu *v, const struct hv_debug *d)
{
	loaded(v)->debug = *d;
}

void hv_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s)
{
	*s = loaded(v)->intr;
}

void hv_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s)
{
	loaded(v)->intr = *s;
}

void hv_inject(struct hv_vcpu *v, const struct hv_event *e)
{
	struct fake_vcpu *f = loaded(v);

	check(f->injected.type == HV_EVENT_NONE, "two events for one entry");
	f->injected = *e;
}

void hv_request_window(struct hv_vcpu *v, bool nmi, bool on)
{
	check(!nmi, "NMI window of a domain");
	loaded(v)->window = on;
}

void hv_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions)
{
	check(exceptions == 0, "exceptions of a domain");
	loaded(v)->intercepts = flags;
}

int hv_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write)
{
	(void)loaded(v);
	check(!read && !write, "MSR taken back");
	return find_msr(index) < 0 ? -ENOENT : 0;
}

void hv_set_tsc(struct hv_vcpu *v, u64 offset)
{
	(void)loaded(v);
	check(offset == 0, "the time page needs the host's TSC");
}

void hv_s2_activate(struct hv_vcpu *v, struct s2 *s2)
{
	loaded(v)->s2 = s2;
	v->s2 = s2;
}

void hv_s2_flush(struct hv_vcpu *v)
{
	loaded(v)->flushes++;
}

void hv_dump(struct hv_vcpu *v)
{
	loaded(v)->dumps++;
}

struct fpu_state {
	char bytes[64];
};

u64 fpu_host_xcr0(void)
{
	return fake_xcr0;
}

struct fpu_state *fpu_alloc(void)
{
	struct fpu_state *f = kzalloc(sizeof(*f));

	fake_fpus += f != NULL;
	return f;
}

void fpu_free(struct fpu_state *f)
{
	fake_fpus -= f != NULL;
	kfree(f);
}

void fpu_save(struct fpu_state *f)
{
	f->bytes[0]++;
}

void fpu_restore(const struct fpu_state *f)
{
	check(f != NULL, "no FPU state");
}

void fpu_swap(struct fpu_state *out, const struct fpu_state *in)
{
	if (out) {
		fpu_save(out);
	}
	if (in) {
		fpu_restore(in);
	}
}

void *kstack_alloc(void)
{
	void *stack = kmalloc(THREAD_STACK_SIZE);

	fake_stacks += stack != NULL;
	return stack;
}

void kstack_free(void *base)
{
	kfree(base);
	fake_stacks--;
}
