/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a thread's register state survive? A Linux program without libc. Its processes, two for each
 * CPU, fill the FP, SVE and PAuth state and TPIDR_EL0 with values of their own, give the CPU away
 * again and again, and look whether everything is still there. Run at once in a guest hypervisor
 * and in its VM, it shows whether the levels keep each other's registers apart.
 *
 *   state [ROUNDS]		exit status 0: every process saw its own values throughout
 */
typedef unsigned long u64;
typedef unsigned char u8;

#define NR_write       64
#define NR_exit	       93
#define NR_nanosleep   101
#define NR_sched_yield 124
#define NR_clone       220
#define NR_wait4       260
#define NR_getaffinity 123

#define AT_HWCAP   16
#define HWCAP_SVE  (1UL << 22)
#define HWCAP_PACA (1UL << 30)
#define SIGCHLD	   17
#define MAX_VL	   256 /* bytes */

static long sys(long nr, u64 a, u64 b, u64 c, u64 d)
{
	register u64 x8 __asm__("x8") = nr;
	register u64 x0 __asm__("x0") = a;
	register u64 x1 __asm__("x1") = b;
	register u64 x2 __asm__("x2") = c;
	register u64 x3 __asm__("x3") = d;
	register u64 x4 __asm__("x4") = 0;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return (long)x0;
}

static void say(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	sys(NR_write, 1, (u64)s, n, 0);
}

static void say_number(u64 n)
{
	char text[21] = {0};
	unsigned at = sizeof(text) - 1;

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	say(text + at);
}

/* Room for the registers of one process: 32 vectors, 16 predicates, FFR's place left out. */
struct regs {
	u8 z[32][MAX_VL];
	u8 p[16][MAX_VL / 8];
};

static struct regs want, got;

/* x0: struct regs; walks through it with x2. */
__asm__(".arch armv8.2-a+sve\n"
	".altmacro\n"
	".macro one op, kind, n, step\n"
	"	\\op	\\kind\\n, [x2]\n"
	"	add	x2, x2, #\\step\n"
	".endm\n"
	".macro each op, kind, count, step\n"
	".set i, 0\n"
	".rept \\count\n"
	"	one	\\op, \\kind, %i, \\step\n"
	".set i, i + 1\n"
	".endr\n"
	".endm\n"
	"load_sve:\n"
	"	mov	x2, x0\n"
	"	each	ldr, z, 32, 256\n"
	"	each	ldr, p, 16, 32\n"
	"	ret\n"
	"store_sve:\n"
	"	mov	x2, x0\n"
	"	each	str, z, 32, 256\n"
	"	each	str, p, 16, 32\n"
	"	ret\n"
	"load_fp:\n"
	"	mov	x2, x0\n"
	"	each	ldr, q, 32, 256\n"
	"	ret\n"
	"store_fp:\n"
	"	mov	x2, x0\n"
	"	each	str, q, 32, 256\n"
	"	ret\n"
	"vector_length:\n"
	"	rdvl	x0, #1\n"
	"	ret\n"
	".noaltmacro\n"
	".arch armv8-a\n");

void load_sve(const struct regs *r);
void store_sve(struct regs *r);
void load_fp(const struct regs *r);
void store_fp(struct regs *r);
u64 vector_length(void);

/* PACIA and AUTIA x1, x2 by number: the assembler need not know them. */
static u64 sign(u64 ptr, u64 modifier)
{
	register u64 x1 __asm__("x1") = ptr;
	register u64 x2 __asm__("x2") = modifier;

	__asm__ volatile(".inst 0xdac10041" : "+r"(x1) : "r"(x2));
	return x1;
}

static u64 authenticate(u64 ptr, u64 modifier)
{
	register u64 x1 __asm__("x1") = ptr;
	register u64 x2 __asm__("x2") = modifier;

	__asm__ volatile(".inst 0xdac11041" : "+r"(x1) : "r"(x2));
	return x1;
}

/*
 * With SVE state live a system call may drop the bits above the low 128 of a vector, and the
 * predicates (Linux's ABI); an interrupt may not. So SVE's processes spin, the others yield.
 */
