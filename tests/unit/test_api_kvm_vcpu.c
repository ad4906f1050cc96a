/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of a vCPU: the state after reset, every group of state set and read back, what is
 * refused, KVM_RUN and the run page's mapping.
 * LINK: vmm/mce.c vmm/exit_mmio.c vmm/mmio_access.c
 * LINK: vmm/emul_fpu.c
 * LINK: vmm/emul/alu.c vmm/emul/bit.c vmm/emul/decode.c vmm/emul/execute.c vmm/emul/move.c
 * LINK: vmm/emul/op_table.c vmm/emul/operand.c vmm/emul/mul.c vmm/emul/stack.c vmm/emul/vector.c
 * LINK: vmm/emul/string.c
 * LINK: api/kvm_irqchip.c api/kvm_pit.c api/kvm_clock.c
 * LINK: vmm/irq/ioapic.c vmm/irq/ioapic_mmio.c vmm/irq/pit.c vmm/irq/pit_count.c
 * LINK: vmm/irq/pit_io.c vmm/irq/routing.c
 * LINK: vmm/dirty_log.c api/kvm_dirty.c api/kvm_enable_cap.c
 * LINK: api/kvm_ioctl.c api/kvm_caps.c api/kvm_system.c api/kvm_vm.c api/kvm_vcpu.c
 * LINK: api/kvm_vcpu_regs.c api/kvm_vcpu_sregs.c api/kvm_msrs.c api/kvm_vcpu_cpuid.c
 * LINK: api/kvm_vcpu_fpu.c api/kvm_vcpu_events.c vmm/apic_base.c vmm/clock.c vmm/cpuid.c
 * LINK: vmm/cpuid_supported.c vmm/cr.c vmm/emul/insn_len.c vmm/event_raise.c vmm/events.c
 * LINK: vmm/exit.c vmm/exit_cr.c vmm/exit_error.c vmm/exit_insn.c
 * LINK: vmm/exit_io.c vmm/exit_io_string.c vmm/exit_simple.c vmm/fault.c vmm/fetch.c
 * LINK: vmm/guest_mem.c vmm/irq/irqchip.c vmm/irq/lapic.c vmm/irq/lapic_icr.c
 * LINK: vmm/irq/lapic_irq.c vmm/irq/lapic_lvt.c vmm/irq/lapic_reg.c
 * LINK: vmm/irq/lapic_state.c vmm/irq/lapic_timer.c vmm/irq/pic.c vmm/irq/pic_io.c vmm/linear.c
 * LINK: vmm/memslot.c vmm/msr.c vmm/msr_table.c vmm/mtrr.c vmm/request.c vmm/run.c
 * LINK: vmm/run_page.c vmm/vcpu.c vmm/vcpu_state.c vmm/vm.c vmm/walk.c
 * LINK: arch/x86/hv/hv_reset.c
 * LINK: arch/x86/hv/hv_thread.c core/fault.c core/quiesce.c core/time.c core/timer.c mm/aspace.c
 * LINK: mm/aspace_change.c mm/aspace_remap.c mm/aspace_fault.c mm/region.c mm/backing.c
 * LINK: mm/chunks.c mm/stage2.c mm/stage2_map.c mm/stage2_change.c mm/stage2_flush.c mm/frame.c
 * LINK: mm/memmap.c mm/slab.c tests/fake/fake.c tests/fake/fake_sync.c tests/fake/fake_panic.c
 * LINK: tests/fake/fake_log.c tests/fake/fake_mm.c tests/fake/fake_random.c
 * LINK: tests/fake/fake_cpuid.c tests/fake/fake_vmm.c
 */
#include "kvm_kit.h"

