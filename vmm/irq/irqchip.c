/* SPDX-License-Identifier: BSD-2-Clause */
/* The chips together: creation, the default routes, and which port belongs to whom. */
#include "vmm/irq/irqchip.h"

#include "mm/slab.h"
#include "vmm/irq/pic.h"

#define PIC_GSIS 16
#define NO_PORT 0xff /* what an empty bus reads */

struct irqchip *irqchip_create(struct vm *vm)
{
	struct irqchip *c = kzalloc(sizeof(*c));

	if (!c) {
		return NULL;
	}
	c->pic = pic_create(vm);
	if (!c->pic) {
		kfree(c);
		return NULL;
	}
	return c;
}

void irqchip_free(struct irqchip *c)
{
	if (c) {
		pic_free(c->pic);
		kfree(c);
	}
}

int irqchip_set_line(struct irqchip *c, u32 source, u32 gsi, bool level)
{
	return gsi < PIC_GSIS ? pic_set_irq(c->pic, gsi, source, level) : -1;
}

/* The bus cuts a wide access into bytes; those beside the chip find nobody. */
bool irqchip_io(struct irqchip *c, u16 port, u8 size, bool in, u32 *value)
{
	u32 result = 0;

	if (!pic_has_port(port)) {
		return false;
	}
	for (u32 i = 0; i < size; i++) {
		u16 p = (u16)(port + i);

		if (in) {
			result |= (u32)(pic_has_port(p) ? pic_read(c->pic, p) : NO_PORT) << i * 8;
		} else if (pic_has_port(p)) {
			pic_write(c->pic, p, (u8)(*value >> i * 8));
		}
	}
	if (in) {
		*value = result;
	}
	return true;
}
