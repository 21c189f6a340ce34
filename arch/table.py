# SPDX-License-Identifier: Apache-2.0
"""Reads arch/sysreg.tbl and holds it against every rule its header states.

The first violation ends the run with one line, `file:line: what is wrong`.
"""
import re

OUTCOMES = {'U': 'undef', 'N': 'native', 'T': 'trap', 'M': 'memory', 'R': 'redirect'}
CTRLS = ['HCR', 'MDCR', 'CPTR', 'CNTHCTL', 'ICH_HCR', 'HCRX']
HANDLERS = [
    ('NONE', 'none: what `where` and `target` say is all'),
    ('UNDEF', 'of a feature that L1 is never offered'),
    ('CONST', 'reads as its reset value, writes are ignored'),
    ('IMPDEF', 'IMPLEMENTATION DEFINED: reads as zero, writes are ignored'),
    ('ID', 'sanitised value of the ID register (gen/id_fields.h)'),
    ('HCR', 'HCR_EL2: E2H selects the layout of the others'),
    ('TIMER', 'CNTx_{CTL,CVAL,TVAL} of whichever timer the name means'),
    ('COUNTER', 'counter reads'),
    ('CNTHCTL', 'CNTHCTL_EL2, shared with CNTKCTL_EL1 when E2H is 1'),
    ('CNTKCTL12', 'CNTKCTL_EL12: vEL1\'s CNTKCTL_EL1'),
    ('ICC_SRE', 'ICC_SRE_EL2: system registers only'),
    ('ICH_STATUS', 'computed from the list registers: VTR, MISR, EISR, ELRSR'),
    ('SGI', 'ICC_SGI0R, ICC_SGI1R, ICC_ASGI1R: an SGI to other vCPUs'),
    ('ICC_DIR', 'deactivation'),
    ('MDCR', 'MDCR_EL2: which counters count at vEL2'),
    ('DEBUG', 'debug registers of which vEL0, or MDSCR_EL1, traps at times (nested/debug.h)'),
    ('PMU', 'the PMU: type registers by context (nested/pmu.h)'),
    ('TLBI', 'TLB maintenance'),
    ('AT', 'address translation'),
    ('CACHE', 'cache maintenance'),
    ('RCTX', 'prediction restriction by context'),
]
ID_RULES = {'max': 'ID_MAX', 'smax': 'ID_MAX_SIGNED', 'exact': 'ID_EXACT',
            'max15': 'ID_MAX_IMPDEF'}
FGT_REGS = {'HFG': ('HFGRTR', 'HFGWTR'), 'HFGR': ('HFGRTR', None), 'HFGW': (None, 'HFGWTR'),
            'HDFG': ('HDFGRTR', 'HDFGWTR'), 'HDFGR': ('HDFGRTR', None),
            'HDFGW': (None, 'HDFGWTR'), 'HFGITR': (None, 'HFGITR')}
REG_KEYS = {'slot', 'e2h', 'el1', 'h', 'group', 'fgt', 'feat', 'reset', 'n', 'impl'}
REG_FLAGS = {'ctx', 'id', 'nxs'}
COUNTS = {'none': 'every CPU has it', 'brp': 'breakpoints', 'wrp': 'watchpoints',
          'pmc': 'event counters', 'lr': 'list registers', 'pri': 'active priority registers',
          'err': 'error records', 'cpu': 'some CPU models have it'}
NO_SLOT = 0xffff


class TableError(Exception):
    def __init__(self, where, what):
        super().__init__('%s:%d: %s' % (where[0], where[1], what))


class Row:
    """One encoding."""

    def __init__(self, at, name, enc, access, cls):
        self.at, self.name, self.enc, self.access, self.cls = at, name, enc, access, cls
        op0, op1, crn, crm, op2 = enc
        self.key = op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | crm << 1
        self.token = 'S%d_%d_C%d_C%d_%d' % enc
        self.slot, self.where, self.ctx, self.handler = NO_SLOT, 'NONE', False, 'NONE'
        self.target = None          # name of the row it stands for
        self.alias = False          # an _EL12/_EL02 name
        self.group, self.feature, self.impl, self.index = 'NONE', 'NONE', None, None
        self.fgt_r = self.fgt_w = None
        self.fgt_bit, self.fgt_neg = 0, False
        self.reset = self.res0 = self.res1 = 0
        self.pattern = None         # the line's own spelling, for the documentation

    def outcomes(self, letters, write):
        """The five outcomes, NV=0 first, of a read or a write."""
        can = ('w' if write else 'r') in self.access
        # A trap of FEAT_NV comes before the check that the direction exists.
        if can or letters[0] == 'U':
            return letters
        return 'U' * 5


