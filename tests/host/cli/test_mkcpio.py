#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/mkcpio.py makes the archive that its description says: test_mkcpio.py TOP. TAP output."""
import os
import subprocess
import sys
import tempfile

top, = sys.argv[1:]
sys.path.insert(0, os.path.join(top, "tests"))
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402


def mkcpio(description, out):
    return subprocess.run([sys.executable, os.path.join(top, "tools/mkcpio.py"), out], input=description,
                          check=False, capture_output=True, text=True, timeout=60)


def entries(path):
    """{name: (mode, contents)}, as a kernel reads them."""
    with open(path, "rb") as f:
        data = f.read()
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b"070701"
        fields = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = fields[1], fields[6], fields[11]
        name = data[at + 110:at + 110 + length - 1].decode()
        start = at + (110 + length + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = mode, data[start:start + size]
        at = start + (size + 3) // 4 * 4


with tempfile.TemporaryDirectory(prefix="a place  with spaces ") as directory:
    source, out = os.path.join(directory, " the  file "), os.path.join(directory, "out")
    with open(source, "wb") as f:
        f.write(b"contents")
    p = mkcpio(f"dir bin\nlink sbin bin\nchar dev/null 1 3\nfile bin/a 0755 {source}\nfile b 644 {source}\n", out)
    ok(p.returncode == 0, "an archive", p.stderr)
    ok(entries(out) == {"bin": (0o040755, b""), "sbin": (0o120777, b"bin"), "dev/null": (0o020600, b""),
                        "bin/a": (0o100755, b"contents"), "b": (0o100644, b"contents")},
       "with files whose names have spaces", str(entries(out)))
    ok(os.path.getsize(out) % 512 == 0, "another may follow it")
    with open(out, "rb") as f:
        first = f.read()
    mkcpio(f"dir bin\nlink sbin bin\nchar dev/null 1 3\nfile bin/a 0755 {source}\nfile b 644 {source}\n", out)
    with open(out, "rb") as f:
        ok(f.read() == first, "the same bytes again")
    for line in "file a b 0644 /dev/null", "file a 0644", "frobnicate a", "link a", "dir a b":
        p = mkcpio(line + "\n", out)
        ok(p.returncode == 1 and p.stderr.count("\n") == 1 and "line 1: cannot read" in p.stderr,
           f"refused: {line}", p.stderr)

finish()
