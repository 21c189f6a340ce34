/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vuart.h"

#include <glib.h>
#include <string.h>

static struct vuart uart;
static GString *out;
static bool line;

static void put_line(void *ctx, const char *text)
{
	g_assert_true(ctx == &out);
	g_assert_cmpuint(strlen(text), <=, VUART_LINE);
	g_string_append_printf(out, "[%s]", text);
}

static void set_irq(void *ctx, bool level)
{
	g_assert_true(ctx == &out);
	line = level;
}

static const struct vuart_ops ops = {put_line, set_irq};

static void reset(void)
{
	if (out)
		g_string_free(out, true);
	out = g_string_new(NULL);
	line = false;
	vuart_init(&uart, &ops, &out);
}

static u32 rd(u32 offset)
{
	u64 val = ~UINT64_C(0);

	g_assert_true(vuart_mmio(&uart, offset, 4, false, &val));
	return (u32)val;
}

static void wr(u32 offset, u64 val)
{
	g_assert_true(vuart_mmio(&uart, offset, 4, true, &val));
}

static void print(const char *text)
{
	for (; *text; text++)
		wr(0, (u8)*text);
}

static void test_lines(void)
{
	char *longer = g_strnfill(VUART_LINE + 3, 'x'), *expected;

	reset();
	print("hello\r\n\nhalf");
	g_assert_cmpstr(out->str, ==, "[hello][]");
	print(" and\thalf\n");
	g_assert_cmpstr(out->str, ==, "[hello][][half and\thalf]");
	reset();
	print(longer);
	print("\n");
	expected = g_strdup_printf("[%.*s][xxx]", VUART_LINE, longer);
	g_assert_cmpstr(out->str, ==, expected);
	g_free(expected);
	g_free(longer);
}

/* A VM's output cannot move the cursor, nor end a string. */
static void test_control(void)
{
	reset();
	print("\x1b[2Jneve: \b\x01");
	wr(0, 0);
	print("\n");
	g_assert_cmpstr(out->str, ==, "[?[2Jneve: ??]");
	reset();
	/* U+009B, in UTF-8 and as a byte, is the same as ESC [ to many terminals; DEL */
	print("\xc2\x9b\x31G\x9b\x31Gneve: \x7f\xc3\xa9\xff\n");
	g_assert_cmpstr(out->str, ==, "[??1G?1Gneve: ????]");
}

static void test_interrupt(void)
{
	reset();
	wr(0, 'a');
	g_assert_cmphex(rd(0x3c), ==, 0x20); /* raw */
	g_assert_cmphex(rd(0x40), ==, 0);
	g_assert_false(line);
	wr(0x38, 0x20);
	g_assert_true(line);
	g_assert_cmphex(rd(0x40), ==, 0x20);
	wr(0x44, 0x20);
	g_assert_false(line);
	wr(0, 'b');
	g_assert_true(line);
	wr(0x38, 0);
	g_assert_false(line);
}

static void test_registers(void)
{
	static const u8 ids[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	reset();
	g_assert_cmphex(rd(0x18), ==, 0x90);
	wr(0x18, 0xff); /* read only */
	wr(0x3c, 0xff);
	wr(0x40, 0xff);
	g_assert_cmphex(rd(0x18), ==, 0x90);
	g_assert_cmphex(rd(0x3c), ==, 0);
	wr(0x24, 0x12345);
	g_assert_cmphex(rd(0x24), ==, 0x2345);
	wr(0x38, 0xffff);
	g_assert_cmphex(rd(0x38), ==, 0x7ff);
	for (u32 i = 0; i < sizeof(ids); i++)
		g_assert_cmphex(rd(0xfe0 + 4 * i), ==, ids[i]);
	wr(0, 'x');
	g_assert_cmphex(rd(0), ==, 0); /* no input */
}

/* Every access there can be (ASan). */
static void test_sweep(void)
{
	static const u32 sizes[] = {1, 2, 4, 8};

	reset();
	for (u64 offset = 0; offset < 2 * VUART_SIZE; offset++) {
		for (unsigned int i = 0; i < 8; i++) {
			u64 val = ~UINT64_C(0);
			u32 size = sizes[i / 2];

			g_assert_cmpint(vuart_mmio(&uart, offset, size, i & 1, &val), ==,
					offset < VUART_SIZE && size <= 4 && offset % 4 == 0);
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vuart/lines", test_lines);
	g_test_add_func("/vuart/control", test_control);
	g_test_add_func("/vuart/interrupt", test_interrupt);
	g_test_add_func("/vuart/registers", test_registers);
	g_test_add_func("/vuart/sweep", test_sweep);
	return g_test_run();
}
