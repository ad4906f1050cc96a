/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory slots and their rules; the dirty log. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/abi/abi.h"

#define MIB 0x100000ull

struct slot {
	const char *what;
	uint32_t slot, flags;
	uint64_t gpa, size;
	uint64_t hva;		/* added to the memory if below 1 GiB */
	uint64_t absolute;	/* else this one */
};

static uint8_t *memory;

static void set(int vm, const struct slot *s)
{
	struct kvm_userspace_memory_region region = {
		.slot = s->slot, .flags = s->flags, .guest_phys_addr = s->gpa,
		.memory_size = s->size,
		.userspace_addr = s->absolute ? s->absolute : (uintptr_t)memory + s->hva,
	};

	CALL(s->what, vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static void set_all(int vm, const struct slot *slots, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		set(vm, &slots[i]);
	}
}
#define SET_ALL(vm, slots) set_all(vm, slots, sizeof(slots) / sizeof((slots)[0]))

/* Each on a VM where nothing has happened that matters. */
static const struct slot checks[] = {
	{ "delete a slot that is not there", 0, 0, 0, 0, 0, 0 },
	{ "size 0x1800", 0, 0, 0, 0x1800, 0, 0 },
	{ "size 1", 0, 0, 0, 1, 0, 0 },
	{ "gpa not aligned", 0, 0, 0x800, MIB, 0, 0 },
	{ "hva not aligned", 0, 0, 0, MIB, 0x800, 0 },
	{ "hva in the kernel's half", 0, 0, 0, MIB, 0, 0xffff800000000000 },
	{ "hva not canonical", 0, 0, 0, MIB, 0, 0x8000000000000000 },
	{ "hva and size beyond the user's half", 0, 0, 0, 1ull << 47, 0, 0x10000 },
	{ "slot number 32764", 32764, 0, 0, MIB, 0, 0 },
	{ "slot number 0xffff", 0xffff, 0, 0, MIB, 0, 0 },
	{ "address space 1", 1 << 16, 0, 0, MIB, 0, 0 },
	{ "address space 2", 2 << 16, 0, 0, MIB, 0, 0 },
	{ "address space 0xffff", 0xffff0000, 0, 0, MIB, 0, 0 },
	{ "flag bit 3", 0, 8, 0, MIB, 0, 0 },
	{ "flag bit 15", 0, 1 << 15, 0, MIB, 0, 0 },
	{ "flag bit 31", 0, 1u << 31, 0, MIB, 0, 0 },
	{ "flag GUEST_MEMFD by the old call", 0, 4, 0, MIB, 0, 0 },
	{ "gpa and size wrap", 0, 0, 0xfffffffffffff000, 0x2000, 0, 0 },
	{ "gpa and size end at 2^64", 0, 0, 0xfffffffffffff000, 0x1000, 0, 0 },
	{ "gpa 2^52", 0, 0, 1ull << 52, MIB, 0, 0 },
	{ "size 8 TiB", 0, 0, 0, 1ull << 43, 0, 0x10000 },
	{ "size 2^63", 0, 0, 0, 1ull << 63, 0, 0 },
};

/* In order, on one VM. */
static const struct slot story[] = {
	{ "slot 0 at 0", 0, 0, 0, MIB, 0, 0 },
	{ "slot 0 as it is", 0, 0, 0, MIB, 0, 0 },
	{ "slot 1 overlaps slot 0", 1, 0, MIB / 2, MIB, MIB, 0 },
	{ "slot 1 at slot 0's place", 1, 0, 0, MIB, MIB, 0 },
	{ "slot 1 around slot 0's end", 1, 0, MIB - 0x1000, 0x2000, MIB, 0 },
	{ "slot 1 with slot 0's memory", 1, 0, 64 * MIB, MIB, 0, 0 },
	{ "slot 0 grows", 0, 0, 0, 2 * MIB, 0, 0 },
	{ "slot 0 shrinks", 0, 0, 0, MIB / 2, 0, 0 },
	{ "slot 0 with other memory", 0, 0, 0, MIB, MIB, 0 },
	{ "slot 0 becomes read-only", 0, KVM_MEM_READONLY, 0, MIB, 0, 0 },
	{ "slot 0 gets a dirty log", 0, KVM_MEM_LOG_DIRTY_PAGES, 0, MIB, 0, 0 },
	{ "slot 0 with unknown flag", 0, 16, 0, MIB, 0, 0 },
	{ "slot 0 loses its dirty log", 0, 0, 0, MIB, 0, 0 },
	{ "slot 0 moves", 0, 0, 512 * MIB, MIB, 0, 0 },
	{ "slot 0 moves onto slot 1", 0, 0, 64 * MIB, MIB, 0, 0 },
	{ "slot 0 moves by half its size", 0, 0, 512 * MIB + MIB / 2, MIB, 0, 0 },
	{ "slot 0 moves and grows", 0, 0, 768 * MIB, 2 * MIB, 0, 0 },
	{ "slot 0 moves and gets a dirty log", 0, KVM_MEM_LOG_DIRTY_PAGES, 700 * MIB, MIB, 0, 0 },
	{ "slot 2 read-only", 2, KVM_MEM_READONLY, 1024 * MIB, MIB, 0, 0 },
	{ "slot 3 read-only with dirty log", 3, 3, 1100 * MIB, MIB, 0, 0 },
	{ "slot 4 adjacent to slot 1", 4, 0, 65 * MIB, MIB, 0, 0 },
	{ "slot 5 without memory behind it", 5, 0, 1200 * MIB, MIB, 0, 0x10000 },
	{ "slot 32763", 32763, 0, 1300 * MIB, 0x1000, 0, 0 },
	{ "slot over the APIC's page", 7, 0, 0xfee00000, 0x1000, 0, 0 },
	{ "delete slot 0, other fields garbage", 0, 0, 0x5000, 0, 0x7000, 0 },
	{ "delete slot 0 again", 0, 0, 0, 0, 0, 0 },
	{ "delete slot 1, gpa not aligned", 1, 0, 0x800, 0, 0, 0 },
	{ "delete slot 1, unknown flag", 1, 1 << 15, 0, 0, 0, 0 },
	{ "delete slot 1, read-only flag", 1, KVM_MEM_READONLY, 0, 0, 0, 0 },
	{ "delete slot 2 of address space 1", 1 << 16 | 2, 0, 0, 0, 0, 0 },
	{ "slot 0 again", 0, 0, 0, MIB, 0, 0 },
};

/* The number and the structure are in the headers of newer kernels only. */
static void region2_rows(int vm)
{
	struct {
		struct kvm_userspace_memory_region region;
		uint64_t more[16];
	} r = { .region = { .slot = 40, .guest_phys_addr = 2048 * MIB, .memory_size = MIB,
			    .userspace_addr = (uintptr_t)memory } };
	const unsigned long number = _IOC(_IOC_WRITE, KVMIO, 0x49, sizeof(r));

	CALL("KVM_SET_USER_MEMORY_REGION2", vm, number, &r);
	call("KVM_SET_USER_MEMORY_REGION2 NULL", vm, number, 0);
	r.region.flags = 4;
	CALL("KVM_SET_USER_MEMORY_REGION2, memory of the guest only", vm, number, &r);
}

void rows_memslot(void)
{
	struct machine m;

	memory = anonymous(4 * MIB);
	machine_open(&m, 0);
	call("KVM_SET_USER_MEMORY_REGION NULL", m.vm, KVM_SET_USER_MEMORY_REGION, 0);
	call("KVM_SET_USER_MEMORY_REGION, bad pointer", m.vm, KVM_SET_USER_MEMORY_REGION, 0x10);
	SET_ALL(m.vm, checks);
	SET_ALL(m.vm, story);
	region2_rows(m.vm);
	machine_close(&m);
}

static long get_log(const char *what, int vm, uint32_t slot, void *bitmap)
{
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

	return CALL(what, vm, KVM_GET_DIRTY_LOG, &log);
}

static void log_row(const char *what, struct machine *m, uint32_t slot)
{
	uint64_t bitmap[4] = { ~0ull, ~0ull, ~0ull, ~0ull };
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };
	long result = ioctl(m->vm, KVM_GET_DIRTY_LOG, &log);

	row(what, result, "%#llx %#llx %#llx %#llx", (unsigned long long)bitmap[0],
	    (unsigned long long)bitmap[1], (unsigned long long)bitmap[2],
	    (unsigned long long)bitmap[3]);
}

