# SPDX-License-Identifier: Apache-2.0
"""A machine with guests/hostile on neve, for hostile_outside.py: who is in it, and where everything lies."""
import os
import re
import secrets
import subprocess
import time

from gdbstub import Gdb
from qmp import Qmp, end_machine

MEMORY_MIB = 256
VM_MIB = 64
# A CPU whose vectors do nothing but take exceptions has its stack run down to its VM's image at last
HOSTILE_MIB = 128
RAM_BASE = 0x40000000
PAGE = 4096
BOOT_S = 30
LIMIT_S = 200  # for a whole run
QMP_S = 100  # QEMU answers late when CPUs take nothing but exceptions, until they are stopped
HEADER_CAUSES, HEADER_NAMES, HEADER_CPUS = 48, 56, 80  # struct neve_trace_header
CAUSE_NAME = 32
LATE_NS = 50_000_000
# in QEMU's memory map: of the GIC's distributor, its ITS, and all redistributors
NEVES_DEVICES = ["gicv3_dist", "control", "translation", "gicv3_redist_region[0]"]
BASE_BEATS = 1000


class Failure(Exception):
    """What neve did wrong."""


class Hang(Failure):
    """It does not go on."""


def contents(path):
    """A console's text so far."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def cause_names(qmp, header):
    """Of the exits, in the order of their counters."""
    n = qmp.words(header + HEADER_CAUSES, 1)[0] & 0xffffffff
    names = qmp.memory(qmp.words(header + HEADER_NAMES, 1)[0], n * CAUSE_NAME)
    return [names[i:i + CAUSE_NAME].rstrip(b"\0").decode() for i in range(0, len(names), CAUSE_NAME)]


def exits_of(qmp, header, cpu):
    """Of a CPU, by cause."""
    names = cause_names(qmp, header)
    counts = qmp.words(qmp.words(header + HEADER_CPUS + 16 * cpu, 1)[0], 2 * len(names))
    return {name: counts[i] + counts[len(names) + i] for i, name in enumerate(names)}


class Neighbour:
    """The VM of --beat, or the host VM of --inside."""

    def __init__(self, args):
        self.is_host = bool(args.inside)
        self.cpu = 0 if self.is_host else args.smp
        self.single = args.single or args.inside > 1
        self.beats = 0
        # what it was given at boot is its own as well
        self.ramdisk, self.word = secrets.token_bytes(8), secrets.token_hex(4)
        path = os.path.join(args.out, f"hostile-{args.name}.ramdisk")
        with open(path, "wb") as f:
            f.write(self.ramdisk * (PAGE // 8))
        self.ramdisk_path = path
        self.kernel = os.path.join(args.build, "guests/beat.img")
        self.base = self.watched = self.late = self.size = 0

    def words(self, beats, repeat):
        """Its boot arguments."""
        self.beats = beats
        return f"beat.count={beats} beat.progress=0 beat.repeat={repeat} {self.word}"

    def options(self, beats, repeat):
        """Of `neve run`."""
        words = self.words(beats, repeat)
        if self.is_host:
            return ["--l1", self.kernel, "--initrd", self.ramdisk_path, "--append", words]
        return ["--vm", f"cpus=1,memory={VM_MIB}M,kernel={self.kernel},ramdisk={self.ramdisk_path},"
                        f"bootargs={words}"]

    def locate(self, m):
        """From the console of a machine that boots."""
        if not self.is_host:
            self.base = int(m.wait_for(r"neve: vm1: \d+ MiB of memory at (\w+)")[1], 16)
            self.size = VM_MIB << 20
        self.watched = int(m.wait_for(r"neve-beat: memory base=0x(\w+)")[1], 16)

    def wait(self, m):
        """Until it is done; what it says."""
        text = m.wait_for(r"neve-beat: (?:done.* passes=|failed).*", LIMIT_S)[0]
        return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", text)} or text

    def check(self, m):
        """What it says after a run beside a hostile VM."""
        said = self.wait(m)
        if (not isinstance(said, dict) or said["memory_bad"] or said["strange"] or
                not said["passes"] or said["beats"] != self.beats):
            raise Failure(f"the VM beside it says: {said}")
        if not self.single and said["late_median"] > max(LATE_NS, 3 * self.late):
            raise Failure(f"the timer of the VM beside it is late: {said}")
        return said

    def check_exits(self, m, header):
        """Alone, a beat is at most two IRQs."""
        exits = exits_of(m.qmp, header, self.cpu)
        some = {k: n for k, n in exits.items() if n}
        if exits["IRQ"] > 2 * self.beats + 50 or exits["FIQ"] or exits["SError interrupt"]:
            raise Failure(f"the CPU of the VM beside it has interrupts of others: {some}")
        return some

    def own_words(self, qmp):
        """Some of what is in its memory and nowhere else."""
        return [self.ramdisk, self.word.encode()] + [
            qmp.memory(self.watched + i * (1 << 20) + 8 * i, 8) for i in range(4)]


class Attacker:
    """A hostile VM: the host VM, or number N beside it."""

    def __init__(self, number, cpus):
        self.number, self.cpus = number, cpus
        self.prefix = f"vm{number}: " if number else ""
        self.cpu = 1 + (number - 1) * cpus if number else 0
        self.base = self.size = self.at = 0

    def locate(self, m):
        """From the console of a machine that boots. Addresses are the machine's."""
        if self.number:
            self.base = int(m.wait_for(rf"neve: vm{self.number}: \d+ MiB of memory at (\w+)")[1], 16)
            self.size = HOSTILE_MIB << 20
        self.at = int(m.wait_for(self.prefix + r"neve-hostile: up status=0x(\w+)")[1], 16)

    def done(self, text):
        """It says so."""
        return re.search(rf"(?m)^.*{self.prefix}neve-hostile: done seed=\d+ ", text)

    def is_off(self, text):
        """It has turned itself off."""
        return bool(self.number) and f"neve: vm{self.number} turned itself off" in text

    def status(self, qmp):
        """struct status of the payload."""
        head = qmp.words(self.at, 6)
        cpus = [qmp.words(self.at + 48 + 48 * i, 6) for i in range(self.cpus)]
        return {"magic": head[0], "state": head[1], "beats": head[2], "violations": head[3],
                "violation": head[4], "count": head[5], "cpus": cpus}


