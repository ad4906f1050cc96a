/* SPDX-License-Identifier: BSD-2-Clause */
/* Port accesses that wait for the VMM. */
#pragma once

struct vcpu;

/*
 * Finishes the access of the last exit with the data in the run page, before anything else of a
 * KVM_RUN. Loaded.
 */
void pio_complete(struct vcpu *v);