class Table:
    def __init__(self):
        self.features = {'NONE': None}
        self.classes, self.groups, self.specials = {}, {'NONE': ([], '')}, []
        self.rows, self.by_name, self.by_key = [], {}, {}
        self.fields, self.masks = {}, {}
        self.feature_at = {}
        self.upper = set()

    def class_of(self, row):
        return self.classes[row.cls][0]

    def offered(self, feature):
        """Can L1 ever see the feature: does a field of an ID register admit it?"""
        alts = self.features[feature]
        if alts is None:
            return True
        for reg, shift, width, least in alts:
            for f in self.fields.get(reg, []):
                if f['shift'] == shift and f['limit'] >= least:
                    return True
        return False


def number(at, text, what, top):
    try:
        val = int(text, 0)
    except ValueError:
        raise TableError(at, '%s: %r is not a number' % (what, text))
    if not 0 <= val <= top:
        raise TableError(at, '%s: %s is not in 0..%#x' % (what, text, top))
    return val


EXPR = re.compile(r'^(?:(0x[0-9a-f]+|\d+)\+)?(?:(\d+)\*)?n(?:([/%])(\d+))?$|^(0x[0-9a-f]+|\d+)$')


def evaluate(at, text, n, what):
    """base+k*n, base+n/k, base+n%k or a number: all that a range needs."""
    m = EXPR.match(text)
    if not m or (n is None and m.group(5) is None):
        raise TableError(at, '%s: %r is neither a number nor an expression of n' % (what, text))
    if m.group(5) is not None:
        return int(m.group(5), 0)
    val = n * int(m.group(2) or 1)
    if m.group(3) == '/':
        val //= int(m.group(4))
    elif m.group(3) == '%':
        val %= int(m.group(4))
    return val + int(m.group(1) or '0', 0)


def bit_list(at, text):
    mask = 0
    for part in text.split(','):
        m = re.match(r'^(\d+)(?:-(\d+))?$', part)
        if not m:
            raise TableError(at, 'bits: %r is neither a bit nor a range' % part)
        lo, hi = int(m.group(1)), int(m.group(2) or m.group(1))
        if lo > hi or hi > 63:
            raise TableError(at, 'bits: %r is not within 0-63' % part)
        for b in range(lo, hi + 1):
            if mask >> b & 1:
                raise TableError(at, 'bits: %d twice' % b)
            mask |= 1 << b
    return mask


def parse_feature(t, at, args):
    if len(args) < 2:
        raise TableError(at, 'feature NAME ID_REGISTER[hi:lo]>=n ...')
    if args[0] in t.features:
        raise TableError(at, 'feature %s twice' % args[0])
    alts = []
    for a in args[1:]:
        if a == 'never':
            continue
        m = re.match(r'^(\w+)\[(\d+):(\d+)\]>=(\d+)$', a)
        if not m:
            raise TableError(at, 'feature %s: %r is not ID_REGISTER[hi:lo]>=n' % (args[0], a))
        hi, lo, least = int(m.group(2)), int(m.group(3)), int(m.group(4))
        if hi - lo != 3 or hi > 63 or not 1 <= least <= 15:
            raise TableError(at, 'feature %s: %r is not a 4-bit field and a value' % (args[0], a))
        alts.append((m.group(1), lo, 4, least))
    if len(alts) > 3:
        raise TableError(at, 'feature %s: more than three alternatives' % args[0])
    t.features[args[0]] = alts
    t.feature_at[args[0]] = at


def parse_class(t, at, args):
    if len(args) < 2:
        raise TableError(at, 'class NAME OUTCOMES text')
    name, letters = args[0], args[1]
    if name in t.classes:
        raise TableError(at, 'class %s twice' % name)
    if len(letters) != 5:
        raise TableError(at, 'class %s: %d of 5 modes have an action' % (name, len(letters)))
    for c in letters:
        if c not in OUTCOMES:
            raise TableError(at, 'class %s: unknown action %r' % (name, c))
    t.classes[name] = (letters, ' '.join(args[2:]))


