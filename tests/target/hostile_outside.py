#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs guests/hostile on neve, once for each seed, and sees from outside that neve holds.

usage: hostile_outside.py --neve COMMAND --build DIRECTORY --out DIRECTORY [options] SEED...

On the console, and at the end through QEMU's machine protocol, it sees that
  - the machine goes on: CPU 0's heartbeat, and every CPU leaves neve's code again (a CPU that is
    lost to its own guest for ever still makes traps);
  - neve does not panic, and the machine does not end;
  - neve's text and read-only data are the image's, relocations applied;
  - what the stage 2 tables of each CPU map is none of neve's memory, nor the GIC;
  - pages with a secret, put into neve's page pool before the boot, are as they were, and the secret
    is nowhere in the guest's memory (where the guest keeps all that it read) nor in a register.

Exit status 1 if not, with the seed and the command that repeats it. The seed says what each CPU
tries; what meets what is a matter of time, so a repetition may need some patience. (QEMU's -icount
would not do: it counts nothing while a CPU takes one abort after the other, and its clock stands.)
--single gives all CPUs one thread of QEMU: they take turns, and get more done.

--beat puts a VM beside the hostile one, with guests/beat on a CPU of its own; the hostile one aims at
its memory instead of neve's. Then also
  - that memory is as it was, and no interrupt came that the VM did not ask for;
  - its CPU has no more exits by interrupts than its own timer makes;
  - half of its timer interrupts are handled within 10 ms, or three times what half take beside a
    VM that does nothing, if that is more (then the machine under QEMU is busy);
  - the tables of each CPU map only what its own VM has, and nothing of the other VM is seen;
  - of what was in its memory before the boot nothing is left;
  - its ramdisk and its boot arguments are nowhere but in its memory.
How late its timer was, beside both, is printed.

--dma gives the hostile VM a device that copies memory, behind an SMMU that neve holds (dma=smmu): it
aims at the same addresses, and neve says what the SMMU refused.
"""
import argparse
import os
import re
import secrets
import shlex
import struct
import subprocess
import sys
import time

from gdbstub import Gdb, stage2_leaves
from qmp import Qmp, QmpError, end_machine

MEMORY_MIB = 256
VM_MIB = 64
RAM_BASE = 0x40000000
PAGE = 4096
MAGIC = 0x4C495453484F454E
DONE = 2  # enum hostile_state
TRIALS = ["none", "regs", "tables", "guest", "jump", "devices", "irqs", "calls", "vncr",
          "stage1", "a32", "many", "dma", "last"]
VIOLATIONS = {1: "CPU_ON began at an address that is not the VM's",
              2: "VNCR_EL2 of a guest hypervisor had an effect on its guest",
              3: "a load from neve's memory returned",
              4: "a timer of a CPU that was just turned on was pending"}
BOOT_S = 30
LIMIT_S = 200  # for a whole run
BEAT_S = 30  # without a heartbeat
QMP_S = 100  # QEMU answers late when CPUs take nothing but exceptions, until they are stopped
SAMPLES, SAMPLE_S = 12, 2  # with --single QEMU begins with CPU 0 each time, and 100 ms for each CPU
LOOKS = 3  # at the stage 2 tables meanwhile
HEADER_CAUSES, HEADER_NAMES, HEADER_CPUS = 48, 56, 80  # struct neve_trace_header
CAUSE_NAME = 32
LATE_NS = 10_000_000


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


class Image:
    """neve's image as it must be in memory."""

    def __init__(self, build):
        with open(os.path.join(build, "hyp/neve.img"), "rb") as f:
            self.data = bytearray(f.read())
        nm = subprocess.run(["nm", os.path.join(build, "hyp/neve.elf")], check=True,
                            capture_output=True, text=True).stdout
        self.symbols = {f[2]: int(f[0], 16) for f in map(str.split, nm.splitlines())
                        if len(f) == 3}

    def fixed(self, base):
        """Text and read-only data of an image at this address."""
        data = bytearray(self.data)
        for at in range(self.symbols["rela_start"], self.symbols["rela_end"], 24):
            offset, kind, addend = struct.unpack_from("<QQQ", data, at)
            if kind == 1027:
                struct.pack_into("<Q", data, offset, base + addend)
        return bytes(data[:self.symbols["rodata_end"]])


