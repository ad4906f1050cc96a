/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A micro-guest of the smoke test: one page, real mode, its own stage-2 tables.
 */
#pragma once

#include "arch/x86/hv/hv.h"
#include "core/types.h"
#include "mm/frame.h"
#include "mm/stage2.h"

#define SMOKE_CODE 0x1000	/* guest-physical address of the page; the code begins there */
#define SMOKE_STACK 0x2000

struct smoke {
	struct hv_vcpu vcpu;
	struct s2 s2;
	struct frame *page;
	u8 *mem;		/* the page as the hypervisor sees it */
	struct hv_exit exit;
};

struct smoke_test {
	const char *name, *passed;
	bool (*fn)(struct smoke *g);
	u8 code[16];
};

/* Enters once. Interrupts on before and after. */
void smoke_enter(struct smoke *g);
/* Enters until something else than a host interrupt ends the run; returns the kind. */
u8 smoke_run(struct smoke *g);
/* Reports what was expected, unless ok; returns ok. */
bool smoke_expect(const struct smoke *g, bool ok, const char *what);
/* Maps the guest's page once more, at gpa. */
bool smoke_map(struct smoke *g, u64 gpa);

/* basic.c */
bool smoke_io_hlt(struct smoke *g);
bool smoke_bad_state(struct smoke *g);
bool smoke_s2_fault(struct smoke *g);
bool smoke_exits(struct smoke *g);
bool smoke_spin(struct smoke *g);
bool smoke_triple_fault(struct smoke *g);
bool smoke_move(struct smoke *g);

/* events.c */
bool smoke_window(struct smoke *g);
bool smoke_interrupted(struct smoke *g);
bool smoke_soft_int(struct smoke *g);
bool smoke_inject_soft(struct smoke *g);
