#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs guests/dma on neve, beside another VM, and sees from outside what its DMA did.

usage: dma_outside.py --neve COMMAND --build DIRECTORY --out DIRECTORY --expect held|written [--qemu QEMU]

held: with dma=smmu. Nothing that the device was sent to is written or read: neve's Image, a page in its
pool, the other VM's memory (also by a transfer that ends or begins in the VM's own), the GIC, the SMMU.
What is no RAM, and no device that cannot write memory or is behind the SMMU, is not there for the CPU.
written: with dma=any. The same attack succeeds everywhere, so it is one.

QEMU's `edu` is the device. A first boot tells where everything lies.
"""
import argparse
import os
import re
import secrets
import subprocess
import sys
import time

from qmp import Qmp, QmpError, end_machine

MEMORY_MIB = 512
VM_MIB = 64
PAGE = 4096
BOOT_S = 60
IMAGE_MAGIC = 0x644D5241
MAGIC_AT = 56  # in the header of an arm64 Image, which nothing reads once it has been started
PATTERN = 0x58
GICD_SPARE = 0x400 + 200  # GICD_IPRIORITYR of an SPI that nobody has
SMMU_STRTAB = 0x80
SMMU = 0x9050000  # of QEMU's virt, as all that follow
RTC = 0x9010000  # stays the VM's
# can write memory by themselves, or let others
FORBIDDEN = {"fw_cfg's DMA register": 0x9020010, "the SMMU": SMMU, "virtio-mmio": 0xA000000}


class Failure(Exception):
    """Not as expected."""


class Machine:
    """One boot."""

    def __init__(self, args, name, words, more):
        base = os.path.join(args.out, f"dma-{args.expect}-{name}")
        self.console, sock = base + ".log", base + ".qmp"
        if os.path.exists(sock):
            os.unlink(sock)
        mode = "smmu" if args.expect == "held" else "any"
        command = [args.neve, "run", "--timeout", str(BOOT_S + 60), "--smp", "2", "-m",
                   f"{MEMORY_MIB}M", "--neve-args", f"dma={mode} loglevel=debug", "--l1",
                   os.path.join(args.build, "guests/dma.img"), "--initrd", "none", "--append", words,
                   "--vm", f"cpus=1,memory={VM_MIB}M,kernel={args.build}/guests/beat.img,"
                   "bootargs=beat.count=1000000 beat.progress=0",
                   "--qmp", sock]
        if args.qemu:
            command += ["--qemu", args.qemu]
        command += ["--", "-machine", "iommu=smmuv3", "-global", "arm-smmuv3.stage=2", "-device",
                    "edu,dma_mask=0xffffffffffff", *more]
        with open(self.console, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        self.sock, self.qmp = sock, None

    def text(self):
        """The console so far, whole lines."""
        with open(self.console, encoding="utf-8", errors="replace") as f:
            text = f.read().replace("\r", "")
        return text[:text.rfind("\n") + 1]

    def wait_for(self, regex):
        """A line on the console."""
        end = time.monotonic() + BOOT_S
        while True:
            text = self.text()
            m = re.search(regex, text)
            if m:
                return m
            wrong = re.search(r"panic: .*|fatal: .*|neve-dma: failed: .*", text)
            if wrong:
                raise Failure(f"on the console: {wrong[0]}")
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"not on the console: {regex}\n{text[-1500:]}")
            time.sleep(0.05)

    def stop(self):
        """It stands still, to be looked at."""
        self.qmp = Qmp(self.sock)
        self.qmp.call("stop")

    def end(self):
        """However it stands."""
        end_machine(self.qmp, self.process)


def scout(args):
    """Where things are."""
    m = Machine(args, "scout", "", [])
    try:
        own = int(m.wait_for(r"neve: .* (\d+) MiB of it neve's")[1]) << 20
        at = m.wait_for(r"neve: image 0x(\w+), pool 0x(\w+)")
        vm = int(m.wait_for(r"neve: vm1: \d+ MiB of memory at (\w+)")[1], 16)
        m.wait_for(r"neve-dma: done")
        gicd = int(m.wait_for(r"neve: gicd 0x(\w+)")[1], 16)
        m.stop()
    finally:
        m.end()
    image, pool = int(at[1], 16), int(at[2], 16)
    # in the middle of the pool, which is used last
    page = pool + (image + own - pool) // 64 // PAGE * PAGE * 30 + 5 * PAGE
    return {"image": image, "page": page, "vm": vm, "gicd": gicd}


def word(qmp, address):
    """32 bits of physical memory, or of a device."""
    return int(re.search(r": 0x(\w+)", qmp.monitor(f"xp /1wx 0x{address:x}"))[1], 16)


def check(what, ok):
    """One result."""
    print(("" if ok else "WRONG: ") + what, flush=True)
    return ok


def attack(args, at):
    """One boot with the attack; how many results are not as expected."""
    held = args.expect == "held"
    secret = secrets.token_bytes(4)
    path = os.path.join(args.out, f"dma-{args.expect}.secret")
    with open(path, "wb") as f:
        f.write(secret * (PAGE // 4))
    pattern = int.from_bytes(bytes([PATTERN]) * 4, "little")
    memory = {"neve's Image": (at["image"] + MAGIC_AT, IMAGE_MAGIC),
              "neve's pool": (at["page"], int.from_bytes(secret, "little")),
              "the other VM": (at["vm"] + MAGIC_AT, IMAGE_MAGIC)}
    devices = {"the GIC": (at["gicd"] + GICD_SPARE, pattern & 0xF8F8F8F8),
               "the SMMU": (SMMU + SMMU_STRTAB, pattern)}
    targets = [a for a, _ in [*memory.values(), *devices.values()]]
    edge = at["vm"] + (VM_MIB << 20)
    words = [f"dma{i}={a}" for i, a in enumerate(targets)] + [f"straddle={edge}", f"cpu0={RTC}"]
    words += [f"cpu{i + 1}={a}" for i, a in enumerate(FORBIDDEN.values())]
    m = Machine(args, "attack", " ".join(words),
                ["-device", f"loader,file={path},addr=0x{at['page']:x},force-raw=on"])
    try:
        m.wait_for(r"neve-dma: done")
        m.stop()
        text, results = m.text(), []
        for name, (address, value) in memory.items():
            read = int(re.search(rf"dma=0x{address:x} read=0x(\w+)", text)[1], 16)
            now = word(m.qmp, address)
            results += [check(f"{name} is {'not ' * held}read: 0x{read:x}", (read != value) == held),
                        check(f"{name} is {'not ' * held}written: 0x{now:x}",
                              now == (value if held else pattern))]
        for name, (address, value) in devices.items():
            now = word(m.qmp, address)
            results.append(check(f"{name} is {'not ' * held}written: 0x{now:x}",
                                 (now != value) == held))
        before = m.qmp.memory(edge - PAGE // 2, PAGE // 2)
        results.append(check(f"what ends in another VM's memory does {'not ' * held}get there",
                             before == bytes([0 if held else PATTERN]) * (PAGE // 2)))
        results.append(check("DMA within the VM works, before and afterwards",
                             text.count("neve-dma: own=ok") == 2))
        results.append(check("the clock is the VM's", f"cpu=0x{RTC:x} loaded=" in text))
        for name, address in FORBIDDEN.items():
            said = re.search(rf"cpu=0x{address:x} (\w+)", text)[1]
            results.append(check(f"{name}, by the CPU: {said}",
                                 said == ("abort" if held else "loaded")))
        lines = len(re.findall(r"neve: warning: DMA refused: stream 0x\w+: a (?:read|write) at", text))
        results.append(check(f"neve says so in {lines} lines", lines == (8 if held else 0)))
        results.append(check("and once that it says no more",
                             text.count("DMA refused: more of it is not shown") == held))
        return results.count(False)
    finally:
        m.end()
        os.unlink(path)


def main():
    """Both boots."""
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--neve", required=True)
    p.add_argument("--build", required=True, help="the directory of the cross build")
    p.add_argument("--out", required=True)
    p.add_argument("--expect", choices=("held", "written"), required=True)
    p.add_argument("--qemu")
    args = p.parse_args()
    try:
        sys.exit(1 if attack(args, scout(args)) else 0)
    except (Failure, QmpError, OSError) as e:
        sys.exit(str(e))


if __name__ == "__main__":
    main()
