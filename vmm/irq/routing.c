/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of routes: per GSI a short chain of entries, and back from a pin to its GSI. The
 * irqchip exchanges tables; readers look at one inside a section.
 */
#include "vmm/irq/routing.h"

#include "mm/slab.h"
#include "vmm/irq/ioapic.h"
#include "vmm/irq/irqchip.h"
#include "vmm/irq/lapic.h"
#include "vmm/irq/pic.h"

#define CHIPS 3
#define PIC_PINS 8
#define PIC_GSIS (2 * PIC_PINS)
#define NO_GSI (-1)

/* Messages, as the SDM's "Message Signalled Interrupts" lays them out. */
#define ADDRESS_DEST(a) ((a) >> 12 & 0xff)
#define ADDRESS_LOGICAL BIT(2)
#define ADDRESS_HINT BIT(3) /* one of those meant is enough */
#define DATA_VECTOR(d) ((u8)(d))
#define DATA_MODE(d) ((d) >> 8 & 7)
#define DATA_LEVEL BIT(15)

struct route {
	u16 next; /* index + 1 of the GSI's next entry */
	u8 type, chip, pin;
	u32 address, data;
};

struct routing {
	u16 first[ROUTING_MAX_GSI]; /* index + 1 */
	s16 gsi_of[CHIPS][KVM_IOAPIC_NUM_PINS];
	u32 count;
	struct route route[];
};

struct routing *routing_create(u32 count)
{
	struct routing *r = kzalloc(sizeof(*r) + count * sizeof(r->route[0]));

	for (u32 chip = 0; r && chip < CHIPS; chip++) {
		for (u32 pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++) {
			r->gsi_of[chip][pin] = NO_GSI;
		}
	}
	return r;
}

/* Whether the GSI may have this entry beside those it has. */
static bool fits(const struct routing *r, const struct kvm_irq_routing_entry *e)
{
	for (u32 i = r->first[e->gsi]; i; i = r->route[i - 1].next) {
		const struct route *other = &r->route[i - 1];

		if (other->type != KVM_IRQ_ROUTING_IRQCHIP || e->type != KVM_IRQ_ROUTING_IRQCHIP ||
		    other->chip == e->u.irqchip.irqchip) {
			return false;
		}
	}
	return true;
}

static bool pin_exists(u32 chip, u32 pin)
{
	switch (chip) {
	case KVM_IRQCHIP_PIC_MASTER:
	case KVM_IRQCHIP_PIC_SLAVE: return pin < PIC_PINS;
	case KVM_IRQCHIP_IOAPIC: return pin < KVM_IOAPIC_NUM_PINS;
	default: return false;
	}
}

static bool is_valid(const struct kvm_irq_routing_entry *e)
{
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		return !e->flags && pin_exists(e->u.irqchip.irqchip, e->u.irqchip.pin);
	case KVM_IRQ_ROUTING_MSI: return !(e->flags & ~KVM_MSI_VALID_DEVID);
	default: return false;
	}
}

static void add(struct routing *r, const struct kvm_irq_routing_entry *e)
{
	struct route *route = &r->route[r->count];

	*route = (struct route){.type = (u8)e->type, .next = r->first[e->gsi]};
	if (e->type == KVM_IRQ_ROUTING_MSI) {
		route->address = e->u.msi.address_lo;
		route->data = e->u.msi.data;
	} else {
		route->chip = (u8)e->u.irqchip.irqchip;
		route->pin = (u8)e->u.irqchip.pin;
		r->gsi_of[route->chip][route->pin] = (s16)e->gsi;
	}
	r->first[e->gsi] = (u16)++r->count;
}

int routing_add(struct routing *r, const struct kvm_irq_routing_entry *e)
{
	if (e->gsi >= ROUTING_MAX_GSI || !is_valid(e) || !fits(r, e)) {
		return -EINVAL;
	}
	add(r, e);
	return 0;
}

static void add_pin(struct routing *r, u32 gsi, u32 chip, u32 pin)
{
	struct kvm_irq_routing_entry e = {
		.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = {.irqchip = chip, .pin = pin},
	};

	add(r, &e);
}

struct routing *routing_create_default(void)
{
	struct routing *r = routing_create(PIC_GSIS + KVM_IOAPIC_NUM_PINS);

	if (!r) {
		return NULL;
	}
	for (u32 gsi = 0; gsi < KVM_IOAPIC_NUM_PINS; gsi++) {
		add_pin(r, gsi, KVM_IRQCHIP_IOAPIC, gsi);
		if (gsi < PIC_GSIS) {
			add_pin(r, gsi, gsi / PIC_PINS, gsi % PIC_PINS);
		}
	}
	return r;
}

static int drive(const struct route *t, struct irqchip *c, u32 source, bool level)
{
	if (t->type == KVM_IRQ_ROUTING_MSI) {
		return level ? msi_send(c->vm, t->address, t->data) : -1;
	}
	if (t->chip == KVM_IRQCHIP_IOAPIC) {
		return ioapic_set_irq(c->ioapic, t->pin, source, level);
	}
	return pic_set_irq(c->pic, t->chip * PIC_PINS + t->pin, source, level);
}

int routing_set_line(const struct routing *r, struct irqchip *c, u32 source, u32 gsi, bool level)
{
	int sum = -1;

	for (u32 i = gsi < ROUTING_MAX_GSI ? r->first[gsi] : 0; i; i = r->route[i - 1].next) {
		int status = drive(&r->route[i - 1], c, source, level);

		if (status >= 0) {
			sum = status + MAX(sum, 0);
		}
	}
	return sum;
}

int routing_gsi_of(const struct routing *r, u32 chip, u32 pin)
{
	return r->gsi_of[chip][pin];
}

int msi_send(struct vm *vm, u32 address, u32 data)
{
	struct lapic_message m = {
		.dest = ADDRESS_DEST(address), .logical = address & ADDRESS_LOGICAL,
		.mode = (enum lapic_delivery)DATA_MODE(data), .vector = DATA_VECTOR(data),
		.level = data & DATA_LEVEL
	};

	if (address & ADDRESS_HINT && m.mode == LAPIC_FIXED) {
		m.mode = LAPIC_LOWEST;
	}
	return lapic_send_message(vm, &m);
}
