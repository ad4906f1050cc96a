/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FPU/SSE/AVX state by XSAVE (or FXSAVE). The hypervisor never uses the FPU: the registers
 * always hold the state of the current thread's program or of the guest that it runs, and
 * thread switches swap them (thread->owner's hooks).
 */
#pragma once

#include "core/types.h"

struct fpu_state;	/* 64-byte aligned XSAVE area in standard format, fpu_size bytes */

/*
 * Finds XSAVE, enables it on the calling CPU (CR4.OSXSAVE, XCR0 = all offered of x87 SSE AVX
 * AVX-512 PKRU). Every CPU, once.
 */
void fpu_cpu_init(void);
u64 fpu_host_xcr0(void);	/* 0 without XSAVE */
u32 fpu_size(void);		/* bytes of an area for host_xcr0 */
/* Reset state (FCW 37FH, MXCSR 1F80H). NULL: no memory. */
struct fpu_state *fpu_alloc(void);
void fpu_free(struct fpu_state *f);
void fpu_reset(struct fpu_state *f);
void fpu_save(struct fpu_state *f);		/* registers -> memory; XCR0 is the host's */
void fpu_restore(const struct fpu_state *f);	/* memory -> registers */
/* Saves the registers to `out`, then loads them from `in`; NULL: leaves that step out. */
void fpu_swap(struct fpu_state *out, const struct fpu_state *in);
void *fpu_area(struct fpu_state *f);		/* the XSAVE image itself */
