#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a cpio archive (newc, as an initramfs is) from a description on standard input.

The same description and contents give the same bytes, whoever runs this and whenever: owner is
root, times are zero, inodes are numbered from one. Lines: `dir PATH`, `link PATH TARGET`,
`char PATH MAJOR MINOR`, `file PATH MODE SOURCE`, where SOURCE is the rest of the line and may have
spaces. The archive is padded to 512 bytes, so that another may follow it.
"""
import re
import sys

S_IFDIR, S_IFCHR, S_IFREG, S_IFLNK = 0o040000, 0o020000, 0o100000, 0o120000


def pad4(n):
    return bytes(-n % 4)


def entry(out, ino, path, mode, data=b"", dev=(0, 0)):
    name = path.encode() + b"\0"
    nlink = 2 if mode & 0o170000 == S_IFDIR else 1
    fields = (ino, mode, 0, 0, nlink, 0, len(data), 0, 0, *dev, len(name), 0)
    header = b"070701" + b"".join(b"%08x" % f for f in fields) + name
    out.write(header + pad4(len(header)) + data + pad4(len(data)))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: mkcpio.py OUTPUT < DESCRIPTION")
    with open(sys.argv[1], "wb") as out:
        ino = 0
        for number, line in enumerate(sys.stdin, 1):
            ino += 1
            match line.rstrip("\n").split(" ", 3):
                case ["dir", path]:
                    entry(out, ino, path, S_IFDIR | 0o755)
                case ["link", path, target]:
                    entry(out, ino, path, S_IFLNK | 0o777, target.encode())
                case ["char", path, major, minor]:
                    entry(out, ino, path, S_IFCHR | 0o600, dev=(int(major), int(minor)))
                case ["file", path, mode, source] if re.fullmatch("0?[0-7]{3}", mode):
                    with open(source, "rb") as f:
                        entry(out, ino, path, S_IFREG | int(mode, 8), f.read())
                case _:
                    sys.exit(f"mkcpio.py: line {number}: cannot read {line.strip()!r}")
        entry(out, 0, "TRAILER!!!", 0)
        out.write(bytes(-out.tell() % 512))


main()
