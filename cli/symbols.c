/* SPDX-License-Identifier: Apache-2.0 */
#include "symbols.h"
#include "error.h"

#include <string.h>

/* Farther from the last symbol than this, an address belongs to nothing that is known. */
#define REACH G_GUINT64_CONSTANT(0x100000)

struct symbol {
	guint64 address;
	const char *name;
};

struct symbols {
	char *text; /* which the names lie in */
	GArray *all;
};

/* Code, and what linkers put around it. */
static gboolean is_code(char type)
{
	return type && strchr("tTwWaA", type);
}

/* One line, cut up in place. */
static gboolean parse_line(char *line, struct symbol *symbol)
{
	char *end, *name;

	if (!g_ascii_isxdigit(line[0]))
		return FALSE;
	symbol->address = g_ascii_strtoull(line, &end, 16);
	if (end[0] != ' ' || !is_code(end[1]) || end[2] != ' ')
		return FALSE;
	name = end + 3;
	name[strcspn(name, "\t\r ")] = '\0'; /* a module's name follows in kallsyms */
	symbol->name = name;
	/* $x, $d, .L...: marks of the assembler. */
	return symbol->address && name[0] && name[0] != '$' && name[0] != '.';
}

static gint by_address(gconstpointer a, gconstpointer b)
{
	const struct symbol *x = a, *y = b;

	/* Of several names the last one in the file. */
	if (x->address == y->address)
		return (x->name > y->name) - (x->name < y->name);
	return x->address > y->address ? 1 : -1;
}

struct symbols *symbols_parse(const char *text, const char *path, GError **error)
{
	struct symbols *s = g_new0(struct symbols, 1);
	char *line, *next;

	s->text = g_strdup(text);
	s->all = g_array_new(FALSE, FALSE, sizeof(struct symbol));
	for (line = s->text; line; line = next) {
		struct symbol symbol;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (parse_line(line, &symbol))
			g_array_append_val(s->all, symbol);
	}
	if (!s->all->len) {
		g_set_error(
			error, CLI_ERROR, CLI_ERROR_INPUT,
			"%s: no symbols of code in it; give a System.map, or /proc/kallsyms read as "
			"root",
			path);
		symbols_free(s);
		return NULL;
	}
	g_array_sort(s->all, by_address);
	return s;
}

struct symbols *symbols_read(const char *path, GError **error)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "%s: cannot be read; give a System.map", path);
		return NULL;
	}
	return symbols_parse(text, path, error);
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	g_array_unref(s->all);
	g_free(s->text);
	g_free(s);
}

char *symbols_name(const struct symbols *s, guint64 address)
{
	guint low = 0, high = s ? s->all->len : 0;
	const struct symbol *best;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(s->all, struct symbol, middle).address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	best = &g_array_index(s->all, struct symbol, low - 1);
	if (address - best->address > REACH)
		return NULL;
	return address == best->address ? g_strdup(best->name)
					: g_strdup_printf("%s+0x%" G_GINT64_MODIFIER "x",
							  best->name, address - best->address);
}
