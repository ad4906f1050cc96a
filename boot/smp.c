/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs (SDM volume 3, "MP Initialization"): INIT to each, start-up IPI twice
 * to each, all in parallel. They number themselves in order of arrival; numbers are dense, APIC
 * ids stay in arch/.
 */
#include "boot/smp.h"

#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/asm/cr.h"
#include "arch/x86/cpu_data.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv.h"
#include "arch/x86/trap.h"
#include "boot/boot_info.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/string.h"
#include "core/thread.h"
#include "core/time.h"
#include "mm/kvmap.h"
#include "mm/layout.h"
#include "mm/slab.h"

#define START_NS NSEC_PER_SEC

struct trampoline_block {
	u32 cr3, next, limit, pad;
	u64 stacks, entry;
};

extern const char trampoline_start[], trampoline_end[], trampoline_block[];

static struct thread idle_threads[MAX_CPUS];
static u32 cpus_ready;		/* atomic */
static bool released;		/* atomic: the low half is gone, threads may run */
static u64 stack_tops[MAX_CPUS];

u64 smp_reserve_trampoline(void)
{
	struct memmap *m = &boot_info.ram;
	u32 i;

	for (i = 0; i < m->count; i++) {
		u64 page = MAX(m->range[i].start, 0x1000);

		if (page + PAGE_SIZE <= MIN(m->range[i].end, 0xa0000)) {
			return memmap_reserve(m, page, page + PAGE_SIZE) == 0 ? page : 0;
		}
	}
	return 0;
}

static void set_protection(void)
{
	struct cpuid_regs r = cpuid_or_zero(7, 0);
	u64 cr4 = CR4_PAE | CR4_MCE;

	cr4 |= r.ebx & CPUID_7_EBX_SMEP ? CR4_SMEP : 0;
	cr4 |= r.ebx & CPUID_7_EBX_SMAP ? CR4_SMAP : 0;
	cr4 |= r.ebx & CPUID_7_EBX_FSGSBASE ? CR4_FSGSBASE : 0;
	cr4 |= r.ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0;
	write_cr4(cr4);
}

void smp_cpu_setup(void)
{
	struct cpu *cpu = this_cpu();
	const char *why = NULL;

	set_protection();
	apic_cpu_init();
	cpu->arch->apic_id = apic_id();
	fpu_cpu_init();
	if (hv_cpu_on(&why) != 0) {
		fatal("CPU %u: %s", cpu->index, why);
	}
	runqueue_init(&cpu->rq, &idle_threads[cpu->index]);
	smp_store_release(&cpu->online, true);
}

void smp_ap_main(u32 index)
{
	struct cpu *cpu = arch_cpu(index);

	cpu_data_load(cpu);
	trap_load_idt();
	smp_cpu_setup();
	__atomic_fetch_add(&cpus_ready, 1, __ATOMIC_RELEASE);
	while (!smp_load_acquire(&released)) {
		cpu_relax();
	}
	write_cr3(read_cr3());		/* no stale translation of the trampoline page */
	sched_idle_loop();
}

static void wait_ns(u64 ns)
{
	u64 until = now_ns() + ns;

	while (now_ns() < until) {
		cpu_relax();
	}
}

static void wait_ready(u32 want)
{
	u64 until = now_ns() + START_NS;

	while (smp_load_acquire(&cpus_ready) < want && now_ns() < until) {
		cpu_relax();
	}
}

static void prepare_page(u64 page, u32 count)
{
	char *copy = hpa_to_ptr(HPA(page));
	struct trampoline_block b = { .cr3 = (u32)read_cr3(), .next = 1, .limit = count,
		.stacks = (u64)(uintptr_t)stack_tops, .entry = (u64)(uintptr_t)smp_ap_main };

	memcpy(copy, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	memcpy(copy + (trampoline_block - trampoline_start), &b, sizeof(b));
}

/*
 * From now on a CPU that comes after all stops at once. It does so on the trampoline's page, which
 * therefore stays mapped: a fault there would reset the machine.
 */
static void turn_latecomers_away(u64 page)
{
	char *copy = hpa_to_ptr(HPA(page));
	struct trampoline_block *b = (void *)(copy + (trampoline_block - trampoline_start));

	WRITE_ONCE(b->limit, 0);
}

static void send_to_all(u32 self, u32 command)
{
	u32 i;

	for (i = 0; i < machine.cpu_count; i++) {
		if (machine.apic_ids[i] != self) {
			apic_send(machine.apic_ids[i], command);
		}
	}
}

/* How many CPUs the option maxcpus=N leaves of count. */
static u32 wanted(u32 count)
{
	char text[12];
	u64 limit = boot_option("maxcpus", text, sizeof(text)) ? decimal(text) : count;

	return (u32)MIN(MAX(limit, 1), count);
}

static u32 allocate(u32 count)
{
	u32 i;

	for (i = 1; i < count; i++) {
		if (cpu_data_alloc(i) != 0) {
			log_warn("no memory for CPU %u and above", i);
			return i;
		}
		stack_tops[i] = (u64)(uintptr_t)arch_cpu(i)->arch->idle_stack + THREAD_STACK_SIZE;
	}
	return count;
}

void smp_start(u64 page)
{
	u32 self = apic_id(), count = machine.cpu_count;
	bool missing = false;

	if (count > 1 && (page == 0 || paging_map_low(HPA(page)) != 0)) {
		log_warn("no free page below 640 KiB: using one CPU of %u", count);
		count = 1;
	}
	if (count > 1) {
		count = allocate(wanted(count));
		cpu_data_set_count(count);
		prepare_page(page, count);
		send_to_all(self, APIC_ICR_INIT);
		wait_ns(10 * NSEC_PER_MSEC);
		send_to_all(self, APIC_ICR_STARTUP | (u32)(page >> PAGE_SHIFT));
		wait_ns(200 * NSEC_PER_USEC);
		send_to_all(self, APIC_ICR_STARTUP | (u32)(page >> PAGE_SHIFT));
		wait_ready(count - 1);
		if (cpus_ready < count - 1) {
			log_warn("%u of %u CPUs did not start", count - 1 - cpus_ready, count);
		}
		/* Those that were started and have no number sit in the trampoline as well. */
		missing = cpus_ready < machine.cpu_count - 1;
		if (missing) {
			turn_latecomers_away(page);
		}
	}
	if (machine.cpus_left_out) {
		log_warn("%u CPUs beyond the %d that Corbel uses are left off",
			 machine.cpus_left_out, MAX_CPUS);
	}
	smp_store_release(&released, true);
	if (!missing) {
		irq_enable();		/* the flush waits for all CPUs' answers */
		paging_drop_low_half();
		irq_disable();
	}
}