static void reset_state(void **state)
{
	struct kvm_regs regs;
	struct kvm_sregs s;
	struct kvm_debugregs d;
	struct kvm_xcrs x;
	struct kvm_fpu f;
	struct kvm_mp_state m = {9};

	(void)state;
	start(true);
	memset(&regs, 0xff, sizeof(regs));
	assert_int_equal(on_vcpu(KVM_GET_REGS, PTR(&regs)), 0);
	assert_int_equal(regs.rip, 0xfff0);
	assert_int_equal(regs.rflags, 2);
	assert_int_equal(regs.rdx, 0x600);
	assert_int_equal(regs.rax | regs.rbx | regs.rsp | regs.r15, 0);
	memset(&s, 0xff, sizeof(s));
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&s)), 0);
	assert_int_equal(s.cs.selector, 0xf000);
	assert_int_equal(s.cs.base, 0xffff0000);
	assert_int_equal(s.cs.limit, 0xffff);
	assert_int_equal(s.cs.type, 0xb);
	assert_int_equal(s.cs.present, 1);
	assert_int_equal(s.tr.type, 0xb);
	assert_int_equal(s.ldt.type, 2);
	assert_int_equal(s.gdt.limit, 0xffff);
	assert_int_equal(s.cr0, 0x60000010);
	assert_int_equal(s.efer | s.cr3 | s.cr4 | s.cr8, 0);
	assert_int_equal(s.apic_base, 0xfee00900);
	assert_int_equal(s.interrupt_bitmap[3], 0);
	assert_int_equal(on_vcpu(KVM_GET_DEBUGREGS, PTR(&d)), 0);
	assert_int_equal(d.dr6, 0xffff0ff0);
	assert_int_equal(d.dr7, 0x400);
	assert_int_equal(on_vcpu(KVM_GET_XCRS, PTR(&x)), 0);
	assert_int_equal(x.nr_xcrs, 1);
	assert_int_equal(x.xcrs[0].value, 1);
	assert_int_equal(on_vcpu(KVM_GET_FPU, PTR(&f)), 0);
	assert_int_equal(f.fcw, 0x37f);
	assert_int_equal(f.mxcsr, 0x1f80);
	assert_int_equal(on_vcpu(KVM_GET_MP_STATE, PTR(&m)), 0);
	assert_int_equal(m.mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(on_vcpu(KVM_GET_TSC_KHZ, 0), FAKE_KHZ);
	end();
}

static void registers(void **state)
{
	struct kvm_regs regs, back;
	struct kvm_debugregs d = {.db = {1, 2, 3, 4}, .dr6 = 1, .dr7 = 0x700};

	(void)state;
	start(false);
	for (u32 i = 0; i < 18; i++) {
		(&regs.rax)[i] = 0x1111111111111111ULL * i + 1;
	}
	regs.rip = 1ULL << 63; /* not canonical: accepted */
	regs.rflags = 0;
	event_gp(v);
	assert_int_equal(on_vcpu(KVM_SET_REGS, PTR(&regs)), 0);
	assert_int_equal(v->ev.exception.type, HV_EVENT_NONE);
	assert_int_equal(v->hv.regs.gpr[HV_RBX], regs.rbx);
	assert_int_equal(v->hv.regs.gpr[HV_RDI], regs.rdi);
	assert_int_equal(on_vcpu(KVM_GET_REGS, PTR(&back)), 0);
	regs.rflags = 2;
	assert_memory_equal(&regs, &back, sizeof(regs));
	assert_int_equal(on_vcpu(KVM_SET_DEBUGREGS, PTR(&d)), 0);
	memset(&d, 0xff, sizeof(d));
	assert_int_equal(on_vcpu(KVM_GET_DEBUGREGS, PTR(&d)), 0);
	assert_int_equal(d.db[3], 4);
	assert_int_equal(d.dr6, 0xffff0ff1);
	assert_int_equal(d.flags, 0);
	d.flags = 1;
	assert_int_equal(on_vcpu(KVM_SET_DEBUGREGS, PTR(&d)), -EINVAL);
	d.flags = 0;
	d.dr6 = 1ULL << 32;
	assert_int_equal(on_vcpu(KVM_SET_DEBUGREGS, PTR(&d)), -EINVAL);
	d.dr6 = 0;
	d.dr7 = 1ULL << 32;
	assert_int_equal(on_vcpu(KVM_SET_DEBUGREGS, PTR(&d)), -EINVAL);
	end();
}

static void special_registers(void **state)
{
	struct kvm_sregs s, good, back;

	(void)state;
	start(false);
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&good)), 0);
	good.ds = (struct kvm_segment){.base = 0x1234,
				       .limit = 0xfffff,
				       .selector = 8,
				       .type = 3,
				       .present = 1,
				       .dpl = 2,
				       .db = 1,
				       .s = 1,
				       .g = 1,
				       .avl = 1};
	good.fs = (struct kvm_segment){.unusable = 1};
	good.gdt = (struct kvm_dtable){0x5000, 0x27, {0}};
	good.cr2 = 0x777;
	good.cr4 = CR4_PGE;
	good.cr8 = 5;
	assert_int_equal(on_vcpu(KVM_SET_SREGS, PTR(&good)), 0);
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&back)), 0);
	assert_memory_equal(&good, &back, sizeof(good));
	assert_int_equal(v->hv.s2_seen, 0);
