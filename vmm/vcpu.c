/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a vCPU, its run page, and how others get its attention. Called by api/kvm_vm.c
 * and by every vmm file.
 */
#include "vmm/vcpu.h"

#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/hv/hv_thread.h"
#include "mm/slab.h"
#include "vmm/msr.h"

static void destroy(struct object *obj)
{
	object_put(&container_of(obj, struct vcpu, obj)->vm->obj);
}

static const struct object_type vcpu_type = {"vcpu", destroy};

/* The last user of the run page is gone: neither the vCPU nor a mapping of the VMM is left. */
static void release_run_frames(void *arg)
{
	struct frame **frames = arg;

	for (int i = 0; i < RUN_PAGES; i++) {
		if (frames[i]) {
			frame_put(frames[i]);
		}
	}
	kfree(frames);
}

static int create_run_pages(struct vcpu *v)
{
	struct frame **frames = kzalloc(RUN_PAGES * sizeof(*frames));

	if (!frames) {
		return -ENOMEM;
	}
	for (int i = 0; i < RUN_PAGES; i++) {
		frames[i] = frame_alloc(0, FRAME_HYP, FRAME_ZERO);
		if (!frames[i]) {
			release_run_frames(frames);
			return -ENOMEM;
		}
	}
	v->run_backing = backing_pages(frames, RUN_PAGES, release_run_frames, frames);
	if (!v->run_backing) {
		release_run_frames(frames);
		return -ENOMEM;
	}
	v->run = frame_ptr(frames[0]);
	v->run_io = frame_ptr(frames[1]);
	return 0;
}

void vcpu_free(struct vcpu *v)
{
	lapic_free(v->lapic);
	if (v->hv.hw) {
		hv_vcpu_free(&v->hv);
	}
	fpu_free(v->fpu);
	kfree(v->msrs);
	kfree(v->cpuid);
	if (v->run_backing) {
		backing_put(v->run_backing);
	}
	kfree(v);
}

static int create_parts(struct vcpu *v)
{
	int err = create_run_pages(v);

	if (err) {
		return err;
	}
	v->fpu = fpu_alloc();
	v->msrs = kzalloc(sizeof(*v->msrs));
	if (!v->fpu || !v->msrs) {
		return -ENOMEM;
	}
	if (v->vm->lapic_in_hypervisor) {
		v->lapic = lapic_create(v);
		if (!v->lapic) {
			return -ENOMEM;
		}
	}
	return hv_vcpu_init(&v->hv);
}

/* What the hardware is told once: stage 2, pass-through, intercepts, time. */
static void set_up_hardware(struct vcpu *v)
{
	vcpu_load(v);
	hv_s2_activate(&v->hv, &v->vm->s2);
	hv_set_intercepts(&v->hv, HV_INTERCEPT_HLT | HV_INTERCEPT_DR | HV_INTERCEPT_CPUID, 0);
	hv_set_deadline(&v->hv, v->vm->tsc_khz); /* 1 ms */
	msr_pass_through(v);
	vcpu_set_tsc_offset(v, v->vm->tsc_offset);
	vcpu_reset(v, false);
	vcpu_put(v);
}

int vcpu_create(struct vm *vm, u32 id, struct vcpu **out)
{
	struct vcpu *v;
	int err;

	if (id >= VM_MAX_VCPU_ID || vm->vcpu_count == VM_MAX_VCPUS) {
		return -EINVAL;
	}
	if (vm_vcpu_by_id(vm, id)) {
		return -EEXIST;
	}
	v = kzalloc(sizeof(*v));
	if (!v) {
		return -ENOMEM;
	}
	object_init(&v->obj, &vcpu_type);
	v->vm = vm;
	v->id = id;
	v->index = vm->vcpu_count;
	v->hv.cpu = v->hv.last_cpu = HV_NO_CPU;
	v->phys_bits = cpuid_phys_bits();
	v->fetch.page = FETCH_EMPTY;
	v->ev.user_irq = -1;
	mutex_init(&v->lock);
	waitq_init(&v->halt_wq);
	v->apic_base = APIC_BASE_DEFAULT | (id == vm->boot_vcpu_id ? APIC_BASE_BSP : 0);
	err = create_parts(v);
	if (err) {
		vcpu_free(v);
		return err;
	}
	set_up_hardware(v);
	object_get(&vm->obj);
	*out = v;
	return 0;
}

void vcpu_publish(struct vcpu *v)
{
	v->vm->vcpus[v->index] = v;
	smp_store_release(&v->vm->vcpu_count, v->index + 1);
}

void vcpu_abandon(struct vcpu *v)
{
	struct vm *vm = v->vm;

	vcpu_free(v);
	object_put(&vm->obj);
}

void vcpu_load_here(struct vcpu *v)
{
	hv_thread_load(current_thread()->owner, &v->hv);
}

void vcpu_put(struct vcpu *v)
{
	hv_thread_unload(current_thread()->owner, &v->hv);
}

void vcpu_request(struct vcpu *v, enum vcpu_request req)
{
	u32 cpu;

	__atomic_fetch_or(&v->requests, 1u << req, __ATOMIC_RELEASE);
	smp_mb();
	if (READ_ONCE(v->mode) == VCPU_IN_GUEST) {
		cpu = READ_ONCE(v->hv.cpu);
		if (cpu != HV_NO_CPU) {
			arch_kick_cpu(cpu);
		}
	} else {
		waitq_wake(&v->halt_wq, 1);
	}
}

void vcpu_kick(struct vcpu *v)
{
	vcpu_request(v, REQ_EVENT);
}
