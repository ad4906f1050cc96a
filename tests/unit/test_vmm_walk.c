/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of guest page tables in every mode with every permission, and the fetch that
 * remembers a walk: it must notice every change that the CPU would notice.
 * LINK: vmm/mce.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c vmm/exit_mmio.c vmm/mmio_access.c vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c
 * LINK: vmm/emul/execute.c vmm/emul/move.c vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c
 * LINK: vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c vmm/dirty_log.c vmm/apic_base.c vmm/clock.c vmm/cpuid.c
 * LINK: vmm/cpuid_supported.c vmm/cr.c vmm/emul/insn_len.c vmm/event_raise.c vmm/events.c
 * LINK: vmm/exit.c vmm/exit_cr.c vmm/exit_error.c vmm/exit_insn.c
 * LINK: vmm/exit_io.c vmm/exit_io_string.c vmm/exit_simple.c vmm/fault.c vmm/fetch.c
 * LINK: vmm/guest_mem.c vmm/irq/irqchip.c vmm/irq/lapic.c vmm/irq/lapic_icr.c
 * LINK: vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c vmm/irq/lapic_reg.c
 * LINK: vmm/irq/lapic_state.c vmm/irq/lapic_timer.c vmm/irq/pic.c vmm/irq/pic_io.c
 * LINK: vmm/linear.c vmm/memslot.c vmm/msr.c vmm/msr_table.c vmm/mtrr.c vmm/request.c
 * LINK: vmm/run.c vmm/run_page.c vmm/vcpu.c vmm/vcpu_state.c vmm/vm.c vmm/walk.c
 * LINK: arch/x86/hv/hv_reset.c
 * LINK: arch/x86/hv/hv_thread.c core/fault.c core/quiesce.c core/time.c core/timer.c
 * LINK: mm/aspace.c mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c
 * LINK: mm/backing.c mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c
 * LINK: mm/stage2_flush.c mm/frame.c mm/memmap.c mm/slab.c tests/fake/fake.c
 * LINK: tests/fake/fake_sync.c tests/fake/fake_panic.c tests/fake/fake_log.c
 * LINK: tests/fake/fake_mm.c tests/fake/fake_random.c tests/fake/fake_cpuid.c
 * LINK: tests/fake/fake_vmm.c
 */
#include "fake_vmm.h"

#include <string.h>

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "vmm/fetch.h"
#include "vmm/memslot.h"
#include "vmm/walk.h"

#define P 1ULL
#define W 2ULL
#define U 4ULL
#define PS 0x80ULL
#define NX BIT(63)
#define ROOT 0x10000ULL
#define T3 0x11000ULL
#define T2 0x12000ULL
#define T1 0x13000ULL
#define T5 0x14000ULL
#define DATA 0x20000ULL

static struct vm *vm;
static struct vcpu *v;

static void start(void)
{
	fake_vmm_start();
	vm = fake_vm(false);
	v = fake_vcpu(vm);
}

static void end(void)
{
	fake_vm_end(vm);
	fake_vmm_end();
}

static void put(u64 at, u64 entry)
{
	fake_ram_write(vm, at, &entry, 8);
}

static void put4(u64 at, u32 entry)
{
	fake_ram_write(vm, at, &entry, 4);
}

/* The answer in one number: gpa, or -1 - error code, or -100 for "outside". */
static s64 walk(const struct walk_mode *m, u64 gva, u32 access)
{
	gpa_t gpa;
	u32 error;
	int err = walk_translate(v, m, gva, access, &gpa, &error);

	return err == -EIO ? -100 : err ? -1 - (s64)error : (s64)gpa.v;
}

static const struct walk_mode long_mode = {CR0_PG | CR0_PE | CR0_WP, ROOT, CR4_PAE,
					   EFER_LME | EFER_LMA | EFER_NXE, 0};

static void no_paging(void **state)
{
	struct walk_mode m = {CR0_PE, 0, 0, 0, 0};

	(void)state;
	start();
	assert_int_equal(walk(&m, 0x12345, WALK_WRITE | WALK_USER), 0x12345);
	assert_int_equal(walk(&m, 0x1000012345, 0), 0x12345);
	end();
}

