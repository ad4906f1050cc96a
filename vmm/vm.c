/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a VM: made by KVM_CREATE_VM, kept by its handle and by every vCPU, destroyed by
 * the reaper when the last of them is gone. It watches the domain's address space so that no
 * guest keeps memory that the domain has unmapped.
 */
#include "vmm/vm.h"

#include "arch/x86/asm/tsc.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/time.h"
#include "mm/slab.h"
#include "vmm/irq/irqchip.h"
#include "vmm/memslot.h"
#include "vmm/vcpu.h"

static void invalidate(struct aspace_watcher *w, u64 start, u64 end)
{
	memslot_invalidate(container_of(w, struct vm, watcher), start, end);
}

static void destroy(struct object *obj)
{
	struct vm *vm = container_of(obj, struct vm, obj);

	mutex_lock(&vm->as->lock);
	list_remove(&vm->watcher.node);
	mutex_unlock(&vm->as->lock);
	irqchip_stop(vm); /* its timers look for vCPUs */
	for (u32 i = 0; i < vm->vcpu_count; i++) {
		vcpu_free(vm->vcpus[i]);
	}
	s2_destroy(&vm->s2);
	irqchip_free(vm);
	slots_free(vm->slots);
	object_put(vm->domain);
	kfree(vm);
}

static const struct object_type vm_type = {"vm", destroy};

struct vm *vm_create(struct object *domain, struct aspace *as)
{
	struct vm *vm = kzalloc(sizeof(*vm));

	if (!vm) {
		return NULL;
	}
	vm->slots = slots_empty();
	if (!vm->slots || s2_init(&vm->s2)) {
		kfree(vm->slots);
		kfree(vm);
		return NULL;
	}
	object_init(&vm->obj, &vm_type);
	object_get(domain);
	vm->domain = domain;
	vm->as = as;
	vm->watcher.invalidate = invalidate;
	mutex_init(&vm->lock);
	vm->tsc_khz = clock.tsc_khz;
	vm->tsc_offset = -rdtsc();
	vm->clock_base_ns = -now_ns();
	mutex_lock(&as->lock);
	list_push_back(&as->watchers, &vm->watcher.node);
	mutex_unlock(&as->lock);
	return vm;
}

void vm_kill(struct vm *vm, const char *why)
{
	u32 count = smp_load_acquire(&vm->vcpu_count);

	if (__atomic_exchange_n(&vm->dead, true, __ATOMIC_SEQ_CST)) {
		return;
	}
	log_warn("vm: ended: %s", why);
	for (u32 i = 0; i < count; i++) {
		vcpu_request(vm->vcpus[i], REQ_KILL);
	}
}

struct vcpu *vm_vcpu_by_id(struct vm *vm, u32 id)
{
	u32 count = smp_load_acquire(&vm->vcpu_count);

	for (u32 i = 0; i < count; i++) {
		if (vm->vcpus[i]->id == id) {
			return vm->vcpus[i];
		}
	}
	return NULL;
}

int vm_create_irqchip(struct vm *vm)
{
	struct irqchip *chip;

	if (vm->irqchip) {
		return -EEXIST;
	}
	if (vm->vcpu_count) {
		return -EINVAL;
	}
	chip = irqchip_create(vm);
	if (!chip) {
		return -ENOMEM;
	}
	smp_store_release(&vm->irqchip, chip);
	vm->lapic_in_hypervisor = true;
	return 0;
}
