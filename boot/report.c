/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the feature report, so that a machine that cannot run a domain still explains itself. */
#include "boot/report.h"

#include "arch/x86/acpi.h"
#include "arch/x86/apic.h"
#include "arch/x86/asm/cpuid.h"
#include "arch/x86/fpu.h"
#include "arch/x86/hv/hv.h"
#include "boot/boot_info.h"
#include "boot/warp.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/string.h"
#include "mm/frame.h"
#include "version.h"

/* The processor brand string (CPUID 80000002H-80000004H), without leading blanks. */
static const char *brand(char buf[49])
{
	u32 i, *out = (u32 *)(void *)buf;

	memset(buf, 0, 49);
	for (i = 0; i < 3 && cpuid_has_leaf(0x80000004); i++) {
		struct cpuid_regs r = cpuid(0x80000002 + i, 0);

		*out++ = r.eax;
		*out++ = r.ebx;
		*out++ = r.ecx;
		*out++ = r.edx;
	}
	while (*buf == ' ') {
		buf++;
	}
	return buf;
}

void report_clock(u64 tsc_khz, const char *source)
{
	char buf[52] __aligned(4);

	log_info("corbel: Corbel " CORBEL_VERSION);
	log_info("corbel: started by %s%s", boot_info.loader,
		 boot_info.efi ? " (UEFI)" : " (BIOS)");
	log_info("corbel: cpu %s, %u physical address bits", brand(buf), cpuid_phys_bits());
	log_info("corbel: TSC %lu.%03lu MHz by %s", tsc_khz / 1000, tsc_khz % 1000, source);
	report_memory();
}

void report_memory(void)
{
	log_info("corbel: memory %lu MiB, %lu MiB free", frames_total_count() >> 8,
		 frames_free_count() >> 8);
}

void report_virtualization(void)
{
	static struct hv_features f;
	const char *why = NULL;

	if (hv_probe(&f, &why) != 0) {
		fatal("%s", why);
	}
	log_info("corbel: virtualization %s: %s", f.name, f.text);
}

static void report_clocks(u32 online)
{
	bool invariant = cpuid_or_zero(0x80000007, 0).edx & CPUID_EXT7_EDX_INVARIANT_TSC;
	u64 warp = tsc_warp(online);

	if (warp) {
		log_warn(
			"the CPUs' TSCs differ by up to %lu ticks: time may step back between CPUs",
			warp);
	} else {
		log_info("corbel: TSC %sthe same on all CPUs",
			 invariant ? "invariant, " : "not marked invariant, ");
	}
}

void report_cpus(void)
{
	u32 i, online = 0;

	for (u64 left = cpus_online(); left; left &= left - 1) {
		online++;
	}
	log_info("corbel: %u of %u CPUs online, %s, timer %s, XCR0 %lx", online, machine.cpu_count,
		 apic_is_x2() ? "x2APIC" : "xAPIC", apic_timer_name(), fpu_host_xcr0());
	report_clocks(online);
	for (i = 0; i < boot_info.module_count; i++) {
		const struct boot_module *m = &boot_info.modules[i];

		log_info("corbel: module %s, %lu KiB", m->name, (m->end - m->start + 1023) >> 10);
	}
}
