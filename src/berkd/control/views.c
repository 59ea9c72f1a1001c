/* views.c - the node's views as JSON. */
#include "berkd/control/views.h"

#include "berk/line.h"
#include "berk/term.h"
#include "berkd/control/json.h"
#include "berkd/host/saver.h"
#include "common/format.h"
#include "common/words.h"

#include <config.h>
#include <inttypes.h>
#include <stdio.h>

int control_read_clocks(const struct control *c, struct control_now *ret)
{
	return c->grant.read_clocks(c->grant.userdata, &ret->mono, &ret->pair);
}

/* Absent when @known is false. */
static json_t *int_json_if(bool known, int64_t v)
{
	return known ? json_integer(v) : NULL;
}

static json_t *id_json_if(node_id id)
{
	return id ? control_id_json(id) : NULL;
}

static json_t *bound_json(int64_t bound_ns)
{
	return int_json_if(bound_ns != BOUND_UNKNOWN, bound_ns);
}

/* All 64 bits: with the tag of the master that had it, by which two terms of one number differ. */
static json_t *term_json(uint64_t term)
{
	char hex[17];

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, term);
	return json_string(hex);
}

static json_t *find_name(const struct control *c, node_id id)
{
	const char *name = id ? node_name_of(c->grant.node, id) : NULL;

	return name ? control_text_json(name) : NULL;
}

/* NULL when there is none. */
static json_t *addr_json(const struct addr *a)
{
	char text[FORMAT_ADDR_MAX];

	return a->port ? json_string(format_addr(a, text)) : NULL;
}

/* Put the members of @more, which is taken over, into @j, which is given back. */
static json_t *join_objects(json_t *j, json_t *more)
{
	if (!j || !more || json_object_update(j, more) < 0) {
		json_decref(j);
		j = NULL;
	}
	json_decref(more);
	return j;
}

/* "s:o*" leaves a NULL out, so an absent value and one that memory was lacking for look alike; the
 * rest of the object does not come about in that case. */
static json_t *group_json(const struct control *c, const struct control_now *now,
			  const struct node_status *s)
{
	bool led = s->role != ROLE_MASTER && s->master;
	bool leads = s->role == ROLE_MASTER;

	return json_pack(
		"{s:o*,s:o*,s:o*,s:o*,s:I,s:o,s:I,s:b,s:I,s:o*,s:o*,s:o*,s:i,s:i,s:o*}", "master",
		id_json_if(s->master), "master_name", find_name(c, s->master), "deputy",
		id_json_if(s->deputy), "deputy_name", find_name(c, s->deputy), "term",
		(json_int_t)term_counter(s->term), "term_full", term_json(s->term), "round",
		(json_int_t)s->round, "island", s->island, "poll_ns", (json_int_t)s->poll_ns,
		"spread_ns", int_json_if(leads && s->round, s->spread_ns), "heard_ago_ns",
		int_json_if(led && !mono_is_long_ago(s->heard), mono_sub(now->mono, s->heard)),
		"round_ago_ns", int_json_if(leads && s->round, mono_sub(now->mono, s->last_round)),
		"n_table", (int)s->n_table, "n_alive", (int)s->n_alive, "n_used",
		int_json_if(leads && s->round, s->n_used));
}

static json_t *time_order_json(const struct control *c, const struct node_status *st)
{
	const struct time_order *o = &st->last_order;
	bool moves = o->way == TIME_SLEWS && st->has_line && st->line.pull != 0;
	int64_t takes_ns = moves ? ns_abs(ns_from_double((double)o->left_ns / st->line.pull)) : 0;

	return o->at.ns == 0
		       ? NULL
		       : json_pack("{s:I,s:I,s:o,s:o*,s:I,s:s,s:o*,s:o*}", "wall_ns",
				   (json_int_t)o->at.ns, "shift_ns", (json_int_t)o->shift_ns,
				   "host", control_id_json(o->host), "host_name",
				   find_name(c, o->host), "uid", (json_int_t)o->uid, "way",
				   words_name(words_time_way, o->way), "left_ns",
				   int_json_if(o->way == TIME_SLEWS || o->way == TIME_SLEW_ENDED,
					       o->left_ns),
				   "takes_ns", int_json_if(moves, takes_ns));
}

static json_t *hold_json(const struct control *c, const struct hold *h)
{
	return h->left_ms == 0 ? NULL
			       : json_pack("{s:I,s:o,s:o*,s:I}", "left_ns",
					   (json_int_t)(h->left_ms * NS_PER_MS), "host",
					   control_id_json(h->host), "host_name",
					   find_name(c, h->host), "uid", (json_int_t)h->uid);
}

