/* SPDX-License-Identifier: Apache-2.0 */
#include "versions.h"
#include "format.h"
#include "home.h"
#include "machine.h"

JsonNode *versions_json(const char *qemu, const char *cpu, const char *mode)
{
	const char *const git[] = {"git",     "-C", home_dir(NULL), "describe", "--always",
				   "--dirty", NULL};
	const char *const qemu_argv[] = {qemu, "--version", NULL};
	g_autofree char *commit = machine_first_line(git);
	g_autofree char *qemu_version = machine_first_line(qemu_argv);
	g_autofree char *path = home_path("artifacts/versions.json", NULL);
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonParser) parser = json_parser_new();

	json_builder_begin_object(b);
	format_json_string(b, "neve", commit ? commit : "unknown");
	format_json_string(b, "qemu", qemu_version ? qemu_version : "unknown");
	format_json_string(b, "cpu", cpu);
	if (mode)
		format_json_string(b, "mode", mode);
	if (path && json_parser_load_from_file(parser, path, NULL)) {
		json_builder_set_member_name(b, "packages");
		json_builder_add_value(b, json_parser_steal_root(parser));
	}
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
