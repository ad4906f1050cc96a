/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual machine: memory slots over a domain's address space, stage-2 tables, vCPUs,
 * interrupt chips, clock. Legend: [I] set at creation, [m] vm->lock, [s] aspace mutex for
 * change + section for reading, [a] atomic.
 */
#pragma once

#include "core/object.h"
#include "mm/aspace.h"

#define VM_MAX_VCPUS 64
#define VM_MAX_VCPU_ID 4096

struct vcpu;
struct slots;
struct irqchip;
struct pit;

struct vm {
	struct object obj;
	struct object *domain;	       /* [I] keeps the address space */
	struct aspace *as;	       /* [I] where userspace_addr points into */
	struct aspace_watcher watcher; /* [s] zaps the slots' ranges when the domain unmaps */
	struct s2 s2;
	struct mutex lock;
	struct slots *slots; /* [s] immutable snapshot, replaced as a whole (vmm/memslot.h) */
	struct vcpu *vcpus[VM_MAX_VCPUS]; /* [m] published with release; dense by index */
	u32 vcpu_count;			  /* [a] */
	struct irqchip *irqchip;	  /* [m] the chips, once CREATE_IRQCHIP */
	struct pit *pit;		  /* [m] published with release; chips or not */
	bool lapic_in_hypervisor;	  /* [m] */
	u32 boot_vcpu_id;		  /* [m] */
	u64 tsc_khz;			  /* [I] */
	u64 tsc_offset;			  /* [I] of new vCPUs: guest TSC 0 = creation of the VM */
	u64 tsc_set;			  /* [a] the offset that the VMM set last; 0: none yet */
	u64 clock_base_ns;		  /* [a] kvmclock: guest ns = now_ns() + this (wrapping) */
	u32 vcpu_id_limit;		  /* [m] ids are below; 0: VM_MAX_VCPU_ID */
	bool exception_payload;		  /* [m] the same of an exception's CR2 or DR6 */
	bool triple_fault_event;	  /* [m] part of a vCPU's events */
	u32 dirty_manual;		  /* [m] KVM_DIRTY_LOG_* that were enabled */
	u32 mmu_pages;			  /* [a] KVM_SET_NR_MMU_PAGES; without effect */
	bool no_platform_info;		  /* [m] the guest has no MSR_PLATFORM_INFO */
	bool dead;			  /* [a] vm_kill() was called */
};

/*
 * A new VM whose memory lies in as (kept by domain, of which a reference is taken). NULL: no
 * memory.
 */
struct vm *vm_create(struct object *domain, struct aspace *as);
/*
 * Ends this VM only, with a reason for the log: vCPUs leave, later runs answer -EIO. Any
 * context.
 */
void vm_kill(struct vm *vm, const char *why);
/*
 * The vCPU of that id or NULL; no reference is taken: the VM keeps its published vCPUs until it
 * goes. Any context.
 */
struct vcpu *vm_vcpu_by_id(struct vm *vm, u32 id);
/*
 * Creates PIC, IOAPIC, the routes, and local APICs for later vCPUs. vm->lock held. -EEXIST twice,
 * -EINVAL after a vCPU, -ENOMEM.
 */
__must_check int vm_create_irqchip(struct vm *vm);
