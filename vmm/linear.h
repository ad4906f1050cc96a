/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data accesses by guest-linear address, as the current instruction of the guest would make
 * them.
 */
#pragma once

#include "core/types.h"

struct vcpu;

/*
 * Copies len bytes, page by page, with the guest's present rights. 0; -EFAULT: a page fault was
 * raised; -EIO: no memory stands there. v is loaded again on return; may sleep.
 */
__must_check int linear_read(struct vcpu *v, u64 gva, void *buf, u32 len);
__must_check int linear_write(struct vcpu *v, u64 gva, const void *buf, u32 len);
/* Whether a write of len bytes would succeed now: as linear_write, nothing written. */
__must_check int linear_probe_write(struct vcpu *v, u64 gva, u32 len);