#define BAD(change)                                                                                \
	do {                                                                                       \
		s = good;                                                                          \
		change;                                                                            \
		assert_int_equal(on_vcpu(KVM_SET_SREGS, PTR(&s)), -EINVAL);                        \
		assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&back)), 0);                           \
		assert_memory_equal(&good, &back, sizeof(good));                                   \
	} while (0)
	BAD((s.cr0 = CR0_PE | CR0_PG, s.efer = EFER_LME));
	BAD(s.efer = EFER_LMA);
	BAD(s.cs.l = 1);
	BAD(s.cr4 = 1ULL << 40);
	BAD(s.cr4 = CR4_VMXE);
	BAD(s.cr0 = CR0_PG);
	BAD(s.cr0 = CR0_NW);
	BAD(s.cr0 = 1ULL << 32);
	BAD(s.efer = EFER_SVME);
	BAD(s.apic_base = 0xfee00000 | APIC_BASE_X2APIC);
	BAD(s.apic_base = 1ULL << 45);
	BAD(s.apic_base |= 1);
	s = good;
	s.cr8 = 16;	/* ignored */
	s.cr0 |= 0x400; /* dropped */
	s.cs.type = 0;	/* accepted: hardware will tell */
	s.interrupt_bitmap[1] = BIT(3);
	assert_int_equal(on_vcpu(KVM_SET_SREGS, PTR(&s)), 0);
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&back)), 0);
	assert_int_equal(back.cr8, 5);
	assert_int_equal(back.cr0, 0x60000010);
	assert_int_equal(back.interrupt_bitmap[1], BIT(3));
	end();
	start(true);
	v->mp_state = KVM_MP_STATE_HALTED;
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&s)), 0);
	s.apic_base |= APIC_BASE_X2APIC;
	assert_int_equal(on_vcpu(KVM_SET_SREGS, PTR(&s)), 0);
	assert_int_equal(v->mp_state, KVM_MP_STATE_RUNNABLE); /* a reset by registers */
	assert_int_equal(on_vcpu(KVM_GET_SREGS, PTR(&s)), 0);
	assert_true(s.apic_base & APIC_BASE_X2APIC);
	end();
}

static void batches(void **state)
{
	static struct {
		struct kvm_msrs head;
		struct kvm_msr_entry e[256];
	} m;

	(void)state;
	start(false);
	m.head.nmsrs = 256;
	assert_int_equal(on_vcpu(KVM_GET_MSRS, PTR(&m)), -E2BIG);
	assert_int_equal(on_vcpu(KVM_SET_MSRS, PTR(&m)), -E2BIG);
	m.head.nmsrs = 0;
	assert_int_equal(on_vcpu(KVM_SET_MSRS, PTR(&m)), 0);
	m.head.nmsrs = 3;
	m.e[0] = (struct kvm_msr_entry){MSR_STAR, 0, 0x55};
	m.e[1] = (struct kvm_msr_entry){0xdeadbeef, 0, 1};
	m.e[2] = (struct kvm_msr_entry){MSR_LSTAR, 0, 0x66};
	assert_int_equal(on_vcpu(KVM_SET_MSRS, PTR(&m)), 1);
	m.e[0].data = 0;
	m.e[1].index = MSR_LSTAR;
	assert_int_equal(on_vcpu(KVM_GET_MSRS, PTR(&m)), 3);
	assert_int_equal(m.e[0].data, 0x55);
	assert_int_equal(m.e[1].data, 0);
	m.e[0] = (struct kvm_msr_entry){MSR_KERNEL_GS_BASE, 0, 1ULL << 63};
	assert_int_equal(on_vcpu(KVM_SET_MSRS, PTR(&m)), 0);
	assert_int_equal(on_vcpu(KVM_GET_MSRS, 0), -EFAULT);
	m.head.nmsrs = 255;
	for (u32 i = 0; i < 255; i++) {
		m.e[i] = (struct kvm_msr_entry){MSR_TSC_ADJUST, 0, i};
	}
	assert_int_equal(on_vcpu(KVM_SET_MSRS, PTR(&m)), 255);
	assert_int_equal(on_vcpu(KVM_GET_MSRS, PTR(&m)), 255);
	assert_int_equal(m.e[0].data, 254);
	end();
}

