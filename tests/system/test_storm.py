# SPDX-License-Identifier: BSD-2-Clause
"""A million kicks of which none is lost, and calls whose arguments another thread overwrites: what that
breaks is the program's own, and its end gives back every frame."""

import re

import pytest
from test_trouble import boot_with

PLATFORMS = ["qemu-svm", "bochs-vmx", "bochs-svm"]


@pytest.mark.parametrize("rounds,cpus", [(1000000, 1), (12000, 2)])
def test_kicks(boot, rounds, cpus):
    """All idioms and guests of tests/programs/kicks_vcpu.c share the rounds."""
    machine = boot_with(boot, "qemu-svm", "control=kicks_vcpu", "kicks_vcpu", str(rounds),
                        cpus=cpus)
    machine.expect(r"kicks_vcpu: (\d+) rounds, (\d+) lost", 900)
    assert machine.line.match.groups() == (str(rounds), "0")
    storms = re.findall(r": (\d+) rounds before the run, (\d+) in it, 0 lost, [\d.]+ s",
                        machine.line.before)
    assert len(storms) == 6 and sum(int(n) for storm in storms for n in storm) == rounds
    machine.expect("corbel: control program kicks_vcpu exited with code 0")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_scribbled_arguments(boot, platform):
    """The program crashes in the midst of it and is started again, and again."""
    machine = boot_with(boot, platform, "control=scribble", "scribble", "fault")
    free = []
    for _ in range(3):
        for phase in ("run page overwritten", "arguments overwritten",
                      "arguments and memory unmapped"):
            machine.expect(phase + ": afterwards exit 2, port 0x10, data 0x42", 180)
        machine.expect("corbel: control program scribble ended by signal 11", 180)
        free.append(machine.expect(r"memory \d+ MiB, \d+ KiB free").group(0))
    assert free[1] == free[0] and free[2] == free[0], free
