/* SPDX-License-Identifier: BSD-2-Clause */
/* Page walk plus copy. Called for string port accesses. */
#include "vmm/linear.h"

#include "vmm/guest_mem.h"
#include "vmm/vcpu.h"

/* buf or from may be NULL (both: only look). */
static int access(struct vcpu *v, u64 gva, u8 *to, const u8 *from, u32 len, u32 how)
{
	struct walk_mode m;
	u32 cpl, error, code_size = vcpu_code_size(v, &cpl);

	walk_mode_of(v, &m);
	how |= WALK_MARK | (cpl == 3 ? WALK_USER : 0);
	while (len) {
		u32 part;
		gpa_t gpa;
		int err;

		gva = code_size == 8 ? gva : (u32)gva;
		part = MIN(len, PAGE_SIZE - (gva & ~PAGE_MASK));
		err = walk_translate(v, &m, gva, how, &gpa, &error);
		if (err == -EFAULT) {
			event_page_fault(v, gva, error);
		}
		if (!err && to) {
			err = vm_read(v->vm, gpa, to, part) ? -EIO : 0;
			to += part;
		} else if (!err && from) {
			err = vm_write(v->vm, gpa, from, part) ? -EIO : 0;
			from += part;
		} else if (!err) {
			err = vm_give(v->vm, gpa) ? -EIO : 0;
		}
		vcpu_load(v);
		if (err) {
			return err;
		}
		gva += part;
		len -= part;
	}
	return 0;
}

int linear_read(struct vcpu *v, u64 gva, void *buf, u32 len)
{
	return access(v, gva, buf, NULL, len, 0);
}

int linear_write(struct vcpu *v, u64 gva, const void *buf, u32 len)
{
	return access(v, gva, NULL, buf, len, WALK_WRITE);
}

int linear_probe_write(struct vcpu *v, u64 gva, u32 len)
{
	return access(v, gva, NULL, NULL, len, WALK_WRITE);
}
