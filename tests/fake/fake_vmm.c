/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine of fake_vmm.h: contract, FPU, objects, copies, handles. */
#include "fake_vmm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/asm/percpu.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv_thread.h"
#include "core/sched.h"
#include "core/time.h"
#include "fake_cpuid.h"
#include "mm/layout.h"
#include "mm/slab.h"
#include "vmm/memslot.h"

void (*fake_guest)(struct hv_vcpu *v, struct hv_exit *exit);
bool fake_no_msrs;
u64 fake_xcr0 = 7;
u32 fake_vcpus, fake_fpus, fake_entries;
u32 fake_vmm_cpus = 2;
int fake_hw_left = -1;
struct domain fake_dom;
struct object *fake_installed;
const struct handle_ops *fake_installed_ops;
s64 fake_install_error;

static struct hv_thread owner;
static struct fpu_state *control_fpu;

static void check(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "contract broken: %s\n", what);
		abort();
	}
}

static bool take_one(void)
{
	if (fake_hw_left == 0) {
		return false;
	}
	fake_hw_left -= fake_hw_left > 0;
	return true;
}

/* ---- the contract ---- */

static struct fake_hw *hw_of(struct hv_vcpu *v)
{
	check(v->cpu == this_cpu()->index, "vCPU is not loaded here");
	return v->hw;
}

struct fake_hw *fake_hw(struct vcpu *v)
{
	return v->hv.hw;
}

int hv_vcpu_init(struct hv_vcpu *v)
{
	v->cpu = v->last_cpu = HV_NO_CPU;
	v->shadow = true;
	v->hw = take_one() ? calloc(1, sizeof(struct fake_hw)) : NULL;
	fake_vcpus += v->hw != NULL;
	return v->hw ? 0 : -ENOMEM;
}

void hv_vcpu_free(struct hv_vcpu *v)
{
	check(v->cpu == HV_NO_CPU, "vCPU is loaded while it is freed");
	free(v->hw);
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
	(void)hw_of(v);
	v->cpu = HV_NO_CPU;
}

void hv_run(struct hv_vcpu *v, struct hv_exit *exit)
{
	struct fake_hw *f = hw_of(v);

	check(!fake_irqs_on(), "run with interrupts on");
	check(this_cpu()->running_s2 == v->s2 && v->s2, "run without s2_enter");
	memset(exit, 0, sizeof(*exit));
	exit->kind = HV_EXIT_INTR;
	fake_entries++;
	v->shadow = true;
	fake_guest(v, exit);
	f->injected.type = HV_EVENT_NONE;
}

void hv_get_sregs(struct hv_vcpu *v, struct hv_sregs *s, u32 parts)
{
	const struct hv_sregs *from = &hw_of(v)->sregs;

	check(parts != 0, "no parts");
	memset(s, 0xaa, sizeof(*s));
	if (parts & HV_SREG_SEG) {
		memcpy(s->seg, from->seg, sizeof(s->seg));
	}
	if (parts & HV_SREG_CS) {
		s->seg[HV_CS] = from->seg[HV_CS];
		s->seg[HV_SS] = from->seg[HV_SS];
	}
	if (parts & HV_SREG_DT) {
		s->gdt = from->gdt;
		s->idt = from->idt;
	}
	if (parts & HV_SREG_CR) {
		s->cr0 = from->cr0;
		s->cr2 = from->cr2;
		s->cr3 = from->cr3;
		s->cr4 = from->cr4;
		s->efer = from->efer;
	}
}

void hv_set_sregs(struct hv_vcpu *v, const struct hv_sregs *s, u32 parts)
{
	struct fake_hw *f = hw_of(v);
	struct hv_sregs old = f->sregs;

	check(parts != 0, "no parts");
	f->sregs = *s;
	if (!(parts & HV_SREG_SEG)) {
		memcpy(f->sregs.seg, old.seg, sizeof(old.seg));
	}
	if (!(parts & HV_SREG_DT)) {
		f->sregs.gdt = old.gdt;
		f->sregs.idt = old.idt;
	}
	if (!(parts & HV_SREG_CR)) {
		f->sregs.cr0 = old.cr0;
		f->sregs.cr2 = old.cr2;
		f->sregs.cr3 = old.cr3;
		f->sregs.cr4 = old.cr4;
		f->sregs.efer = old.efer;
	}
}

