# SPDX-License-Identifier: BSD-2-Clause
"""The places where Corbel runs during development: QEMU (SVM), Bochs (VMX and SVM), nested KVM.

Builds the emulator's command line and starts it with the first serial port connected to a socket of
ours. Used by scripts/run-platform for people and by tests/system for tests.
"""

import ctypes
import os
import pty
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TREE = os.environ.get("EMU") or os.path.join(ROOT, "build/emulators")
TREE = os.path.join(ROOT, TREE)
LIB = TREE + "/usr/lib/x86_64-linux-gnu"
LOADER = [TREE + "/usr/lib64/ld-linux-x86-64.so.2", "--library-path", LIB + ":" + LIB + "/pulseaudio"]
OVMF = TREE + "/usr/share/OVMF/OVMF_%s_4M.fd"
PLATFORMS = {"qemu": "qemu-svm", "qemu-svm": "qemu-svm", "bochs-vmx": "bochs-vmx",
             "bochs-svm": "bochs-svm"}
BOCHS_CPU = {"bochs-vmx": "corei7_skylake_x", "bochs-svm": "ryzen"}
BOCHSRC = """\
megs: {mem}
romimage: file={tree}/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file={tree}/usr/share/seabios/vgabios-isavga.bin
cpu: model={model}, count={cpus}, ips={ips}, reset_on_triple_fault=0{cpu_options}
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
display_library: term
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
log: {work}/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
clock: sync=none, time0=1767225600
"""


def kvm_nests():
    """Whether this host's KVM is usable and really offers VMX or SVM to its guests."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with open("/proc/cpuinfo") as f:
        flags = next((line.split() for line in f if line.startswith("flags")), [])
    for flag, module in (("vmx", "kvm_intel"), ("svm", "kvm_amd")):
        try:
            with open("/sys/module/%s/parameters/nested" % module) as f:
                nested = f.read().strip() in ("Y", "1")
        except OSError:
            nested = False
        if flag in flags and nested:
            return True
    return False


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Machine:
    """One emulator: options as attributes, then start(); `serial` is the connected socket."""

    def __init__(self, platform, iso=None, cpus=1, mem=1024, uefi=False, usb=False, kvm=False,
                 icount=False, cpu=None, model=None, ignore_bad_msrs=True, ips=50000000, extra=()):
        self.platform = PLATFORMS[platform]
        self.iso = os.path.abspath(iso or os.path.join(ROOT, "build/corbel.iso"))
        self.cpus, self.mem, self.uefi, self.usb = cpus, mem, uefi, usb
        self.kvm, self.icount, self.cpu = kvm, icount, cpu
        self.model = model or BOCHS_CPU.get(self.platform)
        self.ignore_bad_msrs, self.ips, self.extra = ignore_bad_msrs, ips, list(extra)
        self.process = self.serial = None
        self.work = tempfile.mkdtemp(prefix="corbel-")
        self.qmp_path = self.work + "/qmp"

    def _qemu(self):
        cpu = self.cpu or ("host" if self.kvm else "max,-rdrand,-rdseed,-x2apic" if self.icount else "max")
        command = LOADER + [
            TREE + "/usr/bin/qemu-system-x86_64", "-L", TREE + "/usr/share/qemu",
            "-L", TREE + "/usr/share/seabios", "-machine", "q35", "-cpu", cpu,
            "-accel", "kvm" if self.kvm else "tcg", "-smp", str(self.cpus), "-m", str(self.mem),
            "-nic", "none", "-display", "none", "-no-reboot",
            "-chardev", "socket,id=com1,path=%s/serial" % self.work, "-serial", "chardev:com1",
            "-qmp", "unix:%s,server=on,wait=off" % self.qmp_path,
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        if self.icount:
            command += ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm"]
        if self.uefi:
            variables = shutil.copy(OVMF % "VARS", self.work + "/vars.fd")
            command += ["-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + OVMF % "CODE",
                        "-drive", "if=pflash,format=raw,unit=1,file=" + variables]
        if self.usb:
            command += ["-device", "qemu-xhci", "-drive",
                        "if=none,id=stick,format=raw,readonly=on,file=" + self.iso,
                        "-device", "usb-storage,drive=stick,bootindex=0"]
        else:
            command += ["-cdrom", self.iso]
        return command + self.extra

    def _bochs(self, port):
        with open(self.work + "/bochsrc", "w") as f:
            f.write(BOCHSRC.format(
                mem=self.mem, tree=TREE, model=self.model, cpus=self.cpus,
                ips=self.ips, iso=self.iso, port=port, work=self.work,
                cpu_options="" if self.ignore_bad_msrs else ", ignore_bad_msrs=0"))
        return LOADER + [TREE + "/usr/bin/bochs-bin", "-q", "-f", self.work + "/bochsrc"]

    def start(self):
        """Starts the emulator and waits until it has connected its serial port."""
        if not os.path.exists(LOADER[0]):
            raise RuntimeError("no emulators in %s: run `make setup`" % TREE)
        if self.platform == "qemu-svm":
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(self.work + "/serial")
            command = self._qemu()
        else:
            listener = socket.socket(socket.AF_INET)
            listener.bind(("127.0.0.1", 0))
            command = self._bochs(listener.getsockname()[1])
        listener.listen(1)
        environment = dict(os.environ, TERM="vt100", BXSHARE=TREE + "/usr/share/bochs",
                           LTDL_LIBRARY_PATH=LIB + "/bochs/plugins")
        # Bochs's display wants a terminal: give both one of ours and keep what they print.
        terminal, end = pty.openpty()
        self.process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=environment,
                                        start_new_session=True, preexec_fn=_die_with_parent)
        os.close(end)
        threading.Thread(target=self._drain, args=(terminal,), daemon=True).start()
        listener.settimeout(1)
        for _ in range(60):
            try:
                self.serial = listener.accept()[0]
                break
            except socket.timeout:
                if self.process.poll() is not None:
                    break
        listener.close()
        if self.serial is None:
            self.stop(keep=True)
            raise RuntimeError("the emulator did not start; see %s" % self.work)
        return self

    def _drain(self, terminal):
        with open(self.work + "/emulator.log", "wb") as log:
            while True:
                try:
                    data = os.read(terminal, 4096)
                except OSError:
                    break
                if not data:
                    break
                log.write(data)
                log.flush()
        os.close(terminal)

    def stop(self, keep=False):
        """Ends the emulator by its process id (Bochs heeds nothing but SIGKILL)."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.serial:
            self.serial.close()
            self.serial = None
        if not keep:
            shutil.rmtree(self.work, ignore_errors=True)
