# SPDX-License-Identifier: BSD-2-Clause
"""What nobody wants: a bug in the hypervisor, missing modules, memory that runs out, the bare contract."""

import pytest
from console import REPORT

HALTED = r"corbel: halted"


def boot_with(boot, platform, options, program="", **machine_options):
    machine = boot(platform, "options", **machine_options)
    machine.expect("options: ")
    machine.send(options + "\r")
    machine.expect("program: ")
    machine.send(program + "\r")
    machine.expect(REPORT)
    return machine


@pytest.mark.parametrize("platform", ["qemu-svm", "bochs-vmx"])
def test_panic_names_registers_and_functions(boot, platform):
    machine = boot_with(boot, platform, "crash")
    machine.line.expect(r"#PF page fault, error 2, at [0-9a-f]+ <crash_on_purpose")
    machine.line.expect(r"rsp [0-9a-f]{16}")
    machine.line.expect(r"#0 [0-9a-f]{16} main_thread\+")
    machine.line.expect(r"corbel: panic: unexpected exception 14")
    machine.line.expect(HALTED)


@pytest.mark.parametrize("platform", ["qemu-svm", "bochs-vmx", "bochs-svm"])
def test_contract_alone(boot, platform):
    """The micro-guest `out; hlt`, events, a refused entry with its rule: no domain involved."""
    machine = boot_with(boot, platform, "smoke")
    machine.expect("smoke test passed")
    machine.expect(HALTED)


def test_missing_control_program(boot):
    machine = boot_with(boot, "qemu-svm", "control=nosuch")
    machine.line.expect(r"corbel: cannot run: the control program is missing: add [^\n]*nosuch")
    machine.line.expect(HALTED)


# The n-th allocation after boot fails: whatever it was for, the hypervisor stays up and says what it did.
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233])
def test_failed_allocation(boot, n):
    machine = boot_with(boot, "qemu-svm", "control=hello fault=%d" % n, "hello")
    machine.expect(r"corbel: (control program hello (exited|ended)|too little memory)")
    machine.expect(HALTED + "|corbel: power off")
