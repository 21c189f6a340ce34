/* SPDX-License-Identifier: Apache-2.0 */
/* Instead of libFuzzer: gives a fuzz target each input of its corpus, one in base64 a line. */
#include "fuzz.h"

#include <glib.h>

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	unsigned int n = 0;

	if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
		fprintf(stderr, "usage: %s CORPUS%s%s\n", argv[0], error ? ": " : "",
			error ? error->message : "");
		return 2;
	}
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		gsize size;
		g_autofree guchar *data = g_base64_decode(*line, &size);

		LLVMFuzzerTestOneInput(data, size);
		n++;
	}
	printf("1..1\nok 1 - %u inputs of the corpus\n", n);
	return 0;
}
