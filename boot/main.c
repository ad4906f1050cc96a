/* SPDX-License-Identifier: BSD-2-Clause */
/* From the first C function to the scheduler: each step in a table, in order, by name. */
#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/msr.h"
#include "arch/x86/asm/tsc.h"
#include "arch/x86/calibrate.h"
#include "arch/x86/cmos.h"
#include "arch/x86/cpu_data.h"
#include "arch/x86/ioapic.h"
#include "arch/x86/pic8259.h"
#include "arch/x86/trap.h"
#include "boot/boot.h"
#include "boot/boot_info.h"
#include "boot/report.h"
#include "boot/smp.h"
#include "core/log.h"
#include "core/main.h"
#include "core/panic.h"
#include "core/time.h"
#include "drivers/uart.h"
#include "drivers/vga_text.h"
#include "mm/layout.h"

static u32 boot_magic;
static u32 boot_tags;
static u64 trampoline_page;

static void step_console(void)
{
	pic8259_disable();
	uart_init();
}

static void step_tags(void)
{
	boot_info_read(boot_magic, hpa_to_ptr(HPA(boot_tags)));
	vga_text_enable(!boot_info.efi);
	trampoline_page = smp_reserve_trampoline();
}

static void step_acpi(void)
{
	acpi_read(boot_info.rsdp, boot_info.rsdp_copy);
}

static void step_interrupts(void)
{
	if (cpu_data_alloc(0) != 0 || apic_init() != 0) {
		fatal("no memory for interrupt stacks");
	}
	if (ioapic_init() != 0) {
		log_warn("no I/O APIC: the serial line has no input");
	}
}

static void step_time(void)
{
	const char *source = "nothing";
	u64 khz = tsc_calibrate_khz(&source);

	if (!khz) {
		fatal("the TSC cannot be measured: no HPET, PM timer or PIT counts; enable HPET in "
		      "the firmware setup");
	}
	time_init(khz, cmos_seconds() * NSEC_PER_SEC);
	report_clock(khz, source);
}

static void step_cpu(void)
{
	report_virtualization();
	smp_cpu_setup();
	apic_timer_calibrate();
}

static void step_cpus(void)
{
	smp_start(trampoline_page);
	irq_enable();
	report_cpus();
	irq_disable();
}

static const struct {
	const char *name;
	void (*fn)(void);
} steps[] = {
	{ "console", step_console },
	{ "boot tags", step_tags },
	{ "ACPI tables", step_acpi },
	{ "memory", boot_memory },
	{ "interrupts", step_interrupts },
	{ "time", step_time },
	{ "virtualization", step_cpu },
	{ "other CPUs", step_cpus },
	{ "main thread", main_start },
};

__noreturn void boot_main(u32 magic, u32 info)
{
	u32 i;

	clock_entry_tsc = rdtsc();
	irq_disable();
	boot_magic = magic;
	boot_tags = info;
	cpu_data_boot();
	trap_load_idt();
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		steps[i].fn();
	}
	sched_idle_loop();
}