class Neighbour:
    """The VM of --beat."""

    def __init__(self, args):
        self.cpu = args.smp
        self.beats = args.us // 500 + 4000
        # what it was given at boot is its own as well
        self.ramdisk, self.word = secrets.token_bytes(8), secrets.token_hex(4)
        path = os.path.join(args.out, f"hostile-{args.name}.ramdisk")
        with open(path, "wb") as f:
            f.write(self.ramdisk * (PAGE // 8))
        self.option = (f"cpus=1,memory={VM_MIB}M,kernel={args.build}/guests/beat.img,"
                       f"ramdisk={path},"
                       f"bootargs=beat.count={self.beats} beat.repeat=100 {self.word}")
        self.base = self.watched = self.late = 0
        self.size = VM_MIB << 20

    def locate(self, m):
        """From the console of a machine that boots."""
        self.base = int(m.wait_for(r"neve: vm1: \d+ MiB of memory at (\w+)")[1], 16)
        self.watched = int(m.wait_for(r"vm1: neve-beat: memory base=0x(\w+)")[1], 16)

    @property
    def last_page(self):
        """Of its memory."""
        return self.base + self.size - PAGE

    def wait(self, m):
        """Until it is done; what it says."""
        text = m.wait_for(r"vm1: neve-beat: (?:done.* passes=|failed).*")[0]
        return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", text)} or text

    def check(self, m, header):
        """After a run beside a hostile VM. Alone, a beat is at most two IRQs."""
        said, exits = self.wait(m), exits_of(m.qmp, header, self.cpu)
        if not isinstance(said, dict) or said["memory_bad"] or said["strange"]:
            raise Failure(f"the VM beside it says: {said}")
        if exits["IRQ"] > 2 * self.beats + 50 or "FIQ" in exits or "SError" in exits:
            raise Failure(f"the CPU of the VM beside it has interrupts of others: {exits}")
        if said["late_median"] > max(LATE_NS, 3 * self.late):
            raise Failure(f"the timer of the VM beside it is late: {said}")
        return said, exits

    def words(self, qmp):
        """Some of what is in its memory and nowhere else."""
        return [self.ramdisk, self.word.encode()] + [
            qmp.memory(self.watched + i * (1 << 20) + 8 * i, 8) for i in range(4)]


class Machine:
    """One run of `neve run`."""

    def __init__(self, args, name, words, more):
        base = os.path.join(args.out, f"hostile-{name}")
        self.console, self.sock, self.gdb = base + ".log", base + ".qmp", base + ".gdb"
        for path in (self.sock, self.gdb):
            if os.path.exists(path):
                os.unlink(path)
        command = [args.neve, "run", "--timeout", str(LIMIT_S + 60), "--cpu", args.cpu,
                   "--smp", str(args.smp + bool(args.beat)), "-m", f"{MEMORY_MIB}M", "--neve-args",
                   f"mode={args.mode} loglevel=debug" + (" dma=smmu" if args.dma else ""), "--l1",
                   os.path.join(args.build, "guests/hostile.img"), "--initrd", "none",
                   "--append", words, "--qmp", self.sock]
        if args.beat:
            command += ["--vm", args.beat.option]
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
        m = re.search(r".*(panic: a bug of neve|neve-hostile: failed: ).*(\n.*){0,3}", text)
        if m:
            raise Failure("on the console: " + m[0].strip())
        if self.process.poll() is not None:
            raise Failure(f"the machine has ended, status {self.process.returncode}")

    def wait_for(self, regex):
        """A line on the console."""
        end = time.monotonic() + BOOT_S
        while True:
            text = contents(self.console)
            m = re.search(regex, text[:text.rfind("\n") + 1])  # of whole lines
            if m:
                return m
            self.check()
            if time.monotonic() > end:
                raise Failure(f"not on the console within {BOOT_S} s: {regex}")
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


class Watch:
    """That each CPU comes out of neve's code: it is seen elsewhere, or it has trapped anew."""

    def __init__(self, qmp, header, cpus):
        self.qmp = qmp
        self.size = (qmp.words(header + HEADER_CAUSES, 1)[0] & 0xffffffff) * 2 * 8
        self.counters = [qmp.words(header + HEADER_CPUS + 16 * i, 1)[0] for i in range(cpus)]
        self.seen = [None] * cpus
        self.moved = [False] * cpus

    def look(self, off):
        """At a machine that stands still; off: CPUs that the guest has turned off."""
        parts = re.split(r"CPU#(\d+)", self.qmp.monitor("info registers -a"))[1:]
        for cpu, regs in zip(map(int, parts[::2]), parts[1::2]):
            m = re.search(r"EL(\d)[ht]", regs)
            self.moved[cpu] |= bool(off[cpu]) or (bool(m) and m[1] != "2")
            if not self.moved[cpu]:
                counters = self.qmp.memory(self.counters[cpu], self.size)
                self.moved[cpu] = self.seen[cpu] not in (None, counters)
                self.seen[cpu] = counters

    def stuck(self):
        """CPUs that were never seen outside."""
        return [i for i, m in enumerate(self.moved) if not m]


def scout(args):
    """Where neve lies, from a boot that is stopped at once."""
    m = Machine(args, f"{args.name}-scout", "us=1", [])
    try:
        own = m.wait_for(r"neve: .* (\d+) MiB of it neve's")
        at = m.wait_for(r"neve: image 0x(\w+), pool 0x(\w+)")
        if args.beat:
            args.beat.locate(m)
            said = args.beat.wait(m)
            print(f"beside nothing: {said}", flush=True)
            args.beat.late = said["late_median"]
    finally:
        m.end()
    return int(at[1], 16), int(at[2], 16), int(own[1]) << 20


class Secrets:
    """Pages in neve's pool that nobody has reason to read."""

    def __init__(self, args, pool, end):
        self.word = secrets.token_bytes(8)
        self.path = os.path.join(args.out, f"hostile-{args.name}.secret")
        with open(self.path, "wb") as f:
            f.write(self.word * (PAGE // 8))
        # in the middle, which is used last; not the first page of any chunk of a buddy allocator
        self.pages = [pool + (end - pool) // 64 // PAGE * PAGE * i + 5 * PAGE
                      for i in (30, 24, 27, 33, 36)]

    def devices(self, beat):
        """QEMU's options that load them; one more is put where the VM beside will be."""
        return [w for p in self.pages + ([beat.last_page] if beat else [])
                for w in ("-device", f"loader,file={self.path},addr=0x{p:x},force-raw=on")]

    @staticmethod
    def turned(words):
        """Words as unaligned loads see them."""
        return [w[i:] + w[:i] for w in words for i in range(8)]

    def check(self, qmp):
        """Each page is as it was, or neve has taken it for itself and cleared it."""
        pages = [qmp.memory(p, PAGE) for p in self.pages]
        whole = sum(p == self.word * (PAGE // 8) for p in pages)
        if whole + sum(self.word not in p for p in pages) != len(pages):
            raise Failure("a page of neve's that nobody uses was written")
        if whole < 2:
            raise Failure(f"only {whole} pages with the secret are left: this test needs others")

    def check_scrubbed(self, qmp, beat):
        """What lay in its memory before the boot is gone."""
        if self.word in qmp.memory(beat.last_page, PAGE):
            raise Failure("the VM beside it was given memory with what was there before")

    def find(self, qmp, base, own, beat, registers):
        """Fails where it, or what the VM beside has, is seen from the guest."""
        words = self.turned([self.word] + (beat.words(qmp) if beat else []))
        hidden = sorted([(base, own)] + ([(beat.base, beat.size)] if beat else []))
        start, end = RAM_BASE, RAM_BASE + (MEMORY_MIB << 20)
        for at, size in hidden + [(end, 0)]:
            data = qmp.memory(start, at - start) if at > start else b""
            for w in words:
                found = data.find(w)
                if found >= 0:
                    raise Failure(f"a secret is in the guest's memory, at 0x{start + found:x}")
            start = at + size
        for w in words:
            if w[::-1].hex() in registers.lower() or w.hex() in registers.lower():
                raise Failure("a secret is in a register")


def status_of(qmp, at):
    """struct status of the payload."""
    head = qmp.words(at, 6)
    cpus = [qmp.words(at + 48 + 40 * i, 5) for i in range(head[5])]
    return {"magic": head[0], "state": head[1], "beats": head[2], "violations": head[3],
            "violation": head[4], "cpus": cpus}


def check_stage2(m, base, own, beat, cpus):
    """What the CPUs of a machine that stands still have in their registers."""
    gdb, memory = m.gdb_client(), m.qmp.memory(base, own)
    text = m.qmp.monitor("info mtree -f")
    ranges = [(base, base + own)] + [
        (int(a, 16), int(b, 16) + 1) for a, b, name in
        re.findall(r"([0-9a-f]{16})-([0-9a-f]{16}) \(prio .*\): (gicv3_\w+)", text)]
    if len(ranges) < 3:
        raise Failure("no GIC in QEMU's memory map")
    if beat:
        ranges.append((beat.base, beat.base + beat.size))
    states = re.split(r"CPU#\d+", m.qmp.monitor("info registers -a"))[1:]
    seen = set()
    for cpu in cpus:
        names = ("HCR_EL2", "VTTBR_EL2", "VTCR_EL2")
        hcr, vttbr, vtcr = (gdb.register(cpu, name) for name in names)
        if not hcr & 1 and "EL2h" in states[cpu]:
            continue  # off, or on its way up: it has not come to the guest yet
        if not hcr & 1:
            raise Failure(f"CPU {cpu} runs without stage 2: HCR_EL2 is 0x{hcr:x}")
        if (vttbr, vtcr) in seen:
            continue
        seen.add((vttbr, vtcr))
        its = beat and cpu == beat.cpu
        try:
            for ia, pa, size in stage2_leaves(memory, base, vttbr, vtcr):
                if its:
                    wrong = not beat.base <= pa <= pa + size <= beat.base + beat.size
                else:
                    wrong = [f"0x{start:x}" for start, end in ranges
                             if pa < end and pa + size > start]
                if wrong:
                    raise Failure(f"stage 2 of CPU {cpu} maps 0x{ia:x} to 0x{pa:x}, "
                                  f"size 0x{size:x}: {wrong}")
        except ValueError as e:
            raise Failure(str(e)) from e


def exits_of(qmp, header, cpu):
    """Of a CPU, by cause."""
    n = qmp.words(header + HEADER_CAUSES, 1)[0] & 0xffffffff
    names = qmp.memory(qmp.words(header + HEADER_NAMES, 1)[0], n * CAUSE_NAME)
    counts = qmp.words(qmp.words(header + HEADER_CPUS + 16 * cpu, 1)[0], 2 * n)
    return {names[CAUSE_NAME * i:CAUSE_NAME * (i + 1)].rstrip(b"\0").decode():
            counts[i] + counts[n + i] for i in range(n) if counts[i] + counts[n + i]}


def exceptions(m, at, header):
    """What CPU 0 and its EL1 have taken, and what is at its vector: for the message."""
    m.qmp.call("stop")
    cpu, s = 0, status_of(m.qmp, at)
    before = exits_of(m.qmp, header, cpu)
    m.qmp.call("cont")
    time.sleep(SAMPLE_S)
    m.qmp.call("stop")
    exits = {k: n - before.get(k, 0) for k, n in exits_of(m.qmp, header, cpu).items()}
    names = ("ESR_EL1", "ELR_EL1", "SPSR_EL1", "FAR_EL1", "VBAR_EL1", "SCTLR_EL1", "HCR_EL2", "VTTBR_EL2")
    values = {name: m.gdb_client().register(cpu, name) for name in names}
    at = values["VBAR_EL1"] + 0x200
    inside = RAM_BASE <= at < RAM_BASE + (MEMORY_MIB << 20) - 16
    vector = m.qmp.memory(at, 16).hex() if inside else "-"
    m.qmp.call("cont")
    return (f"  CPU {cpu}: beats {s['beats']} state {s['state']}, exits meanwhile "
            f"{ {k: n for k, n in exits.items() if n} },\n    "
            + " ".join(f"{n} {v:x}" for n, v in values.items()) + f" vector {vector}")


def positions(qmp, image, base):
    """Where the CPUs are, twice: for the message."""
    names = sorted((at, name) for name, at in image.symbols.items())
    lines = []
    for _ in range(2):
        qmp.call("stop")
        parts = re.split(r"CPU#(\d+)", qmp.monitor("info registers -a"))[1:]
        qmp.call("cont")
        for cpu, regs in zip(parts[::2], parts[1::2]):
            pc, el = re.search(r"PC=(\w+)", regs), re.search(r"EL\d[ht]", regs)
            pc, lr = (int(m[1], 16) - base for m in (pc, re.search(r"X30=(\w+)", regs)))
            inside = [max(n for n in names if n[0] <= at)[1]
                      for at in (pc, lr) if 0 <= at < image.symbols["text_end"]]
            lines.append(f"  CPU {cpu}: {el and el[0]}, PC image+0x{pc:x} {' from '.join(inside)}")
        time.sleep(SAMPLE_S)
    return "\n".join(lines)


def follow(m, seconds, look):
    """Until the payload is done, with its heartbeat; in these seconds it calls look()."""
    start = beat_at = time.monotonic()
    beat, looks = None, 0
    while True:
        m.check()
        text = contents(m.console)
        now = time.monotonic()
        if re.search(r"neve-hostile: done seed=\d+ ", text):
            return
        last = re.findall(r"neve-hostile: beat (\d+)", text)[-1:]
        if last != beat:
            beat, beat_at = last, now
        if looks < LOOKS and now - start > seconds / (LOOKS + 1) * (looks + 1):
            look()
            looks += 1
            start += time.monotonic() - now
            beat_at = time.monotonic()
        if now - beat_at > BEAT_S:
            raise Hang(f"CPU 0 of the guest had no heartbeat for {BEAT_S} s")
        if now - start > LIMIT_S:
            raise Hang(f"not done within {LIMIT_S} s")
        time.sleep(0.1)


def run_seed(args, image, where, seed):
    """One boot. What the payload counted."""
    base, pool, own = where
    secret = Secrets(args, pool, base + own)
    beat = args.beat
    aim = (beat.base, beat.size, beat.watched) if beat else (base, own, secret.pages[0])
    words = (f"seed={seed} us={args.us} slice={args.slice} neve={aim[0]} neve-size={aim[1]} "
             f"target={aim[2]}")
    m = Machine(args, f"{args.name}-{seed}", words, secret.devices(beat))
    try:
        header = int(m.wait_for(r"trace header at 0x(\w+)")[1], 16)
        at = int(m.wait_for(r"neve-hostile: up status=0x(\w+)")[1], 16)
        m.connect()

        def look():
            m.qmp.call("stop")
            cpus = status_of(m.qmp, at)["cpus"]
            check_stage2(m, base, own, beat,
                         [i for i, c in enumerate(cpus) if i == 0 or c[0] and not c[3]] +
                         ([beat.cpu] if beat else []))
            m.qmp.call("cont")

        try:
            follow(m, args.us / 1e6, look)
        except Hang as e:
            raise Failure(f"{e}\n{positions(m.qmp, image, base)}\n{exceptions(m, at, header)}") from e
        if beat:
            said, exits = beat.check(m, header)
            print(f"beside seed {seed}: {said} exits={exits}", flush=True)
        m.qmp.call("stop")
        s = status_of(m.qmp, at)
        if s["magic"] != MAGIC or s["state"] != DONE:
            raise Failure("the guest's own memory is not what its CPU 0 wrote")
        if s["violations"]:
            raise Failure(VIOLATIONS.get(s["violation"], "violation %d" % s["violation"]))
        watch = Watch(m.qmp, header, args.smp + bool(beat))
        for _ in range(SAMPLES):
            watch.look([c[3] for c in status_of(m.qmp, at)["cpus"]] + [1] * bool(beat))
            if not watch.stuck():
                break
            m.qmp.call("cont")
            time.sleep(SAMPLE_S)
            m.qmp.call("stop")
        m.check()
        if args.dma and not re.search("DMA refused: .*not mapped", contents(m.console)):
            raise Failure("no DMA was refused, so that none was tried")
        if watch.stuck():
            raise Failure(f"CPUs stay in neve's code: {watch.stuck()}\n"
                          f"{positions(m.qmp, image, base)}")
        fixed = image.fixed(base)
        now = m.qmp.memory(base, len(fixed))
        if now != fixed:
            wrong = next(i for i, (a, b) in enumerate(zip(fixed, now)) if a != b)
            raise Failure(f"neve's text or read-only data differ from the image at 0x{wrong:x}")
        check_stage2(m, base, own, beat, [i for i, c in enumerate(s["cpus"]) if not c[3]])
        secret.check(m.qmp)
        if beat:
            secret.check_scrubbed(m.qmp, beat)
        secret.find(m.qmp, base, own, beat, m.qmp.monitor("info registers -a"))
        return s
    finally:
        m.end()
        os.unlink(secret.path)


def repeat(args, seed):
    """The command line for one seed."""
    words = [sys.executable, sys.argv[0], "--neve", args.neve, "--build", args.build, "--out",
             args.out, "--mode", args.mode, "--cpu", args.cpu, "--smp", str(args.smp), "--us",
             str(args.us), "--slice", str(args.slice), str(seed)]
    return shlex.join(words + ["--single"] * args.single + ["--beat"] * bool(args.beat) +
                      ["--dma"] * args.dma)


def main():
    """All seeds; stops at the first failure."""
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--neve", required=True)
    p.add_argument("--build", required=True, help="the directory of the cross build")
    p.add_argument("--out", required=True)
    p.add_argument("--mode", default="nv2")
    p.add_argument("--cpu", default="max,pauth-impdef=on")
    p.add_argument("--smp", type=int, default=4)
    p.add_argument("--us", type=int, default=2000000,
                   help="how long the guest tries things")
    p.add_argument("--slice", type=int, default=300, help="how long each piece of code gets")
    p.add_argument("--single", action="store_true")
    p.add_argument("--beat", action="store_true", help="with another VM beside it")
    p.add_argument("--dma", action="store_true", help="with a device that copies memory")
    p.add_argument("seed", type=int, nargs="+")
    args = p.parse_args()
    args.name = f"{args.mode}-{args.cpu.split(',')[0]}-{args.smp}"
    args.beat = Neighbour(args) if args.beat else None
    image = Image(args.build)
    failed, trials, exits = 0, 0, 0
    try:
        where = scout(args)
    except (Failure, QmpError) as e:
        sys.exit(f"neve does not boot: {e}")
    for seed in args.seed:
        start = time.monotonic()
        try:
            s = run_seed(args, image, where, seed)
        except (Failure, QmpError, OSError) as e:
            print(f"seed {seed}: {e}\n  repeat it: {repeat(args, seed)}", flush=True)
            failed += 1
            break
        n, x = (sum(c[i] for c in s["cpus"]) for i in (0, 1))
        last = [TRIALS[c[4]] if c[4] < len(TRIALS) else "?" for c in s["cpus"][1:]]
        print(f"seed {seed}: trials={n} exits={x} restarts={sum(c[2] for c in s['cpus'])} "
              f"by CPU {[c[0] for c in s['cpus'][1:]]} last {last}, "
              f"{time.monotonic() - start:.0f} s", flush=True)
        trials += n
        exits += x
    print(f"trials={trials} exits={exits} failed={failed}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
