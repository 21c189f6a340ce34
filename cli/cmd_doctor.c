/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neve doctor: what this machine can and cannot run, and what to do about each "no".
 */
#include "command.h"
#include "error.h"
#include "home.h"
#include "image.h"
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef KVM_CAP_ARM_EL2
#define KVM_CAP_ARM_EL2 240 /* Linux 6.16: a VM may have a (virtual) EL2 */
#endif

#define QEMU_OLDEST 10
#define QEMU_NEWER  11
#define DISK_MIB    2048
#define MEMORY_MIB  5120 /* `make demo` runs two machines of 2 GiB side by side */

enum need {
	NEED_BUILD, /* without it nothing can be built */
	NEED_RUN,   /* without it nothing can be run */
	NEED_NOT,   /* good to know */
};

struct report {
	GPtrArray *checks;
	gboolean ok;
};

struct check {
	char *name;
	char *found;
	char *fix; /* NULL when there is nothing to do */
	gboolean yes;
	enum need need;
};

static void check_free(void *data)
{
	struct check *c = data;

	g_free(c->name);
	g_free(c->found);
	g_free(c->fix);
	g_free(c);
}

/* Takes @found. */
static void note(struct report *r, enum need need, const char *name, gboolean yes, char *found,
		 const char *fix)
{
	struct check *c = g_new0(struct check, 1);

	c->name = g_strdup(name);
	c->found = found;
	c->yes = yes;
	c->need = need;
	c->fix = yes ? NULL : g_strdup(fix);
	if (!yes && need != NEED_NOT)
		r->ok = FALSE;
	g_ptr_array_add(r->checks, c);
}

static void check_qemu(struct report *r)
{
	g_autofree char *qemu = home_qemu(NULL, NULL);
	const char *const argv[] = {qemu, "--version", NULL};
	g_autofree char *line = qemu ? machine_first_line(argv) : NULL;
	const char *version = line ? strstr(line, "version ") : NULL;
	guint64 major = 0;

	if (!qemu) {
		note(r, NEED_RUN, "QEMU for arm64", FALSE,
		     g_strdup("qemu-system-aarch64 not found"),
		     "make setup (fetches one into artifacts/, changes nothing else)");
		return;
	}
	if (version)
		major = g_ascii_strtoull(version + strlen("version "), NULL, 10);
	note(r, NEED_RUN, "QEMU for arm64", major >= QEMU_OLDEST,
	     g_strdup_printf("%s (%s)", version ? version : "does not start", home_shorten(qemu)),
	     "QEMU 10.0 or later is needed: make setup");
	note(r, NEED_NOT, "nested KVM 7.2 to compare with", major >= QEMU_NEWER,
	     g_strdup(major >= QEMU_NEWER ? "QEMU 11 or later"
					  : "Linux 7.2 as L0 hangs on QEMU before 11"),
	     "tools/fetch qemu-host");
}

static void check_file(struct report *r, enum need need, const char *name, const char *relative,
		       const char *fix)
{
	g_autofree char *path = home_path(relative, NULL);
	gboolean yes = path && g_file_test(path, G_FILE_TEST_IS_REGULAR);

	note(r, need, name, yes, g_strdup_printf("%s%s", relative, yes ? "" : " is not there"),
	     fix);
}

static void check_neve(struct report *r)
{
	g_autofree char *path = home_path("build/hyp/hyp/neve.img", NULL);
	g_autoptr(GError) error = NULL;
	struct image image;

	if (path && image_read(path, &image, &error))
		note(r, NEED_RUN, "neve's image", TRUE,
		     g_strdup_printf("%s, %" G_GUINT64_FORMAT " KiB", home_shorten(path),
				     image.file_size / 1024),
		     NULL);
	else
		note(r, NEED_RUN, "neve's image", FALSE,
		     g_strdup(error ? error->message : "no checkout found"), "make image");
}

static void check_tools(struct report *r)
{
	static const char *const tools[] = {"aarch64-linux-gnu-gcc",
					    "aarch64-linux-gnu-objcopy",
					    "gcc",
					    "meson",
					    "ninja",
					    "python3"};
	g_autoptr(GString) missing = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *path = g_find_program_in_path(tools[i]);

		if (!path)
			g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", tools[i]);
	}
	note(r, NEED_BUILD, "building neve", !missing->len,
	     missing->len ? g_strdup_printf("missing: %s", missing->str)
			  : g_strdup("compilers, meson, ninja, python3"),
	     "tools/packages (apt-get install as root or with sudo)");
}

