# SPDX-License-Identifier: Apache-2.0
"""arch/gen.py: every way in which it must refuse a table, and that what it makes is current and
compiles. TAP on standard output. Argument: the source directory."""
import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
GEN = os.path.join(ROOT, 'arch', 'gen.py')
TABLE = os.path.join(ROOT, 'arch', 'sysreg.tbl')

# What is appended to the table (or, as a pair, a line that is replaced), and the complaint.
BAD = {
    'an encoding twice': ('reg FOO_EL1 3,0,1,0,0 rw H',
        r'encoding 3,0,1,0,0 of FOO_EL1 is that of SCTLR_EL1'),
    'a name twice': ('reg SCTLR_EL1 3,0,11,0,0 rw H', r'register SCTLR_EL1 twice'),
    'a name twice but for case': ('reg Sctlr_EL1 3,0,11,0,0 rw H', r'register Sctlr_EL1 twice'),
    'a slot twice': ('reg FOO_EL1 3,0,11,0,0 rw E slot=0x110',
        r'FOO_EL1: slot 0x110 is that of SCTLR_EL1'),
    'a slot out of line': ('reg FOO_EL1 3,0,11,0,0 rw E slot=0x114',
        r'slot 0x114 is not a multiple of 8'),
    'a slot out of the page': ('reg FOO_EL1 3,0,11,0,0 rw E slot=0x1000', r'slot 0x1000 is not'),
    'memory without a slot': ('reg FOO_EL1 3,0,11,0,0 rw E',
        r'class E says memory, but there is no slot'),
    'a slot without memory': ('reg FOO_EL1 3,0,11,0,0 rw H slot=0x8', r'class H never uses memory'),
    'redirect without target': ('reg FOO_EL2 3,4,11,0,0 rw C ctx',
        r'says redirect, but there is no target'),
    'a trap without an end': ('reg FOO_EL2 3,4,11,0,0 rw B', r'neither a place nor a handler'),
    'an unknown class': ('reg FOO_EL2 3,4,11,0,0 rw Z ctx',
        r'unknown class Z: no mode has an action'),
    'a class with a mode missing': ('class Z UTTM text', r'class Z: 4 of 5 modes have an action'),
    'a class with an odd action': ('class Z UTTMQ text', r"class Z: unknown action 'Q'"),
    'a class twice': ('class A UTTMM text', r'class A twice'),
    'an unknown group': ('reg FOO_EL1 3,0,11,0,0 rw H group=BAR', r'unknown group BAR'),
    'a group twice': ('group TVM HCR.26', r'group TVM twice'),
    'a group of no use': ('group BAR HCR.26', r'group BAR: no register uses it'),
    'a group of no control': ('group BAR FOO.26', r"'FOO.26' is no bit of"),
    'a group of bit 64': ('group BAR HCR.64', r"'HCR.64' is no bit of"),
    'an unknown handler': ('reg FOO_EL2 3,4,11,0,0 rw B h=BAR', r'unknown handler BAR'),
    'an unknown feature': ('reg FOO_EL1 3,0,11,0,0 rw H feat=BAR', r'unknown feature BAR'),
    'a feature twice': ('feature VHE ID_AA64MMFR1_EL1[11:8]>=1', r'feature VHE twice'),
    'a feature of no use': ('feature BAR ID_AA64MMFR1_EL1[11:8]>=1',
        r'feature BAR: no register uses it'),
    'a feature of no register': ('feature BAR ID_FOO_EL1[11:8]>=1',
        r'ID_FOO_EL1 is no ID register'),
    'a feature of no field': ('feature BAR ID_AA64MMFR1_EL1[11:9]>=1', r'not a 4-bit field'),
    'an unknown count': ('reg FOO_EL1 3,0,11,0,0 rw H impl=bar', r'unknown count bar'),
    'an unknown option': ('reg FOO_EL1 3,0,11,0,0 rw H bar=1',
        r'unknown, empty or repeated option bar'),
    'an unknown flag': ('reg FOO_EL1 3,0,11,0,0 rw H bar', r'unknown or repeated flag bar'),
    'an unknown access': ('reg FOO_EL1 3,0,11,0,0 x H', r"access 'x' is not r, w or rw"),
    'op1 8': ('reg FOO_EL1 3,8,11,0,0 rw H', r'op1 is 8, above 7'),
    'four numbers': ('reg FOO_EL1 3,0,11,0 rw H', r'is not op0,op1,CRn,CRm,op2'),
    'n without a range': ('reg FOO_EL1 3,0,11,0,n rw H',
        r'neither a number nor an expression of n'),
    'a range without n': ('reg FOO_EL1 3,0,11,0,0 rw H n=0..3', r'or the name has no'),
    'a range backwards': ('reg FOO{n}_EL1 3,0,11,0,n rw H n=3..0', r'is no range'),
    'a range past op2': ('reg FOO{n}_EL1 3,0,11,0,n rw H n=0..8', r'op2 is 8, above 7'),
    'code for an expression': ('reg FOO{n}_EL1 3,0,11,0,n**2 rw H n=0..1', r'neither a number nor'),
    'an unknown target': ('reg FOO_EL2 3,4,11,0,0 rw B ctx e2h=BAR_EL1',
        r'its target BAR_EL1 is no register'),
    'a target with a target': ('reg FOO_EL2 3,4,11,0,0 rw B ctx e2h=SCTLR_EL2',
        r'SCTLR_EL2 has a target'),
    'two places': ('reg FOO_EL1 3,0,11,0,0 rw E ctx slot=0x8', r'more than one of slot='),
    'fine-grained nonsense': ('reg FOO_EL1 3,0,11,0,0 rw H fgt=HFG.64', r'fgt=HFG.64 is not'),
    'nxs elsewhere': ('reg FOO 1,0,11,0,0 w H nxs h=TLBI', r'nxs needs CRn 8|is that of'),
    'a field over another': ('field ID_AA64PFR0_EL1 FOO 62:59 max 1',
        r'ID_AA64PFR0_EL1.FOO overlaps'),
    'a field twice': ('field ID_AA64PFR0_EL1 EL0 39:36 max 1', r'ID_AA64PFR0_EL1.EL0 twice'),
    'a field of no ID register': ('field SCTLR_EL1 FOO 3:0 max 1', r'SCTLR_EL1 is no ID register'),
    'a field beyond 63': ('field ID_AA64PFR1_EL1 FOO 64:61 max 1', r"'64:61' is not hi:lo"),
    'an unknown rule': ('field ID_AA64PFR1_EL1 FOO 63:60 min 1', r'unknown rule min'),
    'a limit too large': ('field ID_AA64PFR1_EL1 FOO 63:60 max 16', r'16 is not in 0\.\.0xf'),
    'a rule without its limit': ('field ID_AA64PFR1_EL1 FOO 63:60 max', r'hi:lo RULE limit'),
    'a mask of nothing': ('mask FOO_EL2 keep=1', r'mask of FOO_EL2, which is no register'),
    'a mask twice': ('mask HCR_EL2 keep=1', r'once a register'),
    'a mask with a bit twice': ('mask HPFAR_EL2 keep=1,0-3', r'bits: 1 twice'),
    'a mask of bit 64': ('mask HPFAR_EL2 keep=60-64', r'is not within 0-63'),
    'a mask that keeps a one': ('mask HPFAR_EL2 keep=0-3 ones=3', r'both kept and one'),
    'an unknown line': ('register FOO', r"unknown line 'register'"),
    'a range with a hole in the page': (('n=0..7 slot=0x940+8*n', 'n=1..7 slot=0x940+8*n'),
                                        r'not in the order of n'),
    'a target that is gone': (('reg MAIR_EL1 ', 'reg MAIRX_EL1 '), r'MAIR_EL1 is no register'),
}

