# SPDX-License-Identifier: BSD-2-Clause
"""The emulator's own dump of the page tables: no page of the hypervisor writable and executable.

And of CR4: on every CPU, nothing of ring 3 is run or read by mistake, and ring 3 sees no tables.
"""

import re
import time

from console import GUEST_LINE, REPORT

IMAGE = re.compile(r"RIP=ffffffff80[0-9a-f]{6}\b")
ENTRY = re.compile(r"^([0-9a-f]{16}): ([0-9a-f]{16}) ([X-])\S{7}([W-])\s*$", re.M)
CR4 = re.compile(r"\bCR4=([0-9a-f]{8,16})\b")
CR4_BITS = {"UMIP": 11, "SMEP": 20, "SMAP": 21}
IMAGE_START = 0xFFFFFFFF80200000


def state_of_hypervisor(monitor, cpu):
    """CR4 and the page tables' dump, taken while this CPU runs (or halts in) the hypervisor and not a guest."""
    for _ in range(200):
        monitor.command("stop")
        try:
            registers = monitor.hmp("info registers", cpu)
            if IMAGE.search(registers):
                cr4 = int(CR4.search(registers).group(1), 16)
                return cr4, [(int(a, 16), nx == "X", w == "W")
                             for a, _, nx, w in ENTRY.findall(monitor.hmp("info tlb", cpu))]
        finally:
            monitor.command("cont")
        time.sleep(0.05)
    raise AssertionError("CPU %d is never in the hypervisor" % cpu)


def check(machine, cpus):
    monitor = machine.monitor()
    for cpu in range(cpus):
        cr4, entries = state_of_hypervisor(monitor, cpu)
        unset = [name for name, bit in CR4_BITS.items() if not cr4 >> bit & 1]
        assert not unset, "CPU %d, CR4 %#x has no %s" % (cpu, cr4, " ".join(unset))
        assert any(address == IMAGE_START for address, _, _ in entries), "no image in the dump"
        both = ["%#x" % address for address, nx, writable in entries if writable and not nx]
        assert not both, "writable and executable: " + " ".join(both[:10])
        low = ["%#x" % address for address, _, _ in entries if address < 1 << 47]
        assert not low, "mapped in the low half: " + " ".join(low[:10])


def test_no_page_is_writable_and_executable(boot):
    machine = boot("qemu-svm", "none", cpus=2, cpu="max,la57=off")
    machine.expect(REPORT)
    machine.expect("corbel: halted")
    check(machine, 2)


def test_nor_while_a_guest_lives(boot):
    machine = boot("qemu-svm", "run", cpus=2, cpu="max,la57=off")
    machine.expect(GUEST_LINE, 300)
    check(machine, 2)