static json_t *clock_json(const struct control *c, const struct control_now *now,
			  const struct node_status *s)
{
	int64_t oscillator_ppb = ns_from_double((s->line.pull - s->line.rate) * 1e9);

	bool lacks = s->lack != LACK_NOTHING;

	return json_pack(
		"{s:o*,s:o*,s:s*,s:s*,s:s,s:b,s:b,s:s*,s:s*,s:s,s:s,s:b,s:b,s:o*,s:o*,s:o*,s:I,"
		"s:o*,s:I,s:"
		"I}",
		"hold", hold_json(c, &s->hold), "time_order", time_order_json(c, s), "lack",
		lacks ? words_name(words_lack, (int)s->lack) : NULL, "lack_text",
		lacks ? words_name(texts_lack, (int)s->lack) : NULL, "date",
		words_name(words_date_evidence, (int)s->date), "date_confirmed", s->date_confirmed,
		"tripped", s->tripped, "leap",
		s->leap ? words_name(words_leap, (int)s->leap) : NULL, "refusal",
		s->refusal ? words_name(words_correct_refusal, (int)s->refusal) : NULL, "clock",
		c->grant.clock, "mode", clock_mode_name(c->grant.config->mode), "synced", s->synced,
		"settled", s->settled, "bound_ns", bound_json(s->bound_ns), "est_error_ns",
		int_json_if(s->has_line, s->est_error_ns), "offset_ns",
		int_json_if(s->has_line, s->offset_ns), "freq_ppb", (json_int_t)s->freq_ppb,
		"oscillator_ppb", int_json_if(s->has_line, oscillator_ppb), "max_skew_ns",
		(json_int_t)c->grant.config->max_skew_ns, "wall_ns", (json_int_t)now->pair.wall.ns);
}

/* How far others may move our clock, where anybody may be one of them. */
static json_t *open_json(const struct node_status *s)
{
	bool capped = s->open_max_ns > 0;

	return json_pack("{s:b,s:o*,s:o*,s:b}", "open_group", s->open_group, "open_moved_ns",
			 int_json_if(capped, s->open_moved_ns), "open_max_ns",
			 int_json_if(capped, s->open_max_ns), "open_spent", s->open_spent);
}

/* What broke our time last. */
static json_t *interruption_json(const struct node_status *s, mono_t now)
{
	bool any = s->interrupted.why != INTERRUPTION_NONE;

	return json_pack("{s:s*,s:s*,s:o*}", "interruption",
			 any ? words_name(words_interruption, (int)s->interrupted.why) : NULL,
			 "interruption_text",
			 any ? words_name(texts_interruption, (int)s->interrupted.why) : NULL,
			 "interrupted_ago_ns", int_json_if(any, mono_sub(now, s->interrupted.at)));
}

static json_t *counters_json(const struct node_status *s)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "n_rx", (json_int_t)s->n_rx,
			 "n_tx", (json_int_t)s->n_tx, "n_bad", (json_int_t)s->n_bad, "n_steps",
			 (json_int_t)s->n_steps, "n_corrections", (json_int_t)s->n_corrections,
			 "n_refused", (json_int_t)s->n_refused, "clock_epoch",
			 (json_int_t)s->clock_epoch, "chat_last", (json_int_t)s->chat_last,
			 "chat_stable", (json_int_t)s->chat_stable);
}

/* Where and why something cannot be kept, and what to do; NULL when all can. */
static json_t *state_error_json(const struct control *c)
{
	const char *error = c->grant.saver ? saver_error(c->grant.saver) : NULL;

	return error ? json_sprintf("%s: %s (%s)", c->grant.config->state_dir, error,
				    saver_remedy(c->grant.saver))
		     : NULL;
}

/* Why the clock is not steered; NULL when it is. */
static json_t *clock_error_json(const struct control *c)
{
	const char *error = c->grant.clock_error ? c->grant.clock_error(c->grant.userdata) : NULL;

	return error ? json_string(error) : NULL;
}