def parse_group(t, at, args):
    """group NAME [!]CTRL.bit[/r|/w][@1|@0] | special:NAME ..."""
    if len(args) < 2:
        raise TableError(at, 'group NAME condition ...')
    name, conds = args[0], []
    if name in t.groups:
        raise TableError(at, 'group %s twice' % name)
    for a in args[1:]:
        m = re.match(r'^(!?)([A-Z_]+)\.(\d+)(?:/([rw]))?(?:@([01]))?$', a)
        s = re.match(r'^special:([A-Z0-9_]+)(?:/([rw]))?(?:@([01]))?$', a)
        if s:
            if s.group(1) not in t.specials:
                t.specials.append(s.group(1))
            m = (False, 0, 0, s.group(1), s.group(2), s.group(3))
        elif m:
            if m.group(2) not in CTRLS or int(m.group(3)) > 63:
                raise TableError(at, 'group %s: %r is no bit of %s' % (name, a, ', '.join(CTRLS)))
            m = (m.group(1) == '!', CTRLS.index(m.group(2)), int(m.group(3)), None, m.group(4),
                 m.group(5))
        else:
            raise TableError(at, 'group %s: %r is not [!]CTRL.bit[/r|/w][@0|@1]' % (name, a))
        neg, ctrl, bit, special, rw, el = m
        conds.append({'neg': neg, 'ctrl': ctrl, 'bit': bit, 'special': special,
                      'rw': {None: 3, 'r': 1, 'w': 2}[rw], 'el': {None: 3, '1': 1, '0': 2}[el],
                      'text': a})
    t.groups[name] = (conds, at)


def parse_fgt(row, text):
    m = re.match(r'^([A-Z]+)\.(n?)(\d+)$', text)
    if not m or m.group(1) not in FGT_REGS or int(m.group(3)) > 63:
        raise TableError(row.at, '%s: fgt=%s is not %s.[n]bit' %
                         (row.name, text, '|'.join(sorted(FGT_REGS))))
    r, w = FGT_REGS[m.group(1)]
    row.fgt_r = r if 'r' in row.access else None
    row.fgt_w = w if 'w' in row.access else None
    row.fgt_bit, row.fgt_neg = int(m.group(3)), m.group(2) == 'n'


def make_row(t, at, words, opts, flags, n):
    pattern, enc_text, access, cls = words
    name = pattern if n is None else pattern.replace('{n}', str(n))
    if not re.match(r'^[A-Z][A-Za-z0-9_]*$', name):
        raise TableError(at, '%r is not a register name' % name)
    parts = enc_text.replace('{', '').replace('}', '').split(',')
    if len(parts) != 5:
        raise TableError(at, '%s: encoding %r is not op0,op1,CRn,CRm,op2' % (name, enc_text))
    enc = tuple(evaluate(at, p, n, name) for p in parts)
    for v, top, what in zip(enc, (3, 7, 15, 15, 7), ('op0', 'op1', 'CRn', 'CRm', 'op2')):
        if v > top:
            raise TableError(at, '%s: %s is %d, above %d' % (name, what, v, top))
    if access not in ('r', 'w', 'rw'):
        raise TableError(at, '%s: access %r is not r, w or rw' % (name, access))
    if cls not in t.classes:
        raise TableError(at, '%s: unknown class %s: no mode has an action' % (name, cls))
    row = Row(at, name, enc, access, cls)
    row.pattern, row.index = (pattern, enc_text), n
    row.handler = opts.get('h', 'NONE')
    if row.handler not in [h for h, _ in HANDLERS]:
        raise TableError(at, '%s: unknown handler %s' % (name, row.handler))
    row.group = opts.get('group', 'NV' if enc[1] in (4, 5) and enc[0] != 2 else 'NONE')
    row.feature = opts.get('feat', 'NONE')
    row.impl = opts.get('impl')
    if row.impl and row.impl not in COUNTS:
        raise TableError(at, '%s: unknown count %s' % (name, row.impl))
    row.target = opts.get('e2h') or opts.get('el1')
    row.alias = 'el1' in opts
    if 'e2h' in opts and row.alias:
        raise TableError(at, '%s: both e2h= and el1=' % name)
    if 'slot' in opts:
        row.slot = evaluate(at, opts['slot'], n, name)
        if row.slot % 8 or row.slot >= 4096:
            raise TableError(at, '%s: slot %#x is not a multiple of 8 below 0x1000' %
                             (name, row.slot))
    if 'reset' in opts:
        row.reset = number(at, opts['reset'], name, (1 << 64) - 1)
    if 'fgt' in opts:
        parse_fgt(row, opts['fgt'])
    row.ctx = 'ctx' in flags
    if row.ctx + ('id' in flags) + ('slot' in opts) + row.alias > 1:
        raise TableError(at, '%s: more than one of slot=, ctx, id, el1=' % name)
    if 'id' in flags:
        row.where, row.handler = 'ID', 'ID'
    elif row.ctx:
        row.where = 'CTX'
    elif 'slot' in opts:
        row.where = 'SLOT'
    elif enc[0] != 1 and t.classes[cls][0][0] == 'N':
        row.where = 'HW'
    return row


