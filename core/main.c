/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main thread (row 7: it may include all layers): registers the boot modules, starts the
 * boot domain and watches over it. `none` of the control program means: report and halt.
 */
#include "core/main.h"

#include "api/bootfile.h"
#include "api/domain.h"
#include "boot/boot_info.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/string.h"
#include "drivers/uart.h"
#include "mm/kvmap.h"

static void register_modules(void)
{
	for (u32 i = 0; i < boot_info.module_count; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		if (bootfile_register(m->name, HPA(m->start), m->end - m->start) != 0) {
			fatal("boot module %s cannot be registered: out of memory or a name used "
			      "twice",
			      m->name);
		}
	}
}

static void halt_after_report(const char *why)
{
	log_info("corbel: %s", why);
	log_info("corbel: halted");
	arch_halt_forever();
}

/* Writes just below a stack: the guard page. The report is to name this function. */
static __attribute__((noinline)) void crash_on_purpose(void)
{
	*(volatile u64 *)(uintptr_t)(current_thread()->stack_base.v - 8) = 0;
}

/* Options for tests: docs/testing.md says what each does. */
static void serve_test_options(void)
{
	char number[24];

	if (boot_flag("crash")) {
		crash_on_purpose();
	}
	if (boot_option("fault", number, sizeof(number))) {
		fault_arm(decimal(number));
	}
}

/* Domains, which inherit it, run on the CPUs from N on (option first-cpu=N). */
static void set_domain_cpus(void)
{
	char number[24];

	if (boot_option("first-cpu", number, sizeof(number)) &&
	    sched_set_affinity(current_thread(), UINT64_MAX << MIN(decimal(number), 63)) != 0) {
		fatal("option first-cpu=%s: the machine has no such CPU", number);
	}
}

static void main_thread(void *unused __unused)
{
	char program[48];
	const struct boot_module *m;

	if (uart_start_input() != 0) {
		log_warn("no serial input");
	}
	register_modules();
	serve_test_options();
	set_domain_cpus();
	if (!boot_option("control", program, sizeof(program))) {
		halt_after_report("no control program (option control=NAME): nothing to run");
	}
	m = boot_module_find(program);
	if (!m) {
		fatal("the control program is missing: add `module2 /boot/%s %s` to grub.cfg",
		      program, program);
	}
	if (!boot_module_find("runtime")) {
		fatal("the module `runtime` is missing: add `module2 /boot/runtime runtime` to "
		      "grub.cfg");
	}
	domain_supervise(program, m->args);
}

static void start(const char *name, void (*fn)(void *))
{
	struct thread *t = kzalloc(sizeof(*t));
	void *stack = t ? kstack_alloc() : NULL;

	if (!stack) {
		fatal("no memory for the thread %s", name);
	}
	thread_init(t, name, (hva_t){ (u64)(uintptr_t)stack }, fn, NULL);
	thread_start(t);
}

void main_start(void)
{
	start("reaper", reaper_main);
	start("main", main_thread);
}
