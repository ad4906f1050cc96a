/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives a guest-physical page its frame: from the slot to the domain's memory to the stage-2
 * entry.
 */
#pragma once

#include "core/types.h"

struct vm;

/*
 * Makes gpa accessible for access (S2_R, S2_W, S2_X). 0; -ENOENT: no slot; -EROFS: write to a
 * read-only slot; -EFAULT: the domain has no memory (or no right) there; -ENOMEM. Thread
 * context; sleeps.
 */
__must_check int vm_fault(struct vm *vm, gpa_t gpa, u32 access);