static void two_levels(void **state)
{
	struct walk_mode m = {CR0_PG | CR0_PE | CR0_WP, ROOT | 0x18, CR4_PSE, 0, 0};

	(void)state;
	start();
	put4(ROOT + 4 * 4, T1 | P | W | U);
	put4(T1 + 5 * 4, DATA | P | W | U);
	put4(T1 + 6 * 4, DATA | P);
	put4(ROOT + 8 * 4, 0x00c00000 | 3 << 13 | PS | P | W);
	assert_int_equal(walk(&m, 0x01005123, WALK_USER | WALK_WRITE), DATA + 0x123);
	assert_int_equal(walk(&m, 0xf01005123, 0), DATA + 0x123); /* 32-bit addresses wrap */
	assert_int_equal(walk(&m, 0x01006123, 0), DATA + 0x123);
	assert_int_equal(walk(&m, 0x01006123, WALK_WRITE), -1 - 3);
	assert_int_equal(walk(&m, 0x01006123, WALK_USER), -1 - 5);
	assert_int_equal(walk(&m, 0x01007123, WALK_USER), -1 - 4);
	assert_int_equal(walk(&m, 0x01007123, WALK_FETCH), -1); /* no NX, no SMEP: not told */
	assert_int_equal(walk(&m, 0x02012345, WALK_WRITE), 0x300c12345); /* 4 MiB page, 36 bits */
	m.cr4 = 0;
	assert_int_equal(walk(&m, 0x02012345, 0),
			 -100); /* without PSE the bit means nothing: a table far away */
	m.cr0 &= ~CR0_WP;
	assert_int_equal(walk(&m, 0x01006123, WALK_WRITE), DATA + 0x123);
	assert_int_equal(walk(&m, 0x01006123, WALK_WRITE | WALK_USER), -1 - 7);
	end();
}

static void pae(void **state)
{
	struct walk_mode m = {CR0_PG | CR0_PE, ROOT | 0x20, CR4_PAE, EFER_NXE, 0};

	(void)state;
	start();
	put(ROOT + 0x20 + 3 * 8, T2 | P); /* no rights at this level */
	put(T2 + 511 * 8, T1 | P | W | U);
	put(T1 + 511 * 8, DATA | P | W | U | NX);
	put(T2 + 510 * 8, 0x400000 | PS | P | W | U);
	put(T2 + 509 * 8, 0x401000 | 0x2000 | PS | P | W | U);
	assert_int_equal(walk(&m, 0xfffff678, WALK_USER | WALK_WRITE), DATA + 0x678);
	assert_int_equal(walk(&m, 0xfffff678, WALK_FETCH), -1 - 17);
	assert_int_equal(walk(&m, 0xffc12345, WALK_USER | WALK_FETCH), 0x412345);
	assert_int_equal(walk(&m, 0xffa12345, 0), -1 - 9); /* bit 13 of a large page */
	m.efer = 0;
	assert_int_equal(walk(&m, 0xfffff678, 0), -1 - 9); /* NX without NXE */
	end();
}

static void four_levels(void **state)
{
	u64 gva = 0xffff800000000000 | 1ULL << 30 | 2ULL << 21 | 3ULL << 12 | 0x45;
	struct walk_mode m = long_mode;

	(void)state;
	start();
	put(ROOT + 256 * 8, T3 | P | W | U);
	put(T3 + 1 * 8, T2 | P | W | U);
	put(T2 + 2 * 8, T1 | P | W | U);
	put(T1 + 3 * 8, DATA | P | W | U);
	assert_int_equal(walk(&m, gva, WALK_USER | WALK_WRITE), DATA + 0x45);
	put(T2 + 2 * 8, T1 | P | U); /* each level takes rights away */
	assert_int_equal(walk(&m, gva, WALK_USER | WALK_WRITE), -1 - 7);
	assert_int_equal(walk(&m, gva, WALK_USER), DATA + 0x45);
	put(T3 + 1 * 8, T2 | P | W);
	assert_int_equal(walk(&m, gva, WALK_USER), -1 - 5);
	assert_int_equal(walk(&m, gva, 0), DATA + 0x45);
	put(ROOT + 256 * 8, T3 | P | W | U | NX);
	assert_int_equal(walk(&m, gva, WALK_FETCH), -1 - 17);
	put(ROOT + 256 * 8, T3 | P | W | U | 1ULL << 45);
	assert_int_equal(walk(&m, gva, 0), -1 - 9); /* above the physical width */
	put(ROOT + 256 * 8, T3 | P | PS);
	assert_int_equal(walk(&m, gva, 0), -1 - 9);
	put(ROOT + 256 * 8, 0x30000000 | P);
	assert_int_equal(walk(&m, gva, 0), -100);
	put(ROOT + 256 * 8, T3 | P | W | U);
	put(T3 + 1 * 8, 0x40000000 | PS | P | W | U); /* 1 GiB */
	assert_int_equal(walk(&m, gva, WALK_USER), 0x40000000 + (2ULL << 21) + (3ULL << 12) + 0x45);
	put(T3 + 1 * 8, 0x40200000 | PS | P | W | U);
	assert_int_equal(walk(&m, gva, WALK_USER), -1 - 13);
	end();
}

