# SPDX-License-Identifier: BSD-2-Clause
"""`corbel vm run` boots the distribution's kernel on Linux KVM to a shell, and ends as it should."""

import hashlib
import secrets

import guest_kernel
import pexpect
from support import PROMPT, Guest

END_KEY = "\x1d"
POWER_KEY = "\x1e"


def test_shell_answers_and_powers_off():
    with Guest().boot() as guest:
        nonce = secrets.token_hex(16)
        assert hashlib.sha256(nonce.encode()).hexdigest() in guest.text(
            "echo -n %s | sha256sum" % nonce)
        version = guest.text("cat /proc/version")
        # The header has release, builder and date; /proc/version puts the compiler in between.
        release, rest = guest_kernel.version_line().split(" ", 1)
        assert version.startswith("Linux version %s " % release)
        assert rest[rest.index("#"):].strip() in version
        guest.child.send("poweroff -f\n")
        guest.child.expect_exact("corbel: the guest ended: it switched itself off")
        assert guest.child.wait() == 0


def test_interrupt_key_reset():
    with Guest().boot() as guest:
        guest.child.send("echo started; sleep 1000\n")
        guest.child.expect("started\r\n")
        # The key may come before the shell has given the terminal to sleep: press again, as a user.
        for _ in range(5):
            guest.child.send("\x03")
            if guest.child.expect_exact([PROMPT, pexpect.TIMEOUT], timeout=10) == 0:
                break
        else:
            raise AssertionError("Ctrl-C does not end the program")
        assert guest.end("reboot -f\n") == 0


def test_end_key():
    with Guest(cpus=2).boot() as guest:
        assert guest.end(END_KEY) == 0


def test_end_key_while_all_cpus_compute():
    with Guest(cpus=2).boot() as guest:
        guest.child.send("for i in 1 2; do while :; do :; done & done; sleep 1; echo busy\n")
        guest.child.expect("busy\r\n")
        assert guest.end(END_KEY) == 0


def test_power_button():
    with Guest(cpus=2).boot() as guest:
        guest.child.send(POWER_KEY)
        guest.child.expect_exact("Power down")
        assert guest.child.wait() == 0


def test_crash_of_the_guest_kernel_ends_it():
    with Guest("--append", "panic=1").boot() as guest:
        guest.child.send("echo c > /proc/sysrq-trigger\n")
        guest.child.expect_exact("Kernel panic")
        assert guest.child.wait() == 0
