/* ask.c - questions to the hosts of a group, and what their answers come to. See ask.h. */
#include "netns/lib/ask.h"

#include "netns/lib/sandbox.h"

#include <stdio.h>
#include <string.h>

json_t *host_ask(const struct host *h, const char *what)
{
	static char out[65536];

	if (host_berkctl(h, out, sizeof(out), "--json", what, NULL) != 0) {
		return NULL;
	}
	return json_loads(out, 0, NULL);
}

static const char *text_under(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

const char *status_text(const struct host *h, const char *key, char buf[static ASK_TEXT_MAX])
{
	json_t *status = host_ask(h, "status");

	snprintf(buf, ASK_TEXT_MAX, "%s", text_under(status, key));
	json_decref(status);
	return buf;
}

int64_t status_int(const struct host *h, const char *key)
{
	json_t *status = host_ask(h, "status"), *value = json_object_get(status, key);
	int64_t number = json_is_integer(value) ? json_integer_value(value) : -1;

	json_decref(status);
	return number;
}

const char *member_text(const struct host *by, const struct host *of, const char *key,
			char buf[static ASK_TEXT_MAX])
{
	json_t *member, *reply = host_ask(by, "members");
	size_t i;

	buf[0] = '\0';
	json_array_foreach(json_object_get(reply, "members"), i, member)
	{
		if (strcmp(text_under(member, "name"), of->name) == 0) {
			snprintf(buf, ASK_TEXT_MAX, "%s", text_under(member, key));
		}
	}
	json_decref(reply);
	return buf;
}

unsigned trust_n_refused(const struct host *h)
{
	json_t *trust = host_ask(h, "trust");
	json_t *refused = json_object_get(trust, "refused");
	unsigned n = (unsigned)json_array_size(refused);

	if (!json_is_array(refused)) {
		sandbox_die("%s does not say whom it refused", h->name);
	}
	json_decref(trust);
	return n;
}

/* What the running hosts of a mask agree on. */
struct consent {
	int master, deputy; /* index; -1: none, or more than one */
	bool one;	    /* all name the same master in the same term */
	bool settled;	    /* all say that they are, and that they are synchronised */
};

/* One more host, number @i, has given its @status. */
static void consent_add(struct consent *c, json_t *status, int i, char master[static ASK_TEXT_MAX],
			json_int_t *term)
{
	const char *role = text_under(status, "role"), *named = text_under(status, "master");
	json_int_t its_term = json_integer_value(json_object_get(status, "term"));

	c->settled &= json_is_true(json_object_get(status, "settled")) &&
		      json_is_true(json_object_get(status, "synced"));
	if (!role[0] || !named[0]) {
		c->one = false;
		return;
	}
	c->one &= *term < 0 || (its_term == *term && strcmp(named, master) == 0);
	*term = its_term;
	snprintf(master, ASK_TEXT_MAX, "%s", named);
	if (strcmp(role, "master") == 0) {
		c->one &= c->master < 0;
		c->master = i;
	} else if (strcmp(role, "deputy") == 0) {
		c->deputy = i;
	}
}

static struct consent consent_ask(const struct group *g, unsigned mask)
{
	struct consent c = {.master = -1, .deputy = -1, .one = true, .settled = true};
	char master[ASK_TEXT_MAX] = "";
	json_int_t term = -1;

	for (unsigned i = 0; i < g->n; i++) {
		if (mask & 1U << i && g->host[i].pid) {
			json_t *status = host_ask(&g->host[i], "status");

			consent_add(&c, status, (int)i, master, &term);
			json_decref(status);
		}
	}
	c.one &= c.master >= 0;
	return c;
}

int group_master(const struct group *g, unsigned mask)
{
	struct consent c = consent_ask(g, mask);

	return c.one ? c.master : -1;
}

int group_deputy(const struct group *g, unsigned mask)
{
	struct consent c = consent_ask(g, mask);

	return c.one ? c.deputy : -1;
}

bool group_is_settled(struct group *g, void *arg)
{
	struct consent c = consent_ask(g, arg ? *(unsigned *)arg : GROUP_ALL);

	return c.one && c.settled && c.deputy >= 0;
}

/* How many running hosts in @mask there are, less those of which check says that all is well. */
static unsigned count_unwell(const struct group *g, unsigned mask, unsigned *ret_running)
{
	char out[4096];
	unsigned unwell = 0;

	*ret_running = 0;
	for (unsigned i = 0; i < g->n; i++) {
		if (mask & 1U << i && g->host[i].pid) {
			int status = host_berkctl(&g->host[i], out, sizeof(out), "check", NULL);

			++*ret_running;
			unwell += status != 0;
		}
	}
	return unwell;
}

bool group_all_are_well(struct group *g, void *mask)
{
	unsigned running;

	return count_unwell(g, *(unsigned *)mask, &running) == 0;
}

bool group_any_is_well(struct group *g, void *mask)
{
	return !group_none_is_well(g, mask);
}

bool group_none_is_well(struct group *g, void *mask)
{
	unsigned running, unwell = count_unwell(g, *(unsigned *)mask, &running);

	return unwell == running;
}
