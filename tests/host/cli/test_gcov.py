#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/gcov.py reads the counters of each gcc that it knows: test_gcov.py TOP. TAP output."""
import os
import struct
import sys
import tempfile

top, = sys.argv[1:]
sys.path.insert(0, os.path.join(top, "tests"))
sys.dont_write_bytecode = True
import gcov  # noqa: E402
from tap import finish, ok  # noqa: E402

BASE = 0x40200000
FUNCTIONS = [[1, 2, 3, [4, 0, 6]], [7, 8, 9, [2 ** 40]]]


def image(version, kinds):
    """The memory of a program with two functions in a file, as gcc lays it out: (bytes, table's place)."""
    data = bytearray(b"a.gcda\0\0")

    def put(form, *values):
        at = len(data)
        data.extend(struct.pack(form, *values))
        return BASE + at

    functions = []
    for ident, lineno, cfg, values in FUNCTIONS:
        counts = put(f"<{len(values)}Q", *values)
        functions.append(put("<QIIIIIIQ", 0, ident, lineno, cfg, 0, len(values), 0, counts))
    table = put("<2Q", *functions)
    info = put("<IIQIIQ", version, 0, 0, 0x5555, 0x6666, BASE)
    put(f"<{kinds}Q", 1, *[0] * (kinds - 1))  # functions that merge; only arcs are counted
    put("<IIQ", len(functions), 0, table)
    at = put("<Q", info) - BASE
    return bytes(data), at


def read(version, kinds):
    """What is read of it; the message when it is refused."""
    data, at = image(version, kinds)
    try:
        return gcov.counters(gcov.Memory(data, BASE), at, at + 8)
    except gcov.GcovError as e:
        return str(e)


with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "a.gcda")
    for name, word, kinds in (("12.2", b"B22*", 8), ("13.3", b"B33*", 8), ("14.2", b"B42*", 9),
                              ("15.2", b"B52*", 10)):
        version = int.from_bytes(word, "big")
        found = read(version, kinds)
        ok(found == {"a.gcda": {"version": version, "stamp": 0x5555, "checksum": 0x6666,
                                "functions": FUNCTIONS}}, f"gcc {name}", str(found))
        gcov.write_gcda(path, found["a.gcda"])
        with open(path, "rb") as f:
            head = f.read(16)
        ok(head == b"adcg" + word[::-1] + struct.pack("<II", 0x5555, 0x6666), "its file is of that version",
           str(head))
for word in b"B14*", b"B62*", b"A93*", b"B42e", b"\0\0\0\0", b"\xff\xff\xff\xff":
    said = read(int.from_bytes(word, "big"), 8)
    ok(isinstance(said, str) and "expected that of gcc 12 to 15" in said and "\n" not in said,
       f"refused: {word!r}", str(said))
try:
    gcov.output([sys.executable, "-c", "import sys; print('why'); sys.exit(3)"])
    ok(False, "a command that fails")
except gcov.GcovError as e:
    ok("failed, status 3" in str(e), "a command that fails", str(e))
try:
    gcov.output(["/nonexistent"])
    ok(False, "a command that is not there")
except gcov.GcovError as e:
    ok("/nonexistent: " in str(e), "a command that is not there", str(e))

finish()
