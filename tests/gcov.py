# SPDX-License-Identifier: Apache-2.0
"""gcc's coverage counters: from a machine's memory to gcov's files, and what gcov says of them.

A freestanding program built with -fprofile-arcs -fprofile-info-section has a table of pointers to
its struct gcov_info, one for each object file (gcc/libgcc/libgcov.h). That is read here from a
copy of the memory where the program ran, so that the program needs no code for it.
"""
import collections
import json
import os
import struct
import subprocess
import sys

# gcc's version: kinds of counters, and so pointers to their functions; that of arcs is the first.
COUNTERS = {12: 8, 13: 8, 14: 9, 15: 10}


class GcovError(Exception):
    """What was read is not what gcc makes, or a command failed."""


def output(command, **options):
    """What a command prints. When it fails that is shown, all of it."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as e:
        raise GcovError(f"{e.filename}: {e.strerror}") from e
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        words = command if isinstance(command, str) else " ".join(command)
        raise GcovError(f"failed, status {done.returncode}: {words} (its message is above)")
    return done.stdout


def kinds_of(version):
    """Kinds of counters of the gcc that has this version word: "B42*" is 14.2's."""
    text = version.to_bytes(4, "big")
    major = (text[0] - ord("A")) * 10 + text[1] - ord("0")
    if not text.endswith(b"*") or major not in COUNTERS:
        raise GcovError(f"struct gcov_info: found version 0x{version:x} ({text!r}), expected that of "
                        f"gcc {min(COUNTERS)} to {max(COUNTERS)} (\"B22*\" is 12.2)")
    return COUNTERS[major]


class Elf:
    """A linked program's symbols."""

    def __init__(self, path):
        out = output(["nm", path])
        self.symbols = {f[2]: int(f[0], 16) for f in map(str.split, out.splitlines())
                        if len(f) == 3}


class Memory:
    """A program's memory, linked at 0 and loaded at base."""

    def __init__(self, data, base):
        self.data, self.base = data, base

    def get(self, form, at):
        """Values at an offset."""
        if not 0 <= at <= len(self.data) - struct.calcsize(form):
            raise GcovError(f"a pointer leads out of the image: 0x{at:x}")
        return struct.unpack_from(form, self.data, at)

    def pointer(self, at):
        """What a pointer at an offset leads to, as an offset."""
        return self.get("<Q", at)[0] - self.base

    def string(self, at):
        """Up to its NUL."""
        return self.data[at:self.data.index(b"\0", at)].decode()


def counters(memory, start, end):
    """{file: {"version", "stamp", "checksum", "functions": [[ident, lineno, cfg, [count...]]...]}}"""
    files = {}
    for slot in range(start, end, 8):
        info = memory.pointer(slot)
        version, = memory.get("<I", info)
        stamp, checksum = memory.get("<II", info + 16)
        after = info + 32 + 8 * kinds_of(version)
        number, = memory.get("<I", after)
        functions = []
        table = memory.pointer(after + 8)
        for i in range(number):
            f = memory.pointer(table + 8 * i)
            ident, lineno, cfg = memory.get("<III", f + 8)
            n, = memory.get("<I", f + 24)
            functions.append([ident, lineno, cfg,
                              list(memory.get(f"<{n}Q", memory.pointer(f + 32)))])
        files[memory.string(memory.pointer(info + 24))] = {
            "version": version, "stamp": stamp, "checksum": checksum, "functions": functions}
    return files


def add(total, files):
    """Adds a run's counters to those of others of the same program."""
    for name, f in files.items():
        if name not in total:
            total[name] = f
            continue
        for mine, its in zip(total[name]["functions"], f["functions"]):
            mine[3] = [a + b for a, b in zip(mine[3], its[3])]


def write_gcda(path, f):
    """One object file's counters as gcov reads them (gcc/gcov-io.h)."""
    out = [struct.pack("<IIII", 0x67636461, f["version"], f["stamp"], f["checksum"])]
    for ident, lineno, cfg, values in f["functions"]:
        out.append(struct.pack("<IIIII", 0x01000000, 12, ident, lineno, cfg))
        out.append(struct.pack(f"<II{len(values)}Q", 0x01a10000, 8 * len(values), *values))
    with open(path, "wb") as file:
        file.write(b"".join(out))


def read(gcov, directory, root):
    """Yields (file, gcov's JSON of it) for all object files below a build directory."""
    notes = [os.path.join(d, f) for d, _, files in os.walk(directory) for f in files
             if f.endswith(".gcno")]
    for line in output([gcov, "--json-format", "--stdout", "--branch-probabilities", *notes],
                       cwd=directory).splitlines():
        data = json.loads(line)
        for file in data["files"]:
            path = os.path.join(data["current_working_directory"], file["file"])
            yield os.path.relpath(os.path.realpath(path), root), file


class Source:
    """What is known of one source file. The same code is compiled many times: in each test, for the
    machine, and in a header for each file that includes it. A line is covered when one of them was
    executed; so is an outcome of a branch, where they have the same branches. Where they have not (a
    macro that means something else there), the machine's count, or the first's if it has none."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = {}  # (function, line): {number of outcomes: [counts]}
        self.machine = {}  # (function, line): number of outcomes on the machine

    def add(self, file, machine):
        """One compilation's counts."""
        for line in file["lines"]:
            self.lines[line["line_number"]] += line["count"]
            if not line["branches"]:
                continue
            key = line.get("function_name", ""), line["line_number"]
            counts = [b["count"] for b in line["branches"]]
            shapes = self.branches.setdefault(key, {})
            old = shapes.get(len(counts), [0] * len(counts))
            shapes[len(counts)] = [a + b for a, b in zip(old, counts)]
            if machine:
                self.machine[key] = len(counts)

    def outcomes(self):
        """[(line, [counts])]"""
        result = []
        for key, shapes in self.branches.items():
            n = self.machine.get(key, next(iter(shapes)))
            result.append((key[1], shapes[n]))
        return sorted(result)