static void five_levels(void **state)
{
	u64 gva = 7ULL << 48 | 3ULL << 12;
	struct walk_mode m = long_mode;

	(void)state;
	start();
	m.cr3 = T5;
	m.cr4 |= CR4_LA57;
	put(T5 + 7 * 8, ROOT | P | W);
	put(ROOT, T3 | P | W);
	put(T3, T2 | P | W);
	put(T2, T1 | P | W);
	put(T1 + 3 * 8, DATA | P | W);
	assert_int_equal(walk(&m, gva, WALK_WRITE), DATA);
	put(T5 + 7 * 8, ROOT | P | W | PS);
	assert_int_equal(walk(&m, gva, WALK_WRITE), -1 - 11);
	end();
}

static void supervisor_protection(void **state)
{
	struct walk_mode m = long_mode;

	(void)state;
	start();
	put(ROOT, T3 | P | W | U);
	put(T3, T2 | P | W | U);
	put(T2, 0 | PS | P | W | U);
	assert_int_equal(walk(&m, 0x1000, WALK_FETCH), 0x1000);
	m.cr4 |= CR4_SMEP;
	assert_int_equal(walk(&m, 0x1000, WALK_FETCH), -1 - 17);
	assert_int_equal(walk(&m, 0x1000, WALK_FETCH | WALK_USER), 0x1000);
	assert_int_equal(walk(&m, 0x1000, 0), 0x1000);
	m.cr4 |= CR4_SMAP;
	assert_int_equal(walk(&m, 0x1000, WALK_WRITE), -1 - 3);
	assert_int_equal(walk(&m, 0x1000, WALK_WRITE | WALK_USER), 0x1000);
	m.rflags = BIT(18);
	assert_int_equal(walk(&m, 0x1000, WALK_WRITE), 0x1000);
	end();
}

/* ---- fetch ---- */

static int fetched(u8 *first)
{
	union fetch_bytes b;
	struct fetch_at at;
	u32 error = 0;
	int count;

	fetch_where(v, &at);
	count = fetch_bytes(v, &at, 0, &b, &error);
	*first = b.b[0];
	return count == -EIO ? -1000 : count < 0 ? -(int)error : count;
}

static void set_long(u64 rip)
{
	struct hv_sregs *s = &fake_hw(v)->sregs;

	s->cr0 = long_mode.cr0;
	s->cr3 = ROOT;
	s->cr4 = CR4_PAE;
	s->efer = long_mode.efer;
	s->seg[HV_CS].attr = 0x9b | HV_ATTR_L;
	s->seg[HV_SS].attr = 0x93;
	v->hv.regs.rip = rip;
	put(ROOT, T3 | P | W | U);
	put(T3, T2 | P | W | U);
	put(T2, T1 | P | W | U);
	put(T1, DATA | P | W | U);
	put(T1 + 8, (DATA + 0x1000) | P | W | U);
}

static void fetch_follows(void **state)
{
	struct hv_sregs *s;
	u8 b;

	(void)state;
	start();
	s = &fake_hw(v)->sregs;
	fake_ram_write(vm, DATA + 0x10, (u8[]){0xaa}, 1);
	fake_ram_write(vm, DATA + 0x1010, (u8[]){0xbb}, 1);
	set_long(0x10);
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(b, 0xaa);
	fake_ram_write(vm, DATA + 0x10, (u8[]){0xac}, 1); /* new code */
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(b, 0xac);
	put(T1, (DATA + 0x1000) | P | W | U); /* other page */
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(b, 0xbb);
	put(T2, T1 | P | W); /* no user */
	assert_int_equal(fetched(&b), 15);
	s->seg[HV_SS].attr |= 0x60;
	assert_int_equal(fetched(&b), -21);
	s->seg[HV_SS].attr &= ~0x60u;
	s->cr4 |= CR4_SMEP;
	put(T2, T1 | P | W | U);
	assert_int_equal(fetched(&b), -17);
	s->cr4 &= ~CR4_SMEP;
	assert_int_equal(fetched(&b), 15);
	s->cr3 = T5; /* other tables */
	put(T5, 0);
	assert_int_equal(fetched(&b), -16);
	s->cr3 = ROOT;
	v->hv.regs.rip = 0x1ff8;
	assert_int_equal(fetched(&b), 8); /* up to the page's end */
	/* The domain takes the frame away. */
	v->hv.regs.rip = 0x10;
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(aspace_unmap(&fake_dom.as, FAKE_RAM_AT + DATA + 0x1000, 0x1000), 0);
	assert_int_equal(fetched(&b), -1000);
	end();
}

