# SPDX-License-Identifier: BSD-2-Clause
"""What nobody wants: a bug in the hypervisor, missing modules, memory that runs out, a control program
that crashes, bad options, bad kernels; and the bare contract."""

import pytest
from console import REPORT

HALTED = r"corbel: halted"


def spare_cpus(platform, cpus):
    """How many more CPUs a machine needs, and has at the front, for domains to run on that many.

    QEMU's software SVM spoils the first of several (docs/CAVEATS.md): none may run there."""
    return 1 if platform == "qemu-svm" and cpus > 1 else 0


def boot_with(boot, platform, options, program="", arguments="", modules="", **machine_options):
    machine = boot(platform, "options", **machine_options)
    machine.expect("options: ")
    machine.send(options + "\r")
    machine.expect("program: ")
    machine.send(program + "\r")
    if program:
        machine.expect("arguments: ")
        machine.send(arguments + "\r")
        machine.expect("modules: ")
        machine.send(modules + "\r")
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
    machine = boot(platform, "micro-guests")
    machine.expect("smoke test passed")
    machine.expect(HALTED)


def test_missing_control_program(boot):
    machine = boot_with(boot, "qemu-svm", "control=nosuch")
    machine.line.expect(r"corbel: cannot run: the control program is missing: add [^\n]*nosuch")
    machine.line.expect(HALTED)


# The n-th allocation after boot fails: whatever it was for, the hypervisor stays up and says what it did.
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144])
def test_failed_allocation(boot, n):
    machine = boot_with(boot, "qemu-svm", "control=hello fault=%d" % n, "hello")
    machine.expect("corbel: fault injected")
    machine.expect(r"corbel: (control program hello (exited|ended)|too little memory)")
    machine.expect(HALTED + "|corbel: power off")


@pytest.mark.parametrize("platform", ["qemu-svm", "bochs-vmx"])
def test_control_program_crashes(boot, platform):
    """It is started again, not for ever, and each end gives back what the one before gave back."""
    machine = boot_with(boot, platform, "control=endings", "endings", "fault")
    free = []
    for crash in range(3):
        machine.expect("program ended by SIGSEGV \\(11\\), thread [0-9]+, address 0000000000000000")
        machine.expect("corbel: control program endings ended by signal 11")
        free.append(machine.expect(r"corbel: memory \d+ MiB, \d+ KiB free").group(0))
        if crash < 2:
            machine.expect("corbel: starting endings again")
    machine.line.expect("corbel: the control program crashed 3 times within 10 s")
    machine.line.expect(HALTED)
    assert free[1] == free[0] and free[2] == free[0], free


BAD_INPUT = [
    ("vm run --kernel /boot/corbel --colour red", "", 2, ["--colour: unknown option"]),
    ("vm run --kernel /boot/absent", "", 1, ["kernel /boot/absent: No such file"]),
    ("vm run --kernel /boot/bad-empty", "bad-empty", 1, ["kernel /boot/bad-empty: the file is empty"]),
    ("vm run --kernel /boot/bad-short", "bad-short", 1, ["300 bytes are too few for a bzImage"]),
    ("vm run --kernel /boot/bad-text", "bad-text", 1, ["not a Linux bzImage"]),
    ("vm run --kernel /boot/bad-truncated", "bad-truncated", 1,
     ["truncated: 1536 bytes, its header promises 5120"]),
    ("vm run --kernel /boot/bad-triple", "bad-triple", 1,
     [r"triple fault \(KVM_EXIT_SHUTDOWN\)", "rip 0000000001000207", "bytes at rip: 0f 0b"]),
    ("vm run --kernel /boot/bad-insn", "bad-insn", 1,
     [r"an instruction that would have to be emulated", "data access to guest-physical 0xf0000000",
      "rip 0000000001000205", "bytes at rip: d9 00"]),
    ("vm run --kernel /boot/bad-nowhere", "bad-nowhere", 1,
     ["code at guest-physical 0x3ffff000", "rip 000000003ffff000", "bytes at rip: none"]),
]


@pytest.mark.parametrize("arguments,modules,status,words", BAD_INPUT,
                         ids=[row[1] or row[0].split("/")[-1] for row in BAD_INPUT])
@pytest.mark.parametrize("platform", ["qemu-svm", "bochs-vmx"])
def test_bad_input(boot, platform, arguments, modules, status, words):
    """`corbel` names the thing and the cause, and the machine ends in order."""
    machine = boot_with(boot, platform, "control=corbel", "corbel", arguments, modules)
    for word in words:
        machine.expect(word)
    machine.expect("corbel: control program corbel exited with code %d" % status)
