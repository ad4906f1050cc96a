# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the system tests."""

import os
import re
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import console


MACHINES = pytest.StashKey()


@pytest.fixture
def boot(request):
    """boot(platform, entry, **options) -> Console; its emulator ends with the test."""
    started = request.node.stash[MACHINES] = []

    def start(platform, entry, **options):
        name = re.sub(r"[^\w-]+", "-", request.node.name).strip("-")
        machine = console.Console(name + ("" if not started else "-%d" % len(started)),
                                  platform, entry, **options)
        started.append(machine)
        return machine.boot()

    yield start
    for machine in started:
        machine.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of each machine's transcript, and where QEMU's CPUs stand."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for machine in item.stash.get(MACHINES, []):
            report.sections.append(("machine " + machine.name, machine.last_words()))
