/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <glib-unix.h>
#include <signal.h>

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

struct watch {
	struct signals *owner;
	GSource *source;
	int number;
};

struct signals {
	signals_fn *fn;
	void *data;
	struct watch watches[G_N_ELEMENTS(numbers)];
};

static gboolean on_signal(gpointer data)
{
	struct watch *w = data;

	w->owner->fn(w->number, w->owner->data);
	return G_SOURCE_CONTINUE;
}

struct signals *signals_watch(int priority, signals_fn *fn, void *data)
{
	struct signals *s = g_new0(struct signals, 1);

	s->fn = fn;
	s->data = data;
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		struct watch *w = &s->watches[i];

		w->owner = s;
		w->number = numbers[i];
		w->source = g_unix_signal_source_new(w->number);
		g_source_set_priority(w->source, priority);
		g_source_set_callback(w->source, on_signal, w, NULL);
		g_source_attach(w->source, NULL);
	}
	return s;
}

void signals_free(struct signals *s)
{
	if (!s)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_source_destroy(s->watches[i].source);
		g_source_unref(s->watches[i].source);
	}
	g_free(s);
}
