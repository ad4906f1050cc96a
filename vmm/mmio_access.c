/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The emulator's memory: linear addresses through the guest's page tables to RAM, to the devices
 * of the hypervisor, or to the VMM. Both pages of an access that crosses a boundary are
 * translated before either is touched. Called by vmm/emul.
 */
#include "core/string.h"
#include "vmm/guest_mem.h"
#include "vmm/irq/ioapic.h"
#include "vmm/vcpu.h"

static bool ioapic_access(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	u64 value = 0;

	if (write) {
		memcpy(&value, data, len);
	}
	if (!ioapic_mmio(v->vm, gpa, len, write, &value)) {
		return false;
	}
	if (!write) {
		memcpy(data, &value, len);
	}
	return true;
}

/*
 * The devices of the hypervisor that guests reach through memory, asked in turn, the most frequent
 * first.
 */
bool mmio_bus(struct vcpu *v, u64 gpa, void *data, u32 len, bool write)
{
	return lapic_mmio(v, gpa, data, len, write) || ioapic_access(v, gpa, data, len, write);
}

struct span {
	u64 gpa;
	u32 len;
	bool device; /* known to be no memory */
};

/* Whether it is the access of the exit, so that its page is known to be no memory. */
static inline bool is_exits(const struct mmio *io, u64 linear, bool write)
{
	return io->page_valid && !((linear ^ io->page) & ~PAGE_MASK) && (!write || io->page_write);
}

/* One page of an access. 0, or -EFAULT with the fault noted, or -EIO. */
static int translate(struct vcpu *v, u64 linear, u32 len, bool write, struct span *s)
{
	struct emul *e = &v->mmio.e;
	struct walk_mode m;
	const struct mmio *io = &v->mmio;
	u32 error;
	gpa_t gpa;
	int err;

	s->len = len;
	s->device = is_exits(io, linear, write);
	if (s->device) {
		s->gpa = io->page;
		return 0;
	}
	m = (struct walk_mode){e->s.cr0, e->s.cr3, e->s.cr4, e->s.efer, e->regs.rflags};
	err = walk_translate(v, &m, linear,
			     (write ? WALK_WRITE : 0) | (e->user ? WALK_USER : 0) | WALK_MARK,
			     &gpa, &error);
	if (err == -EFAULT) {
		e->fault.vector = VEC_PF;
		e->fault.has_error = true;
		e->fault.error = error;
		e->fault.address = linear;
	}
	s->gpa = gpa.v;
	return err;
}

/* Cuts the access at the page boundary. The number of spans or an error. */
static int spans_of(struct vcpu *v, u64 linear, u32 len, bool write, struct span *s)
{
	u32 first = MIN(len, PAGE_SIZE - (linear & ~PAGE_MASK));
	u64 second = linear + first;
	int err;

	if (likely(first == len && is_exits(&v->mmio, linear, write))) {
		s[0] = (struct span){v->mmio.page, len, true};
		return 1;
	}
	err = translate(v, linear, first, write, &s[0]);
	if (err || first == len) {
		return err ? err : 1;
	}
	second = v->mmio.e.i.code_size == 8 ? second : (u32)second;
	err = translate(v, second, len - first, write, &s[1]);
	return err ? err : 2;
}

/* Registers of devices have 4 bytes or 8. */
static inline void copy_part(u8 *to, const u8 *from, u32 len)
{
	if (likely(len == 4)) {
		__builtin_memcpy(to, from, 4);
	} else {
		memcpy(to, from, len);
	}
}

/* An answer that is there already, a device's, or -EAGAIN: the VMM must be asked. */
static int device_read(struct vcpu *v, const struct span *s, u8 *to)
{
	struct mmio *io = &v->mmio;

	for (u32 done = 0, len; done < s->len; done += len) {
		struct mmio_part *p = &io->read[io->at];
		u64 gpa = s->gpa + done;

		if (io->at >= MMIO_READS) {
			return -EIO;
		}
		len = MIN(s->len - done, MMIO_MAX);
		if (io->at >= io->reads || p->gpa != gpa || p->len != len) {
			*p = (struct mmio_part){.gpa = gpa, .len = len};
			io->reads = io->at;
			if (!mmio_bus(v, gpa, p->data, len, false)) {
				return -EAGAIN;
			}
			io->reads++;
		}
		copy_part(to + done, p->data, len);
		io->at++;
	}
	return 0;
}

/* Whether RAM (for writing: writable RAM) stands there, now that a copy has failed. */
static int why_not(struct vcpu *v, u64 gpa, u32 access)
{
	int err = vm_fault(v->vm, GPA(gpa), access);

	return err == -ENOENT || err == -EROFS ? 0 : -EIO;
}

static int read_span(struct vcpu *v, const struct span *s, u8 *to)
{
	int err;

	if (!s->device || v->mmio.page_rom) {
		if (!vm_read(v->vm, GPA(s->gpa), to, s->len)) {
			return 0;
		}
		err = why_not(v, s->gpa, S2_R);
		if (err) {
			return err;
		}
	}
	return device_read(v, s, to);
}

static int write_span(struct vcpu *v, const struct span *s, const u8 *from)
{
	struct mmio *io = &v->mmio;
	int err;

	if (!s->device) {
		if (!vm_write(v->vm, GPA(s->gpa), from, s->len)) {
			return 0;
		}
		err = why_not(v, s->gpa, S2_W);
		if (err) {
			return err;
		}
	}
	for (u32 done = 0, len; done < s->len; done += len) {
		struct mmio_part *p = &io->write[io->writes];

		if (io->writes++ >= MMIO_WRITES) {
			return -EIO;
		}
		len = MIN(s->len - done, MMIO_MAX);
		*p = (struct mmio_part){.gpa = s->gpa + done, .len = len};
		copy_part(p->data, from + done, len);
	}
	return 0;
}

int emul_load(struct emul *e, u64 linear, void *buf, u32 len, bool for_write)
{
	struct vcpu *v = container_of(e, struct vcpu, mmio.e);
	int count, err = 0;
	struct span s[2];
	u8 *to = buf;

	count = spans_of(v, linear, len, for_write, s);
	for (int i = 0; i < count && !err; i++) {
		err = read_span(v, &s[i], to);
		to += s[i].len;
	}
	vcpu_load(v);
	return count < 0 ? count : err;
}

int emul_store(struct emul *e, u64 linear, const void *buf, u32 len)
{
	struct vcpu *v = container_of(e, struct vcpu, mmio.e);
	const u8 *from = buf;
	int count, err = 0;
	struct span s[2];

	count = spans_of(v, linear, len, true, s);
	for (int i = 0; i < count && !err; i++) {
		err = write_span(v, &s[i], from);
		from += s[i].len;
	}
	vcpu_load(v);
	return count < 0 ? count : err;
}