def parse_reg(t, at, args):
    words, opts, flags = [], {}, set()
    for a in args:
        if '=' in a:
            k, v = a.split('=', 1)
            if k not in REG_KEYS or k in opts or not v:
                raise TableError(at, '%s: unknown, empty or repeated option %s' % (args[0], k))
            opts[k] = v
        elif len(words) < 4:
            words.append(a)
        elif a in REG_FLAGS and a not in flags:
            flags.add(a)
        else:
            raise TableError(at, '%s: unknown or repeated flag %s' % (args[0], a))
    if len(words) != 4:
        raise TableError(at, 'reg NAME ENCODING ACCESS CLASS options')
    span = [None]
    if 'n' in opts:
        m = re.match(r'^(\d+)\.\.(\d+)$', opts['n'])
        if not m or int(m.group(1)) > int(m.group(2)) or '{n}' not in words[0]:
            raise TableError(at, '%s: n=%s is no range, or the name has no {n}' %
                             (words[0], opts['n']))
        span = range(int(m.group(1)), int(m.group(2)) + 1)
    for n in span:
        rows = [make_row(t, at, words, opts, flags, n)]
        if 'nxs' in flags:  # the twin that does not wait for XS accesses: CRn 9
            e = [words[0] + 'NXS', words[1].replace(',8,', ',9,', 1), words[2], words[3]]
            twin = make_row(t, at, e, dict(opts, feat='XS'), flags, n)
            if twin.enc[2] != 9:
                raise TableError(at, '%s: nxs needs CRn 8' % words[0])
            rows.append(twin)
        for row in rows:
            if row.name.upper() in t.upper:
                raise TableError(at, 'register %s twice' % row.name)
            t.upper.add(row.name.upper())
            if row.key in t.by_key:
                raise TableError(at, 'encoding %d,%d,%d,%d,%d of %s is that of %s' %
                                 (row.enc + (row.name, t.by_key[row.key].name)))
            t.by_name[row.name] = t.by_key[row.key] = row
            t.rows.append(row)


def parse_field(t, at, args):
    """field REGISTER NAME hi:lo RULE limit"""
    if len(args) != 5:
        raise TableError(at, 'field REGISTER NAME hi:lo RULE limit')
    reg, name, bits, rule = args[:4]
    m = re.match(r'^(\d+):(\d+)$', bits)
    if not m or not 0 <= int(m.group(2)) <= int(m.group(1)) <= 63:
        raise TableError(at, '%s.%s: %r is not hi:lo' % (reg, name, bits))
    lo, width = int(m.group(2)), int(m.group(1)) - int(m.group(2)) + 1
    if rule not in ID_RULES:
        raise TableError(at, '%s.%s: unknown rule %s' % (reg, name, rule))
    limit = number(at, args[4], '%s.%s' % (reg, name), (1 << min(width, 8)) - 1)
    for f in t.fields.get(reg, []):
        if f['name'] == name:
            raise TableError(at, '%s.%s twice' % (reg, name))
        if f['shift'] < lo + width and lo < f['shift'] + f['width']:
            raise TableError(at, '%s.%s overlaps %s' % (reg, name, f['name']))
    t.fields.setdefault(reg, []).append(
        {'name': name, 'shift': lo, 'width': width, 'rule': rule, 'limit': limit, 'at': at})


def parse_mask(t, at, args):
    """mask REGISTER keep=bits|fgt[,bits] [ones=bits]"""
    if len(args) < 2 or args[0] in t.masks:
        raise TableError(at, 'mask REGISTER keep=bits|fgt [ones=bits], once a register')
    m = {'keep': 0, 'fgt': False, 'ones': 0, 'at': at}
    for a in args[1:]:
        k, _, v = a.partition('=')
        if k == 'keep' and v.split(',')[0] == 'fgt':
            m['fgt'] = True
            v = v[4:]
            m['keep'] = bit_list(at, v) if v else 0
        elif k in ('keep', 'ones'):
            m[k] = bit_list(at, v)
        else:
            raise TableError(at, 'mask %s: unknown option %s' % (args[0], a))
    if m['keep'] & m['ones']:
        raise TableError(at, 'mask %s: a bit is both kept and one' % args[0])
    t.masks[args[0]] = m


