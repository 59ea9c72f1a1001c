/* history.c - see history.h. */
#include "exporter/history.h"

#include "berkctl/view.h"

#include "berk/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_MS 2000 /* by which samples of the daemon come late: that is no gap */

struct point {
	int64_t step; /* which one is here; those of an hour before give way */
	int64_t offset_ns, bound_ns;
};

struct row {
	char id[24]; /* empty: free */
	char name[VIEW_MAX];
	int64_t last; /* step */
	struct point point[HISTORY_STEPS];
};

struct history {
	unsigned left_out; /* hosts, at the last call */
	struct row row[HISTORY_HOSTS_MAX];
};

struct history *history_new(void)
{
	return calloc(1, sizeof(struct history));
}

struct history *history_free(struct history *h)
{
	free(h);
	return NULL;
}

/* The row of a host, or one that nobody needs any more; NULL: there is none. */
static struct row *find_row(struct history *h, const char *id, int64_t step)
{
	struct row *spare = NULL;

	for (struct row *r = h->row; r < h->row + HISTORY_HOSTS_MAX; r++) {
		if (strcmp(r->id, id) == 0) {
			return r;
		}
		if (!spare && (!r->id[0] || step - r->last >= HISTORY_STEPS)) {
			spare = r;
		}
	}
	if (spare) {
		*spare = (struct row){0};
		(void)snprintf(spare->id, sizeof(spare->id), "%s", id);
	}
	return spare;
}

static void note_point(struct row *r, int64_t step, int64_t offset_ns, int64_t bound_ns)
{
	struct point *p = &r->point[step % HISTORY_STEPS];

	if (p->step > step) {
		return; /* it is more than an hour old */
	}
	if (p->step != step) {
		*p = (struct point){.step = step, .offset_ns = offset_ns, .bound_ns = bound_ns};
	}
	if (ns_abs(offset_ns) > ns_abs(p->offset_ns)) {
		p->offset_ns = offset_ns;
	}
	p->bound_ns = ns_max(bound_ns, p->bound_ns);
	r->last = ns_max(step, r->last);
}

/* The row of a host that is in sight; NULL: @m is of none, or there is no room, which is counted
 * in @left_out. */
static struct row *row_of(struct history *h, const json_t *m, int64_t step, unsigned *left_out)
{
	const char *id = view_raw(m, "id");
	struct row *r = NULL;

	if (id[0] && strlen(id) < sizeof(h->row[0].id) && view_is_here(m)) {
		r = find_row(h, id, step);
		*left_out += !r;
	}
	if (r) {
		(void)snprintf(r->name, sizeof(r->name), "%s", view_raw(m, "name"));
	}
	return r;
}

unsigned history_note(struct history *h, int64_t now_ms, const json_t *members)
{
	int64_t step = now_ms / HISTORY_STEP_MS, offset_ns, bound_ns;
	size_t i;
	const json_t *m;

	h->left_out = 0;
	json_array_foreach(members, i, m)
	{
		bool known =
			view_int(m, "offset_ns", &offset_ns) && view_int(m, "bound_ns", &bound_ns);
		struct row *r = known ? row_of(h, m, step, &h->left_out) : NULL;

		if (r) {
			note_point(r, step, offset_ns, bound_ns);
		}
	}
	return h->left_out;
}

void history_note_past(struct history *h, int64_t at_ms, int64_t span_ms, const json_t *sample)
{
	int64_t last = at_ms / HISTORY_STEP_MS, lo_ns, hi_ns, bound_ns;
	int64_t n_samples = ns_max(view_int_or_0(sample, "n_samples"), 1);
	int64_t whole_ms = ns_min(ns_mul(n_samples, HISTORY_SAMPLE_MS), span_ms) + SLACK_MS;
	int64_t first = ns_max(at_ms - whole_ms, 0) / HISTORY_STEP_MS + 1;
	unsigned left_out = 0; /* the same hosts again and again: nobody asks */
	bool known = view_int(sample, "offset_ns_min", &lo_ns) &&
		     view_int(sample, "offset_ns_max", &hi_ns) &&
		     view_int(sample, "bound_ns", &bound_ns);
	struct row *r = known ? row_of(h, sample, last, &left_out) : NULL;

	for (int64_t step = first; r && step <= last; step++) {
		note_point(r, step, ns_abs(lo_ns) > ns_abs(hi_ns) ? lo_ns : hi_ns, bound_ns);
	}
}

/* The figures of a row from @first to @last, null where there are none. */
static json_t *row_json(const struct row *r, int64_t first, int64_t last)
{
	json_t *offsets = json_array(), *bounds = json_array();

	for (int64_t step = first; step <= last; step++) {
		const struct point *p = &r->point[step % HISTORY_STEPS];
		bool is_here = p->step == step;

		json_array_append_new(offsets, is_here ? json_integer(p->offset_ns) : json_null());
		json_array_append_new(bounds, is_here ? json_integer(p->bound_ns) : json_null());
	}
	/* A name that was cut within a character is none; the id stays. */
	return json_pack("{s:s,s:o*,s:o,s:o}", "id", r->id, "name", json_string(r->name),
			 "offset_ns", offsets, "bound_ns", bounds);
}

json_t *history_json(const struct history *h, int64_t now_ms, int64_t since)
{
	int64_t last = now_ms / HISTORY_STEP_MS;
	int64_t first = ns_max(ns_max(since, last - HISTORY_STEPS + 1), 1);
	json_t *hosts = json_array();

	for (const struct row *r = h->row; r < h->row + HISTORY_HOSTS_MAX; r++) {
		if (r->id[0] && last - r->last < HISTORY_STEPS) {
			json_array_append_new(hosts, row_json(r, first, last));
		}
	}
	return json_pack("{s:i,s:I,s:I,s:i,s:i,s:o}", "step_ms", HISTORY_STEP_MS, "first",
			 (json_int_t)first, "last", (json_int_t)last, "hosts_max",
			 HISTORY_HOSTS_MAX, "left_out", (int)h->left_out, "hosts", hosts);
}
