/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/options.h"

#include <string.h>
#include <neve/trace.h>
#include "cpu/console.h"

struct choice {
	const char *word;
	unsigned int val;
};

static const struct choice levels[] = {
	{"err", LOG_ERR},     {"warn", LOG_WARN}, {"info", LOG_INFO},
	{"debug", LOG_DEBUG}, {"0", LOG_ERR},	  {"1", LOG_WARN},
	{"2", LOG_INFO},      {"3", LOG_DEBUG},	  {NULL, 0},
};

static const struct choice modes[] = {
	{"auto", MODE_AUTO}, {"nv2", MODE_NV2},		{"nv", MODE_NV},
	{"pv", MODE_PV},     {"pv-neve", MODE_PV_NEVE}, {NULL, 0},
};

static const struct choice switches[] = {{"on", true}, {"off", false}, {NULL, 0}};

static const struct choice traces[] = {
	{"off", NEVE_TRACE_OFF}, {"on", NEVE_TRACE_ON}, {"none", NEVE_TRACE_NONE}, {NULL, 0}};

static const struct choice dma[] = {{"any", false}, {"smmu", true}, {NULL, 0}};

static const struct {
	const char *name;
	const struct choice *choices;
	const char *expected;
} options[] = {
	{"loglevel=", levels, "err, warn, info, debug or 0 to 3"},
	{"mode=", modes, "auto, nv2, nv, pv or pv-neve"},
	{"l2-counters=", switches, "on or off"},
	{"trace=", traces, "off, on or none"},
	{"dma=", dma, "any or smmu"},
};

static void set_option(struct neve_options *opt, unsigned int which, unsigned int val)
{
	switch (which) {
	case 0:
		opt->loglevel = val;
		break;
	case 1:
		opt->mode = val;
		break;
	case 2:
		opt->l2_counters = val;
		break;
	case 3:
		opt->trace = val;
		break;
	default:
		opt->dma_smmu = val;
	}
}

static bool parse_word(const char *word, size_t n, struct neve_options *opt, struct boot_report *r)
{
	/* what is shown of a word that may be anything */
	int shown = n < 40 ? (int)n : 40;

	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		size_t len = strlen(options[i].name);
		const struct choice *c = options[i].choices;

		if (n < len || strncmp(word, options[i].name, len))
			continue;
		for (; c->word; c++) {
			if (strlen(c->word) == n - len && !strncmp(word + len, c->word, n - len)) {
				set_option(opt, i, c->val);
				return true;
			}
		}
		return report_error(r, "found the option \"%.*s\", expected %s%s", shown, word,
				    options[i].name, options[i].expected);
	}
	return report_error(
		r,
		"found the unknown option \"%.*s\" in /chosen/bootargs, expected "
		"loglevel=, mode=, l2-counters=, trace= or dma=; with QEMU they are given "
		"by -append",
		shown, word);
}

bool options_parse(const char *line, struct neve_options *opt, struct boot_report *r)
{
	*opt = (struct neve_options){.loglevel = LOG_DEFAULT, .mode = MODE_AUTO};
	while (*line) {
		size_t n = 0;

		while (line[n] && line[n] != ' ' && line[n] != '\t' && line[n] != '\n')
			n++;
		if (n && !parse_word(line, n, opt, r))
			return false;
		line += n + (line[n] != '\0');
	}
	return true;
}
