# SPDX-License-Identifier: BSD-2-Clause
"""Kicks at any moment of which none is lost, and calls whose arguments another thread overwrites: what that
breaks is the program's own, and its end gives back every frame."""

import re

import pytest
from test_trouble import boot_with, spare_cpus

PLATFORMS = ["qemu-svm", "bochs-vmx", "bochs-svm"]


@pytest.mark.parametrize("rounds,races,least,cpus", [
    (300000, 200000, {"before entry": 20000, "in the guest": 40000, "after the exit": 5000}, 1),
    (24000, 22000, {"before entry": 500, "in the guest": 4000, "after the exit": 500}, 2)])
def test_kicks(boot, rounds, races, least, cpus):
    """All idioms and guests of tests/programs/kicks_vcpu.c share the rounds. Races are kicks of another
    thread at any moment; the program tells when they came."""
    spare = spare_cpus("qemu-svm", cpus)
    machine = boot_with(boot, "qemu-svm", "control=kicks_vcpu first-cpu=%d" % spare, "kicks_vcpu",
                        "%d %d" % (rounds, races), cpus=cpus + spare)
    machine.expect(r"kicks_vcpu: (\d+) rounds, (\d+) lost", 900)
    assert machine.line.match.groups() == (str(rounds), "0")
    said = machine.line.before
    storms = re.findall(r": (\d+) rounds before the run, (\d+) races, 0 lost;", said)
    assert len(storms) == 6
    assert sum(int(before) for before, _ in storms) == rounds - races
    assert sum(int(raced) for _, raced in storms) == races
    # A guest that halts is kicked while it waits, which counts as before the entry.
    ran = "".join(line for line in said.splitlines(True) if "halted" not in line)
    for moment, number in least.items():
        seen = sum(int(n) for n in re.findall(r"(\d+) %s[,;]" % moment, ran))
        assert seen >= number, "%d kicks %s" % (seen, moment)
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
