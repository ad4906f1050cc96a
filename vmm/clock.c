/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvmclock. The guest names any address, so it is checked at every write: the structure must
 * not cross a page, and it goes through guest_mem.c, which knows no address that outlives its
 * slot. Called by the MSR table and the run loop.
 */
#include "vmm/clock.h"

#include "arch/x86/asm/tsc.h"
#include "core/time.h"
#include "vmm/guest_mem.h"
#include "vmm/vcpu.h"

#define ENABLE 1ULL

void clock_scale(u64 tsc_khz, u32 *mul, s8 *shift)
{
	u64 hz = tsc_khz * 1000;

	*shift = 0;
	while (hz > 2 * NSEC_PER_SEC) {
		hz >>= 1;
		--*shift;
	}
	while (hz <= NSEC_PER_SEC) {
		hz <<= 1;
		++*shift;
	}
	*mul = (NSEC_PER_SEC << 32) / hz; /* 2^31 .. 2^32: hz is in (1e9, 2e9] */
}

void clock_set_page(struct vcpu *v, u64 value)
{
	v->clock_msr = value;
	if (value & ENABLE) {
		vcpu_request(v, REQ_CLOCK);
	}
}

u64 clock_get(const struct vm *vm, u64 at)
{
	return at + READ_ONCE(vm->clock_base_ns);
}

void clock_set(struct vm *vm, u64 ns)
{
	u32 count = smp_load_acquire(&vm->vcpu_count);

	WRITE_ONCE(vm->clock_base_ns, ns - now_ns());
	for (u32 i = 0; i < count; i++) {
		vcpu_request(vm->vcpus[i], REQ_CLOCK);
	}
}

int clock_guest_stopped(struct vcpu *v)
{
	if (!(v->clock_msr & ENABLE)) {
		return -EINVAL;
	}
	v->clock_stopped = true;
	vcpu_request(v, REQ_CLOCK);
	return 0;
}

/*
 * The version is odd while the rest changes; the guest reads again until it is even and unchanged.
 * It goes on from what is in memory: a guest that was moved while it read must see a change.
 */
void clock_update(struct vcpu *v)
{
	gpa_t gpa = GPA(v->clock_msr & ~ENABLE);
	struct pvclock_vcpu_time_info info = {.flags = PVCLOCK_TSC_STABLE_BIT};
	u32 version;
	u64 tsc;

	if (!(v->clock_msr & ENABLE) || (gpa.v & ~PAGE_MASK) + sizeof(info) > PAGE_SIZE ||
	    vm_read(v->vm, gpa, &version, sizeof(version))) {
		return; /* or no memory there: the guest reads what it likes */
	}
	tsc = rdtsc();
	version = info.version = (version + 1) | 1;
	info.flags |= v->clock_stopped ? PVCLOCK_GUEST_STOPPED : 0;
	info.tsc_timestamp = tsc + v->tsc_offset;
	info.system_time = clock_get(v->vm, time_tsc_to_ns(tsc));
	clock_scale(v->vm->tsc_khz, &info.tsc_to_system_mul, &info.tsc_shift);
	if (vm_write(v->vm, gpa, &version, sizeof(version)) ||
	    vm_write(v->vm, gpa, &info, sizeof(info))) {
		return;
	}
	version++;
	if (!vm_write(v->vm, gpa, &version, sizeof(version))) {
		v->clock_stopped = false;
	}
}

void clock_write_wall(struct vcpu *v, u64 gpa)
{
	u64 ns = time_wall_ns() - clock_get(v->vm, now_ns());
	struct pvclock_wall_clock wall = {1, ns / NSEC_PER_SEC, ns % NSEC_PER_SEC};
	u32 even = 2;

	/* As KVM: a bad address is the guest's own loss. */
	if (gpa && !vm_write(v->vm, GPA(gpa), &wall, sizeof(wall))) {
		(void)!vm_write(v->vm, GPA(gpa), &even, sizeof(even));
	}
}