number = failed = 0


def report(ok, what, why='', skip=''):
    global number, failed
    number += 1
    failed += not ok and not skip
    print('%s %d - %s%s' % ('ok' if ok or skip else 'not ok', number, what,
                            ' # SKIP ' + skip if skip else ''))
    if not ok and why:
        print('\n'.join('# ' + line for line in why.splitlines()))


def run(*args):
    return subprocess.run([sys.executable, GEN] + list(args), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=60)


def test_bad(tmp, what, change, complaint):
    with open(TABLE, encoding='ascii') as f:
        text = f.read()
    if isinstance(change, tuple):
        if text.count(change[0]) != 1:
            return report(False, what, 'the test looks for a line that is not there once')
        line = text[:text.index(change[0])].count('\n') + 1
        text = text.replace(change[0], change[1])
    else:
        text += change + '\n'
        line = text.count('\n')
    path, out = os.path.join(tmp, 'bad.tbl'), os.path.join(tmp, 'bad')
    os.makedirs(out, exist_ok=True)
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)
    r = run(path, out)
    lines = r.stderr.splitlines()
    place = r'\d+' if isinstance(change, tuple) else str(line)
    ok = (r.returncode == 1 and len(lines) == 1 and not r.stdout and
          re.match(re.escape(path) + ':' + place + ': ', lines[0]) and
          re.search(complaint, lines[0]) and not os.listdir(out))
    report(bool(ok), 'refuses ' + what, 'exit %d, wanted %r at line %s, got: %s' %
           (r.returncode, complaint, place, r.stderr))


