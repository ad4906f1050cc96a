/* SPDX-License-Identifier: BSD-2-Clause */
/* The KVM objects behind handles: /dev/kvm, VM, vCPU. Their ioctls are tables in api/kvm_*.c. */
#pragma once

#include "api/handle.h"

/* The one object behind /dev/kvm (a new reference) and its operations, for openat. */
struct object *kvm_system_object(void);
extern const struct handle_ops kvm_system_ops, kvm_vm_ops, kvm_vcpu_ops;
