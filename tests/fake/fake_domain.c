/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains on the fake machine: see fake_domain.h. */
#include "fake_domain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/kvm.h"
#include "api/time_page.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/sched.h"
#include "drivers/power.h"
#include "drivers/uart.h"
#include "fake_mm.h"
#include "mm/backing.h"
#include "mm/slab.h"

#define MAX_STEPS 20000000

char fake_log_text[65536];
bool fake_log_console;
void (*fake_log_hook)(void);
const char *fake_power;

static const struct s2_format format = {
	.present = 1,
	.w = 2,
	.x = 4,
	.leaf = 0x80,
	.memtype = 0x30,
	.table = 7,
	.max_leaf_level = 2,
};

static void (*test_body)(void);
static volatile bool body_done;
static u64 slab_before, frames_before;
static struct waitq joiners;
static u32 spawned;
static u32 seed = 1;

void log_write(enum log_level level, const char *fmt, ...)
{
	size_t used = strlen(fake_log_text);
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(fake_log_text + used, sizeof(fake_log_text) - used, fmt, ap);
	va_end(ap);
	used = strlen(fake_log_text);
	snprintf(fake_log_text + used, sizeof(fake_log_text) - used, "\n");
	if (getenv("FAKE_LOG")) {
		fprintf(stderr, "%s\n", fake_log_text + used);
	}
	if (fake_log_hook) {
		fake_log_hook();
	}
}

void log_console(bool on)
{
	fake_log_console = on;
}

u64 log_end(void)
{
	return strlen(fake_log_text);
}

size_t log_read(u64 *pos, char *buf, size_t size)
{
	size_t n = MIN(log_end() - *pos, size);

	memcpy(buf, fake_log_text + *pos, n);
	*pos += n;
	return n;
}

void fake_log_clear(void)
{
	memset(fake_log_text, 0, sizeof(fake_log_text));
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	snprintf(dst, size, "%s", src);
	return strlen(src);
}

static bool virtualization_off;

/* Ends the fake machine's thread, as the real ones end the machine. */
static __noreturn void power(const char *how)
{
	assert_true(virtualization_off);
	virtualization_off = false;
	fake_power = how;
	for (;;) {
		fake_pause();
		sched_yield();
	}
}

void hv_cpu_off(void)
{
	virtualization_off = true;
}

void power_off(void)
{
	power("off");
}

void power_reboot(void)
{
	power("reboot");
}

void uart_write(const char *s, size_t len)
{
	arch_console_write(s, len);
}

static const struct object_type kvm_type = {.name = "kvm"};
static struct object kvm_object = {.type = &kvm_type, .refs = 1};
const struct handle_ops kvm_system_ops = {.type = CORBEL_H_KVM};

struct object *kvm_system_object(void)
{
	object_get(&kvm_object);
	return &kvm_object;
}

static void reap_all(void)
{
	for (u32 i = 0; i < 8; i++) {
		reaper_flush();
	}
}

static void body_main(void *unused)
{
	(void)unused;
	test_body();
	reap_all();
	body_done = true;
}

static void make_time_page(void)
{
	backing_put(time_page_backing());
}

static void run_to_end(void)
{
	body_done = false;
	thread_start(fake_thread("test", body_main, NULL));
	arch_kick_cpu(0); /* it may be idle, and started is by "itself" */
	assert_true(fake_run_random(seed++, &body_done, MAX_STEPS));
}

void fake_domain_boot(u32 cpus)
{
	fake_mm_reset(cpus);
	fake_smp_boot(cpus);
	s2_set_format(&format);
	waitq_init(&joiners);
	thread_start(fake_thread("reaper", reaper_main, NULL));
	test_body = make_time_page; /* lives for ever */
	run_to_end();
}