def test_files(tmp):
    for name in ('none.tbl', 'empty.tbl'):
        path = os.path.join(tmp, name)
        if name == 'empty.tbl':
            open(path, 'w').close()
        r = run(path, tmp)
        report(r.returncode == 1 and len(r.stderr.splitlines()) == 1 and path in r.stderr,
               'refuses ' + name, r.stderr)
    with open(os.path.join(tmp, 'latin.tbl'), 'wb') as f:
        f.write(b'# caf\xe9\n')
    r = run(os.path.join(tmp, 'latin.tbl'), tmp)
    report(r.returncode == 1 and len(r.stderr.splitlines()) == 1, 'refuses latin.tbl', r.stderr)
    r = run(TABLE)
    report(r.returncode == 2 and r.stderr.startswith('usage: '), 'says how it is used', r.stderr)


def test_output(tmp):
    dirs = [os.path.join(tmp, 'one', 'gen'), os.path.join(tmp, 'two', 'gen')]
    for d in dirs:
        os.makedirs(d)
        r = run(TABLE, d)
        report(r.returncode == 0 and not r.stderr, 'makes the C', r.stderr)
    names = run('--list').stdout.split()
    report(sorted(os.listdir(dirs[0])) == sorted(names), '--list names what is made')
    same = filecmp.cmpfiles(dirs[0], dirs[1], names, shallow=False)
    report(sorted(same[0]) == sorted(names), 'makes the same C twice', str(same))

    with open(os.path.join(ROOT, 'arch', 'gen', 'meson.build'), encoding='ascii') as f:
        outputs = re.search(r'output: \[(.*?)\]', f.read(), re.S).group(1)
    report(sorted(re.findall(r"'([^']+)'", outputs)) == sorted(names), 'meson knows every file')

    made = os.path.join(tmp, 'sysregs.md')
    r = run('--docs', TABLE, made)
    current = os.path.join(ROOT, 'docs', 'sysregs.md')
    report(r.returncode == 0 and os.path.exists(current) and
           filecmp.cmp(made, current, shallow=False), 'docs/sysregs.md is current',
           r.stderr + 'make it again: arch/gen.py --docs arch/sysreg.tbl docs/sysregs.md')
    r = subprocess.run([os.path.join(ROOT, 'tests', 'target', 'differences-doc'), '--check',
                        os.path.join(ROOT, 'docs', 'differences.md')],
                       stdout=subprocess.PIPE, check=False, text=True)
    report(r.returncode == 0, 'docs/differences.md is current', r.stdout)
    return dirs[0]


def test_compile(tmp, gen):
    unit = os.path.join(tmp, 'all.c')
    with open(unit, 'w', encoding='ascii') as f:
        for h in sorted(os.listdir(gen)):
            if h.endswith('.h'):
                f.write('#include "gen/%s"\n' % h)
        f.write('#include "gen/sysreg_table.c"\n')
    asm = os.path.join(tmp, 'token.S')
    with open(asm, 'w', encoding='ascii') as f:
        f.write('#include "gen/sysreg_enc.h"\n\tmrs x0, SYSREG_TOKEN_SCTLR_EL12\n'
                '\tmov w1, #SYSREG_KEY_HCR_EL2 >> 16\n')
    base = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-O2', '-fpie', '-c', '-o',
            os.path.join(tmp, 'o.o'), '-I', os.path.dirname(gen), '-I', os.path.join(ROOT, 'hyp')]
    target = ['-ffreestanding', '-mgeneral-regs-only', '-mstrict-align']
    for cc, flags, source in (
            (['gcc'], [], unit), (['clang'], [], unit),
            (['aarch64-linux-gnu-gcc'], target, unit),
            (['clang', '--target=aarch64-none-elf'], target, unit),
            (['aarch64-linux-gnu-gcc'], target, asm)):
        what = 'compiles: %s %s' % (' '.join(cc), os.path.basename(source))
        if not shutil.which(cc[0]):
            report(False, what, skip='no ' + cc[0])
            continue
        r = subprocess.run(cc + flags + base + [source], stderr=subprocess.PIPE,
                           universal_newlines=True, timeout=100)
        report(r.returncode == 0, what, r.stderr)


def main():
    with tempfile.TemporaryDirectory() as tmp:
        for what, (change, complaint) in BAD.items():
            test_bad(tmp, what, change, complaint)
        test_files(tmp)
        test_compile(tmp, test_output(tmp))
    print('1..%d' % number)
    return 1 if failed else 0


sys.exit(main())