static void clear_row(const char *what, int vm, uint32_t slot, uint64_t first, uint32_t count,
		      void *bitmap)
{
	struct kvm_clear_dirty_log log = { .slot = slot, .first_page = first, .num_pages = count,
					   .dirty_bitmap = bitmap };

	CALL(what, vm, KVM_CLEAR_DIRTY_LOG, &log);
}

/* Slot 2 has 256 pages and a log, slot 1 has none. */
static void clear_rows(int vm)
{
	uint64_t bitmap[4] = { 0 };

	call("KVM_CLEAR_DIRTY_LOG NULL", vm, KVM_CLEAR_DIRTY_LOG, 0);
	clear_row("KVM_CLEAR_DIRTY_LOG, slot without log", vm, 1, 0, 256, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, no such slot", vm, 77, 0, 256, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, slot 32764", vm, 32764, 0, 256, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, first page 1", vm, 2, 1, 64, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, first page 1 of no such slot", vm, 77, 1, 64, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, 63 pages", vm, 2, 0, 63, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, 0 pages", vm, 2, 0, 0, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, one page too many", vm, 2, 0, 257, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, behind the end", vm, 2, 256, 64, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, none at the end", vm, 2, 256, 0, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, far behind the end", vm, 2, 1ull << 63, 64, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, 2^32 - 64 pages", vm, 2, 0, 0xffffffc0, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, bitmap NULL", vm, 2, 0, 256, NULL);
	clear_row("KVM_CLEAR_DIRTY_LOG", vm, 2, 0, 256, bitmap);
	clear_row("KVM_CLEAR_DIRTY_LOG, the second half", vm, 2, 128, 128, bitmap);
}