static void cpuid_calls(void **state)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 e[260];
	} c;

	(void)state;
	start(false);
	c.head.nent = 5;
	assert_int_equal(on_vcpu(KVM_GET_CPUID2, PTR(&c)), 0);
	assert_int_equal(c.head.nent, 0);
	c.head.nent = 257;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), -E2BIG);
	c.head.nent = 0;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), 0);
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, 0), -EFAULT);
	assert_int_equal(on_vcpu(KVM_GET_CPUID2, 0), -EFAULT);
	c.head.nent = 256;
	assert_int_equal(on_kvm(KVM_GET_SUPPORTED_CPUID, PTR(&c)), 0);
	c.e[0].padding[1] = 7;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), 0);
	c.head.nent = 1;
	assert_int_equal(on_vcpu(KVM_GET_CPUID2, PTR(&c)), -E2BIG);
	assert_int_equal(c.head.nent, 1);
	c.head.nent = 256;
	assert_int_equal(on_vcpu(KVM_GET_CPUID2, PTR(&c)), 0);
	assert_true(c.head.nent > 20 && c.head.nent < 256);
	v->has_run = true;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), 0);
	c.e[1].eax++;
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), -EINVAL);
	fault_arm(1);
	assert_int_equal(on_vcpu(KVM_SET_CPUID2, PTR(&c)), -ENOMEM);
	fault_arm(0);
	end();
}

static void floating_point(void **state)
{
	struct kvm_fpu f = {.fcw = 0x27f, .mxcsr = 0xffffffff, .ftwx = 5, .last_ip = 77}, back;
	static struct kvm_xsave x, y;
	struct kvm_xcrs xcrs = {.nr_xcrs = 1, .xcrs = {{0, 0, 3}}};
	u8 *image = (u8 *)&x;

	(void)state;
	start(false);
	memset(f.xmm, 0x5a, sizeof(f.xmm));
	memset(f.fpr, 0x3c, sizeof(f.fpr));
	assert_int_equal(on_vcpu(KVM_SET_FPU, PTR(&f)), 0);
	assert_int_equal(on_vcpu(KVM_GET_FPU, PTR(&back)), 0);
	f.mxcsr = 0xffbf; /* bits that would fault are gone */
	assert_memory_equal(&f, &back, sizeof(f));
	assert_int_equal(on_vcpu(KVM_GET_XSAVE, PTR(&x)), 0);
	assert_int_equal(image[160], 0x5a);
	assert_int_equal(image[512] & 3, 3);
	image[160] = 0x11;
	image[576] = 0x22; /* AVX */
	image[512] = 7;
	image[24] = 0x80;
	image[25] = 0x1f;
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&x)), 0);
	assert_int_equal(on_vcpu(KVM_GET_XSAVE, PTR(&y)), 0);
	assert_memory_equal(&x, &y, 832);
	image[513] = 1;
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&x)), -EINVAL);
	image[513] = 0;
	image[520] = 1; /* compacted format */
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&x)), -EINVAL);
	image[520] = 0;
	image[26] = 1; /* reserved MXCSR bit: matters only if SSE is set */
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&x)), -EINVAL);
	image[512] = 1;
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&x)), 0);
	assert_int_equal(on_vcpu(KVM_GET_FPU, PTR(&back)), 0);
	assert_int_equal(back.mxcsr, 0x1f80);
	fake_xcr0 = 0; /* a machine with FXSAVE only */
	assert_int_equal(on_vcpu(KVM_GET_XSAVE, PTR(&y)), 0);
	assert_int_equal(((u8 *)&y)[512], 3);
	assert_int_equal(on_vcpu(KVM_SET_XSAVE, PTR(&y)), 0);
	assert_int_equal(on_vcpu(KVM_SET_FPU, PTR(&f)), 0);
	fake_xcr0 = 7;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), 0);
	assert_int_equal(v->xcr0, 3);
	xcrs.xcrs[0].value = 0;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), -EINVAL);
	xcrs.xcrs[0].value = 5;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), -EINVAL);
	xcrs.xcrs[0].xcr = 1;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), 0);
	xcrs.flags = 1;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), -EINVAL);
	xcrs.flags = 0;
	xcrs.nr_xcrs = 17;
	assert_int_equal(on_vcpu(KVM_SET_XCRS, PTR(&xcrs)), -EINVAL);
	end();
}