static u64 *msr_place(struct hv_vcpu *v, u32 index)
{
	struct fake_hw *f = hw_of(v);
	bool known = index == 0x277 || (index >= 0x174 && index <= 0x176) ||
		     (index >= 0xc0000081 && index <= 0xc0000084) ||
		     (index >= 0xc0000100 && index <= 0xc0000102);

	if (!known || fake_no_msrs) {
		return NULL;
	}
	for (u32 i = 0; i < f->msrs; i++) {
		if (f->msr[i].index == index) {
			return &f->msr[i].value;
		}
	}
	f->msr[f->msrs].index = index;
	return &f->msr[f->msrs++].value;
}

int hv_get_msr(struct hv_vcpu *v, u32 index, u64 *value)
{
	u64 *at = msr_place(v, index);

	*value = at ? *at : 0;
	return at ? 0 : -ENOENT;
}

int hv_set_msr(struct hv_vcpu *v, u32 index, u64 value)
{
	u64 *at = msr_place(v, index);

	if (at) {
		*at = value;
	}
	return at ? 0 : -ENOENT;
}

void hv_get_debug(struct hv_vcpu *v, struct hv_debug *d)
{
	*d = hw_of(v)->debug;
}

void hv_set_debug(struct hv_vcpu *v, const struct hv_debug *d)
{
	hw_of(v)->debug = *d;
}

void hv_get_intr_state(struct hv_vcpu *v, struct hv_intr_state *s)
{
	*s = hw_of(v)->intr;
}

void hv_set_intr_state(struct hv_vcpu *v, const struct hv_intr_state *s)
{
	hw_of(v)->intr = *s;
}

void hv_inject(struct hv_vcpu *v, const struct hv_event *e)
{
	check(hw_of(v)->injected.type == HV_EVENT_NONE, "two events for one entry");
	hw_of(v)->injected = *e;
}

void hv_request_window(struct hv_vcpu *v, bool nmi, bool on)
{
	*(nmi ? &hw_of(v)->nmi_window : &hw_of(v)->window) = on;
}

void hv_set_intercepts(struct hv_vcpu *v, u32 flags, u32 exceptions)
{
	(void)exceptions;
	hw_of(v)->intercepts = flags;
}

int hv_set_msr_intercept(struct hv_vcpu *v, u32 index, bool read, bool write)
{
	(void)read;
	(void)write;
	return msr_place(v, index) ? 0 : -ENOENT;
}

void hv_set_tsc(struct hv_vcpu *v, u64 offset)
{
	hw_of(v)->tsc_offset = offset;
}

void hv_set_deadline(struct hv_vcpu *v, u64 ticks)
{
	hw_of(v)->deadline = ticks;
}

void hv_s2_activate(struct hv_vcpu *v, struct s2 *s2)
{
	(void)hw_of(v);
	v->s2 = s2;
}

void hv_s2_flush(struct hv_vcpu *v)
{
	hw_of(v)->flushes++;
}

void hv_set_tpr(struct hv_vcpu *v, u8 tpr)
{
	hw_of(v)->tpr = tpr;
}

/* ---- FPU ---- */

struct fpu_state {
	u8 bytes[4096] __aligned(64);
};

u64 fpu_host_xcr0(void)
{
	return fake_xcr0;
}

u32 fpu_size(void)
{
	return fake_xcr0 ? 832 : 512;
}

struct fpu_state *fpu_alloc(void)
{
	struct fpu_state *f = take_one() ? aligned_alloc(64, sizeof(*f)) : NULL;

	if (f) {
		fpu_reset(f);
	}
	fake_fpus += f != NULL;
	return f;
}

void fpu_free(struct fpu_state *f)
{
	fake_fpus -= f != NULL;
	free(f);
}

void fpu_reset(struct fpu_state *f)
{
	memset(f, 0, sizeof(*f));
	f->bytes[0] = 0x7f;
	f->bytes[1] = 3;
	f->bytes[24] = 0x80;
	f->bytes[25] = 0x1f;
}

