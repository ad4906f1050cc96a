# SPDX-License-Identifier: BSD-2-Clause
"""Programs of a domain print on Linux KVM what they print everywhere."""

import pytest
import support

SAMPLE = "7 from real mode\nKVM_EXIT_HLT\n"


def test_sample_prints():
    assert support.oracle("samples/real_mode") == (0, SAMPLE)


def test_hello_prints():
    status, text = support.oracle("programs/hello", "one", "two words")
    assert (status, text.splitlines()[:4]) == (0, [
        "hello from a static program", "argc 3", "argv[1] one (3 bytes)",
        "argv[2] two words (9 bytes)"])


def test_threads_print_the_same_as_here():
    status, text = support.oracle("programs/threads")
    assert (status, text) == support.local("programs/threads")
    assert status == 0 and "WRONG" not in text and "EARLY" not in text


@pytest.mark.parametrize("name", ["cancel-musl", "epoll", "memory", "pipes", "timers"])
def test_program_prints_the_same_as_here(name):
    status, text = support.oracle("programs/" + name)
    assert (status, text) == support.local("programs/" + name)
    assert status == 0 and "done" in text.splitlines()[-1]