json_t *control_status_json(const struct control *c, const struct control_now *now)
{
	struct node_status s;
	json_t *j;

	node_status(c->grant.node, now->mono, now->pair, &s);
	j = json_pack("{s:o,s:o,s:o,s:o*,s:o*,s:o*,s:b,s:s,s:o*,s:s}", "name",
		      control_text_json(s.name), "id", control_id_json(s.id), "public_key",
		      control_key_json(s.public_key), "clone", addr_json(&s.clone), "state_error",
		      state_error_json(c), "clock_error", clock_error_json(c), "may_vote",
		      !s.disk_failed, "version", PACKAGE_VERSION, "uptime_ns",
		      int_json_if(c->began.ns != 0, mono_sub(now->mono, c->began)), "role",
		      role_name(s.role));
	j = join_objects(j, group_json(c, now, &s));
	j = join_objects(j, clock_json(c, now, &s));
	j = join_objects(j, open_json(&s));
	j = join_objects(j, interruption_json(&s, now->mono));
	return join_objects(j, counters_json(&s));
}

json_t *control_member_json(const struct member_view *v)
{
	bool other = !v->is_self;
	bool measured = other && v->exact && v->n_samples > 0;
	bool trimmed = v->reason == REASON_TRIMMED; /* a note: it counts, though not this round */
	json_t *j = json_pack("{s:o,s:o,s:o*,s:o*,s:o*,s:s,s:s,s:b,s:s,s:b,s:b,s:b,s:b,s:i}",
			      "name", control_text_json(v->name), "id", control_id_json(v->id),
			      "public_key", v->key_known ? control_key_json(v->public_key) : NULL,
			      "address", addr_json(&v->addr), "clone", addr_json(&v->clone),
			      "state", member_state_name(v->state), "reason",
			      reason_name(trimmed ? REASON_NONE : v->reason), "trimmed", trimmed,
			      "mode", clock_mode_name(v->mode), "self", v->is_self, "master",
			      v->is_master, "deputy", v->is_deputy, "exact", v->exact, "priority",
			      (int)v->priority);

	return join_objects(
		j,
		json_pack("{s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:o*,s:I,s:o*,s:o*,s:o*,s:s*}",
			  "offset_ns", int_json_if(v->has_offset, v->offset_ns), "oscillator_ppb",
			  int_json_if(v->has_rate, ns_from_double(v->rate * 1e9)), "delay_ns",
			  int_json_if(other && v->has_path, v->delay_ns), "jitter_ns",
			  int_json_if(measured, v->jitter_ns), "sd_ns",
			  int_json_if(v->has_rate, v->sd_ns), "bound_ns", bound_json(v->bound_ns),
			  "closure_ns",
			  int_json_if(v->closure_ns != CLOSURE_UNKNOWN, v->closure_ns),
			  "weight_ppm", (json_int_t)ns_from_double(v->weight * 1e6), "heard_ago_ns",
			  int_json_if(other && v->heard_ago_ns != INT64_MAX, v->heard_ago_ns),
			  "reach", int_json_if(other && v->exact, v->reach), "n_samples",
			  int_json_if(measured, v->n_samples), "stamps",
			  measured ? words_name(words_stamp, v->quality) : NULL));
}

static int compare_views(const void *a, const void *b)
{
	const struct member_view *x = a, *y = b;

	return x->is_self != y->is_self ? (x->is_self ? -1 : 1)
	       : x->id != y->id		? (x->id < y->id ? -1 : 1)
					: 0;
}

size_t control_list_members(const struct control *c, const struct control_now *now,
			    struct member_view **ret)
{
	struct member_view *list = calloc(NODE_PEERS_MAX + 1, sizeof(*list));
	size_t n = 0;

	for (size_t at = 0; list && n <= NODE_PEERS_MAX &&
			    node_member(c->grant.node, &at, now->mono, now->pair, &list[n]);) {
		n++;
	}
	if (list) {
		qsort(list, n, sizeof(*list), compare_views);
	}
	*ret = list;
	return n;
}

json_t *control_members_json(const struct control *c, const struct control_now *now)
{
	json_t *list = json_array();
	struct member_view *v;
	size_t n = control_list_members(c, now, &v);
	int r = v ? 0 : -1;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = json_array_append_new(list, control_member_json(&v[i]));
	}
	free(v);
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

json_t *control_round_json(const struct round_view *v, mono_t now)
{
	return json_pack("{s:I,s:I,s:o,s:I,s:i,s:i,s:i,s:I,s:I,s:I}", "round", (json_int_t)v->round,
			 "term", (json_int_t)term_counter(v->term), "term_full", term_json(v->term),
			 "ago_ns", (json_int_t)mono_sub(now, v->at), "n_known", (int)v->n_known,
			 "n_used", (int)v->n_used, "f", (int)v->f, "adjust_ns",
			 (json_int_t)v->adjust_ns, "rate_ppb",
			 (json_int_t)ns_from_double(v->rate * 1e9), "spread_ns",
			 (json_int_t)v->spread_ns);
}
