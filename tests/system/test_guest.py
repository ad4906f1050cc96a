# SPDX-License-Identifier: BSD-2-Clause
"""The image boots an unmodified Debian kernel without special parameters to a shell that really
computes, with one and several CPUs, and says how the guest ended."""

import re

import pytest
from console import GUEST_LINE, REPORT, online
from guest import BOOT_TIMEOUT, END_KEY, POWER_KEY, Guest, check_shell


@pytest.mark.parametrize("platform,cpus", [("bochs-vmx", 1), ("qemu-svm", 2)])
def test_guest_of_the_first_entry(boot, platform, cpus):
    """What the image does if nobody chooses; the kernel is the package's."""
    machine = boot(platform, "run", cpus=cpus)
    machine.expect(REPORT)
    machine.expect(online(cpus))
    machine.expect(GUEST_LINE, BOOT_TIMEOUT)
    check_shell(machine)


def check_pc(guest, cpus):
    """All CPUs are there, run programs, and take part; the kernel found nothing to complain about."""
    assert guest.text("nproc") == str(cpus)
    assert guest.text("cat /proc/cmdline") == "console=ttyS0"
    assert guest.interrupt("ttyS0") == guest.interrupt("acpi") == "IO-APIC"
    info = guest.text("cat /proc/cpuinfo")
    assert re.findall(r"^apicid\s*: (\d+)", info, re.M) == [str(i) for i in range(cpus)]
    assert set(re.findall(r"^cpu cores\s*: (\d+)", info, re.M)) == {str(cpus)}
    for cpu in range(cpus):
        assert guest.text("taskset -c %d awk '{print $39}' /proc/self/stat" % cpu) == str(cpu)
    # Of RETBleed the kernel warns on any Skylake whose CPUID has no IBRS.
    bad = [line for line in guest.messages.splitlines()
           if re.search(r"WARNING|BUG|Firmware|MP-BIOS|ACPI.*(Error|Warning)", line)]
    assert not [line for line in bad if "RETBleed" not in line]


# Bochs with several CPUs loses the new RIP when an exit follows an exception at once (CAVEATS): two
# vCPUs take turns on one.
@pytest.mark.parametrize("platform, host_cpus, cpus", [
    ("qemu-svm", 1, 1), ("qemu-svm", 1, 2), ("qemu-svm", 1, 4),
    ("qemu-svm", 4, 1), ("qemu-svm", 4, 2), ("qemu-svm", 4, 4),
    ("bochs-vmx", 1, 2),
])
def test_cpus(boot, platform, host_cpus, cpus):
    guest = Guest(boot, platform=platform, cpus=cpus, host_cpus=host_cpus).shell()
    check_pc(guest, cpus)
    # Bochs's TSC is invariant, and then Linux prefers it.
    assert guest.clock() == ("tsc" if platform == "bochs-vmx" else "kvm-clock")


@pytest.mark.parametrize("how", ["poweroff -f\r", POWER_KEY], ids=["poweroff", "power button"])
def test_switched_off(boot, how):
    guest = Guest(boot, cpus=2, host_cpus=2).shell()
    guest.send(how)
    guest.machine.expect("reboot: Power down")
    guest.ends("corbel: the guest ended: it switched itself off")
    guest.machine.expect("corbel: power off")


def test_reset(boot):
    guest = Guest(boot).shell()
    guest.send("reboot -f\r")
    guest.machine.expect("reboot: Restarting system")
    guest.ends("corbel: the guest ended: it asked for a reset")


def test_end_key_while_all_cpus_compute(boot):
    guest = Guest(boot, cpus=2).shell()
    guest.text("for i in 1 2; do while :; do :; done & done; sleep 1")
    guest.send(END_KEY)
    guest.ends("corbel: the guest ended: stopped by Ctrl-]")
