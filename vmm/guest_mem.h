/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own accesses to guest-physical memory: page by page, each page translated
 * and copied within one section, so never through a translation that was taken away. Missing
 * pages are given first. Each byte is read once.
 */
#pragma once

#include "core/types.h"

struct vm;

/*
 * 0, or -EFAULT: part of the range is no (writable) memory; what came before may have been
 * copied. May sleep.
 */
__must_check int vm_read(struct vm *vm, gpa_t gpa, void *buf, size_t len);
__must_check int vm_write(struct vm *vm, gpa_t gpa, const void *buf, size_t len);
/*
 * Replaces the aligned word of 4 or 8 (wide) bytes at gpa, atomically. 0; -EAGAIN: it is not old;
 * -EFAULT as above. May sleep.
 */
__must_check int vm_replace(struct vm *vm, gpa_t gpa, u64 old, u64 value, bool wide);
/* Makes the page writable for the hypervisor and the guest: 0, or -EFAULT as above. May sleep. */
__must_check int vm_give(struct vm *vm, gpa_t gpa);
/*
 * Where the byte at gpa lies, or NULL if it is not mapped for reading now. In a section; good
 * only inside it.
 */
const void *vm_peek(struct vm *vm, gpa_t gpa);
/*
 * Makes gpa accessible for access (S2_R, S2_W, S2_X). 0; -ENOENT: no slot; -EROFS: write to a
 * read-only slot; -EFAULT: the domain has no memory (or no right) there; -ENOMEM. Thread
 * context; sleeps.
 */
__must_check int vm_fault(struct vm *vm, gpa_t gpa, u32 access);
