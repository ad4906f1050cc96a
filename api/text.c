/* SPDX-License-Identifier: BSD-2-Clause */
/* The text files: each name has a function that writes its text into a buffer once, at open. */
#include "api/text.h"

#include "api/domain.h"
#include "arch/x86/asm/cpuid.h"
#include "core/log.h"
#include "core/printf.h"
#include "core/string.h"
#include "core/time.h"
#include "drivers/console.h"

#define TEXT_MAX 65536u

struct text {
	struct object obj;
	size_t len;
	char bytes[];
};

/* Text being written; what does not fit is cut. */
struct writer {
	char *buf;
	size_t size, len;
};

static void add(struct writer *w, const char *fmt, ...) __printf(2, 3);

static void add(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->buf + w->len, w->size - w->len, fmt, ap);
	va_end(ap);
	if (n > 0) {
		w->len = MIN(w->len + (size_t)n, w->size - 1);
	}
}

static void write_cpus(struct writer *w)
{
	char brand[49] = {0};

	for (u32 i = 0; i < 3 && cpuid_has_leaf(0x80000004u); i++) {
		struct cpuid_regs r = cpuid(0x80000002u + i, 0);

		memcpy(brand + 16 * i, &r, sizeof(r));
	}
	add(w, "model %s\ntsc_khz %lu\n", brand, clock.tsc_khz);
	for (u32 i = 0; i < arch_cpu_count(); i++) {
		const struct cpu *c = arch_cpu(i);

		add(w, "cpu %u %s runnable %u\n", i, READ_ONCE(c->online) ? "online" : "offline",
		    READ_ONCE(c->rq.runnable));
	}
}

static void write_memory(struct writer *w)
{
	add(w, "frames_total %lu\nframes_free %lu\nslab_bytes %lu\n", frames_total_count(),
	    frames_free_count(), slab_bytes_in_use());
}

static void write_log(struct writer *w)
{
	u64 end = log_end(), pos = end > w->size - 1 ? end - (w->size - 1) : 0;

	w->len = log_read(&pos, w->buf, w->size - 1);
}

static void write_domain(struct domain *d, void *arg)
{
	struct writer *w = arg;

	mutex_lock(&d->lock);
	add(w, "domain %u %s%s threads %u frames %lu of %lu table_frames %lu\n", d->id, d->name,
	    d->privileged ? " privileged" : "", d->thread_count, d->as.quota.used,
	    d->as.quota.limit, d->as.s2.table_frames);
	list_for_each(struct domain_thread, t, &d->threads, node) {
		add(w, "thread %u cpu %u calls %lu runtime_ns %lu\n", t->tid, t->thread.cpu,
		    READ_ONCE(t->calls), READ_ONCE(t->thread.runtime_ns));
	}
	mutex_unlock(&d->lock);
}

static void write_stats(struct writer *w)
{
	add(w, "entry_tsc %lu\nuptime_ns %lu\nconsole_dropped %lu\n", clock_entry_tsc, now_ns(),
	    console_dropped());
	domain_for_each(write_domain, w);
}

static const struct {
	const char *name;
	void (*write)(struct writer *w);
} texts[] = {
	{"cpus", write_cpus},
	{"memory", write_memory},
	{"log", write_log},
	{"stats", write_stats},
};

static const struct object_type text_type = {.name = "text", .destroy = object_kfree};

bool text_exists(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

int text_open(const char *name, struct object **o)
{
	struct writer w = {.buf = kmalloc(TEXT_MAX), .size = TEXT_MAX};
	struct text *t = NULL;
	int err = -ENOENT;

	if (!w.buf) {
		return -ENOMEM;
	}
	for (u32 i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i].name, name) == 0) {
			texts[i].write(&w);
			t = kmalloc(sizeof(*t) + w.len);
			err = t ? 0 : -ENOMEM;
		}
	}
	if (t) {
		object_init(&t->obj, &text_type);
		t->len = w.len;
		memcpy(t->bytes, w.buf, w.len);
		*o = &t->obj;
	}
	kfree(w.buf);
	return err;
}

static s64 text_pread(struct object *o, struct domain *d, dva_t buf, u64 len, u64 off)
{
	const struct text *t = container_of(o, struct text, obj);
	int err;

	if (off >= t->len) {
		return 0;
	}
	len = MIN(len, t->len - off);
	err = copy_to_domain(&d->as, buf, t->bytes + off, len);
	return err ? err : (s64)len;
}

static u64 text_length(struct object *o)
{
	return container_of(o, struct text, obj)->len;
}

const struct handle_ops text_ops = {
	.type = CORBEL_H_TEXT,
	.pread = text_pread,
	.length = text_length,
};
