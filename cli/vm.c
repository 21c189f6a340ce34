/* SPDX-License-Identifier: Apache-2.0 */
#include "vm.h"
#include "error.h"
#include "layout.h"

#include <string.h>

#define FORM "cpus=N,memory=SIZE,kernel=FILE[,ramdisk=FILE][,bootargs=WORDS]"

enum key { KEY_CPUS, KEY_MEMORY, KEY_KERNEL, KEY_RAMDISK, KEY_BOOTARGS, NR_KEYS };

static const char *const keys[NR_KEYS] = {"cpus=", "memory=", "kernel=", "ramdisk=", "bootargs="};

/* NR_KEYS: none of them. */
static enum key key_at(const char *text)
{
	enum key key = KEY_CPUS;

	while (key < NR_KEYS && !g_str_has_prefix(text, keys[key]))
		key++;
	return key;
}

/* A value ends where the next key begins, so that a file's name may have commas in it. */
static const char *value_end(const char *value, enum key key)
{
	const char *end = value;

	if (key == KEY_BOOTARGS)
		return value + strlen(value);
	while (*end && !(*end == ',' && key_at(end + 1) != NR_KEYS))
		end++;
	return end;
}

static gboolean split(const char *text, char *values[NR_KEYS])
{
	for (;;) {
		enum key key = key_at(text);
		const char *value, *end;

		if (key == NR_KEYS || values[key])
			return FALSE;
		value = text + strlen(keys[key]);
		end = value_end(value, key);
		if (end == value && key != KEY_BOOTARGS)
			return FALSE;
		values[key] = g_strndup(value, (gsize)(end - value));
		if (!*end)
			return values[KEY_CPUS] && values[KEY_MEMORY] && values[KEY_KERNEL];
		text = end + 1;
	}
}

static gboolean fill(struct vm *vm, char *values[NR_KEYS], const char *text, GError **error)
{
	guint64 cpus;

	if (!split(text, values)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT, "--vm \"%s\": expected " FORM, text);
		return FALSE;
	}
	if (!g_ascii_string_to_unsigned(values[KEY_CPUS], 10, 1, G_MAXINT32 / 4, &cpus, NULL)) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--vm: cpus=%s: give a number of CPUs, 1 or more", values[KEY_CPUS]);
		return FALSE;
	}
	vm->cpus = (guint)cpus;
	if (!layout_parse_size(values[KEY_MEMORY], &vm->memory, error)) {
		g_prefix_error(error, "--vm: ");
		return FALSE;
	}
	if (vm->memory % LAYOUT_VM_ALIGN) {
		g_set_error(error, CLI_ERROR, CLI_ERROR_INPUT,
			    "--vm: memory=%s: give a multiple of 2 MiB", values[KEY_MEMORY]);
		return FALSE;
	}
	vm->kernel = g_steal_pointer(&values[KEY_KERNEL]);
	vm->ramdisk = g_steal_pointer(&values[KEY_RAMDISK]);
	vm->bootargs = g_steal_pointer(&values[KEY_BOOTARGS]);
	return TRUE;
}

gboolean vm_parse(const char *text, struct vm *vm, GError **error)
{
	char *values[NR_KEYS] = {NULL};
	gboolean ok;

	*vm = (struct vm){0};
	ok = fill(vm, values, text, error);
	for (enum key key = KEY_CPUS; key < NR_KEYS; key++)
		g_free(values[key]);
	return ok;
}

void vm_clear(struct vm *vm)
{
	g_free(vm->kernel);
	g_free(vm->ramdisk);
	g_free(vm->bootargs);
	*vm = (struct vm){0};
}
