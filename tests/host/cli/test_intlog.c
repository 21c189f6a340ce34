/* SPDX-License-Identifier: Apache-2.0 */
/* Traps counted in QEMU's log of exceptions. */
#include "intlog.h"

#include "neve/mark.h"

#include <string.h>

#define HOST_TABLE  0xffff800080011800ULL /* of a host's own programs */
#define GUEST_TABLE 0xffff800080abc000ULL
#define PAYLOAD_PC  0x40201168ULL
#define L1_PC	    0xffffc0e9eea99c30ULL

#define ESR_HVC	    0x5a000000u
#define ESR_SMC	    0x5e000000u
#define ESR_ERET    0x6a000000u
#define ESR_MDSCR   0x62240004u /* MSR MDSCR_EL1, x0: op0 2, op1 0, CRn 0, CRm 2, op2 2 */
#define ESR_SVC(im) (0x56000000u | (im))

static void take(GString *s, unsigned number, unsigned from, unsigned to, guint32 esr, guint64 elr,
		 guint64 vector, unsigned cpu)
{
	g_string_append_printf(s,
			       "Taking exception %u [Some Name] on CPU %u\n"
			       "...from EL%u to EL%u\n"
			       "...with ESR 0x%x/0x%x\n"
			       "...with SPSR 0x345\n"
			       "...with ELR 0x%" G_GINT64_MODIFIER "x\n"
			       "...to EL%u PC 0x%" G_GINT64_MODIFIER "x PSTATE 0x23c9\n",
			       number, cpu, from, to, esr >> 26, esr, elr, to, vector);
}

static void mark(GString *s, unsigned immediate)
{
	take(s, 2, 1, 1, ESR_SVC(immediate), PAYLOAD_PC, 0x40202a00, 0);
	g_string_append(s, "Exception return from AArch64 EL1 to AArch64 EL1 PC 0x40201168\n");
}

static void payload_trap(GString *s, guint32 esr)
{
	take(s, 11, 1, 2, esr, PAYLOAD_PC, GUEST_TABLE + 0x400, 0);
	g_string_append(s, "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x40201168\n");
}

static void l1_trap(GString *s, guint32 esr, unsigned cpu)
{
	take(s, 1, 1, 2, esr, L1_PC, GUEST_TABLE + 0x400, cpu);
	g_string_append(s,
			"Exception return from AArch64 EL2 to AArch64 EL1 PC 0xffffc0e9eea99c34\n");
}

static struct intlog *read_log(GString *s)
{
	struct intlog *log = intlog_new();

	intlog_feed(log, s->str, s->len);
	g_string_free(s, TRUE);
	return log;
}

static const struct intlog_op *op_at(const struct intlog *log, guint i)
{
	g_assert_cmpuint(i, <, intlog_ops(log)->len);
	return g_ptr_array_index(intlog_ops(log), i);
}

static guint64 count_of(const struct intlog_counts *counts, enum intlog_level level,
			const char *name)
{
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		char text[33] = {0};

		trap_cause_name(cause, text);
		if (!strcmp(text, name))
			return counts->count[level][cause];
	}
	g_assert_not_reached();
}

static void nested_hypercall(GString *s)
{
	payload_trap(s, ESR_HVC);
	l1_trap(s, ESR_MDSCR, 0);
	l1_trap(s, ESR_ERET, 0);
}

static void test_loop_and_samples(void)
{
	GString *s = g_string_new("QEMU says something first\n");
	struct intlog *log;
	const struct intlog_op *op;

	nested_hypercall(s); /* outside of everything */
	mark(s, MARK_OP);
	nested_hypercall(s); /* the warm-up */
	mark(s, MARK_LOOP);
	for (guint i = 0; i < 3; i++)
		nested_hypercall(s);
	take(s, 5, 1, 2, 0, L1_PC, GUEST_TABLE + 0x480, 1);
	mark(s, MARK_END);
	nested_hypercall(s);
	for (guint i = 0; i < 2; i++) {
		mark(s, MARK_SAMPLE);
		nested_hypercall(s);
		if (i)
			take(s, 5, 1, 2, 0, PAYLOAD_PC, GUEST_TABLE + 0x480, 0);
		mark(s, MARK_END);
	}
	mark(s, MARK_OP);
	log = read_log(s);
	g_assert_cmpuint(intlog_ops(log)->len, ==, 2);
	op = op_at(log, 0);
	g_assert_true(op->has_loop);
	g_assert_true(intlog_op_counts(op) == &op->loop);
	g_assert_cmpuint(intlog_total(&op->loop), ==, 10);
	g_assert_cmpuint(count_of(&op->loop, INTLOG_PAYLOAD, "HVC"), ==, 3);
	g_assert_cmpuint(count_of(&op->loop, INTLOG_OTHER, "HVC"), ==, 0);
	g_assert_cmpuint(count_of(&op->loop, INTLOG_OTHER, "MDSCR_EL1"), ==, 3);
	g_assert_cmpuint(count_of(&op->loop, INTLOG_OTHER, "ERET"), ==, 3);
	g_assert_cmpuint(count_of(&op->loop, INTLOG_OTHER, "IRQ"), ==, 1);
	g_assert_cmpuint(op->totals->len, ==, 2);
	g_assert_cmpuint(g_array_index(op->totals, guint64, 0), ==, 3);
	g_assert_cmpuint(g_array_index(op->totals, guint64, 1), ==, 4);
	g_assert_cmpuint(count_of(&op->samples, INTLOG_PAYLOAD, "IRQ"), ==, 1);
	g_assert_cmpuint(op_at(log, 1)->totals->len, ==, 0);
	intlog_free(log);
}

