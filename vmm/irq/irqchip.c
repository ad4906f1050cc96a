/* SPDX-License-Identifier: BSD-2-Clause */
/* The chips together: creation, routes, acknowledgements, and which port belongs to whom. */
#include "vmm/irq/irqchip.h"

#include "core/quiesce.h"
#include "mm/slab.h"
#include "vmm/irq/ioapic.h"
#include "vmm/irq/pic.h"
#include "vmm/irq/pit.h"
#include "vmm/irq/routing.h"
#include "vmm/vm.h"

#define NO_PORT 0xff /* what an empty bus reads */

static void free_chips(struct irqchip *c)
{
	if (c) {
		kfree(c->routing);
		kfree(c->ioapic);
		pic_free(c->pic);
		kfree(c);
	}
}

struct irqchip *irqchip_create(struct vm *vm)
{
	struct irqchip *c = kzalloc(sizeof(*c));

	if (!c) {
		return NULL;
	}
	c->vm = vm;
	c->pic = pic_create(c);
	c->ioapic = ioapic_create(c);
	c->routing = routing_create_default();
	if (!c->pic || !c->ioapic || !c->routing) {
		free_chips(c);
		return NULL;
	}
	return c;
}

void irqchip_stop(struct vm *vm)
{
	if (vm->pit) {
		pit_stop(vm->pit);
	}
	if (vm->irqchip) {
		ioapic_stop(vm->irqchip->ioapic);
	}
}

void irqchip_free(struct vm *vm)
{
	kfree(vm->pit);
	free_chips(vm->irqchip);
}

void irqchip_set_routing(struct irqchip *c, struct routing *r)
{
	struct routing *old = c->routing;

	smp_store_release(&c->routing, r);
	quiesce();
	kfree(old);
}

int irqchip_create_pit(struct vm *vm, u32 flags)
{
	struct pit *pit;

	if (vm->pit) {
		return -EEXIST;
	}
	pit = pit_create(vm, flags);
	if (!pit) {
		return -ENOMEM;
	}
	smp_store_release(&vm->pit, pit);
	return 0;
}

int irqchip_set_line(struct irqchip *c, u32 source, u32 gsi, bool level)
{
	bool irqs = section_enter();
	int status = routing_set_line(smp_load_acquire(&c->routing), c, source, gsi, level);

	section_leave(irqs);
	return status;
}

/* The PIT, if the pin is where its interrupts go. */
static struct pit *pit_behind(struct irqchip *c, u32 chip, u32 pin)
{
	bool irqs = section_enter();
	bool is_its = routing_gsi_of(smp_load_acquire(&c->routing), chip, pin) == PIT_GSI;

	section_leave(irqs);
	return is_its ? smp_load_acquire(&c->vm->pit) : NULL;
}

void irqchip_acked(struct irqchip *c, u32 chip, u32 pin)
{
	struct pit *pit = pit_behind(c, chip, pin);

	if (pit) {
		pit_acked(pit);
	}
}

void irqchip_unmasked(struct irqchip *c, u32 chip, u32 pin)
{
	struct pit *pit = pit_behind(c, chip, pin);

	if (pit) {
		pit_forget_missed(pit);
	}
}

/* One byte from or to the chip that owns the port; false: none does. */
static inline __attribute__((always_inline)) bool access_byte(struct vm *vm, u16 port, bool in,
							      u8 *byte)
{
	struct irqchip *c = smp_load_acquire(&vm->irqchip);
	struct pit *pit;

	if (c && pic_has_port(port)) {
		if (in) {
			*byte = pic_read(c->pic, port);
		} else {
			pic_write(c->pic, port, *byte);
		}
		return true;
	}
	pit = smp_load_acquire(&vm->pit);
	if (!pit || !pit_has_port(pit, port)) {
		return false;
	}
	if (in) {
		*byte = pit_read(pit, port);
	} else {
		pit_write(pit, port, *byte);
	}
	return true;
}

/* The bus cuts a wide access into bytes; those beside the chip find nobody. */
static __attribute__((noinline)) bool access_wide(struct vm *vm, u16 port, u8 size, bool in,
						  u32 *value)
{
	u8 byte = (u8)*value;
	u32 result;

	if (!access_byte(vm, port, in, &byte)) {
		return false;
	}
	result = byte;
	for (u32 i = 1; i < size; i++) {
		byte = in ? NO_PORT : (u8)(*value >> i * 8);
		(void)access_byte(vm, (u16)(port + i), in, &byte);
		result |= (u32)byte << i * 8;
	}
	if (in) {
		*value = result;
	}
	return true;
}

bool irqchip_io(struct vm *vm, u16 port, u8 size, bool in, u32 *value)
{
	/* The low byte comes first in memory. */
	return likely(size == 1) ? access_byte(vm, port, in, (u8 *)value)
				 : access_wide(vm, port, size, in, value);
}