static void fetch_modes(void **state)
{
	struct hv_sregs *s;
	u8 b;

	(void)state;
	start();
	s = &fake_hw(v)->sregs;
	s->cr0 = 0;
	s->seg[HV_CS].base = 0x20000;
	s->seg[HV_CS].attr = 0x9b;
	v->hv.regs.rip = 0x34;
	fake_ram_write(vm, 0x20034, (u8[]){0x11}, 1);
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(b, 0x11);
	/* Two levels, 4-byte entries. */
	s->cr0 = CR0_PG | CR0_PE;
	s->cr3 = ROOT;
	s->cr4 = s->efer = 0;
	s->seg[HV_CS] = (struct hv_segment){0, ~0u, 0x9b | HV_ATTR_DB, 8};
	put4(ROOT, T1 | P);
	put4(T1, DATA | P);
	assert_int_equal(fetched(&b), 15);
	assert_int_equal(b, 0x11);
	assert_int_equal(fetched(&b), 15);
	put4(T1, 0);
	assert_int_equal(fetched(&b), 0); /* error code 0: not present, read */
	/* Code where no memory is. */
	s->cr0 = CR0_PE;
	v->hv.regs.rip = 0x80000000;
	assert_int_equal(fetched(&b), -1000);
	end();
}

/*
 * The remembered instruction is given only for the same bytes at the same place in the same
 * mode.
 */
static void remembered(void **state)
{
	union fetch_bytes b;
	struct fetch_at at;
	struct insn i;
	u32 error;

	(void)state;
	start();
	set_long(0x40);
	fake_ram_write(vm, DATA + 0x40, (u8[]){0x0f, 0xa2}, 2);
	fetch_where(v, &at);
	assert_null(fetch_known(v, &at));
	assert_int_equal(fetch_bytes(v, &at, 0, &b, &error), 15);
	assert_int_equal(insn_decode(b.b, 15, 8, &i), 0);
	fetch_remember(v, &at, &b, &i);
	assert_int_equal(fetch_known(v, &at)->op, INSN_CPUID);
	v->hv.regs.rip = 0x41;
	fetch_where(v, &at);
	assert_null(fetch_known(v, &at));
	v->hv.regs.rip = 0x40;
	fake_hw(v)->sregs.seg[HV_CS].attr ^= HV_ATTR_L | HV_ATTR_DB;
	fetch_where(v, &at);
	assert_null(fetch_known(v, &at));
	fake_hw(v)->sregs.seg[HV_CS].attr ^= HV_ATTR_L | HV_ATTR_DB;
	fetch_where(v, &at);
	assert_non_null(fetch_known(v, &at));
	fake_ram_write(vm, DATA + 0x41, (u8[]){0x30}, 1);
	assert_null(fetch_known(v, &at));
	fake_ram_write(vm, DATA + 0x41, (u8[]){0xa2}, 1);
	assert_non_null(fetch_known(v, &at));
	put(T1, (DATA + 0x1000) | P);
	assert_null(fetch_known(v, &at));
	put(T1, DATA | P | W | U);
	assert_non_null(fetch_known(v, &at));
	vm->s2.gen++;
	assert_null(fetch_known(v, &at));
	/* At the end of a page nothing is remembered: the comparison would leave the page. */
	v->hv.regs.rip = 0xff8;
	fetch_where(v, &at);
	assert_int_equal(fetch_bytes(v, &at, 0, &b, &error), 8);
	fetch_remember(v, &at, &b, &i);
	assert_null(fetch_known(v, &at));
	end();
}

UNIT_MAIN(T(no_paging), T(two_levels), T(pae), T(four_levels), T(five_levels),
	  T(supervisor_protection), T(fetch_follows), T(fetch_modes), T(remembered))
