/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory slots: which range of a domain's memory stands at which guest-physical address. A VM's
 * slots are one immutable sorted snapshot, replaced as a whole; whoever looks at it is in a
 * section or holds the aspace mutex.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

struct vm;

#define MEMSLOT_MAX_ID 32764u
#define MEMSLOT_MAX_PAGES ((1ULL << 31) - 1)

struct slot {
	u64 gfn, pages;
	u64 hva;       /* domain address of the first byte */
	u32 id, flags; /* KVM_MEM_* */
	u64 *dirty;    /* vmm/dirty_log.h, with KVM_MEM_LOG_DIRTY_PAGES, else NULL */
};

struct slots {
	u32 count;
	struct slot slot[]; /* sorted by gfn, disjoint */
};

/* A snapshot without slots. NULL: no memory. */
struct slots *slots_empty(void);
/* The slot that holds the guest frame, or NULL. */
const struct slot *slots_find(const struct slots *s, u64 gfn);
/* The slot of that id, or NULL. vm->lock held. */
const struct slot *slots_find_id(const struct slots *s, u32 id);
/* Frees the snapshot with the logs of its slots: by the VM's end only. */
void slots_free(struct slots *s);
/*
 * KVM_SET_USER_MEMORY_REGION: creates, deletes, moves or re-flags. vm->lock held. Old translations
 * are gone on return. -EINVAL, -EEXIST for an overlap, -ENOMEM.
 */
__must_check int memslot_set(struct vm *vm, const struct kvm_userspace_memory_region *r);
/* Removes what stage 2 maps of [start, end) of the domain's memory. The VM's aspace mutex held. */
void memslot_invalidate(struct vm *vm, u64 start, u64 end);
