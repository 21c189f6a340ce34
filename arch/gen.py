#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns arch/sysreg.tbl into C, or into docs/sysregs.md.

    gen.py TABLE DIRECTORY        writes the files of emit_c.FILES there
    gen.py --docs TABLE FILE      writes the documentation
    gen.py --list                 names the C files, one a line

Exit status 1 and one line `file:line: what is wrong` when the table contradicts itself.
"""
import os
import sys

sys.dont_write_bytecode = True

import emit_c  # noqa: E402
import table  # noqa: E402


def write(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)


def main(argv):
    if argv == ['--list']:
        print('\n'.join(emit_c.FILES))
        return 0
    docs = argv[:1] == ['--docs']
    if len(argv) != 2 + docs:
        print('usage: gen.py [--docs] TABLE OUTPUT', file=sys.stderr)
        return 2
    source, dest = argv[docs:]
    try:
        t = table.load(source)
        if docs:
            import emit_docs
            write(dest, emit_docs.document(t))
        else:
            # All of them before the first is written: a bad table leaves nothing half made.
            for name, text in [(n, make(t)) for n, make in emit_c.FILES.items()]:
                write(os.path.join(dest, name), text)
    except table.TableError as e:
        print(e, file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError) as e:
        print('%s: %s' % (source, e), file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
