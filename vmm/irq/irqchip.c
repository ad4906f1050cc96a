/* SPDX-License-Identifier: BSD-2-Clause */
/* The chips together: creation, routes, acknowledgements, and which port belongs to whom. */
#include "vmm/irq/irqchip.h"

#include "core/errno.h"
#include "core/lock.h"
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
		routing_free(c->routing);
		ioapic_free(c->ioapic);
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
	pit_free(vm->pit);
	free_chips(vm->irqchip);
}

void irqchip_set_routing(struct irqchip *c, struct routing *r)
{
	struct routing *old = c->routing;

	smp_store_release(&c->routing, r);
	quiesce();
	routing_free(old);
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

static bool has_port(struct vm *vm, u16 port)
{
	struct pit *pit = smp_load_acquire(&vm->pit);

	return (pic_has_port(port) && smp_load_acquire(&vm->irqchip)) ||
	       (pit && pit_has_port(pit, port));
}

static u8 read_port(struct vm *vm, u16 port)
{
	return pic_has_port(port) ? pic_read(vm->irqchip->pic, port) : pit_read(vm->pit, port);
}

static void write_port(struct vm *vm, u16 port, u8 value)
{
	if (pic_has_port(port)) {
		pic_write(vm->irqchip->pic, port, value);
	} else {
		pit_write(vm->pit, port, value);
	}
}

/* The bus cuts a wide access into bytes; those beside the chip find nobody. */
bool irqchip_io(struct vm *vm, u16 port, u8 size, bool in, u32 *value)
{
	u32 result = 0;

	if (!has_port(vm, port)) {
		return false;
	}
	for (u32 i = 0; i < size; i++) {
		u16 p = (u16)(port + i);

		if (in) {
			result |= (u32)(has_port(vm, p) ? read_port(vm, p) : NO_PORT) << i * 8;
		} else if (has_port(vm, p)) {
			write_port(vm, p, (u8)(*value >> i * 8));
		}
	}
	if (in) {
		*value = result;
	}
	return true;
}
