/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM_SET_SIGNAL_MASK: the mask of a vCPU's thread while it runs the guest, which is the runtime's
 * matter.
 */
#pragma once

#include "control/runtime/types.h"

/* The handle is closed, or a duplicate of another. */
void kvm_mask_forget(u32 handle);
void kvm_mask_copy(u32 from, u32 to);
