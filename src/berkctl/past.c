/* past.c - see past.h. */
#include "berkctl/past.h"

#include "berk/time.h"
#include "berkctl/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPAN_DEFAULT_NS (3600 * NS_PER_S)
#define DAY_NS		(86400 * NS_PER_S)

int64_t past_span_ns(const struct ctl *ctl)
{
	return ctl->since_ns > 0 ? ctl->since_ns : SPAN_DEFAULT_NS;
}

static void take_answer(const struct ctl *ctl, const json_t *p, void *userdata)
{
	struct past *past = userdata;

	(void)ctl;
	past->since_ns = view_int_or_0(p, "since_ns");
	past->until_ns = view_int_or_0(p, "until_ns");
	past->cut = view_true(p, "cut");
	(void)json_array_extend(past->entries, json_object_get(p, "entries"));
}

int past_ask(const struct ctl *ctl, int64_t interval_ns, int64_t limit, struct past *ret)
{
	*ret = (struct past){.entries = json_array(), .interval_ns = interval_ns};
	json_t *p = json_pack("{s:I,s:I,s:I,s:s*}", "last_ns", (json_int_t)past_span_ns(ctl),
			      "interval_ns", (json_int_t)interval_ns, "limit", (json_int_t)limit,
			      "host", ctl->host);

	return ctl_follow(ctl, "History", p, take_answer, ret);
}

void past_fini(struct past *past)
{
	for (size_t i = 0; i < past->n_host; i++) {
		free(past->host[i].point);
	}
	free(past->event);
	json_decref(past->entries);
}

/* Where that host stands; PAST_HOSTS_MAX: there is no such one. */
static size_t find_host(const struct past *past, const json_t *e)
{
	for (size_t i = 0; i < past->n_host; i++) {
		if (strcmp(past->host[i].id, view_raw(e, "id")) == 0) {
			return i;
		}
	}
	return PAST_HOSTS_MAX;
}

static struct past_host *add_host(struct past *past, const json_t *e)
{
	size_t i = find_host(past, e);

	if (i == PAST_HOSTS_MAX && past->n_host < PAST_HOSTS_MAX) {
		i = past->n_host++;
		(void)view_text(e, "id", "?", past->host[i].id);
	}
	if (i == PAST_HOSTS_MAX) {
		past->n_left_out++;
		return NULL;
	}
	struct past_host *h = &past->host[i];

	(void)snprintf(h->name, sizeof(h->name), "%s", view_host(e, (char[VIEW_MAX]){0}));
	return h;
}

static bool add_point(struct past_host *h, const json_t *e)
{
	if (h->n == h->size) {
		size_t size = h->size ? 2 * h->size : 64;
		struct past_point *grown = realloc(h->point, size * sizeof(*grown));

		if (!grown) {
			return false;
		}
		h->point = grown;
		h->size = size;
	}
	struct past_point *p = &h->point[h->n++];

	*p = (struct past_point){.at_ns = view_int_or_0(e, "wall_ns"),
				 .life = view_int_or_0(e, "life"),
				 .master = view_true(e, "master"),
				 .deputy = view_true(e, "deputy")};
	p->known =
		view_int(e, "offset_ns_min", &p->lo_ns) && view_int(e, "offset_ns_max", &p->hi_ns);
	p->has_offset = view_int(e, "offset_ns", &p->offset_ns);
	if (!view_int(e, "bound_ns", &p->bound_ns) || p->bound_ns < 0) {
		p->bound_ns = -1;
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct past_host *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : strcmp(x->id, y->id);
}

bool past_sort(struct past *past)
{
	const json_t *e;
	size_t i;

	past->event = calloc(json_array_size(past->entries) + 1, sizeof(*past->event));
	if (!past->event) {
		return false;
	}
	json_array_foreach(past->entries, i, e)
	{
		struct past_host *h = NULL;

		if (view_raw(e, "event")[0]) {
			past->event[past->n_event++] =
				(struct past_event){.at_ns = view_int_or_0(e, "wall_ns"), .j = e};
		} else if ((h = add_host(past, e)) != NULL && !add_point(h, e)) {
			return false;
		}
	}
	qsort(past->host, past->n_host, sizeof(past->host[0]), by_name);
	for (i = 0; i < past->n_event; i++) {
		past->event[i].host = find_host(past, past->event[i].j);
	}
	return true;
}

const char *past_time(const struct past *past, int64_t at_ns, char buf[static FORMAT_DATE_MAX])
{
	time_t t = (time_t)(at_ns / NS_PER_S);
	struct tm tm;

	if (ns_sub(past->until_ns, past->since_ns) <= DAY_NS) {
		return format_clock(at_ns, buf);
	}
	if (!localtime_r(&t, &tm) || strftime(buf, FORMAT_DATE_MAX, "%m-%d %H:%M", &tm) == 0) {
		(void)snprintf(buf, FORMAT_DATE_MAX, "--:--");
	}
	return buf;
}

void past_print_json(const struct past *past)
{
	json_t *j = json_pack("{s:I,s:I,s:I,s:b,s:O}", "since_ns", (json_int_t)past->since_ns,
			      "until_ns", (json_int_t)past->until_ns, "interval_ns",
			      (json_int_t)past->interval_ns, "cut", past->cut, "entries",
			      past->entries);

	ctl_print_json(j, false);
	json_decref(j);
}

void past_tell_cut(const struct past *past)
{
	if (past->cut) {
		(void)fputs(
			"berkctl: there is more than fits into one answer, and this is the "
			"newest part: name a host with --host, or a shorter time with --since\n",
			stderr);
	}
	if (past->n_left_out > 0) {
		(void)fprintf(stderr,
			      "berkctl: %d hosts are drawn, and there are more: name one with "
			      "--host\n",
			      PAST_HOSTS_MAX);
	}
}