PARSERS = {'feature': parse_feature, 'class': parse_class, 'group': parse_group,
           'reg': parse_reg, 'field': parse_field, 'mask': parse_mask}


def resolve_target(t, row):
    letters = t.class_of(row)
    if row.target is not None:
        if row.target not in t.by_name:
            raise TableError(row.at, '%s: its target %s is no register' % (row.name, row.target))
        target = t.by_name[row.target]
        if target.target is not None:
            raise TableError(row.at, '%s: its target %s has a target' % (row.name, target.name))
        if row.alias:
            row.slot = target.slot
            row.where = 'SLOT' if target.slot != NO_SLOT else 'NONE'
    if 'M' in letters and row.slot == NO_SLOT:
        raise TableError(row.at, '%s: class %s says memory, but there is no slot' %
                         (row.name, row.cls))
    if 'M' not in letters and row.slot != NO_SLOT:
        raise TableError(row.at, '%s: has a slot, but class %s never uses memory' %
                         (row.name, row.cls))
    if 'R' in letters and row.target is None:
        raise TableError(row.at, '%s: class %s says redirect, but there is no target' %
                         (row.name, row.cls))


def check_rows(t):
    slots = {}
    for row in t.rows:
        if row.group not in t.groups:
            raise TableError(row.at, '%s: unknown group %s' % (row.name, row.group))
        if row.feature not in t.features:
            raise TableError(row.at, '%s: unknown feature %s' % (row.name, row.feature))
        resolve_target(t, row)
        if row.slot != NO_SLOT and not row.alias:
            if row.slot in slots:
                raise TableError(row.at, '%s: slot %#x is that of %s' %
                                 (row.name, row.slot, slots[row.slot].name))
            slots[row.slot] = row
        if row.handler == 'NONE' and not t.offered(row.feature):
            row.handler = 'UNDEF'
        if row.where == 'NONE' and row.handler == 'NONE' and 'T' in t.class_of(row):
            raise TableError(row.at, '%s: traps, but has neither a place nor a handler' % row.name)
    used = {r.group for r in t.rows}
    for name, (_, at) in t.groups.items():
        if name != 'NONE' and name not in used:
            raise TableError(at, 'group %s: no register uses it' % name)
    used = {r.feature for r in t.rows}
    for name in t.features:
        if name != 'NONE' and name not in used:
            raise TableError(t.feature_at[name], 'feature %s: no register uses it' % name)


def check_ids(t):
    for reg, fields in t.fields.items():
        if reg not in t.by_name or t.by_name[reg].where != 'ID':
            raise TableError(fields[0]['at'], '%s is no ID register' % reg)
        fields.sort(key=lambda f: f['shift'])
    for name, alts in t.features.items():
        for reg, shift, _, _ in alts or []:
            if reg not in t.by_name or t.by_name[reg].where != 'ID':
                raise TableError(t.feature_at[name], 'feature %s: %s is no ID register' %
                                 (name, reg))


def apply_masks(t):
    for reg, m in t.masks.items():
        if reg not in t.by_name:
            raise TableError(m['at'], 'mask of %s, which is no register' % reg)
        keep = m['keep']
        if m['fgt']:
            stem = reg.replace('_EL2', '')
            for r in t.rows:
                if stem in (r.fgt_r, r.fgt_w) and t.offered(r.feature):
                    keep |= 1 << r.fgt_bit
        row = t.by_name[reg]
        row.res0, row.res1 = ~(keep | m['ones']) & (1 << 64) - 1, m['ones']


def load(path, name=None):
    t, name = Table(), name or path
    with open(path, encoding='ascii') as f:
        for num, line in enumerate(f, 1):
            words = line.split('#')[0].split()
            if not words:
                continue
            if words[0] not in PARSERS:
                raise TableError((name, num), 'unknown line %r' % words[0])
            PARSERS[words[0]](t, (name, num), words[1:])
    if not t.rows:
        raise TableError((name, 1), 'no registers')
    check_ids(t)
    check_rows(t)
    apply_masks(t)
    t.rows.sort(key=lambda r: r.key)
    return t