static void check_room(struct report *r)
{
	const char *home = home_dir(NULL);
	long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	g_autofree char *meminfo = NULL;
	guint64 memory = (guint64)pages * (guint64)page >> 20, disk = 0;
	const char *available = NULL;
	struct statvfs vfs;

	/* What the kernel says can be had without swapping, when it says so. */
	if (g_file_get_contents("/proc/meminfo", &meminfo, NULL, NULL))
		available = strstr(meminfo, "MemAvailable:");
	if (available)
		memory = g_ascii_strtoull(available + strlen("MemAvailable:"), NULL, 10) >> 10;
	if (home && !statvfs(home, &vfs))
		disk = (guint64)vfs.f_bavail * vfs.f_frsize >> 20;
	note(r, NEED_NOT, "memory for the demo", memory >= MEMORY_MIB,
	     g_strdup_printf("%" G_GUINT64_FORMAT " MiB free", memory),
	     "free 5 GiB, or run less: neve run --memory 1536M");
	note(r, NEED_NOT, "disk for what is fetched", disk >= DISK_MIB,
	     g_strdup_printf("%" G_GUINT64_FORMAT " MiB free", disk), "free 2 GiB");
	note(r, NEED_NOT, "two processors for the demo", sysconf(_SC_NPROCESSORS_ONLN) >= 2,
	     g_strdup_printf("%ld", sysconf(_SC_NPROCESSORS_ONLN)),
	     "it works with one, in twice the time");
}

/* On an Arm host neve can be a guest of the machine's own KVM, when that gives VMs an EL2. */
static void check_kvm(struct report *r)
{
	const char *name = "neve on this machine's processor, under KVM";
	struct utsname host;
	int fd, el2;

	uname(&host);
	if (strcmp(host.machine, "aarch64")) {
		note(r, NEED_NOT, name, FALSE, g_strdup_printf("this machine is %s", host.machine),
		     "needs an arm64 machine; QEMU emulates one here");
		return;
	}
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		note(r, NEED_NOT, name, FALSE, g_strdup_printf("/dev/kvm: %s", g_strerror(errno)),
		     "a kernel started at EL2 with KVM, and membership of the group kvm");
		return;
	}
	el2 = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL2);
	close(fd);
	note(r, NEED_NOT, name, el2 > 0,
	     g_strdup(el2 > 0 ? "KVM gives VMs an EL2" : "KVM gives VMs no EL2"),
	     "Linux 6.16 or later with kvm-arm.mode=nested on a processor with FEAT_NV2");
}

static void print_text(const struct report *r)
{
	guint width = 0;

	for (guint i = 0; i < r->checks->len; i++) {
		const struct check *c = g_ptr_array_index(r->checks, i);

		width = MAX(width, (guint)strlen(c->name));
	}
	for (guint i = 0; i < r->checks->len; i++) {
		const struct check *c = g_ptr_array_index(r->checks, i);

		printf("%-4s %-*s  %s\n", c->yes ? "yes" : "no", (int)width, c->name, c->found);
		if (c->fix)
			printf("     %-*s  -> %s\n", (int)width, "", c->fix);
	}
	puts(r->ok ? "\nThis machine can build and run neve: make demo"
		   : "\nThis machine cannot run neve yet; do what stands beside each \"no\".");
}

static void print_json(const struct report *r)
{
	static const char *const needs[] = {"build", "run", "no"};
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "ok");
	json_builder_add_boolean_value(b, r->ok);
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (guint i = 0; i < r->checks->len; i++) {
		const struct check *c = g_ptr_array_index(r->checks, i);

		json_builder_begin_object(b);
		json_builder_set_member_name(b, "name");
		json_builder_add_string_value(b, c->name);
		json_builder_set_member_name(b, "yes");
		json_builder_add_boolean_value(b, c->yes);
		json_builder_set_member_name(b, "needed_to");
		json_builder_add_string_value(b, needs[c->need]);
		json_builder_set_member_name(b, "found");
		json_builder_add_string_value(b, c->found);
		json_builder_set_member_name(b, "fix");
		if (c->fix)
			json_builder_add_string_value(b, c->fix);
		else
			json_builder_add_null_value(b);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	text = json_to_string(root, TRUE);
	puts(text);
}

static int run(int argc, char **argv, GError **error)
{
	struct report r = {.ok = TRUE};
	gboolean json = FALSE;
	int status;
	const GOptionEntry entries[] = {
		{"json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	if (!command_parse(argc, argv, NULL,
			   "Exit status: 0 when neve can be built and run here, 1 when not.",
			   entries, NULL, &status, error))
		return status;
	if (!home_dir(error))
		return -1;
	r.checks = g_ptr_array_new_with_free_func(check_free);
	check_tools(&r);
	check_qemu(&r);
	check_neve(&r);
	check_file(&r, NEED_RUN, "guest hypervisor, Linux 6.12", "artifacts/kernel/6.12/Image",
		   "make setup");
	check_file(&r, NEED_RUN, "nested guest, Linux 6.1", "artifacts/kernel/6.1/Image",
		   "make setup");
	check_file(&r, NEED_RUN, "its root file system with QEMU", "artifacts/l1/initramfs.cpio",
		   "make image");
	check_room(&r);
	check_kvm(&r);
	if (json)
		print_json(&r);
	else
		print_text(&r);
	g_ptr_array_unref(r.checks);
	return r.ok ? 0 : EXIT_RUN;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "say what this machine can and cannot run, and the fix beside each \"no\"",
	.run = run,
};
