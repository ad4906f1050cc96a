/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM: the order of its set-up, time, chips, capabilities that are switched on. */
#include <stdio.h>
#include <unistd.h>

#include "tests/abi/abi.h"

static void nr_mmu_pages(int vm)
{
	call("KVM_SET_NR_MMU_PAGES 0", vm, KVM_SET_NR_MMU_PAGES, 0);
	call("KVM_SET_NR_MMU_PAGES 63", vm, KVM_SET_NR_MMU_PAGES, 63);
	call("KVM_SET_NR_MMU_PAGES 64", vm, KVM_SET_NR_MMU_PAGES, 64);
	call("KVM_SET_NR_MMU_PAGES 1<<31", vm, KVM_SET_NR_MMU_PAGES, 1u << 31);
	call("KVM_GET_NR_MMU_PAGES", vm, KVM_GET_NR_MMU_PAGES, 0);
}

static void before_vcpu(int vm)
{
	static const uint64_t zero, odd = 0x123, far = 1ull << 52;

	call("KVM_SET_BOOT_CPU_ID 4096", vm, KVM_SET_BOOT_CPU_ID, 4096);
	call("KVM_SET_BOOT_CPU_ID 4097", vm, KVM_SET_BOOT_CPU_ID, 4097);
	call("KVM_SET_BOOT_CPU_ID 0", vm, KVM_SET_BOOT_CPU_ID, 0);
	call("KVM_SET_IDENTITY_MAP_ADDR NULL", vm, KVM_SET_IDENTITY_MAP_ADDR, 0);
	CALL("KVM_SET_IDENTITY_MAP_ADDR 0", vm, KVM_SET_IDENTITY_MAP_ADDR, &zero);
	CALL("KVM_SET_IDENTITY_MAP_ADDR 0x123", vm, KVM_SET_IDENTITY_MAP_ADDR, &odd);
	CALL("KVM_SET_IDENTITY_MAP_ADDR 1<<52", vm, KVM_SET_IDENTITY_MAP_ADDR, &far);
	call("KVM_SET_TSS_ADDR 0xffffd001", vm, KVM_SET_TSS_ADDR, 0xffffd001);
	call("KVM_SET_TSS_ADDR 0x123", vm, KVM_SET_TSS_ADDR, 0x123);
	call("KVM_SET_TSS_ADDR 0xfffbd000", vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	call("KVM_SET_TSC_KHZ on vm, 0xffffffff", vm, KVM_SET_TSC_KHZ, 0xffffffff);
	nr_mmu_pages(vm);
}

static void vcpus(int vm)
{
	static const uint64_t zero;
	int vcpu, last;

	call("KVM_CREATE_VCPU 4096", vm, KVM_CREATE_VCPU, 4096);
	call("KVM_CREATE_VCPU -1", vm, KVM_CREATE_VCPU, -1);
	vcpu = call_fd("KVM_CREATE_VCPU 0", vm, KVM_CREATE_VCPU, 0);
	call("KVM_CREATE_VCPU 0 again", vm, KVM_CREATE_VCPU, 0);
	last = call_fd("KVM_CREATE_VCPU 4095", vm, KVM_CREATE_VCPU, 4095);
	call("KVM_SET_BOOT_CPU_ID after a vcpu", vm, KVM_SET_BOOT_CPU_ID, 0);
	call("KVM_SET_BOOT_CPU_ID 4097 after a vcpu", vm, KVM_SET_BOOT_CPU_ID, 4097);
	CALL("KVM_SET_IDENTITY_MAP_ADDR after a vcpu", vm, KVM_SET_IDENTITY_MAP_ADDR, &zero);
	call("KVM_SET_TSS_ADDR after a vcpu", vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	call("KVM_SET_TSC_KHZ on vm, after a vcpu", vm, KVM_SET_TSC_KHZ, 2000000);
	call("KVM_CREATE_IRQCHIP after a vcpu", vm, KVM_CREATE_IRQCHIP, 0);
	close(vcpu);
	close(last);
	call("KVM_CREATE_VCPU 0 after its descriptor was closed", vm, KVM_CREATE_VCPU, 0);
}

void rows_vm(void)
{
	int vm = call_fd("KVM_CREATE_VM", kvm, KVM_CREATE_VM, 0);

	before_vcpu(vm);
	vcpus(vm);
	close(vm);
}

static void lines(int vm)
{
	struct kvm_irq_level line = { .irq = 4, .level = 1 };
	long result;

	CALL("KVM_IRQ_LINE 4", vm, KVM_IRQ_LINE, &line);
	line.level = 7;
	CALL("KVM_IRQ_LINE, level 7", vm, KVM_IRQ_LINE, &line);
	line.level = 0;
	CALL("KVM_IRQ_LINE, level 0", vm, KVM_IRQ_LINE, &line);
	line.irq = 1000;
	CALL("KVM_IRQ_LINE 1000", vm, KVM_IRQ_LINE, &line);
	line.irq = 0xffffffff;
	CALL("KVM_IRQ_LINE 0xffffffff", vm, KVM_IRQ_LINE, &line);
	line.irq = 1000;
	result = ioctl(vm, KVM_IRQ_LINE_STATUS, &line);
	row("KVM_IRQ_LINE_STATUS 1000", result, "status=%d", line.status);
	call("KVM_IRQ_LINE NULL", vm, KVM_IRQ_LINE, 0);
	call("KVM_IRQ_LINE_STATUS NULL", vm, KVM_IRQ_LINE_STATUS, 0);
}

static void chips(int vm)
{
	struct kvm_irqchip chip = { .chip_id = 0 };
	long result;

	for (uint32_t id = 0; id < 2; id++) {
		chip.chip_id = id;
		result = ioctl(vm, KVM_GET_IRQCHIP, &chip);
		row("KVM_GET_IRQCHIP, a PIC", result, "chip=%u imr=%u", chip.chip_id,
		    chip.chip.pic.imr);
		CALL("KVM_SET_IRQCHIP, a PIC", vm, KVM_SET_IRQCHIP, &chip);
	}
	chip.chip_id = 3;
	CALL("KVM_GET_IRQCHIP 3", vm, KVM_GET_IRQCHIP, &chip);
	CALL("KVM_SET_IRQCHIP 3", vm, KVM_SET_IRQCHIP, &chip);
	chip.chip_id = ~0u;
	CALL("KVM_GET_IRQCHIP ~0", vm, KVM_GET_IRQCHIP, &chip);
	call("KVM_GET_IRQCHIP NULL", vm, KVM_GET_IRQCHIP, 0);
	call("KVM_SET_IRQCHIP NULL", vm, KVM_SET_IRQCHIP, 0);
}

void rows_irqchip(void)
{
	struct kvm_irq_level line = { .irq = 4, .level = 1 };
	struct kvm_irqchip chip = { .chip_id = 0 };
	struct machine m;

	machine_open(&m, 0);
	CALL("KVM_IRQ_LINE without chips", m.vm, KVM_IRQ_LINE, &line);
	CALL("KVM_IRQ_LINE_STATUS without chips", m.vm, KVM_IRQ_LINE_STATUS, &line);
	CALL("KVM_GET_IRQCHIP without chips", m.vm, KVM_GET_IRQCHIP, &chip);
	CALL("KVM_SET_IRQCHIP without chips", m.vm, KVM_SET_IRQCHIP, &chip);
	chip.chip_id = 3;
	CALL("KVM_GET_IRQCHIP 3 without chips", m.vm, KVM_GET_IRQCHIP, &chip);
	call("KVM_CREATE_IRQCHIP", m.vm, KVM_CREATE_IRQCHIP, 0);
	call("KVM_CREATE_IRQCHIP again", m.vm, KVM_CREATE_IRQCHIP, 0);
	lines(m.vm);
	chips(m.vm);
	machine_close(&m);
}

void rows_clock(void)
{
	struct kvm_clock_data data = { .flags = 0 }, later;
	struct machine m;
	long result;

	machine_open(&m, WITH_VCPU | WITH_CPUID);
	CALL("KVM_GET_CLOCK", m.vm, KVM_GET_CLOCK, &data);
	data = (struct kvm_clock_data){ .clock = 1000000000000 };
	CALL("KVM_SET_CLOCK", m.vm, KVM_SET_CLOCK, &data);
	result = ioctl(m.vm, KVM_GET_CLOCK, &later);
	row("KVM_GET_CLOCK after", result, "%s", later.clock >= data.clock &&
	    later.clock < data.clock + 10000000000 ? "runs on from there" : "elsewhere");
	data.pad[0] = 5;
	CALL("KVM_SET_CLOCK, padding", m.vm, KVM_SET_CLOCK, &data);
	data.flags = 1;
	CALL("KVM_SET_CLOCK, flag 1", m.vm, KVM_SET_CLOCK, &data);
	data.flags = 0x80;
	CALL("KVM_SET_CLOCK, flag 0x80", m.vm, KVM_SET_CLOCK, &data);
	data.flags = 2;
	CALL("KVM_SET_CLOCK, flag 2", m.vm, KVM_SET_CLOCK, &data);
	call("KVM_GET_CLOCK NULL", m.vm, KVM_GET_CLOCK, 0);
	call("KVM_SET_CLOCK NULL", m.vm, KVM_SET_CLOCK, 0);
	call("KVM_KVMCLOCK_CTRL before the guest uses its clock", m.vcpu, KVM_KVMCLOCK_CTRL, 0);
	result = ioctl(m.vcpu, KVM_GET_TSC_KHZ, 0);
	row("KVM_GET_TSC_KHZ", result > 0 ? 0 : -1, "%s", "");
	row("KVM_GET_TSC_KHZ on vm, the same", ioctl(m.vm, KVM_GET_TSC_KHZ, 0) == result ? 0 : 1,
	    "%s", "");
	row("KVM_SET_TSC_KHZ to what it is", ioctl(m.vcpu, KVM_SET_TSC_KHZ, result), "%s", "");
	call("KVM_SET_TSC_KHZ 0", m.vcpu, KVM_SET_TSC_KHZ, 0);
	call("KVM_SET_TSC_KHZ 0xffffffff", m.vcpu, KVM_SET_TSC_KHZ, 0xffffffff);
	machine_close(&m);
}

static const struct {
	const char *what;
	uint32_t cap, flags;
	uint64_t arg;
} on_vm[] = {
	{ "unknown 9999", 9999, 0, 0 },
	{ "flags 1", KVM_CAP_EXCEPTION_PAYLOAD, 1, 1 },
	{ "EXCEPTION_PAYLOAD = 1", KVM_CAP_EXCEPTION_PAYLOAD, 0, 1 },
	{ "X86_TRIPLE_FAULT_EVENT = 1", KVM_CAP_X86_TRIPLE_FAULT_EVENT, 0, 1 },
	{ "MANUAL_DIRTY_LOG_PROTECT2 = 2", KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0, 2 },
	{ "MANUAL_DIRTY_LOG_PROTECT2 = 8", KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0, 8 },
	{ "MSR_PLATFORM_INFO = 0", KVM_CAP_MSR_PLATFORM_INFO, 0, 0 },
	{ "MAX_VCPU_ID = 2", KVM_CAP_MAX_VCPU_ID, 0, 2 },
	{ "MAX_VCPU_ID = 3", KVM_CAP_MAX_VCPU_ID, 0, 3 },
	{ "MAX_VCPU_ID = 2 again", KVM_CAP_MAX_VCPU_ID, 0, 2 },
	{ "MAX_VCPU_ID = 5000", KVM_CAP_MAX_VCPU_ID, 0, 5000 },
	{ "DISABLE_QUIRKS2, unknown bits", KVM_CAP_DISABLE_QUIRKS2, 0, 1ull << 63 },
	{ "X86_DISABLE_EXITS, unknown bits", KVM_CAP_X86_DISABLE_EXITS, 0, 1ull << 63 },
	{ "HYPERV_SYNIC, which is the vcpu's", KVM_CAP_HYPERV_SYNIC, 0, 0 },
	{ "IRQCHIP, which cannot be enabled", KVM_CAP_IRQCHIP, 0, 0 },
};

void rows_enable_cap(void)
{
	struct kvm_enable_cap cap = { .cap = 9999 };
	struct machine m;

	machine_open(&m, 0);
	call("vm NULL", m.vm, KVM_ENABLE_CAP, 0);
	for (size_t i = 0; i < sizeof(on_vm) / sizeof(on_vm[0]); i++) {
		cap = (struct kvm_enable_cap){ .cap = on_vm[i].cap, .flags = on_vm[i].flags,
					       .args[0] = on_vm[i].arg };
		CALL(on_vm[i].what, m.vm, KVM_ENABLE_CAP, &cap);
	}
	call("KVM_CREATE_VCPU 2 with MAX_VCPU_ID 2", m.vm, KVM_CREATE_VCPU, 2);
	machine_close(&m);
	machine_open(&m, WITH_VCPU);
	cap = (struct kvm_enable_cap){ .cap = 9999 };
	call("vcpu NULL", m.vcpu, KVM_ENABLE_CAP, 0);
	CALL("vcpu, unknown 9999", m.vcpu, KVM_ENABLE_CAP, &cap);
	cap.cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID;
	cap.flags = 1;
	CALL("vcpu, flags 1", m.vcpu, KVM_ENABLE_CAP, &cap);
	cap = (struct kvm_enable_cap){ .cap = KVM_CAP_DISABLE_QUIRKS2 };
	CALL("vcpu, DISABLE_QUIRKS2, which is the vm's", m.vcpu, KVM_ENABLE_CAP, &cap);
	machine_close(&m);
}
