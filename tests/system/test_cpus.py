# SPDX-License-Identifier: BSD-2-Clause
"""CPUs that are there and not used: they stay where they are, and nothing resets the machine."""

import pytest
from test_trouble import boot_with


@pytest.mark.parametrize("used", [1, 2, 3])
def test_some_cpus_are_left_alone(boot, used):
    machine = boot_with(boot, "qemu-svm", "control=hello maxcpus=%d" % used, "hello", cpus=4)
    machine.expect("%d of 4 CPUs online" % used)
    machine.expect("hello from a static program")
    machine.expect("control program hello exited with code 0")
    machine.expect("corbel: power off")
