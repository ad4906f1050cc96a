/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a domain: runtime, first page tables, boot block with strings, boot stack, time page,
 * program handle, first thread. Everything lies where api/abi/corbel.h says.
 */
#include "api/domain.h"

#include "api/bootfile.h"
#include "api/time_page.h"
#include "arch/x86/asm/random.h"
#include "arch/x86/asm/tsc.h"

#define PTE_P BIT(0)
#define PTE_W BIT(1)
#define PTE_A BIT(5)
#define PTE_D BIT(6)
#define PTE_PS BIT(7)
#define ENTRIES 512
#define GIB (1ULL << 30)
#define TABLE_PAGES 3	/* PML4, PDPT, PD of the last GiB */
#define STACK_SIZE 0x10000
#define STRINGS_AT (CORBEL_RUNTIME_BOOT + PAGE_SIZE)

/*
 * Identity map of the runtime's GiB, supervisor only; what is there and with what rights is the
 * stage-2 tables' affair.
 */
static int map_tables(struct domain *d)
{
	const u64 pdpt = CORBEL_RUNTIME_TABLES + PAGE_SIZE, pd = pdpt + PAGE_SIZE;
	u64 (*tables)[ENTRIES] = kzalloc(TABLE_PAGES * PAGE_SIZE);
	int err;

	if (!tables) {
		return -ENOMEM;
	}
	tables[0][0] = pdpt | PTE_P | PTE_W | PTE_A;
	tables[1][CORBEL_RUNTIME_BASE / GIB] = pd | PTE_P | PTE_W | PTE_A;
	for (u64 i = 0; i < ENTRIES; i++) {
		tables[2][i] = (CORBEL_RUNTIME_BASE + i * HUGE_SIZE) | PTE_P | PTE_W | PTE_A |
			       PTE_D | PTE_PS;
	}
	err = domain_map_filled(d, CORBEL_RUNTIME_TABLES, TABLE_PAGES * PAGE_SIZE, S2_R | S2_W,
				tables, TABLE_PAGES * PAGE_SIZE);
	kfree(tables);
	return err;
}

/*
 * From the CPU's generator and the clock's low bits; without a generator the clock alone, which
 * is weak.
 */
static void fill_random(u8 *out, size_t len)
{
	bool generator = cpu_has_rdrand();
	u64 state = rdtsc();

	for (size_t i = 0; i < len; i++) {
		u64 word = 0;

		if (generator) {
			(void)!rdrand(&word);
		}
		state = (state ^ word ^ rdtsc()) * 0x9e3779b97f4a7c15ULL;
		state ^= state >> 29;
		out[i] = (u8)(state >> 32);
	}
}

static int map_boot_block(struct domain *d, const struct domain_program *p, s32 program_handle,
			  u32 handle_count)
{
	struct corbel_boot_block b = {
		.abi = CORBEL_ABI_VERSION, .size = sizeof(b), .program_handle = program_handle,
		.cpu_count = arch_cpu_count(), .argc = p->argc, .envc = p->envc,
		.strings = STRINGS_AT, .strings_len = p->strings_len,
		.time_page = CORBEL_RUNTIME_TIME, .memory_bytes = d->as.quota.limit << PAGE_SHIFT,
		.handle_count = handle_count, .domain_id = d->id, .boot_tid = d->id
	};
	u64 strings_size = ALIGN_UP(MAX(p->strings_len, 1u), PAGE_SIZE);
	int err;

	fill_random(b.random, sizeof(b.random));
	err = domain_map_filled(d, CORBEL_RUNTIME_BOOT, PAGE_SIZE, S2_R | S2_W, &b, sizeof(b));
	if (!err) {
		err = domain_map_filled(d, STRINGS_AT, strings_size, S2_R | S2_W, p->strings,
					p->strings_len);
	}
	return err;
}

static int map_time_page(struct domain *d)
{
	struct backing *b = time_page_backing();
	s64 mapped;

	if (!b) {
		return -ENOMEM;
	}
	mapped = aspace_map(&d->as, CORBEL_RUNTIME_TIME, PAGE_SIZE, S2_R,
			    ASPACE_FIXED_NOREPLACE | ASPACE_SHARED, b, 0);
	if (mapped < 0) {
		backing_put(b);
		return (int)mapped;
	}
	return 0;
}

/* The program's number in the new domain, or an error. */
static s64 open_program(struct domain *d, const char *name)
{
	struct object *o = bootfile_open(name);

	return o ? handle_install_new(&d->handles, o, &bootfile_ops, RIGHT_READ) : -ENOENT;
}

int domain_boot(struct domain *d, const struct domain_program *p, u32 handle_count)
{
	struct domain_start start = {
		.rsp = CORBEL_RUNTIME_STACK_TOP,
		.arg = CORBEL_RUNTIME_BOOT,
		.cr3 = CORBEL_RUNTIME_TABLES,
	};
	s64 ret = open_program(d, p->name);

	if (ret < 0) {
		return (int)ret;
	}
	ret = map_boot_block(d, p, (s32)ret, handle_count);
	if (!ret) {
		ret = domain_load_runtime(d, &start.rip);
	}
	if (!ret) {
		ret = map_tables(d);
	}
	if (!ret) {
		ret = domain_map_filled(d, CORBEL_RUNTIME_STACK_TOP - STACK_SIZE, STACK_SIZE,
					S2_R | S2_W, "", 0);
	}
	if (!ret) {
		ret = map_time_page(d);
	}
	if (!ret) {
		ret = domain_thread_create(d, &start, NULL);
	}
	return ret < 0 ? (int)ret : 0;
}
