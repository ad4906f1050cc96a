/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot domain's life, watched by the main thread: start the control program, wait for its
 * end, free everything, and start it again if it crashed, but not for ever.
 */
#include "api/supervise.h"

#include "api/console_handle.h"
#include "api/domain.h"
#include "core/log.h"
#include "core/string.h"
#include "core/time.h"

#define CRASHES_MAX 3
#define CRASH_WINDOW_NS (10 * NSEC_PER_SEC)
#define STDIO_HANDLES 3
#define BOOT_PREFIX "/boot/"
/* for the hypervisor's own tables and stacks, and 1/16 of what is free */
#define FRAMES_KEPT 1024

/* What a line says, whatever the log's console setting is. */
#define say(...) do { \
	log_console(true); \
	log_info(__VA_ARGS__); \
} while (0)

/* The first blank (blanks false: no blank) at or behind s, or the end. */
static const char *find_blank(const char *s, bool blanks)
{
	while (*s && (*s == ' ') != blanks) {
		s++;
	}
	return s;
}

/* The program's path, then the words of args behind the first, as strings. NULL: no memory. */
static char *split_args(const char *program, const char *args, struct domain_program *p)
{
	size_t size = strlen(BOOT_PREFIX) + strlen(program) + strlen(args) + 2, len;
	char *strings = kmalloc(size);

	if (!strings) {
		return NULL;
	}
	len = strlcpy(strings, BOOT_PREFIX, size);
	len += strlcpy(strings + len, program, size - len) + 1;
	p->argc = 1;
	args = find_blank(find_blank(args, false), true);
	for (args = find_blank(args, false); *args; args = find_blank(args, false)) {
		const char *end = find_blank(args, true);

		memcpy(strings + len, args, (size_t)(end - args));
		len += (size_t)(end - args);
		strings[len++] = 0;
		p->argc++;
		args = end;
	}
	p->name = program;
	p->strings = strings;
	p->strings_len = (u32)len;
	return strings;
}

static int give_console(struct domain *d)
{
	struct object *o = console_open(false);
	struct handle h = {.obj = o, .ops = &console_ops, .rights = RIGHT_READ | RIGHT_WRITE};
	s64 ret = 0;

	if (!o) {
		return -ENOMEM;
	}
	for (u32 i = 0; ret >= 0 && i < STDIO_HANDLES; i++) {
		ret = handle_set(&d->handles, d, i, &h);
	}
	object_put(o);
	return ret < 0 ? (int)ret : 0;
}

int domain_boot_start(const char *program, const char *args, struct domain_end **end)
{
	u64 free = frames_free_count(), kept = FRAMES_KEPT + free / 16;
	struct domain_program p = {0};
	char *strings = split_args(program, args, &p);
	struct domain *d = NULL;
	int err = -ENOMEM;

	if (strings && free > kept) {
		d = domain_create(program, true, free - kept);
	}
	if (d) {
		err = give_console(d);
		if (!err) {
			err = domain_boot(d, &p, STDIO_HANDLES);
		}
		if (err) {
			domain_close(d);
		} else {
			object_get(&d->end->obj);
			*end = d->end;
		}
		object_put(&d->obj);
	}
	kfree(strings);
	return err;
}

static bool is_gone(void *arg)
{
	const struct domain_end *e = arg;

	return smp_load_acquire(&e->gone);
}

static void end_other(struct domain *d, void *arg __unused)
{
	domain_end(d, true, 9);
}

/* Waits until the boot domain is gone, then ends what it had started. */
static void wait_for_end(struct domain_end *e)
{
	(void)!waitq_wait(&e->wq, is_gone, e, WAIT_FOREVER, WAIT_UNINTERRUPTIBLE);
	domain_for_each(end_other, NULL);
	reaper_flush();
}

/* The same after every end of the same program, or its end has lost memory. */
static void say_memory(void)
{
	say("corbel: memory %lu MiB, %lu KiB free", frames_total_count() >> (20 - PAGE_SHIFT),
	    frames_free_count() << (PAGE_SHIFT - 10));
}

static __noreturn void stop(const char *why)
{
	say("corbel: %s", why);
	say("corbel: halted");
	arch_halt_forever();
}

static const char *reason_of(int err)
{
	switch (err) {
	case -ENOENT: return "the control program or the module `runtime` is missing";
	case -ENOEXEC: return "the module `runtime` is damaged: build it again";
	case -ENOMEM: return "too little memory for the control program";
	default: return "the control program cannot be started";
	}
}

void domain_supervise(const char *program, const char *args)
{
	u64 crashed_at[CRASHES_MAX] = {0}, now;
	struct domain_end *e;
	u32 crashes = 0;

	for (;;) {
		int err = domain_boot_start(program, args, &e);

		if (err) {
			stop(reason_of(err));
		}
		log_console(false);
		wait_for_end(e);
		if (!e->crashed) {
			say("corbel: control program %s exited with code %d", program, e->code);
			say_memory();
			machine_off();
		}
		say("corbel: control program %s ended by signal %d", program, e->code);
		object_put(&e->obj);
		say_memory();
		now = now_ns();
		if (crashes >= CRASHES_MAX - 1 &&
		    now - crashed_at[(crashes + 1) % CRASHES_MAX] < CRASH_WINDOW_NS) {
			stop("the control program crashed 3 times within 10 s");
		}
		crashed_at[crashes++ % CRASHES_MAX] = now;
		say("corbel: starting %s again", program);
	}
}
