/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits: one handler per kind, found in a table. A handler runs in thread context with
 * interrupts on and the vCPU loaded, and decides nothing but what comes next.
 */
#pragma once

#include "vmm/events.h"
#include "vmm/fetch.h"

enum exit_next {
	EXIT_RESUME, /* enter the guest again */
	EXIT_LEAVE,  /* KVM_RUN returns v->run_error; the run page is filled */
	EXIT_KILL    /* this VM cannot go on; vm_kill() was called */
};

/* Calls the handler of exit->kind. */
enum exit_next exit_handle(struct vcpu *v, struct hv_exit *exit);

/* The handlers of the kinds, in the files of their names; the others are in vmm/exit.c. */
typedef enum exit_next exit_fn(struct vcpu *v, struct hv_exit *exit);
exit_fn exit_cpuid, exit_hlt, exit_io, exit_io_string, exit_msr, exit_cr, exit_dr, exit_xcr;
exit_fn exit_s2_fault, exit_exception, exit_hypercall;
/* Emulates an access to device memory; rom: only writing finds no memory (vmm/exit_mmio.c). */
enum exit_next exit_mmio(struct vcpu *v, struct hv_exit *exit, bool rom);

/*
 * Leaves with KVM_EXIT_INTERNAL_ERROR and the exit's raw numbers (suberrors other than
 * EMULATION).
 */
enum exit_next exit_internal_error(struct vcpu *v, const struct hv_exit *exit, u32 suberror);
/* Leaves with suberror EMULATION and the instruction's bytes, if they can be read. */
enum exit_next exit_needs_emulation(struct vcpu *v, const struct hv_exit *exit);

/*
 * Reads on over the end of the page that an instruction began in: have bytes are there. Their
 * new number, or as fetch_bytes().
 */
__must_check int exit_fetch_rest(struct vcpu *v, const struct fetch_at *at,
				 union fetch_bytes *bytes, u32 have, u32 *error);
/* Raises what the CPU would raise for a failed fetch at address; -EINVAL. */
int exit_fetch_failed(struct vcpu *v, int err, u64 address, u32 error);

#define INSN_BIT(op) (1ULL << (op))

/*
 * Decodes the instruction at RIP, which must be one of ops (INSN_BIT of each). false: it is not
 * (any more), or cannot be read; a fault may have been raised; the guest is to be resumed as it
 * is. May sleep.
 */
__must_check bool exit_decode(struct vcpu *v, u64 ops, struct insn *i);
/* The same for one op, and only its length; 0: as false above. */
u32 exit_decode_length(struct vcpu *v, u8 op);
/* Length of the exiting instruction, by hardware or by decoding; 0: as false above. */
static inline u32 exit_length(struct vcpu *v, const struct hv_exit *exit, u8 op)
{
	return exit->insn_len ? exit->insn_len : exit_decode_length(v, op);
}
/*
 * Moves RIP behind an instruction that was carried out: shadows end, RF clears, a single step
 * traps. Loaded.
 */
void skip_insn(struct vcpu *v, u32 len);
/* The instruction is done, or (err) refused with #GP. */
static inline enum exit_next exit_done(struct vcpu *v, int err, u32 len)
{
	if (err) {
		event_gp(v);
	} else {
		skip_insn(v, len);
	}
	return EXIT_RESUME;
}
