/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains in unit tests: the real core, mm and api on the fake machine. A test's body runs in a
 * thread of that machine, under an order of CPUs drawn from a seed, and may act as a thread of a
 * domain. One boot per program.
 */
#pragma once

#include "api/call.h"
#include "api/calls.h"
#include "api/domain.h"
#include "api/linux.h"
#include "core/errno.h"
#include "fake.h"
#include "fake_hv.h"
#include "unit.h"

/* Boots the machine with a reaper; the first line of main. */
void fake_domain_boot(u32 cpus);
/* Runs body to its end, reaps, and asserts that no memory is in use that was not before. */
void fake_domain_run(void (*body)(void));
/* A body as a cmocka test: R(name) in the list after BODY(name). */
#define BODY(name) \
	static void run_##name(void **state) \
	{ \
		(void)state; \
		fake_domain_run(name); \
	}
#define R(name) {#name, run_##name, NULL, NULL, NULL}
#define DOMAIN_MAIN(cpus, ...) \
	int main(void) \
	{ \
		const struct CMUnitTest tests[] = {__VA_ARGS__}; \
		fake_domain_boot(cpus); \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}
/* Runs fn(arg) in a thread of its own from inside a body; fake_join waits for all of them. */
void fake_spawn(void (*fn)(void *), void *arg);
void fake_join(void);

/*
 * A domain without program, and the calling thread as one of its threads. fake_leave undoes all of
 * it.
 */
struct domain *fake_enter(bool privileged, u64 quota);
void fake_leave(struct domain *d);
/* The calling thread becomes another thread of d (then fake_retire before it ends). */
struct domain_thread *fake_enlist(struct domain *d);
void fake_retire(void);

/* A hypercall of the program, and one of the runtime's own. */
#define call(nr, ...) fake_call((nr), (const u64[6]){__VA_ARGS__})
#define call_own(nr, ...) fake_call((nr) | CORBEL_CALL_RUNTIME, (const u64[6]){__VA_ARGS__})
s64 fake_call(u32 number, const u64 *args);
struct call_args fake_args(const u64 *args);

/*
 * Memory of the calling thread's domain: a fresh mapping, and access to it (asserts that it works).
 */
u64 fake_map(u64 len);
void fake_poke(u64 addr, const void *data, size_t len);
void fake_peek(u64 addr, void *data, size_t len);
u64 fake_peek64(u64 addr);
void fake_poke64(u64 addr, u64 value);

/* The text that went to the log since the last fake_log_clear. */
extern char fake_log_text[65536];
void fake_log_clear(void);
/* Called with every line of the log, injected faults among them; NULL: nothing. */
extern void (*fake_log_hook)(void);
/* Whether lines go to the console, as log_console said last. */
extern bool fake_log_console;
/* Set by power_off and power_reboot, which end the calling thread's wait for ever. */
extern const char *fake_power;

enum {
	NR_read = 0,
	NR_write = 1,
	NR_close = 3,
	NR_mmap = 9,
	NR_mprotect = 10,
	NR_munmap = 11,
	NR_ioctl = 16,
	NR_pread64 = 17,
	NR_sched_yield = 24,
	NR_mremap = 25,
	NR_madvise = 28,
	NR_exit = 60,
	NR_ftruncate = 77,
	NR_sched_setscheduler = 144,
	NR_reboot = 169,
	NR_futex = 202,
	NR_sched_setaffinity = 203,
	NR_clock_gettime = 228,
	NR_clock_nanosleep = 230,
	NR_exit_group = 231,
	NR_tgkill = 234,
	NR_openat = 257,
	NR_ppoll = 271,
	NR_eventfd2 = 290,
	NR_dup3 = 292,
	NR_sched_setattr = 314,
	NR_memfd_create = 319,
};
