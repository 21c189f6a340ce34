#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs guests/hostile on neve, once for each seed, and sees from outside that neve holds.

usage: hostile_outside.py --neve COMMAND --build DIRECTORY --out DIRECTORY [options] SEED...

On the console, and at the end through QEMU's machine protocol, it sees that
  - the machine goes on: CPU 0's heartbeat, and every CPU leaves neve's code again (a CPU that is
    lost to its own guest for ever still makes traps);
  - neve does not panic, and the machine does not end;
  - neve's text and read-only data are the image's, relocations applied;
  - what the stage 2 tables of each CPU map is none of neve's memory, nor the GIC; and those of CPU 0
    map the page of its heartbeat;
  - pages with a secret, put into neve's page pool before the boot, are as they were, and the secret
    is nowhere in the guest's memory (where each CPU keeps what its last exits had in x0 to x30, and
    what its last trials left in v0 to v31: 2 MiB) nor in a register.

Exit status 1 if not, with the seed and the command that repeats it. The seed says what each CPU
tries; what meets what is a matter of time, so a repetition may need some patience. (QEMU's -icount
would not do: it counts nothing while a CPU takes one abort after the other, and its clock stands.)
--single gives all CPUs one thread of QEMU: they take turns, and get more done.

--beat puts a VM beside the hostile one, with guests/beat on a CPU of its own; the hostile one aims at
its memory instead of neve's. Then also
  - that memory is as it was, and no interrupt came that the VM did not ask for;
  - its CPU has no more exits by interrupts than its own timer makes;
  - half of its timer interrupts are handled within 50 ms, or three times what half take beside a
    VM whose CPUs sleep, if that is more (then the machine under QEMU is busy). Not with --single,
    where QEMU itself lets a CPU wait that long. late.test is strict, as it counts instructions;
  - the tables of each CPU map only what its own VM has, and nothing of the other VM is seen;
  - of what was in its memory before the boot nothing is left;
  - its ramdisk and its boot arguments are nowhere but in its memory.
How late its timer was, beside both, is printed.

--inside N makes guests/beat the host VM, on CPU 0, and the hostile ones N VMs beside it. The same is
looked at. With two, the first one turns itself off, and in the end the machine has to end by itself.

--self-test: does by itself what none of that may miss (a secret in the guest's memory and in a register,
a changed word of neve, ...), one after the other; each check has to notice.

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

from gdbstub import stage2_leaves
from hostile_machine import (HEADER_CAUSES, HEADER_CPUS, LIMIT_S, MEMORY_MIB, PAGE, RAM_BASE,
                             Attacker, Failure, Hang, Layout, Machine, Neighbour, cause_names,
                             contents, exits_of)
from qmp import QmpError

MAGIC = 0x4C495453484F454E
DONE = 2  # enum hostile_state
TRIALS = ["none", "regs", "tables", "guest", "jump", "devices", "irqs", "calls", "vncr",
          "stage1", "a32", "many", "dma", "shadow", "user", "storm", "last"]
VIOLATIONS = {1: "CPU_ON began at an address that is not the VM's",
              2: "VNCR_EL2 of a guest hypervisor had an effect on its guest",
              3: "a load from neve's memory returned",
              4: "a timer of a CPU that was just turned on was pending"}
BEAT_S = 30  # without a heartbeat
SAMPLES, SAMPLE_S = 12, 2  # with --single QEMU begins with CPU 0 each time, and 100 ms for each CPU
LOOKS = 3  # at the stage 2 tables meanwhile


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


class Watch:
    """That each CPU comes out of neve's code: it is seen elsewhere, or it has trapped anew."""

    def __init__(self, qmp, header, cpus):
        self.qmp = qmp
        self.size = (qmp.words(header + HEADER_CAUSES, 1)[0] & 0xffffffff) * 2 * 8
        self.counters = [qmp.words(header + HEADER_CPUS + 16 * i, 1)[0] for i in range(cpus)]
        self.seen = [None] * cpus
        self.moved = [False] * cpus

    def look(self, gdb, off):
        """At a machine that stands still; off: CPUs that the guest has turned off, so it says."""
        parts = re.split(r"CPU#(\d+)", self.qmp.monitor("info registers -a"))[1:]
        for cpu, regs in zip(map(int, parts[::2]), parts[1::2]):
            m = re.search(r"EL(\d)[ht]", regs)
            self.moved[cpu] |= (bool(off[cpu]) and gdb.halted(cpu)) or (bool(m) and m[1] != "2")
            if not self.moved[cpu]:
                counters = self.qmp.memory(self.counters[cpu], self.size)
                self.moved[cpu] = self.seen[cpu] not in (None, counters)
                self.seen[cpu] = counters

    def stuck(self):
        """CPUs that were never seen outside."""
        return [i for i, m in enumerate(self.moved) if not m]


