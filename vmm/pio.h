/* SPDX-License-Identifier: BSD-2-Clause */
/* Port accesses that wait for the VMM. */
#pragma once

#include "core/types.h"

struct vcpu;

/*
 * Finishes the access of the last exit with the data in the run page, before anything else of a
 * KVM_RUN. Loaded.
 */
void pio_complete(struct vcpu *v);
/* Stores the element that the VMM delivered for INS and steps on. Loaded. */
void pio_string_complete(struct vcpu *v, u32 value);