void fake_domain_run(void (*body)(void))
{
	slab_before = slab_bytes_in_use();
	frames_before = frames_free_count();
	test_body = body;
	fake_log_clear();
	run_to_end();
	fault_arm(0);
	assert_int_equal(slab_bytes_in_use(), slab_before);
	assert_int_equal(frames_free_count(), frames_before);
	assert_int_equal(fake_vcpus, 0);
	assert_int_equal(fake_fpus, 0);
	assert_int_equal(fake_stacks, 0);
}

struct spawn {
	void (*fn)(void *);
	void *arg;
};

static void spawn_main(void *arg)
{
	struct spawn *s = arg;

	s->fn(s->arg);
	free(s);
	__atomic_fetch_sub(&spawned, 1, __ATOMIC_SEQ_CST);
	waitq_wake(&joiners, UINT32_MAX);
}

void fake_spawn(void (*fn)(void *), void *arg)
{
	struct spawn *s = malloc(sizeof(*s));

	s->fn = fn;
	s->arg = arg;
	__atomic_fetch_add(&spawned, 1, __ATOMIC_SEQ_CST);
	thread_start(fake_thread("spawned", spawn_main, s));
}

static bool none_left(void *arg)
{
	(void)arg;
	return READ_ONCE(spawned) == 0;
}

void fake_join(void)
{
	assert_int_equal(waitq_wait(&joiners, none_left, NULL, WAIT_FOREVER, WAIT_UNINTERRUPTIBLE),
			 0);
}

static void thread_gone(struct object *o)
{
	free(container_of(o, struct domain_thread, obj));
}

static const struct object_type thread_type = {.name = "fake domain thread",
					       .destroy = thread_gone};

struct domain_thread *fake_enlist(struct domain *d)
{
	struct domain_thread *t = calloc(1, sizeof(*t));

	object_init(&t->obj, &thread_type);
	t->domain = d;
	current_thread()->owner = &t->hvt;
	mutex_lock(&d->lock);
	t->tid = d->thread_count++ ? domain_next_id() : d->id;
	list_push_back(&d->threads, &t->node);
	mutex_unlock(&d->lock);
	return t;
}

void fake_retire(void)
{
	struct domain_thread *t = current_domain_thread();
	struct domain *d = t->domain;

	mutex_lock(&d->lock);
	list_remove(&t->node);
	d->thread_count--;
	mutex_unlock(&d->lock);
	current_thread()->owner = NULL;
	object_put(&t->obj);
}

struct domain *fake_enter(bool privileged, u64 quota)
{
	struct domain *d = domain_create("test", privileged, quota);

	assert_non_null(d);
	(void)fake_enlist(d);
	return d;
}

void fake_leave(struct domain *d)
{
	fake_retire();
	domain_close(d);
	object_put(&d->obj);
	reap_all();
}

struct call_args fake_args(const u64 *args)
{
	return (struct call_args){
		.rdi = args[0], .rsi = args[1], .rdx = args[2],
		.r10 = args[3], .r8 = args[4], .r9 = args[5],
	};
}

s64 fake_call(u32 number, const u64 *args)
{
	struct call_args a = fake_args(args);

	return call_dispatch(current_domain_thread(), number, &a);
}

u64 fake_map(u64 len)
{
	s64 addr = call(NR_mmap, 0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			(u64)-1, 0);

	assert_true(addr > 0);
	return (u64)addr;
}

void fake_poke(u64 addr, const void *data, size_t len)
{
	assert_int_equal(copy_to_domain(&current_domain_thread()->domain->as, DVA(addr), data, len),
			 0);
}

void fake_peek(u64 addr, void *data, size_t len)
{
	assert_int_equal(
		copy_from_domain(&current_domain_thread()->domain->as, data, DVA(addr), len), 0);
}

u64 fake_peek64(u64 addr)
{
	u64 value;

	fake_peek(addr, &value, sizeof(value));
	return value;
}

void fake_poke64(u64 addr, u64 value)
{
	fake_poke(addr, &value, sizeof(value));
}