/* A host at EL2 has programs at EL0 below it: their system calls and faults are no traps. */
static void test_host_with_vhe(void)
{
	GString *s = g_string_new(NULL);
	struct intlog *log;
	const struct intlog_op *op;

	mark(s, MARK_OP);
	mark(s, MARK_SAMPLE);
	take(s, 2, 0, 2, ESR_SVC(0), 0xaaaab000, HOST_TABLE + 0x400, 1);
	payload_trap(s, ESR_HVC); /* from here on it is known where guests trap to */
	take(s, 2, 0, 2, ESR_SVC(0), 0xaaaab000, HOST_TABLE + 0x400, 1);
	take(s, 5, 0, 2, 0, 0xaaaab000, HOST_TABLE + 0x480, 1);
	take(s, 4, 2, 2, 0x96000045, 0xffff800081234567ULL, HOST_TABLE + 0x200, 1);
	/* A program of L1, which a physical interrupt leaves: that is one. */
	take(s, 5, 0, 2, 0, 0xaaaab000, GUEST_TABLE + 0x480, 1);
	mark(s, MARK_END);
	mark(s, MARK_OP);
	log = read_log(s);
	op = op_at(log, 0);
	g_assert_false(op->has_loop);
	g_assert_true(intlog_op_counts(op) == &op->samples);
	g_assert_cmpuint(intlog_total(&op->samples), ==, 2);
	g_assert_cmpuint(count_of(&op->samples, INTLOG_OTHER, "IRQ"), ==, 1);
	intlog_free(log);
}

/* What is inside and what is not, where neve counts itself and its latches are in the log. */
static void test_latches(void)
{
	GString *s = g_string_new(NULL);
	struct intlog *log;
	const struct intlog_op *op;

	mark(s, MARK_OP);
	mark(s, MARK_SAMPLE);
	l1_trap(s, ESR_ERET, 1); /* between the mark and the latch: not counted by neve */
	take(s, 13, 1, 2, ESR_SMC, PAYLOAD_PC, GUEST_TABLE + 0x400, 0);
	l1_trap(s, ESR_MDSCR, 1); /* while neve latches: neve may or may not */
	g_string_append(s, "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x4020116c\n");
	nested_hypercall(s);
	take(s, 13, 1, 2, ESR_SMC, PAYLOAD_PC + 64, GUEST_TABLE + 0x400, 0);
	l1_trap(s, ESR_MDSCR, 1);
	g_string_append(s, "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x402011ac\n");
	l1_trap(s, ESR_ERET, 1);
	mark(s, MARK_END);
	log = read_log(s);
	op = op_at(log, 0);
	g_assert_cmpuint(intlog_total(&op->samples), ==, 3);
	g_assert_cmpuint(count_of(&op->samples, INTLOG_PAYLOAD, "SMC"), ==, 0);
	g_assert_cmpuint(intlog_total(&op->samples_beside.traps), ==, 2);
	g_assert_cmpuint(count_of(&op->samples_beside.traps, INTLOG_OTHER, "MDSCR_EL1"), ==, 2);
	g_assert_cmpuint(op->samples_beside.latches, ==, 2);
	g_assert_cmpuint(op->samples_beside.disturbed, ==, 2);
	g_assert_true(intlog_op_beside(op) == &op->samples_beside);
	g_assert_cmpuint(g_array_index(op->totals, guint64, 0), ==, 3);
	intlog_free(log);
}

