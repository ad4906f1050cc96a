/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A runtime for unit tests: an ELF file among the boot files, and the domain's code as a C
 * function of the test that makes its hypercalls through the real exit handler.
 */
#pragma once

#include "fake_domain.h"

#define FAKE_RUNTIME_AT 0x40000	/* host-physical, below the RAM of the allocator */
#define FAKE_ENTRY (CORBEL_RUNTIME_BASE + 0x40)

/*
 * The ELF file, to be damaged by tests; two segments: text of one page, data of 3 pages with 100
 * bytes in the file.
 */
extern u8 *fake_runtime_file;
/* Registers /boot/runtime and /boot/prog. After fake_domain_boot. */
void fake_runtime_register(void);

/*
 * The program of every thread: called on its first entry; when it returns the thread idles until
 * it must exit.
 */
extern void (*fake_program)(struct domain_thread *t);
/* Sets fake_guest so that fake_program runs. */
void fake_runtime_start(void);
/* A hypercall of the runtime from inside fake_program. */
#define guest_call(t, nr, ...) \
	fake_guest_call((t), (nr) | CORBEL_CALL_RUNTIME, (const u64[6]){__VA_ARGS__})
s64 fake_guest_call(struct domain_thread *t, u64 number, const u64 *args);
