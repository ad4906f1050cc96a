/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own traps. An exception is a bug (panic with registers and back-trace)
 * unless its instruction is in the exception table; an interrupt is acknowledged and handed to
 * its owner. Nothing reschedules from here.
 */
#include "arch/x86/trap.h"

#include "arch/x86/asm/cr.h"
#include "arch/x86/asm/percpu.h"
#include "arch/x86/cpu_data.h"
#include "arch/x86/ipi.h"
#include "arch/x86/apic.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/symbols.h"

struct __packed idt_gate {
	u16 offset_low, selector;
	u8 ist, attr;
	u16 offset_mid;
	u32 offset_high, reserved;
};
ASSERT_SIZE(struct idt_gate, 16);

struct ex_entry {
	u64 insn, fixup;
};

extern const char trap_stubs[];
extern const struct ex_entry ex_table_start[], ex_table_end[];

static struct idt_gate idt[256] __aligned(16);
static void (*device_handlers[0xe0 - VEC_DEVICE_FIRST])(void);

static const char *const names[32] = {
	"#DE divide error", "#DB debug", "NMI", "#BP breakpoint", "#OF overflow", "#BR bound",
	"#UD invalid opcode", "#NM no FPU", "#DF double fault", "coprocessor overrun",
	"#TS invalid TSS", "#NP segment not present", "#SS stack fault", "#GP general protection",
	"#PF page fault", "reserved", "#MF x87", "#AC alignment", "#MC machine check", "#XM SIMD",
	"#VE virtualization", "#CP control protection"
};

static u8 ist_of(u32 vector)
{
	switch (vector) {
	case 1: return IST_DEBUG;
	case VEC_NMI: return IST_NMI;
	case VEC_DOUBLE_FAULT: return IST_DOUBLE_FAULT;
	case VEC_MACHINE_CHECK: return IST_MACHINE_CHECK;
	default: return IST_NONE;
	}
}

static void build_idt(void)
{
	for (u32 i = 0; i < 256; i++) {
		u64 at = (u64)(uintptr_t)(trap_stubs + i * 16);

		idt[i] = (struct idt_gate){.offset_low = (u16)at,
					   .selector = SEL_CODE,
					   .ist = ist_of(i),
					   .attr = 0x8e,
					   .offset_mid = (u16)(at >> 16),
					   .offset_high = (u32)(at >> 32)};
	}
}

void trap_load_idt(void)
{
	struct __packed { u16 limit; u64 base; } idtr = { sizeof(idt) - 1, (u64)(uintptr_t)idt };

	if (!idt[0].attr) {
		build_idt();
	}
	__asm__ volatile("lidt %0" :: "m"(idtr));
}

void trap_set_device_handler(u8 vector, void (*fn)(void))
{
	device_handlers[vector - VEC_DEVICE_FIRST] = fn;
}

void trap_handle_nmi(void)
{
	if (ipi_stop_requested()) {
		arch_halt_forever();
	}
	this_cpu()->arch->nmi_count++;
}

static bool fixed_up(struct trap_frame *f)
{
	const struct ex_entry *e;

	for (e = ex_table_start; e < ex_table_end; e++) {
		if (e->insn == f->rip) {
			f->rip = e->fixup;
			return true;
		}
	}
	return false;
}

static __noreturn void exception_panic(const struct trap_frame *f)
{
	u64 off = 0;
	const char *sym = symbol_lookup(f->rip, &off);

	log_console(true);
	log_err("CPU %u: %s, error %lx, at %lx <%s+%lx>, cr2 %lx", this_cpu()->index,
		f->vector < 32 && names[f->vector] ? names[f->vector] : "exception", f->error,
		f->rip, sym ? sym : "?", off, read_cr2());
	log_err("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
	log_err("rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp, f->rsp);
	log_err("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", f->r8, f->r9, f->r10, f->r11);
	log_err("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", f->r12, f->r13, f->r14, f->r15);
	log_err("rflags %lx cs %lx ss %lx cr3 %lx; interrupted code:", f->rflags, f->cs, f->ss,
		read_cr3());
	arch_backtrace(f->rbp);
	panic("unexpected exception %lu at %s+%lx", f->vector, sym ? sym : "?", off);
}

static void exception(struct trap_frame *f)
{
	if (f->vector == VEC_NMI) {
		trap_handle_nmi();
	} else if (!fixed_up(f)) {
		exception_panic(f);
	}
}

static void device_interrupt(u64 vector)
{
	if (vector >= VEC_DEVICE_FIRST && vector < 0xe0 &&
	    device_handlers[vector - VEC_DEVICE_FIRST]) {
		device_handlers[vector - VEC_DEVICE_FIRST]();
	} else {
		log_warn("interrupt %lu has no owner", vector);
	}
}

void trap_dispatch(struct trap_frame *f)
{
	struct cpu *cpu;

	if (f->vector < 32) {
		exception(f);
		return;
	}
	if (f->vector == VEC_SPURIOUS) {
		return;			/* not to be acknowledged */
	}
	cpu = this_cpu();
	cpu->irq_depth++;
	apic_eoi();
	switch (f->vector) {
	case VEC_TIMER: timer_interrupt(); break;
	case VEC_KICK:
		break;			/* its purpose was the exit from guest mode or from idle */
	case VEC_CALL: ipi_call_interrupt(); break;
	case VEC_APIC_ERROR:
		log_warn("CPU %u: local APIC error %x", cpu->index, apic_error_status());
		break;
	default:
		device_interrupt(f->vector);
	}
	cpu->irq_depth--;
}