/* Another CPU's trap that neve has not counted yet when it latches. */
static void test_in_flight(void)
{
	GString *s = g_string_new(NULL);
	struct intlog *log;
	const struct intlog_op *op;

	mark(s, MARK_OP);
	mark(s, MARK_SAMPLE);
	take(s, 1, 1, 2, ESR_ERET, L1_PC, GUEST_TABLE + 0x400, 1); /* no return before the SMC */
	take(s, 13, 1, 2, ESR_SMC, PAYLOAD_PC, GUEST_TABLE + 0x400, 0);
	g_string_append(s, "Exception return from AArch64 EL2 to AArch64 EL1 PC 0x4020116c\n");
	g_string_append(s,
			"Exception return from AArch64 EL2 to AArch64 EL1 PC 0xffffc0e9eea99c34\n");
	nested_hypercall(s);
	l1_trap(s, ESR_MDSCR, 1); /* comes and goes */
	take(s, 5, 1, 2, 0, L1_PC, GUEST_TABLE + 0x480, 1);
	take(s, 13, 1, 2, ESR_SMC, PAYLOAD_PC, GUEST_TABLE + 0x400, 0);
	mark(s, MARK_END);
	log = read_log(s);
	op = op_at(log, 0);
	g_assert_cmpuint(intlog_total(&op->samples), ==, 4);
	g_assert_cmpuint(count_of(&op->samples, INTLOG_OTHER, "MDSCR_EL1"), ==, 2);
	g_assert_cmpuint(count_of(&op->samples, INTLOG_OTHER, "IRQ"), ==, 0);
	g_assert_cmpuint(intlog_total(&op->samples_beside.traps), ==, 2);
	g_assert_cmpuint(count_of(&op->samples_beside.traps, INTLOG_OTHER, "IRQ"), ==, 1);
	g_assert_cmpuint(count_of(&op->samples_beside.traps, INTLOG_OTHER, "ERET"), ==, 1);
	intlog_free(log);
}

/* One that is not returned from for several intervals can only count once, in each kind. */
static void test_long_in_flight(void)
{
	GString *s = g_string_new(NULL);
	struct intlog *log;
	const struct intlog_op *op;

	mark(s, MARK_OP);
	take(s, 1, 1, 2, ESR_ERET, L1_PC, GUEST_TABLE + 0x400, 1);
	for (unsigned int i = 0; i < 4; i++) {
		mark(s, i ? MARK_SAMPLE : MARK_LOOP);
		for (unsigned int j = 0; j < 2; j++) {
			take(s, 13, 1, 2, ESR_SMC, PAYLOAD_PC, GUEST_TABLE + 0x400, 0);
			g_string_append(
				s,
				"Exception return from AArch64 EL2 to AArch64 EL1 PC 0x4020116c\n");
		}
		mark(s, MARK_END);
	}
	log = read_log(s);
	op = op_at(log, 0);
	g_assert_true(intlog_op_beside(op) == &op->loop_beside);
	g_assert_cmpuint(intlog_total(&op->loop_beside.traps), ==, 1);
	g_assert_cmpuint(op->loop_beside.latches, ==, 2);
	g_assert_cmpuint(op->loop_beside.disturbed, ==, 1);
	g_assert_cmpuint(intlog_total(&op->samples_beside.traps), ==, 1);
	g_assert_cmpuint(op->samples_beside.latches, ==, 6);
	g_assert_cmpuint(op->samples_beside.disturbed, ==, 1);
	intlog_free(log);
}

/* An operation that fails ends in the middle of an interval. */
static void test_no_end(void)
{
	GString *s = g_string_new(NULL);
	struct intlog *log;

	mark(s, MARK_END);
	mark(s, MARK_SAMPLE);
	mark(s, MARK_END);
	mark(s, MARK_OP);
	mark(s, MARK_LOOP);
	nested_hypercall(s);
	mark(s, MARK_OP);
	nested_hypercall(s);
	mark(s, MARK_END);
	log = read_log(s);
	g_assert_cmpuint(intlog_ops(log)->len, ==, 2);
	g_assert_false(op_at(log, 0)->has_loop);
	g_assert_cmpuint(intlog_total(intlog_op_counts(op_at(log, 0))), ==, 0);
	g_assert_cmpuint(intlog_total(intlog_op_counts(op_at(log, 1))), ==, 0);
	intlog_free(log);
}

/* However the bytes arrive, and whatever is between the lines. */
static void test_pieces(void)
{
	for (gsize piece = 1; piece < 40; piece++) {
		GString *s = g_string_new(NULL);
		struct intlog *log = intlog_new();
		g_autofree char *longest = g_strnfill(100000, 'x');

		mark(s, MARK_OP);
		g_string_append(
			s, "Taking exception \n...from EL\n...with ESR 0x\n...to EL2 PC \n...\n\n");
		g_string_append(s, longest);
		g_string_append_c(s, '\n');
		g_string_append_len(s, "...to EL\0\1\377 PC 0x1\n", 19);
		mark(s, MARK_LOOP);
		nested_hypercall(s);
		mark(s, MARK_END);
		for (gsize at = 0; at < s->len; at += piece)
			intlog_feed(log, s->str + at, MIN(piece, s->len - at));
		g_assert_cmpuint(intlog_total(intlog_op_counts(op_at(log, 0))), ==, 3);
		intlog_free(log);
		g_string_free(s, TRUE);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/intlog/loop-and-samples", test_loop_and_samples);
	g_test_add_func("/intlog/host-with-vhe", test_host_with_vhe);
	g_test_add_func("/intlog/latches", test_latches);
	g_test_add_func("/intlog/in-flight", test_in_flight);
	g_test_add_func("/intlog/long-in-flight", test_long_in_flight);
	g_test_add_func("/intlog/no-end", test_no_end);
	g_test_add_func("/intlog/pieces", test_pieces);
	return g_test_run();
}
