/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the interrupt controllers share: a VM of a few vCPUs that consist of their
 * local APIC and of a note what was requested of them, on the fake machine's clock and timers.
 * 1 host tick = 1 ns.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "core/quiesce.h"
#include "core/time.h"
#include "core/timer.h"
#include "fake.h"
#include "mm/slab.h"
#include "unit.h"
#include "vmm/irq/ioapic_chip.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/lapic_regs.h"
#include "vmm/irq/pic.h"
#include "vmm/irq/pic_chips.h"
#include "vmm/irq/pit_chip.h"
#include "vmm/irq/routing.h"
#include "vmm/vcpu.h"

#define CPUS 8
#define MSR_OF(reg) (0x800 + (reg) / 16)
#define X2APIC (0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC)
#define XAPIC (0xfee00000 | APIC_BASE_ENABLE)

static struct vm vm;
static struct vcpu vcpus[CPUS];
static u32 kicks[CPUS];
static int allocations_left;

void *kzalloc(size_t size)
{
	return allocations_left-- > 0 ? calloc(1, size) : NULL;
}

void kfree(void *p)
{
	free(p);
}

/* The fake CPUs have no section open between two statements of a test. */
void quiesce(void)
{
	assert_true(fake_irqs_on());
}

static bool is_free(const struct irqlock *l)
{
	return l->lock.next == l->lock.owner;
}

void vcpu_request(struct vcpu *v, enum vcpu_request req)
{
	/* Kicks come with the device locks dropped. */
	for (u32 i = 0; i < vm.vcpu_count; i++) {
		assert_true(is_free(&vcpus[i].lapic->lock));
	}
	assert_true(!vm.irqchip || is_free(&vm.irqchip->pic->lock));
	assert_true(!vm.irqchip || is_free(&vm.irqchip->ioapic->lock));
	assert_true(!vm.pit || is_free(&vm.pit->lock));
	v->requests |= 1u << req;
	kicks[v->index]++;
}

/* The hardware has no part in these tests. */
void hv_set_tpr(struct hv_vcpu *v, u8 tpr)
{
	(void)v;
	(void)tpr;
}

void vcpu_kick(struct vcpu *v)
{
	vcpu_request(v, REQ_EVENT);
}

/* A VM of count vCPUs, ids 0, 1, 2 ..., APICs in xAPIC mode, enabled by software if wanted. */
static __unused void kit_start(u32 count, bool enable)
{
	fake_reset(2);
	time_init(FAKE_KHZ, 0);
	fake_hooks.timer = timer_interrupt;
	timer_queue_init(&fake_cpus[0].cpu.timers);
	timer_queue_init(&fake_cpus[1].cpu.timers);
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(kicks, 0, sizeof(kicks));
	allocations_left = 100;
	vm.irqchip = irqchip_create(&vm);
	assert_non_null(vm.irqchip);
	for (u32 i = 0; i < count; i++) {
		struct vcpu *v = &vcpus[i];

		v->vm = &vm;
		v->id = v->index = i;
		v->apic_base = XAPIC;
		v->in_run = true;
		v->lapic = lapic_create(v);
		assert_non_null(v->lapic);
		vm.vcpus[i] = v;
		if (enable) {
			assert_int_equal(lapic_reg_write(v->lapic, LAPIC_SVR, 0x1ff), 0);
		}
	}
	vm.vcpu_count = count;
}

static __unused void kit_stop(void)
{
	irqchip_stop(&vm);
	for (u32 i = 0; i < vm.vcpu_count; i++) {
		lapic_free(vcpus[i].lapic);
	}
	irqchip_free(&vm);
	vm.irqchip = NULL;
	vm.pit = NULL;
	assert_int_equal(timer_next_deadline(), UINT64_MAX);
}

static __unused struct lapic *apic(u32 i)
{
	return vcpus[i].lapic;
}

static __unused u32 reg(struct lapic *l, u32 r)
{
	u32 value;

	assert_int_equal(lapic_reg_read(l, r, &value), 0);
	return value;
}

static __unused void put(struct lapic *l, u32 r, u32 value)
{
	assert_int_equal(lapic_reg_write(l, r, value), 0);
}

/* What the vCPU does before an entry: the vector it delivers, or -1. */
static __unused int take(struct lapic *l)
{
	int vector = lapic_pending_vector(l);

	if (vector >= 0) {
		lapic_ack(l, (u8)vector);
	}
	return vector;
}

static __unused bool bit_in(struct lapic *l, u32 base, u8 vector)
{
	return lapic_get(l, base + vector / 32 * 16) >> vector % 32 & 1;
}

static __unused u32 requested(u32 i)
{
	u32 r = vcpus[i].requests;

	vcpus[i].requests = 0;
	kicks[i] = 0;
	return r;
}
