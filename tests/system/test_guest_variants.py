# SPDX-License-Identifier: BSD-2-Clause
"""Variants of the guest: kernel options that take away chips and CPUs, clocks, memory, another kernel."""

import re
import time

import pytest
from guest import POWER_KEY, Guest

SECONDS = 30


@pytest.mark.parametrize("word, seen, chip", [
    ("noapic", 2, "XT-PIC"),
    ("nolapic", 1, "XT-PIC"),
    ("nosmp", 1, "XT-PIC"),
    ("nox2apic", 2, "IO-APIC"),
])
def test_chips(boot, word, seen, chip):
    """Without a local APIC the PIT gives the ticks, one CPU has all interrupts, by the PICs."""
    guest = Guest(boot, word, cpus=2, host_cpus=2).shell()
    assert guest.text("nproc") == str(seen)
    assert guest.interrupt("ttyS0") == chip
    assert guest.interrupt("timer") == (chip if word == "nolapic" else None)
    assert guest.text("sleep 1; echo woken") == "woken"


def sample(guest):
    """(seconds here, seconds in the guest), from the quickest of some answers."""
    best = None
    for _ in range(5):
        before = time.monotonic()
        there = float(guest.text("cat /proc/uptime").split()[0])
        after = time.monotonic()
        if not best or after - before < best[0]:
            best = (after - before, (before + after) / 2, there)
    return best[1:]


# The TSC on one CPU: without an invariant one, which the emulator lacks, Linux distrusts several.
@pytest.mark.parametrize("clock, cpus", [("kvm-clock", 2), ("tsc", 1), ("acpi_pm", 2)])
def test_time_passes_as_outside(boot, clock, cpus):
    """Clock and timer: the guest sleeps by its own timer, and the emulator's clock is this machine's."""
    words = [] if clock == "kvm-clock" else ["clocksource=" + clock]
    guest = Guest(boot, *words, cpus=cpus, host_cpus=2).shell()
    assert guest.clock(wanted=clock) == clock
    here, there = sample(guest)
    guest.text("sleep %d" % SECONDS, 2 * SECONDS)
    here_after, there_after = sample(guest)
    assert there_after - there >= SECONDS
    assert there_after - there == pytest.approx(here_after - here, rel=0.01)


def test_too_little_memory_is_refused(boot):
    """Nor does a PC of 32 MiB boot this kernel: it unpacks itself to 64 MiB behind the first 16."""
    guest = Guest(boot, mem="32M")
    guest.ends(r"corbel: --mem 32M: too small for this kernel, which needs \d+M before it starts; "
               "use --mem 256M", status=1)


@pytest.mark.parametrize("mem, least, host_mem", [("88M", 40, 512), ("8G", 7800, 2048)])
def test_memory(boot, mem, least, host_mem):
    """The machine gives what the guest touches, so it may have less than it promises."""
    guest = Guest(boot, mem=mem, host_mem=host_mem).shell()
    assert guest.total_memory() >= least
    above = re.search(r"\[mem 0x0000000100000000-0x000000023fffffff\] usable", guest.messages)
    assert bool(above) == (mem == "8G")
    if above:
        data = "yes 0123456789abcde | head -c 4000000"
        assert guest.text("%s > /tmp/a; md5sum < /tmp/a" % data) == guest.text(data + " | md5sum")


def test_cloud_kernel(boot):
    guest = Guest(boot, cpus=2, host_cpus=2, kernel="vmlinuz-cloud").shell()
    assert guest.text("uname -r").endswith("-cloud-amd64")
    assert guest.text("nproc") == "2"
    guest.send(POWER_KEY)
    guest.machine.expect("reboot: Power down")
    guest.ends("corbel: the guest ended: it switched itself off")
