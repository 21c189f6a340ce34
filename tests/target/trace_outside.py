#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts neve's instructions from outside, trap by trap, and compares them with what neve says.

usage: trace_outside.py --neve COMMAND --elf NEVE.ELF --out DIRECTORY MODE

Boots the stack with --icount, waits until the benchmark payload runs nested, and has QEMU log every
single instruction for a while (one-insn-per-tb, -d exec,int). An instruction of neve's is one
between an exception to EL2 and the return from it. What tracing itself does lies between symbols of
cpu/vectors.S (guest_*_own and _own_end) and is counted apart. With --icount all CPUs share one
clock, which QEMU may give to another CPU in the middle of a trap; so what neve should have measured
is the instructions of all of them meanwhile.

MODE is neve's option trace=: none, off, or on; or `call`: off at boot, on by hypercall. Prints a JSON
object. With on and call it has what `neve trace` read from the machine at that moment.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import time
from statistics import median_low

from qmp import Qmp, QmpError

HVCS = 120  # to be in the log; its size says little, as there is work of L1's own between them
LIMIT_S = 300  # for the boot


def wait_for(what, limit, condition):
    """Until condition() is true."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {limit} s")
        time.sleep(0.1)


def contents(path):
    """A file's text."""
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def occurrences(path, what):
    """A function that says how often a file, which grows, has these bytes by now."""
    count, rest = 0, b""
    f = open(path, "rb")

    def so_far():
        nonlocal count, rest
        data = rest + f.read()
        count += data.count(what)
        rest = data[max(len(data) - len(what) + 1, 0):]
        return count
    return so_far


def command_line(qemu, line):
    """For the monitor for people, which says nothing when all is well."""
    text = qemu.monitor(line)
    if text:
        raise QmpError(f"{line}: {text}")


def record(args, log):
    """Runs the stack until it has logged enough. What neve itself has recorded then, if it traces."""
    base = os.path.join(args.out, f"outside-{args.mode}")
    sockets = [base + ".qmp", base + ".qmp2"]
    for path in [*sockets, log]:
        if os.path.exists(path):
            os.unlink(path)
    on = args.mode in ("on", "call")
    neve_args = f"trace={'off' if args.mode == 'call' else args.mode} l2-counters=on"
    payload = ["ops=hypercall", "iterations=16384"]
    if args.mode == "call":
        payload += ["counters=1", "trace=1"]
    command = [args.neve, "run", "--icount", "--timeout", str(LIMIT_S + 100), "--job", "bench",
               "--neve-args", neve_args, "--qmp", sockets[0],
               "--append", "quiet " + " ".join("neve.payload=" + p for p in payload), *args.more,
               # With more CPUs, QEMU may give the turn to another one at the very edge of a trap.
               *(["--smp", "1"] if on else []),
               "--", "-D", log, "-qmp", f"unix:{sockets[1]},server=on,wait=off"]
    console = base + ".log"
    with open(console, "wb") as out:
        run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        wait_for("QEMU's socket", 30, lambda: os.path.exists(sockets[1]))
        wait_for(f"the payload (see {console})", LIMIT_S,
                 lambda: '{"start":true' in contents(console) or run.poll() is not None)
        time.sleep(0.3)  # its warm-up
        qemu = Qmp(sockets[1])
        qemu.call("stop")
        command_line(qemu, "one-insn-per-tb on")
        command_line(qemu, "log exec,nochain,int")
        qemu.call("cont")
        hvcs = occurrences(log, b"[Hypervisor Call]")
        wait_for("HVCs in QEMU's log", 120, lambda: hvcs() >= (3 if on else 1) * HVCS)
        qemu.call("stop")
        command_line(qemu, "log none")
        inside = None
        if on:
            subprocess.run([args.neve, "trace", "--attach", sockets[0], "--icount", "--timeline",
                            "4096", "--json", base + ".json"], check=True, timeout=60,
                           stdout=subprocess.DEVNULL)
            inside = json.loads(contents(base + ".json"))
        qemu.call("quit")
        run.wait(30)
    finally:
        if run.poll() is None:
            run.terminate()
            run.wait(30)
    return inside


class Trap:
    """One trap as QEMU's log has it."""

    def __init__(self, cpu, asynchronous, clock):
        self.cpu = cpu
        self.seen = clock  # instructions of all CPUs, at the last one of this CPU
        self.elapsed = 0   # of those, what the trap took
        self.asynchronous = asynchronous
        self.esr = self.pc = 0
        self.entered = False
        self.instructions = self.assembly = self.own = 0
        self.in_own = False

    def count(self, n, in_assembly, clock):
        """One more instruction, or one less."""
        if self.in_own:
            self.own += n
        else:
            self.instructions += n
            self.assembly += n * in_assembly
            self.elapsed += clock - self.seen
        self.seen = clock


