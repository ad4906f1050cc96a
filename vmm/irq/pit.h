/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 8254 interval timer: three counters at 1,193,182 Hz, ports 40h to 43h and, if wanted, 61h
 * (gate and output of counter 2). Counter 0 drives GSI 0. By default an interrupt comes only after
 * the guest has acknowledged the last one, and those missed meanwhile follow.
 */
#pragma once

#include "api/abi/kvm.h"
#include "core/types.h"

#define PIT_GSI 0

struct vm;
struct pit;

/*
 * flags: KVM_PIT_SPEAKER_DUMMY, others are ignored. NULL: no memory. Freed by kfree, stopped or
 * never used.
 */
struct pit *pit_create(struct vm *vm, u32 flags);
/* No callback of its timer runs or comes any more. Thread context, before the vCPUs go. */
void pit_stop(struct pit *p);
/* Whether it owns this port. */
bool pit_has_port(const struct pit *p, u16 port);
/* One access of one byte. Any vCPU's thread. */
u8 pit_read(struct pit *p, u16 port);
void pit_write(struct pit *p, u16 port, u8 value);
/* The guest has acknowledged GSI 0; or has unmasked it: then nothing is owed. Any context. */
void pit_acked(struct pit *p);
void pit_forget_missed(struct pit *p);
/* Whether missed interrupts are delivered later. */
void pit_set_reinject(struct pit *p, bool reinject);
/* KVM's structure. Counters that are set start anew, with any count and mode (0 means 65536). */
void pit_get_state(struct pit *p, struct kvm_pit_state2 *s);
void pit_set_state(struct pit *p, const struct kvm_pit_state2 *s);