class Machine:
    """One run of `neve run`."""

    def __init__(self, args, name, words, more, beats):
        base = os.path.join(args.out, f"hostile-{name}")
        self.console, self.sock, self.gdb = base + ".log", base + ".qmp", base + ".gdb"
        for path in (self.sock, self.gdb):
            if os.path.exists(path):
                os.unlink(path)
        command = [args.neve, "run", "--timeout", str(LIMIT_S + 60), "--cpu", args.cpu,
                   "--smp", str(args.smp * len(args.attackers) + bool(args.beat)), "-m",
                   f"{MEMORY_MIB * (2 if args.inside else 1)}M", "--neve-args",
                   f"mode={args.mode} loglevel=debug" + (" dma=smmu" if args.dma else ""),
                   "--qmp", self.sock]
        kernel = os.path.join(args.build, "guests/hostile.img")
        for attacker, some in zip(args.attackers, words):
            if attacker.number:
                command += ["--vm", f"cpus={args.smp},memory={HOSTILE_MIB}M,kernel={kernel},"
                                    f"bootargs={some}"]
            else:
                command += ["--l1", kernel, "--initrd", "none", "--append", some]
        if args.beat:
            command += args.beat.options(*beats)
        command += ["--", "-gdb", f"unix:{self.gdb},server=on,wait=off", *more]
        if args.dma:
            command += ["-machine", "iommu=smmuv3", "-global", "arm-smmuv3.stage=2", "-device",
                        "edu,dma_mask=0xffffffffffff"]
        if args.single:
            command += ["-accel", "tcg,thread=single"]
        self.command = command
        with open(self.console, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        self.qmp = self.gdb_socket = None

    def check(self):
        """neve has not panicked, and all is still running."""
        text = contents(self.console)
        m = re.search(r".*(panic: a bug of neve|neve-(hostile|beat): failed: ).*(\n.*){0,3}", text)
        if m:
            raise Failure("on the console: " + m[0].strip())
        if self.process.poll() is not None:
            raise Failure(f"the machine has ended, status {self.process.returncode}")

    def wait_for(self, regex, limit=BOOT_S):
        """A line on the console, for so many seconds."""
        end = time.monotonic() + limit
        while True:
            text = contents(self.console)
            m = re.search(regex, text[:text.rfind("\n") + 1])  # of whole lines
            if m:
                return m
            self.check()
            if time.monotonic() > end:
                raise Failure(f"not on the console within {limit} s: {regex}")
            time.sleep(0.05)

    def connect(self):
        """To QEMU."""
        self.qmp = Qmp(self.sock, QMP_S)

    def gdb_client(self):
        """To its gdbstub, which stops the machine when somebody comes."""
        if not self.gdb_socket:
            self.gdb_socket = Gdb(self.gdb)
        return self.gdb_socket

    def end(self):
        """However it stands."""
        end_machine(self.qmp, self.process)

    def ends(self):
        """By itself, and well."""
        try:
            status = self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Hang(f"the host VM is done, the machine does not end within {LIMIT_S} s") from None
        if status:
            raise Failure(f"the machine has ended, status {status}")


class Layout:
    """Where everything lies."""

    def __init__(self, args):
        """From a boot that is stopped at once."""
        self.attackers, self.beat = args.attackers, args.beat
        self.devices = NEVES_DEVICES + ["arm-smmuv3"] * args.dma
        words = ["idle=1" if args.beat else "us=1"] * len(args.attackers)
        m = Machine(args, f"{args.name}-scout", words, [], (BASE_BEATS, 100))
        try:
            self.own = int(m.wait_for(r"neve: .* (\d+) MiB of it neve's")[1]) << 20
            at = m.wait_for(r"neve: image 0x(\w+), pool 0x(\w+)")
            self.image, self.pool = int(at[1], 16), int(at[2], 16)
            if self.beat:
                self.locate(m)
            if self.beat and not args.single:
                said = self.beat.wait(m)
                print(f"beside nothing: {said}", flush=True)
                self.beat.late = said["late_median"]
        finally:
            m.end()

    def locate(self, m):
        """The VMs, of a machine that boots."""
        for attacker in self.attackers:
            attacker.locate(m)
        if self.beat:
            self.beat.locate(m)

    def vms(self):
        """Those that are not the host VM: CPU, CPUs, base, size."""
        found = [(a.cpu, a.cpus, a.base, a.size) for a in self.attackers if a.number]
        if self.beat and not self.beat.is_host:
            found.append((self.beat.cpu, 1, self.beat.base, self.beat.size))
        return found

    def aim(self, attacker, secret, seed):
        """What a hostile VM must not see, and a page of that."""
        if not self.beat:
            return self.image, self.own, secret.pages[0]
        if not self.beat.is_host:
            return self.beat.base, self.beat.size, self.beat.watched + (1 << 20)
        end = min(a.base for a in self.attackers)
        return (self.image, end - self.image,
                (secret.pages[0], self.beat.watched + (1 << 20))[(seed + attacker.number) % 2])

    def foreign(self):
        """Ranges (start, end) of the hostile VMs, where nothing of neve's or guests/beat's may be."""
        if not self.attackers[0].number:
            start, ranges = RAM_BASE, []
            for at, end in sorted([(self.image, self.image + self.own)] +
                                  [(base, base + size) for _, _, base, size in self.vms()]):
                ranges.append((start, at))
                start = end
            return ranges + [(start, RAM_BASE + (MEMORY_MIB << 20))]
        return [(a.base, a.base + a.size) for a in self.attackers]