def read_log(log, symbols):
    """The complete traps in the log."""
    starts = {symbols["guest_sync_traced_own"], symbols["guest_async_traced_own"]}
    ends = {symbols["guest_sync_traced_own_end"], symbols["guest_async_traced_own_end"]}
    assembly = range(symbols["guest_sync_none"], symbols["el2_vectors_traced"] + 0x800)
    line_of = re.compile(r"Trace (\d+): \S+ \[\w+/(\w+)/|"
                         r"(Stopped execution)|"
                         r"Taking exception \d+ \[(.*)\] on CPU (\d+)|"
                         r"\.\.\.with ESR \w+/(\w+)|"
                         r"\.\.\.with ELR (\w+)|"
                         r"\.\.\.to EL2 PC|"
                         r"(Exception return from AArch64 EL2)")
    traps, taken, current, cpu, last, clock = [], {}, None, 0, None, 0
    with open(log, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = line_of.match(line)
            if not m:
                continue
            if m[1]:
                cpu, pc = int(m[1]), int(m[2], 16)
                clock += 1
                t = taken.get(cpu)
                last = None
                if not t:
                    continue
                t.in_own = (t.in_own or pc in starts) and pc not in ends
                t.count(1, pc in assembly, clock)
                last = t, pc in assembly
            elif m[3]:  # the last one was not executed, and will come again
                clock -= 1
                if last:
                    last[0].count(-1, last[1], clock)
            elif m[4]:
                current = Trap(int(m[5]), m[4] in ("IRQ", "FIQ"), clock)
            elif m[6]:
                current.esr = 0 if current.asynchronous else int(m[6], 16)
            elif m[7]:
                current.pc = int(m[7], 16)
            elif m[8]:
                if cpu in taken:
                    traps.append(taken.pop(cpu))
            elif current:
                taken[current.cpu] = current
    return traps


def pairs(outside, inside):
    """The same traps of one CPU, from both: lists that end at about the same moment."""
    def same(o, i):
        return (o.pc, o.esr) == (int(i["pc"], 16), int(i["esr"], 16) & 0xffffffff)

    for skip in range(3):  # neve records a trap when the next one begins
        o = outside[:len(outside) - skip]
        n = min(len(o), len(inside))
        found = list(zip(o[len(o) - n:], inside[len(inside) - n:]))
        if n and all(same(*p) for p in found):
            return found
    sys.exit("the traps in QEMU's log and in neve's ring are not the same")


def cause(trap):
    """A name, as far as this test cares."""
    return {0x16: "HVC", 0x1a: "ERET"}.get(trap.esr >> 26, "other")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--neve", required=True)
    p.add_argument("--elf", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("mode", choices=["none", "off", "on", "call"])
    p.add_argument("more", nargs="*", help="more options of neve run")
    args = p.parse_args()

    log = os.path.join(args.out, f"outside-{args.mode}.exec")
    inside = record(args, log)
    m = re.search(r"neve: image 0x(\w+)", contents(os.path.join(args.out, f"outside-{args.mode}.log")))
    base = int(m[1], 16) if m else 0x40200000  # QEMU's place for an Image
    nm = subprocess.run(["nm", args.elf], check=True, capture_output=True, text=True).stdout
    symbols = {f[2]: int(f[0], 16) + base for f in map(str.split, nm.splitlines()) if len(f) == 3}
    traps = read_log(log, symbols)
    os.unlink(log)

    result = {"mode": args.mode, "traps": len(traps), "causes": {}}
    by_cause = collections.defaultdict(list)
    for t in traps:
        by_cause[cause(t)].append(t)
    for name, some in by_cause.items():
        result["causes"][name] = {"traps": len(some),
                                  "instructions": median_low(t.instructions for t in some),
                                  "assembly": median_low(t.assembly for t in some),
                                  "own": median_low(t.own for t in some)}
    if inside:
        both = []
        for cpu in {t.cpu for t in traps}:
            both += pairs([t for t in traps if t.cpu == cpu],
                          [e for e in inside["timeline"] if e["vcpu"] == cpu])
        result["compared"] = len(both)
        result["outside"] = sum(o.elapsed for o, _ in both)
        result["inside"] = sum(i["spent"] for _, i in both)
        result["interleaved"] = sum(o.elapsed != o.instructions for o, _ in both)
        result["worst_percent"] = max(100 * abs(o.elapsed - i["spent"]) / o.elapsed for o, i in both)
        result["worst"] = max(abs(o.elapsed - i["spent"]) for o, i in both)
    print(json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    except QmpError as e:
        sys.exit(f"QEMU: {e}")