/* inc byte [0x10000]; inc byte [0x12000]; hlt: DS 0x1000 */
static const char touch[] = "\xb8\x00\x10\x8e\xd8\xfe\x06\x00\x00\xfe\x06\x00\x20\xf4";

static void log_of_guest(struct machine *m)
{
	static const struct slot with = { "slot 0 gets a dirty log", 0, 1, 0, MIB, 0, 0 };
	static const struct slot without = { "slot 0 loses its dirty log", 0, 0, 0, MIB, 0, 0 };

	memory = m->memory;
	LOAD(m, touch);
	run_row(m, "guest before logging");
	set(m->vm, &with);
	log_row("log of a slot that just got it", m, 0);
	LOAD(m, touch);
	run_row(m, "guest writes two pages");
	log_row("log after the guest wrote", m, 0);
	log_row("log once more", m, 0);
	LOAD(m, touch);
	run_row(m, "guest writes again");
	log_row("log after the guest wrote again", m, 0);
	m->memory[0x30000] = 1;
	log_row("log after the VMM wrote", m, 0);
	set(m->vm, &without);
	log_row("log that was given up", m, 0);
}

/* With the capability, reading leaves the log as it is; a new log can be full. */
static void log_by_hand(void)
{
	static const struct slot off = { "slot 0 without log", 0, 0, 0, MIB, 0, 0 };
	static const struct slot on = { "slot 0 with a log that begins full", 0, 1, 0, MIB, 0, 0 };
	static const struct slot gone = { "slot 0 deleted", 0, 0, 0, 0, 0, 0 };
	struct kvm_enable_cap cap = { .cap = KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, .args[0] = 3 };
	uint64_t bits[4] = { 1ull << 16 | 1, ~0ull, ~0ull, ~0ull };
	struct machine m;

	machine_open(&m, WITH_VCPU | WITH_MEMORY);
	memory = m.memory;
	set(m.vm, &gone);
	set(m.vm, &off);
	CALL("clearing by hand, full at first", m.vm, KVM_ENABLE_CAP, &cap);
	LOAD(&m, touch);
	set(m.vm, &on);
	log_row("log that begins full", &m, 0);
	clear_row("first word but two, others", m.vm, 0, 0, 256, bits);
	log_row("log after that", &m, 0);
	run_row(&m, "guest writes a page that was cleared and one that was not");
	log_row("log after the guest wrote, cleared by hand", &m, 0);
	log_row("log, read again", &m, 0);
	bits[0] = ~0ull;
	clear_row("first word", m.vm, 0, 0, 64, bits);
	log_row("log after the first word", &m, 0);
	LOAD(&m, touch);
	run_row(&m, "guest writes both again");
	log_row("log after the guest wrote both", &m, 0);
	machine_close(&m);
}

void rows_dirty(void)
{
	static const struct slot slots[] = {
		{ "slot 1 without log", 1, 0, 16 * MIB, MIB, 0, 0 },
		{ "slot 2 with log", 2, 1, 32 * MIB, MIB, 0, 0 },
		{ "slot 3 read-only with log", 3, 3, 48 * MIB, MIB, 0, 0 },
		{ "slot 0 is made smaller: deleted", 0, 0, 0, 0, 0, 0 },
		{ "slot 0 of 1 MiB", 0, 0, 0, MIB, 0, 0 },
	};
	uint64_t bitmap[64];
	struct machine m;

	machine_open(&m, WITH_VCPU | WITH_MEMORY);
	memory = m.memory;
	SET_ALL(m.vm, slots);
	call("KVM_GET_DIRTY_LOG NULL", m.vm, KVM_GET_DIRTY_LOG, 0);
	get_log("KVM_GET_DIRTY_LOG, slot without log", m.vm, 1, bitmap);
	get_log("KVM_GET_DIRTY_LOG, no such slot", m.vm, 77, bitmap);
	get_log("KVM_GET_DIRTY_LOG, slot 32764", m.vm, 32764, bitmap);
	get_log("KVM_GET_DIRTY_LOG, address space 1", m.vm, 1 << 16 | 2, bitmap);
	get_log("KVM_GET_DIRTY_LOG, read-only slot", m.vm, 3, bitmap);
	get_log("KVM_GET_DIRTY_LOG, bitmap NULL", m.vm, 2, NULL);
	get_log("KVM_GET_DIRTY_LOG", m.vm, 2, bitmap);
	clear_rows(m.vm);
	log_of_guest(&m);
	machine_close(&m);
	log_by_hand();
}