class Secrets:
    """Pages in neve's pool that nobody has reason to read."""

    def __init__(self, args, layout):
        self.word = secrets.token_bytes(8)
        self.path = os.path.join(args.out, f"hostile-{args.name}.secret")
        with open(self.path, "wb") as f:
            f.write(self.word * (PAGE // 8))
        # in the middle, which is used last; not the first page of any chunk of a buddy allocator
        step = (layout.image + layout.own - layout.pool) // 64 // PAGE * PAGE
        self.pages = [layout.pool + step * i + 5 * PAGE for i in (30, 24, 27, 33, 36)]
        # where VMs will be: what was there before has to be gone
        self.cleared = [base + size // 4 for _, _, base, size in layout.vms()]

    def devices(self):
        """QEMU's options that load them."""
        return [w for p in self.pages + self.cleared
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
        for page in self.cleared:
            if self.word in qmp.memory(page, PAGE):
                raise Failure("a VM was given memory with what was there before")

    def find(self, qmp, layout, registers=True):
        """Fails where it, or what guests/beat has, is seen from a hostile VM."""
        words = self.turned([self.word] + (layout.beat.own_words(qmp) if layout.beat else []))
        for start, end in layout.foreign():
            data = qmp.memory(start, end - start) if end > start else b""
            for w in words:
                found = data.find(w)
                if found >= 0:
                    raise Failure(f"a secret is in the guest's memory, at 0x{start + found:x}")
        text = qmp.monitor("info registers -a").lower() if registers else ""
        for w in words:
            if w[::-1].hex() in text or w.hex() in text:
                raise Failure("a secret is in a register")


def check_stage2(m, layout, cpus):
    """What the CPUs of a machine that stands still have in their registers."""
    gdb, memory = m.gdb_client(), m.qmp.memory(layout.image, layout.own)
    found = {name: (int(a, 16), int(b, 16) + 1) for a, b, name in
             re.findall(r"([0-9a-f]{16})-([0-9a-f]{16}) \(prio .*\): (\S+)",
                        m.qmp.monitor("info mtree -f"))}
    try:
        ranges = [(layout.image, layout.image + layout.own)] + [found[name] for name in layout.devices]
    except KeyError as e:
        raise Failure(f"no {e} in QEMU's memory map") from e
    vms = layout.vms()
    ranges += [(base, base + size) for _, _, base, size in vms]
    # pages that are there: VMs have their memory where the machine has it
    there = {a.cpu: a.at for a in layout.attackers}
    if layout.beat:
        there[layout.beat.cpu] = layout.beat.watched
    states = re.split(r"CPU#\d+", m.qmp.monitor("info registers -a"))[1:]
    seen = set()
    for cpu in cpus:
        names = ("HCR_EL2", "VTTBR_EL2", "VTCR_EL2")
        hcr, vttbr, vtcr = (gdb.register(cpu, name) for name in names)
        if not hcr & 1 and "EL2h" in states[cpu] and cpu not in there:
            continue  # off, or on its way up: it has not come to the guest yet
        if not hcr & 1:
            raise Failure(f"CPU {cpu} runs without stage 2: HCR_EL2 is 0x{hcr:x}")
        if (vttbr, vtcr) in seen and cpu not in there:
            continue
        seen.add((vttbr, vtcr))
        own = [(base, base + size) for first, n, base, size in vms if first <= cpu < first + n]
        page = there.get(cpu)
        try:
            for ia, pa, size in stage2_leaves(memory, layout.image, vttbr, vtcr):
                if own:
                    inside = own[0][0] <= pa <= pa + size <= own[0][1]
                    wrong = "" if inside else f"not inside 0x{own[0][0]:x} to 0x{own[0][1]:x}"
                else:
                    wrong = [f"0x{start:x}" for start, end in ranges
                             if pa < end and pa + size > start]
                if wrong:
                    raise Failure(f"stage 2 of CPU {cpu} maps 0x{ia:x} to 0x{pa:x}, "
                                  f"size 0x{size:x}: {wrong}")
                if page is not None and ia == pa and ia <= page < ia + size:
                    page = None
        except ValueError as e:
            raise Failure(str(e)) from e
        if page is not None:
            raise Failure(f"stage 2 of CPU {cpu} does not map 0x{page:x}, where its VM is")


def check_text(m, layout, image):
    """What neve does not write itself."""
    fixed = image.fixed(layout.image)
    now = m.qmp.memory(layout.image, len(fixed))
    if now != fixed:
        wrong = next(i for i, (a, b) in enumerate(zip(fixed, now)) if a != b)
        raise Failure(f"neve's text or read-only data differ from the image at 0x{wrong:x}")


def check_status(m, layout):
    """What the hostile VMs say themselves."""
    for attacker in layout.attackers:
        s = attacker.status(m.qmp)
        if (s["magic"], s["state"], s["count"]) != (MAGIC, DONE, attacker.cpus):
            raise Failure("the guest's own memory is not what its CPU 0 wrote")
        if not any(c[5] for c in s["cpus"]):
            raise Failure("no CPU has come to the end of its sweep")
        if s["violations"]:
            raise Failure(VIOLATIONS.get(s["violation"], "violation %d" % s["violation"]))


def running(m, layout):
    """CPUs of the hostile VMs that are on and have done something."""
    text, cpus = contents(m.console), []
    for a in layout.attackers:
        if not a.is_off(text):
            cpus += [a.cpu + i for i, c in enumerate(a.status(m.qmp)["cpus"])
                     if i == 0 or c[0] and not c[3]]
    return cpus


def exceptions(m, attacker, header):
    """What its CPU 0 and its EL1 have taken, and what is at its vector: for the message."""
    m.qmp.call("stop")
    cpu, s = attacker.cpu, attacker.status(m.qmp)
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


def follow(m, layout, header, seconds, look):
    """Until the payload is done, with its heartbeat; in these seconds it calls look()."""
    start = time.monotonic()
    beats, looks = {a: (None, start) for a in layout.attackers}, 0
    while True:
        m.check()
        text = contents(m.console)
        now = time.monotonic()
        left = [a for a in layout.attackers if not a.done(text)]
        if not left:
            return
        for a in left:
            last = re.findall(rf"{a.prefix}neve-hostile: beat (\d+)", text)[-1:]
            if last != beats[a][0]:
                beats[a] = last, now
        if looks < LOOKS and now - start > seconds / (LOOKS + 1) * (looks + 1):
            look()
            looks += 1
            start += time.monotonic() - now
            beats = {a: (last, time.monotonic()) for a, (last, _) in beats.items()}
        for a in left:
            if time.monotonic() - beats[a][1] > BEAT_S:
                raise Hang(f"CPU 0 of {a.prefix or 'the host VM'} had no heartbeat for {BEAT_S} s\n"
                           f"{exceptions(m, a, header)}")
        if now - start > LIMIT_S:
            raise Hang(f"not done within {LIMIT_S} s")
        time.sleep(0.1)


def check_progress(m, layout, image, header):
    """Each CPU leaves neve's code, or is off."""
    cpus = sum(a.cpus for a in layout.attackers) + bool(layout.beat)
    watch = Watch(m.qmp, header, cpus)
    for _ in range(SAMPLES):
        off = [0] * cpus
        for a in layout.attackers:
            off[a.cpu:a.cpu + a.cpus] = ([1] * a.cpus if a.is_off(contents(m.console)) else
                                         [c[3] for c in a.status(m.qmp)["cpus"]])
        watch.look(m.gdb_client(), off)
        if not watch.stuck():
            return
        m.qmp.call("cont")
        time.sleep(SAMPLE_S)
        m.qmp.call("stop")
    raise Failure(f"CPUs stay in neve's code: {watch.stuck()}\n"
                  f"{positions(m.qmp, image, layout.image)}")


def run_seed(args, image, layout, seed):
    """One boot. What the payload counted."""
    secret, beat = Secrets(args, layout), layout.beat
    words = []
    for a in layout.attackers:
        aim = layout.aim(a, secret, seed)
        words.append(f"seed={seed * len(layout.attackers) + a.number} us={args.us} "
                     f"slice={args.slice} neve={aim[0]} neve-size={aim[1]} target={aim[2]}" +
                     (" reports=1" if a.number == 1 and args.inside > 1 else ""))
    # with two the machine has to end by itself: long after them, also where the test has half a CPU
    beats = (18000, 30) if args.inside > 1 else (args.us // 800 + 3500, 100)
    m = Machine(args, f"{args.name}-{seed}", words, secret.devices(), beats)
    try:
        header = int(m.wait_for(r"trace header at 0x(\w+)")[1], 16)
        layout.locate(m)
        m.connect()

        def look():
            m.qmp.call("stop")
            check_stage2(m, layout, running(m, layout) + ([beat.cpu] if beat else []))
            m.qmp.call("cont")

        try:
            follow(m, layout, header, args.us / 1e6, look)
        except Hang as e:
            raise Failure(f"{e}\n{positions(m.qmp, image, layout.image)}") from e
        if args.inside > 1:
            m.wait_for("neve: vm1 turned itself off")
        elif beat:
            said = beat.check(m)
            print(f"beside seed {seed}: {said} exits={beat.check_exits(m, header)}", flush=True)
        m.qmp.call("stop")
        check_status(m, layout)
        check_progress(m, layout, image, header)
        m.check()
        if args.dma and not re.search("DMA refused: .*not mapped", contents(m.console)):
            raise Failure("no DMA was refused, so that none was tried")
        check_text(m, layout, image)
        check_stage2(m, layout, running(m, layout))
        secret.check(m.qmp)
        secret.find(m.qmp, layout)
        cpus = [c for a in layout.attackers for c in a.status(m.qmp)["cpus"]]
        if args.self_test:
            self_test(m, image, layout, secret, header)
        if args.inside > 1:
            m.qmp.call("cont")
            print(f"beside seed {seed}: {beat.check(m)}", flush=True)
            m.ends()
        return cpus
    finally:
        m.end()
        os.unlink(secret.path)


def self_test(m, image, layout, secret, header):
    """Each of the checks, on a machine that stands still, where something is wrong."""
    gdb, qmp, beat = m.gdb_client(), m.qmp, layout.beat
    start, end = layout.foreign()[-1]
    root = gdb.register(0, "VTTBR_EL2") & 0xFFFFFFFFF000
    text = layout.image + image.symbols["text_end"]
    status = layout.attackers[0].at
    turned = secret.word[3:] + secret.word[:3]

    def leaf():
        check_stage2(m, layout, [layout.attackers[0].cpu])

    def found():
        secret.find(qmp, layout, False)

    tests = [
        ("a secret in the guest's memory", end - PAGE, turned, found, "in the guest's memory"),
        ("a changed word of neve's text", text - 64, b"\0" * 7 + b"!",
         lambda: check_text(m, layout, image), "differ from the image"),
        ("a changed word of neve's read-only data", layout.image + image.symbols["rodata_end"] - 8,
         b"\xa5" * 8, lambda: check_text(m, layout, image), "differ from the image"),
        ("a changed page of neve's pool", secret.pages[1] + 0x7f8, b"changed!",
         lambda: secret.check(qmp), "was written"),
        ("a leaf to all of RAM", root + 8, struct.pack("<Q", RAM_BASE | 0x7FD),
         leaf, "stage 2 of CPU 0 maps"),
        ("a leaf to the ITS", root, struct.pack("<Q", 0x7FD), leaf, "'0x8080000'"),
        ("no leaf at all", root, bytes(32), leaf, "does not map"),
        ("a table outside of neve's memory", root + 8,
         struct.pack("<Q", start & ~(PAGE - 1) | 3), leaf, "a stage 2 table is at"),
        ("a violation", status + 24, struct.pack("<QQ", 1, 3), lambda: check_status(m, layout),
         VIOLATIONS[3]),
        ("a payload that is not done", status + 8, struct.pack("<Q", 1),
         lambda: check_status(m, layout), "is not what its CPU 0 wrote"),
        ("another number of CPUs", status + 40, bytes(8), lambda: check_status(m, layout),
         "is not what its CPU 0 wrote"),
    ]
    if beat:
        beats_root = gdb.register(beat.cpu, "VTTBR_EL2") & 0xFFFFFFFFF000
        causes = cause_names(qmp, header)
        counts = qmp.words(header + HEADER_CPUS + 16 * beat.cpu, 1)[0]
        tests = [("a leaf of the VM beside it to all of RAM", beats_root + 8,
                  struct.pack("<Q", RAM_BASE | 0x7FD), lambda: check_stage2(m, layout, [beat.cpu]),
                  f"stage 2 of CPU {beat.cpu} maps")] + [
                      (f"exits of the VM beside it: {name}", counts + 8 * causes.index(name),
                       struct.pack("<Q", n), lambda: beat.check_exits(m, header), "interrupts of others")
                      for name, n in (("IRQ", 3 * beat.beats), ("FIQ", 1), ("SError interrupt", 1))]
    for name, at, data, check, expected in tests:
        before = qmp.memory(at, len(data))
        gdb.write(at, data)
        must_fail(name, check, expected)
        gdb.write(at, before)
        if check is not found:
            check()
    before = gdb.general(1, 5)
    gdb.set_general(1, 5, int.from_bytes(secret.word, "little"))
    must_fail("a secret in a register", lambda: secret.find(qmp, layout), "in a register")
    gdb.set_general(1, 5, before)
    secret.find(qmp, layout)
    if not beat:
        self_test_hang(m, image, layout, header)


def self_test_hang(m, image, layout, header):
    """CPUs that come into neve by any exception do not come out."""
    vectors = layout.image + image.symbols["el2_vectors"]
    for at in range(0x400, 0x600, 0x80):
        m.gdb_client().write(vectors + at, struct.pack("<I", 0x14000000))  # b .
    # As no timer ends a slice, a CPU in its own vectors may come down through the guest's memory to there.
    m.gdb_client().write(layout.attackers[0].at + 40, bytes(8))
    m.qmp.call("cont")
    time.sleep(SAMPLE_S)
    m.qmp.call("stop")
    must_fail("CPUs that stay in neve", lambda: check_progress(m, layout, image, header),
              "stay in neve's code")
    layout.attackers[0].done = lambda text: False
    m.qmp.call("cont")
    must_fail("no heartbeat", lambda: follow(m, layout, header, LIMIT_S, lambda: None), "no heartbeat")
    m.qmp.call("stop")


def must_fail(name, check, expected):
    """It has to notice."""
    try:
        check()
    except Failure as e:
        if expected in str(e):
            print(f"noticed: {name}: {e}", flush=True)
            return
        raise Failure(f"{name}: expected \"{expected}\", found \"{e}\"") from e
    raise Failure(f"{name}: nothing notices that")


def repeat(args, seed):
    """The command line for one seed."""
    words = [sys.executable, sys.argv[0], "--neve", args.neve, "--build", args.build, "--out",
             args.out, "--mode", args.mode, "--cpu", args.cpu, "--smp", str(args.smp), "--us",
             str(args.us), "--slice", str(args.slice), str(seed)]
    return shlex.join(words + ["--single"] * args.single + ["--dma"] * args.dma +
                      ["--inside", str(args.inside)] * bool(args.inside) +
                      ["--beat"] * (bool(args.beat) and not args.inside))


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
    p.add_argument("--inside", type=int, default=0, metavar="N",
                   help="N hostile VMs beside a host VM that is not")
    p.add_argument("--self-test", action="store_true", help="of these checks")
    p.add_argument("--dma", action="store_true", help="with a device that copies memory")
    p.add_argument("seed", type=int, nargs="+")
    args = p.parse_args()
    args.name = f"{args.mode}-{args.cpu.split(',')[0]}-{args.smp}"
    if args.inside:
        args.name += f"-inside-{args.inside}"
    args.beat = Neighbour(args) if args.beat or args.inside else None
    args.attackers = ([Attacker(i + 1, args.smp) for i in range(args.inside)] or
                      [Attacker(0, args.smp)])
    image = Image(args.build)
    failed, trials, exits = 0, 0, 0
    try:
        layout = Layout(args)
    except (Failure, QmpError) as e:
        sys.exit(f"neve does not boot: {e}")
    for seed in args.seed:
        start = time.monotonic()
        try:
            cpus = run_seed(args, image, layout, seed)
        except (Failure, QmpError, OSError) as e:
            print(f"seed {seed}: {e}\n  repeat it: {repeat(args, seed)}", flush=True)
            failed += 1
            break
        n, x = (sum(c[i] for c in cpus) for i in (0, 1))
        last = [TRIALS[c[4]] if c[4] < len(TRIALS) else "?" for c in cpus if c[4]]
        print(f"seed {seed}: trials={n} exits={x} restarts={sum(c[2] for c in cpus)} "
              f"swept={sum(c[5] for c in cpus)} "
              f"by CPU {[c[0] for c in cpus]} last {last}, "
              f"{time.monotonic() - start:.0f} s", flush=True)
        trials += n
        exits += x
    print(f"trials={trials} exits={exits} failed={failed}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
