# SPDX-License-Identifier: BSD-2-Clause
"""`corbel vm run` boots the distribution's kernel on Linux KVM to a shell, and ends as it should."""

import hashlib
import re
import secrets

import guest_kernel
import support


def boot(*extra):
    guest = support.spawn_guest(*extra)
    guest.expect_exact(support.PROMPT)
    return guest


def command(guest, line):
    """The output of a command in the guest's shell."""
    mark = secrets.token_hex(4)
    guest.send("%s; echo %s-$?\n" % (line, mark))
    guest.expect(mark + r"-(\d+)\r")
    return guest.before.split("\n", 1)[-1].replace("\r", ""), int(guest.match.group(1))


def test_shell_answers_and_powers_off():
    guest = boot()
    nonce = secrets.token_hex(16)
    text, status = command(guest, "echo -n %s | sha256sum" % nonce)
    assert status == 0 and hashlib.sha256(nonce.encode()).hexdigest() in text
    text, status = command(guest, "cat /proc/version")
    # The header has release, builder and date; /proc/version puts the compiler in between.
    release, rest = guest_kernel.version_line().split(" ", 1)
    assert "\nLinux version %s " % release in text
    assert rest[rest.index("#"):].strip() in text
    text, _ = command(guest, "cat /proc/interrupts")
    assert re.search("XT-PIC +ttyS0", text) and not re.search("IO-APIC", text), text
    guest.send("poweroff -f\n")
    assert guest.wait() == 0


def test_reset_ends_it():
    guest = boot()
    guest.send("reboot -f\n")
    assert guest.wait() == 0


def test_end_key():
    guest = boot()
    guest.send("\x1d")
    assert guest.wait() == 0


def test_crash_of_the_guest_kernel_ends_it():
    guest = boot()
    guest.send("echo c > /proc/sysrq-trigger\n")
    guest.expect_exact("Kernel panic")
    assert guest.wait() == 0