static void events(void **state)
{
	struct kvm_vcpu_events e, zero = {.flags = 0};
	struct kvm_interrupt irq = {0x20};

	(void)state;
	start(false);
	for (irq.irq = 0x20; irq.irq < 256; irq.irq += 0xdf) {
		assert_int_equal(on_vcpu(KVM_INTERRUPT, PTR(&irq)), 0);
		assert_int_equal(v->ev.user_irq, irq.irq);
	}
	irq.irq = 256;
	assert_int_equal(on_vcpu(KVM_INTERRUPT, PTR(&irq)), -EINVAL);
	assert_int_equal(on_vcpu(KVM_NMI, 0xbad), 0);
	assert_int_equal(on_vcpu(KVM_GET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(e.flags, 0xd);
	assert_int_equal(e.nmi.pending, 1);
	assert_int_equal(e.exception.injected | e.interrupt.injected | e.nmi.injected, 0);
	e = zero;
	e.flags = 1u << 6;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), -EINVAL);
	e.flags = KVM_VCPUEVENT_VALID_PAYLOAD;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), -EINVAL);
	e.flags = KVM_VCPUEVENT_VALID_TRIPLE_FAULT;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), -EINVAL);
	e.flags = KVM_VCPUEVENT_VALID_SMM;
	e.smi.smm = 1;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), -EINVAL);
	e = zero;
	e.exception.injected = 1;
	for (u32 nr = 0; nr < 256; nr++) {
		e.exception.nr = nr;
		assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)),
				 nr == 2 || nr > 31 ? -EINVAL : 0);
	}
	e.exception.nr = 14;
	e.exception.has_error_code = 1;
	e.exception.error_code = 6;
	e.interrupt.injected = 1;
	e.interrupt.nr = 0x44;
	e.interrupt.shadow = KVM_X86_SHADOW_INT_STI;
	e.nmi.masked = 1;
	e.sipi_vector = 9;
	e.flags = KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_NMI_PENDING |
		  KVM_VCPUEVENT_VALID_SIPI_VECTOR;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(v->ev.exception.vector, 14);
	assert_int_equal(v->ev.exception.error, 6);
	assert_int_equal(v->ev.again.vector, 0x44);
	assert_int_equal(v->sipi_vector, 9);
	assert_false(vcpu_test_request(v, REQ_NMI));
	memset(&e, 0xff, sizeof(e));
	assert_int_equal(on_vcpu(KVM_GET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(e.exception.error_code, 6);
	assert_int_equal(e.interrupt.nr, 0x44);
	assert_int_equal(e.interrupt.soft, 0);
	assert_int_equal(e.interrupt.shadow, KVM_X86_SHADOW_INT_STI);
	assert_int_equal(e.nmi.masked, 1);
	assert_int_equal(e.nmi.pending, 0);
	assert_int_equal(e.exception_payload, 0);
	e = zero;
	e.nmi.injected = 1;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(v->ev.again.type, HV_EVENT_NMI);
	e = zero;
	e.interrupt.injected = e.interrupt.soft = 1;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(v->ev.again.type, HV_EVENT_SOFT_INT);
	end();
}

/* With the capability a pending exception keeps what comes with it until it is delivered. */
static void pending_exception(void **state)
{
	struct kvm_enable_cap cap = {.cap = KVM_CAP_EXCEPTION_PAYLOAD, .args = {1}};
	struct kvm_vcpu_events e = {.exception = {.pending = 1, .nr = 14, .has_error_code = 1},
				    .exception_has_payload = 1,
				    .exception_payload = 0x12345};
	struct hv_sregs s;

	(void)state;
	start(false);
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	assert_int_equal(v->ev.exception.type, HV_EVENT_NONE);
	assert_int_equal(on_vm(KVM_ENABLE_CAP, PTR(&cap)), 0);
	e.flags = KVM_VCPUEVENT_VALID_PAYLOAD;
	assert_int_equal(on_vcpu(KVM_SET_VCPU_EVENTS, PTR(&e)), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(on_vcpu(KVM_GET_VCPU_EVENTS, PTR(&e)), 0);
	assert_true(e.exception.pending && !e.exception.injected && e.exception_has_payload);
	assert_int_equal(e.exception_payload, 0x12345);
	vcpu_load(v);
	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	assert_int_equal(s.cr2, 0);
	events_inject(v);
	hv_get_sregs(&v->hv, &s, HV_SREG_CR);
	assert_int_equal(s.cr2, 0x12345);
	vcpu_put(v);
	assert_int_equal(on_vcpu(KVM_GET_VCPU_EVENTS, PTR(&e)), 0);
	assert_true(!e.exception.pending && e.exception.injected && !e.exception_has_payload);
	end();
}

static void mp_states(void **state)
{
	struct kvm_lapic_state regs;
	struct kvm_mp_state m;

	(void)state;
	start(false);
	for (m.mp_state = 0; m.mp_state < 12; m.mp_state++) {
		assert_int_equal(on_vcpu(KVM_SET_MP_STATE, PTR(&m)), m.mp_state ? -EINVAL : 0);
	}
	assert_int_equal(on_vcpu(KVM_GET_LAPIC, PTR(&regs)), -EINVAL);
	assert_int_equal(on_vcpu(KVM_SET_LAPIC, PTR(&regs)), -EINVAL);
	end();
	start(true);
	for (m.mp_state = 0; m.mp_state < 12; m.mp_state++) {
		bool good = m.mp_state <= 4 || m.mp_state == 9;

		assert_int_equal(on_vcpu(KVM_SET_MP_STATE, PTR(&m)), good ? 0 : -EINVAL);
	}
	m.mp_state = KVM_MP_STATE_SIPI_RECEIVED;
	assert_int_equal(on_vcpu(KVM_SET_MP_STATE, PTR(&m)), 0);
	assert_true(vcpu_test_request(v, REQ_SIPI));
	assert_int_equal(v->mp_state, KVM_MP_STATE_INIT_RECEIVED);
	end();
}

static void guest_halts(struct hv_vcpu *hv, struct hv_exit *exit)
{
	(void)hv;
	exit->kind = HV_EXIT_HLT;
	exit->insn_len = 1;
}

static void running(void **state)
{
	struct kvm_translation t = {.linear_address = 0x1234};
	struct kvm_regs regs;
	struct backing *b;
	hpa_t page;
	u32 order;
	int err = 0;

	(void)state;
	start(false);
	fake_guest = guest_halts;
	assert_int_equal(on_vcpu(KVM_RUN, 1), -EINVAL);
	assert_int_equal(on_vcpu(KVM_RUN, 0), 0);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_HLT);
	assert_int_equal(v->hv.cpu, HV_NO_CPU); /* given up with every call */
	thread_kick(current_thread());
	assert_int_equal(on_vcpu(KVM_GET_REGS, PTR(&regs)), 0); /* a kick is for KVM_RUN only */
	assert_true(kick_pending());
	assert_int_equal(on_vcpu(KVM_RUN, 0), -EINTR);
	assert_int_equal(v->run->exit_reason, KVM_EXIT_INTR);
	assert_false(kick_pending());
	assert_int_equal(on_vcpu(KVM_TRANSLATE, PTR(&t)), 0);
	assert_int_equal(t.physical_address, 0x1234);
	assert_int_equal(t.valid, 1);
	assert_int_equal(t.writeable, 1);
	assert_int_equal(t.usermode, 0);
	/* The run page can be mapped, but not to execute. */
	assert_null(kvm_vcpu_ops.mmap(&v->obj, 0, 0x1000, S2_R | S2_X, true, &err));
	assert_int_equal(err, -EPERM);
	b = kvm_vcpu_ops.mmap(&v->obj, 0, 0x3000, S2_R | S2_W, true, &err);
	assert_non_null(b);
	assert_int_equal(backing_page(b, 0x2000, true, false, &page, &order), 0);
	assert_int_equal(backing_page(b, 0x3000, true, false, &page, &order), -EFAULT);
	backing_put(b);
	end();
}

/* The mapping outlives the vCPU: the frames stay until it is gone. */
static void mapping_outlives(void **state)
{
	struct backing *b;
	u64 free_frames;
	u32 order;
	int err = 0;
	hpa_t hpa;

	(void)state;
	start(false);
	b = kvm_vcpu_ops.mmap(&v->obj, 0, 0x3000, S2_R | S2_W, true, &err);
	object_put(&v->obj);
	object_put(&vm->obj);
	assert_int_equal(backing_page(b, 0x1000, true, false, &hpa, &order), 0);
	free_frames = frames_free_count();
	backing_put(b);
	assert_true(frames_free_count() >= free_frames + 3);
	fake_vmm_end();
}

UNIT_MAIN(T(reset_state), T(registers), T(special_registers), T(batches), T(cpuid_calls),
	  T(floating_point), T(events), T(pending_exception), T(mp_states), T(running),
	  T(mapping_outlives))