void fpu_save(struct fpu_state *f)
{
	check(f != NULL, "no FPU state");
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

void *fpu_area(struct fpu_state *f)
{
	return f->bytes;
}

/* core/sched.c has a real one. */
__attribute__((weak)) void sched_yield(void)
{
}

/* ---- objects die at their last reference ---- */

void object_init(struct object *o, const struct object_type *type)
{
	*o = (struct object){.type = type, .refs = 1};
}

void object_get(struct object *o)
{
	o->refs++;
}

void object_put(struct object *o)
{
	check(o->refs, "reference given back twice");
	if (!--o->refs) {
		o->type->destroy(o);
	}
}

/* ---- the caller ---- */

int call_copy_in(void *dst, u64 src, size_t len)
{
	if (src < FAKE_BAD || src + len < src) {
		return -EFAULT;
	}
	memcpy(dst, (const void *)(uintptr_t)src, len);
	return 0;
}

int call_copy_out(u64 dst, const void *src, size_t len)
{
	if (dst < FAKE_BAD || dst + len < dst) {
		return -EFAULT;
	}
	memcpy((void *)(uintptr_t)dst, src, len);
	return 0;
}

s64 handle_install(struct handle_table *t, struct object *o, const struct handle_ops *ops,
		   u32 rights)
{
	(void)t;
	(void)rights;
	if (fake_install_error) {
		return fake_install_error;
	}
	fake_installed = o;
	fake_installed_ops = ops;
	return 5;
}

static void domain_gone(struct object *o)
{
	(void)o;
	check(false, "the domain ends in a test");
}

static const struct object_type domain_type = {.name = "domain", .destroy = domain_gone};

static const struct s2_format format = {
	.present = 1,
	.w = 2,
	.x = 4,
	.leaf = 0x80,
	.memtype = 0x30,
	.table = 7,
	.max_leaf_level = 2,
};

void fake_vmm_start(void)
{
	struct backing *b;

	fake_mm_reset(fake_vmm_cpus);
	fake_cpuid_default();
	s2_set_format(&format);
	time_init(FAKE_KHZ, 1000000000000000000ULL);
	fake_no_msrs = false;
	fake_hw_left = -1;
	fake_install_error = 0;
	fake_entries = fake_vcpus = fake_fpus = 0;
	fake_xcr0 = 7;
	memset(&fake_dom, 0, sizeof(fake_dom));
	object_init(&fake_dom.obj, &domain_type);
	assert_int_equal(aspace_init(&fake_dom.as, 8192), 0);
	b = backing_anon(&fake_dom.as.quota, FAKE_RAM_PAGES * PAGE_SIZE);
	assert_int_equal(aspace_map(&fake_dom.as, FAKE_RAM_AT, FAKE_RAM_PAGES * PAGE_SIZE,
				    S2_R | S2_W, ASPACE_FIXED, b, 0),
			 FAKE_RAM_AT);
	memset(&owner, 0, sizeof(owner));
	control_fpu = fpu_alloc();
	owner.fpu_live = control_fpu;
	current_thread()->owner = &owner;
	current_thread()->kicked = current_thread()->must_exit = false;
}

void fake_vmm_end(void)
{
	check(owner.fpu_live == control_fpu, "the control program's FPU state is live");
	fpu_free(control_fpu);
	assert_int_equal(fake_dom.obj.refs, 1);
	aspace_destroy(&fake_dom.as);
	assert_int_equal(fake_vcpus, 0);
	assert_int_equal(fake_fpus, 0);
	assert_int_equal(slab_bytes_in_use(), 0);
	assert_int_equal(frames_free_count(), frames_total_count());
}

struct vm *fake_vm(bool chips)
{
	struct kvm_userspace_memory_region r = {0, 0, 0, FAKE_RAM_PAGES * PAGE_SIZE, FAKE_RAM_AT};
	struct vm *vm = vm_create(&fake_dom.obj, &fake_dom.as);

	assert_non_null(vm);
	if (chips) {
		assert_int_equal(vm_create_irqchip(vm), 0);
	}
	assert_int_equal(memslot_set(vm, &r), 0);
	return vm;
}

struct vcpu *fake_vcpu(struct vm *vm)
{
	struct vcpu *v;

	assert_int_equal(vcpu_create(vm, vm->vcpu_count, &v), 0);
	vcpu_publish(v);
	vcpu_load(v);
	return v;
}

void fake_vm_end(struct vm *vm)
{
	u32 count = vm->vcpu_count;

	for (u32 i = 0; i < count; i++) {
		vcpu_put(vm->vcpus[i]);
	}
	object_get(&vm->obj);
	for (u32 i = 0; i < count; i++) {
		object_put(&vm->vcpus[i]->obj);
	}
	object_put(&vm->obj);
	object_put(&vm->obj);
}

u8 *fake_ram(struct vm *vm, u64 gpa)
{
	u32 order;
	bool writable;
	hpa_t hpa;

	(void)vm;
	mutex_lock(&fake_dom.as.lock);
	assert_int_equal(aspace_frame_locked(&fake_dom.as, FAKE_RAM_AT + (gpa & PAGE_MASK), true,
					     &hpa, &order, &writable),
			 0);
	mutex_unlock(&fake_dom.as.lock);
	return (u8 *)hpa_to_ptr(hpa) + (gpa & ~PAGE_MASK);
}

void fake_ram_write(struct vm *vm, u64 gpa, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		*fake_ram(vm, gpa + i) = ((const u8 *)data)[i];
	}
}
