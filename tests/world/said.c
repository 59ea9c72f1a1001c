/* said.c - see said.h.  A line is known by its origin and its text, so texts of one host must
 * differ. */
#include "tests/world/said.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 65536 /* a power of two */
#define HOSTS_MAX 64
#define TEXT_MAX  32

struct line_said {
	uint64_t key; /* 0: free */
	unsigned host;
	uint64_t boot;
	uint64_t shown_by; /* a bit for each host, in its present life */
	char text[TEXT_MAX];
};

struct said {
	struct line_said line[LINES_MAX];
	size_t n;
};

struct said *said_new(void)
{
	struct said *s = calloc(1, sizeof(*s));

	if (!s) {
		abort();
	}
	return s;
}

void said_free(struct said *s)
{
	free(s);
}

static uint64_t key_of(node_id origin, const char *text, size_t len)
{
	uint64_t h = origin ^ UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < len; i++) {
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	}
	return h ? h : 1;
}

/* The place of @key, or a free one. */
static struct line_said *find(struct said *s, uint64_t key)
{
	size_t k = key & (LINES_MAX - 1);

	while (s->line[k].key && s->line[k].key != key) {
		k = (k + 1) & (LINES_MAX - 1);
	}
	return &s->line[k];
}

void said_take(struct said *s, struct world *w, unsigned i, const char *text, size_t len)
{
	uint64_t key = key_of(world_status(w, i).id, text, len);
	struct line_said *l = find(s, key);

	if (w->n > HOSTS_MAX || (!l->key && s->n == LINES_MAX / 2)) {
		return;
	}
	s->n += !l->key;
	/* What a master says is shown before its order is done, if it is alone. */
	l->shown_by = l->key && l->boot == 0 ? l->shown_by : 0;
	l->key = key;
	l->host = i;
	l->boot = w->host[i].boot;
	(void)snprintf(l->text, sizeof(l->text), "%.*s", (int)len, text);
}

void said_show(struct said *s, struct world *w, unsigned i, const struct wire_chat_line *line)
{
	uint64_t key = key_of(line->origin, line->text, line->len);
	struct line_said *l = find(s, key);

	if (w->n > HOSTS_MAX || (!l->key && s->n == LINES_MAX / 2)) {
		return;
	}
	s->n += !l->key;
	l->key = key;
	l->shown_by |= UINT64_C(1) << i;
}

void said_boot(struct said *s, unsigned i)
{
	for (size_t k = 0; s->n > 0 && k < LINES_MAX; k++) {
		s->line[k].shown_by &= ~(UINT64_C(1) << (i % HOSTS_MAX));
	}
}

/* Does host @i keep the line for who asks for what was said? */
static bool keeps(const struct world *w, unsigned i, uint64_t key)
{
	const struct node *n = w->host[i].node;
	uint64_t index = world_status(w, i).chat_stable;

	for (const struct wire_chat_line *l; (l = node_chat_line(n, index)); index--) {
		if (key_of(l->origin, l->text, l->len) == key) {
			return true;
		}
	}
	return false;
}

bool said_reached_all(const struct said *s, const struct world *w, char *why, size_t size)
{
	for (size_t k = 0; s->n > 0 && k < LINES_MAX; k++) {
		const struct line_said *l = &s->line[k];

		if (!l->key || !l->boot || !w->host[l->host].up ||
		    w->host[l->host].boot != l->boot) {
			continue;
		}
		for (unsigned i = 0; i < w->n; i++) {
			if (w->host[i].up && !(l->shown_by >> i & 1) && !keeps(w, i, l->key)) {
				(void)snprintf(why, size, "h%u never shows \"%s\", said on h%u", i,
					       l->text, l->host);
				return false;
			}
		}
	}
	return true;
}