static void give_way(int sve, u64 round)
{
	static const u64 pause[2] = {0, 200000}; /* 0.2 ms */

	if (sve) {
		for (volatile u64 i = 0; i < 20000; i++)
			;
	} else if (round % 16 == 0) {
		sys(NR_nanosleep, (u64)pause, 0, 0, 0);
	} else {
		sys(NR_sched_yield, 0, 0, 0, 0);
	}
}

static int same(const u8 *a, const u8 *b, u64 n)
{
	while (n--) {
		if (*a++ != *b++)
			return 0;
	}
	return 1;
}

static int child(u64 id, u64 hwcap, u64 rounds)
{
	int sve = (hwcap & HWCAP_SVE) && (id & 1);
	u64 vl = sve ? vector_length() : 16;
	u64 seed = id * 0x9e3779b97f4a7c15UL + 1, signed_ptr = 0, tpidr = seed, now;
	u8 *bytes = (u8 *)&want;

	for (u64 i = 0; i < sizeof(want); i++) {
		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		bytes[i] = seed >> 56;
	}
	if (hwcap & HWCAP_PACA)
		signed_ptr = sign((u64)&want, id);
	__asm__ volatile("msr tpidr_el0, %0" ::"r"(tpidr));
	for (u64 round = 0; round < rounds; round++) {
		if (sve)
			load_sve(&want);
		else
			load_fp(&want);
		give_way(sve, round);
		if (sve)
			store_sve(&got);
		else
			store_fp(&got);
		for (unsigned n = 0; n < 32; n++) {
			if (!same(want.z[n], got.z[n], vl))
				return sve ? 2 : 1;
		}
		for (unsigned n = 0; sve && n < 16; n++) {
			if (!same(want.p[n], got.p[n], vl / 8))
				return 3;
		}
		if ((hwcap & HWCAP_PACA) && (sign((u64)&want, id) != signed_ptr ||
					     authenticate(signed_ptr, id) != (u64)&want))
			return 4;
		__asm__ volatile("mrs %0, tpidr_el0" : "=r"(now));
		if (now != tpidr)
			return 5;
	}
	return 0;
}

static u64 number(const char *s)
{
	u64 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (u64)(*s++ - '0');
	return n;
}

static unsigned cpus(void)
{
	static u64 mask[16];
	unsigned n = 0;

	sys(NR_getaffinity, 0, sizeof(mask), (u64)mask, 0);
	for (unsigned i = 0; i < 16; i++) {
		for (u64 m = mask[i]; m; m &= m - 1)
			n++;
	}
	return n ? n : 1;
}

void start(u64 *stack)
{
	static const char *const what[] = {"",	    "FP",	"SVE vectors", "SVE predicates",
					   "PAuth", "TPIDR_EL0"};
	u64 argc = stack[0], *p = stack + argc + 2, hwcap = 0, rounds = 400;
	unsigned children = 2 * cpus(), bad = 0;

	if (argc > 1)
		rounds = number((const char *)stack[2]);
	while (*p++) /* the environment; the auxiliary vector follows */
		;
	for (; p[0]; p += 2) {
		if (p[0] == AT_HWCAP)
			hwcap = p[1];
	}
	for (unsigned i = 0; i < children; i++) {
		if (sys(NR_clone, SIGCHLD, 0, 0, 0) == 0)
			sys(NR_exit, (u64)child(i, hwcap, rounds), 0, 0, 0);
	}
	for (unsigned i = 0; i < children; i++) {
		int status = 0;

		if (sys(NR_wait4, (u64)-1, (u64)&status, 0, 0) < 0 || status) {
			unsigned code = (unsigned)(status >> 8) & 0xff;

			say("state: lost: ");
			say(code < 6 && code ? what[code] : "the process");
			say("\n");
			bad++;
		}
	}
	if (bad) {
		say("state: failed\n");
	} else if (hwcap & HWCAP_SVE) {
		say("state: FP and SVE of ");
		say_number(8 * vector_length());
		say(" bits kept\n");
	} else {
		say("state: FP kept\n");
	}
	sys(NR_exit, bad != 0, 0, 0, 0);
}

__asm__(".global _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	bl	start\n");
