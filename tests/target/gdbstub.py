# SPDX-License-Identifier: Apache-2.0
"""System registers of a machine in QEMU, through its gdbstub; and its stage 2 tables."""
import re
import socket
import struct

PAGE = 4096


class Gdb:
    """A client of the remote protocol. The machine must be stopped already."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.buffer = b""
        self.call("qSupported:xmlRegisters=aarch64")
        self.xml("target.xml")
        self.numbers = {m[1]: int(m[2]) for m in re.finditer(
            r'<reg name="(\w+)"[^>]* regnum="(\d+)"', self.xml("system-registers.xml"))}

    def call(self, text):
        """One packet, and its answer."""
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))
        while True:
            m = re.search(rb"\$([^#]*)#..", self.buffer, re.S)
            if m:
                self.buffer = self.buffer[m.end():]
                self.socket.sendall(b"+")
                return m[1].decode("latin1")
            more = self.socket.recv(65536)
            if not more:
                raise OSError("QEMU's gdbstub has closed")
            self.buffer += more

    def xml(self, name):
        """A description of registers."""
        text = ""
        while True:
            part = self.call(f"qXfer:features:read:{name}:{len(text):x},1000")
            text += part[1:]
            if part[0] != "m":
                return text

    def register(self, cpu, name):
        """Its value on a CPU."""
        self.call(f"Hgp1.{cpu + 1:x}")
        return int.from_bytes(bytes.fromhex(self.call(f"p{self.numbers[name]:x}")), "little")

    def halted(self, cpu):
        """It waits (WFI), or is off."""
        answer = self.call(f"qThreadExtraInfo,p1.{cpu + 1:x}")
        return "halted" in bytes.fromhex(answer).decode()

    def general(self, cpu, number):
        """x0 to x30."""
        self.call(f"Hgp1.{cpu + 1:x}")
        return int.from_bytes(bytes.fromhex(self.call(f"p{number:x}")), "little")

    def set_general(self, cpu, number, value):
        """The same."""
        self.call(f"Hgp1.{cpu + 1:x}")
        self.must(f"P{number:x}={value.to_bytes(8, 'little').hex()}")

    def write(self, address, data):
        """Physical memory."""
        self.must("Qqemu.PhyMemMode:1")
        self.must(f"M{address:x},{len(data):x}:{data.hex()}")
        self.must("Qqemu.PhyMemMode:0")

    def must(self, text):
        """A packet that is answered with OK."""
        answer = self.call(text)
        if answer != "OK":
            raise OSError(f"QEMU's gdbstub answers {answer!r} to {text}")


def stage2_leaves(memory, base, vttbr, vtcr):
    """
    Leaves as (input address, output address, size). memory: what lies from `base` on, where all
    tables have to be; ValueError if one is not. 4 KiB granule.
    """
    bits, level = 64 - (vtcr & 63), 2 - (vtcr >> 6 & 3)
    todo = [(vttbr & 0xFFFFFFFFFFFE, level, 0, 1 << (bits - 39 + 9 * level))]
    while todo:
        table, level, ia, n = todo.pop()
        at = table - base
        if at < 0 or at + 8 * n > len(memory):
            raise ValueError(f"a stage 2 table is at 0x{table:x}")
        shift = 39 - 9 * level
        for i, desc in enumerate(struct.unpack_from(f"<{n}Q", memory, at)):
            if not desc & 1:
                continue
            out, here = desc & 0xFFFFFFFFF000, ia + (i << shift)
            if level < 3 and desc & 2:
                todo.append((out, level + 1, here, 512))
            elif level == 3 or not desc & 2:
                yield here, out >> shift << shift, 1 << shift
