/* top.c - see top.h. */
#include "berkctl/top.h"

#include "berkctl/check.h"
#include "berkctl/member.h"
#include "berkctl/view.h"

#include "berk/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 10 /* hosts */

void top_init(struct top *t, int64_t interval_ms, int64_t now_ms, bool blocks)
{
	*t = (struct top){.interval_ms = interval_ms,
			  .tick_ms = now_ms,
			  .news_ms = now_ms,
			  .blocks = blocks};
}

static void free_host(struct top_host *h)
{
	json_decref(h->member);
	free(h);
}

void top_fini(struct top *t)
{
	for (size_t i = 0; i < t->n_hosts; i++) {
		free_host(t->host[i]);
	}
	json_decref(t->status);
	json_decref(t->findings);
	json_decref(t->why);
	*t = (struct top){0};
}

/* --- The order --- */

/* The size of a figure; what is not known is smaller than all. */
static int64_t size_of(const struct top_host *h, const char *key)
{
	int64_t v;

	return view_int(h->member, key, &v) ? ns_abs(v) : -1;
}

/* The worst comes first. */
static int64_t rank_of_state(const struct top_host *h)
{
	static const int ranks[] = {[COLOUR_BAD] = 3, [COLOUR_WARN] = 2, [COLOUR_DIM] = 1};
	const struct member_figure *state = &member_parts[MEMBER_BASIC][1];
	enum colour c = member_figure_colour(state, h->member);

	return c < sizeof(ranks) / sizeof(ranks[0]) ? ranks[c] : 0;
}

static int64_t rank_of(const struct top_host *h, enum top_sort sort)
{
	switch (sort) {
	case TOP_BY_OFFSET:
		return size_of(h, "offset_ns");
	case TOP_BY_BOUND:
		return size_of(h, "bound_ns");
	case TOP_BY_STATE:
		return rank_of_state(h);
	default:
		return 0;
	}
}

static int compare_hosts(const void *one, const void *other, void *userdata)
{
	const struct top_host *a = *(struct top_host *const *)one;
	const struct top_host *b = *(struct top_host *const *)other;
	const struct top *t = userdata;
	int64_t rank_a = rank_of(a, t->sort), rank_b = rank_of(b, t->sort);
	int order = rank_a == rank_b ? 0 : rank_a > rank_b ? -1 : 1;

	order = order ? order
		      : strverscmp(view_raw(a->member, "name"), view_raw(b->member, "name"));
	order = order ? order : strcmp(a->id, b->id);
	return t->reversed ? -order : order;
}

static void sort_hosts(struct top *t)
{
	qsort_r((void *)t->host, t->n_hosts, sizeof(struct top_host *), compare_hosts, t);
}

/* --- The choice --- */

static size_t index_of(const struct top *t, const char *id)
{
	size_t i = 0;

	while (i < t->n_hosts && strcmp(t->host[i]->id, id) != 0) {
		i++;
	}
	return i;
}

size_t top_chosen_index(const struct top *t)
{
	size_t i = index_of(t, t->chosen);

	return i < t->n_hosts ? i : 0;
}

const struct top_host *top_chosen(const struct top *t)
{
	return t->n_hosts > 0 ? t->host[top_chosen_index(t)] : NULL;
}

static void choose(struct top *t, size_t i)
{
	if (t->n_hosts > 0) {
		i = i < t->n_hosts ? i : t->n_hosts - 1;
		memcpy(t->chosen, t->host[i]->id, sizeof(t->chosen));
	}
}

void top_show_chosen(struct top *t, size_t n_lines)
{
	size_t i = top_chosen_index(t), last = t->n_hosts > n_lines ? t->n_hosts - n_lines : 0;

	if (i >= t->first + n_lines) {
		t->first = i + 1 - n_lines;
	}
	t->first = i < t->first ? i : t->first;
	t->first = last < t->first ? last : t->first;
}

/* --- Samples --- */

size_t top_n_samples(const struct top *t, const struct top_host *h)
{
	int64_t oldest = ns_max(h->since, t->tick - TOP_SAMPLES + 1);

	return (size_t)ns_max(t->shown_tick - oldest + 1, 0);
}

void top_samples(const struct top *t, const struct top_host *h, const int64_t *ring, size_t n,
		 int64_t *ret)
{
	size_t known = top_n_samples(t, h);

	for (size_t i = 0; i < n; i++) {
		size_t ago = n - 1 - i;

		ret[i] = ago < known ? ring[(t->shown_tick - (int64_t)ago) % TOP_SAMPLES]
				     : SPARK_GAP;
	}
}

/* The next sample of each host, which is a gap until it is known. */
static void next_tick(struct top *t)
{
	t->tick++;
	t->shown_tick = t->frozen ? t->shown_tick : t->tick;
	for (size_t i = 0; i < t->n_hosts; i++) {
		t->host[i]->offset_ns[t->tick % TOP_SAMPLES] = SPARK_GAP;
		t->host[i]->bound_ns[t->tick % TOP_SAMPLES] = SPARK_GAP;
	}
}

bool top_pass(struct top *t, int64_t now_ms, const char *trouble)
{
	bool is_news = strcmp(t->trouble, trouble) != 0;
	int64_t missed = (now_ms - t->tick_ms) / t->interval_ms - 1;

	(void)snprintf(t->trouble, sizeof(t->trouble), "%s", trouble);
	if (missed <= 0) {
		return is_news;
	}
	t->tick_ms += missed * t->interval_ms;
	for (missed = ns_min(missed, TOP_SAMPLES); missed > 0; missed--) {
		next_tick(t);
	}
	return true;
}

/* --- Answers --- */

static struct top_host *add_host(struct top *t, const char *id)
{
	struct top_host *h = t->n_hosts < TOP_HOSTS_MAX ? calloc(1, sizeof(*h)) : NULL;

	if (!h) {
		t->n_left_out++;
		return NULL;
	}
	(void)snprintf(h->id, sizeof(h->id), "%s", id);
	h->since = t->tick;
	t->host[t->n_hosts++] = h;
	return h;
}

static void take_member(struct top *t, json_t *m)
{
	size_t i = index_of(t, view_raw(m, "id"));
	struct top_host *h = i < t->n_hosts ? t->host[i] : NULL;

	if (!h && !t->frozen) {
		h = add_host(t, view_raw(m, "id"));
	}
	if (!h || h->named) {
		return;
	}
	h->named = true;
	int64_t *offset_ns = &h->offset_ns[t->tick % TOP_SAMPLES];
	int64_t *bound_ns = &h->bound_ns[t->tick % TOP_SAMPLES];

	/* The figures of a host that is out of sight are old ones. */
	bool here = view_is_here(m);

	*offset_ns = here && view_int(m, "offset_ns", offset_ns) ? *offset_ns : SPARK_GAP;
	*bound_ns = here && view_int(m, "bound_ns", bound_ns) ? *bound_ns : SPARK_GAP;
	if (!t->frozen) {
		json_decref(h->member);
		h->member = json_incref(m);
	}
}

static bool is_open(const struct top *t)
{
	return (t->page == TOP_HELP ? t->below : t->page) == TOP_HOST;
}

/* The hosts that no answer names any more go, and their samples with them. */
static void drop_the_gone(struct top *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n_hosts; i++) {
		if (t->host[i]->named) {
			t->host[kept++] = t->host[i];
			continue;
		}
		if (is_open(t) && strcmp(t->host[i]->id, t->chosen) == 0) {
			t->page = t->page == TOP_HELP ? TOP_HELP : TOP_LIST;
			t->below = TOP_LIST;
			(void)snprintf(t->note, sizeof(t->note),
				       "the host that was open is gone from the list");
		}
		free_host(t->host[i]);
	}
	t->n_hosts = kept;
}

static void replace(json_t **place, json_t *by)
{
	json_decref(*place);
	*place = by;
}

/* What Why said may be of a host that was chosen before. */
static bool is_of_chosen(const struct top *t, const json_t *why)
{
	return strcmp(view_raw(json_object_get(why, "member"), "id"), t->chosen) == 0;
}

static void take_why(struct top *t, json_t *why)
{
	if (is_of_chosen(t, why)) {
		replace(&t->why, json_incref(why));
	} else if (!is_of_chosen(t, t->why)) {
		replace(&t->why, NULL);
	}
}

/* The list is of another time: so is what is chosen of it, @chosen by its place until now. */
static void show_news(struct top *t, size_t chosen, int64_t now_ms)
{
	t->news_ms = now_ms;
	drop_the_gone(t);
	sort_hosts(t);
	if (index_of(t, t->chosen) == t->n_hosts) {
		choose(t, chosen);
	}
}

void top_take(struct top *t, json_t *status, json_t *members, json_t *knocks, json_t *why,
	      int64_t now_ms)
{
	const json_t *list = json_object_get(members, "members");
	size_t chosen = top_chosen_index(t), i;
	json_t *m;

	(void)top_pass(t, now_ms, "");
	t->tick_ms = now_ms;
	next_tick(t);
	for (i = 0; i < t->n_hosts; i++) {
		t->host[i]->named = false;
	}
	t->n_left_out = t->frozen ? t->n_left_out : 0;
	json_array_foreach(list, i, m)
	{
		take_member(t, m);
	}
	if (!t->frozen) {
		show_news(t, chosen, now_ms);
		replace(&t->findings, check_findings(status, list, knocks));
		replace(&t->status, json_incref(status));
		take_why(t, why);
	}
	json_decref(status);
	json_decref(members);
	json_decref(knocks);
	json_decref(why);
}

/* --- Keys --- */

static void move(struct top *t, int64_t by)
{
	if (t->page == TOP_HOST) {
		t->scroll = (size_t)ns_max((int64_t)t->scroll + by, 0);
	} else {
		choose(t, (size_t)ns_max((int64_t)top_chosen_index(t) + by, 0));
	}
}

static void go_back(struct top *t, bool quits)
{
	t->over = quits && t->page == TOP_LIST;
	t->page = t->page == TOP_HELP ? t->below : TOP_LIST;
}

static void freeze(struct top *t)
{
	t->frozen = !t->frozen;
	t->shown_tick = t->tick;
}

/* A key that means the same on each page. */
static void common_key(struct top *t, int key)
{
	switch (key) {
	case 'k':
	case TOP_UP:
		move(t, -1);
		break;
	case 'j':
	case TOP_DOWN:
		move(t, 1);
		break;
	case TOP_PAGE_UP:
		move(t, -PAGE);
		break;
	case TOP_PAGE_DOWN:
		move(t, PAGE);
		break;
	case TOP_HOME:
		move(t, -TOP_HOSTS_MAX);
		break;
	case TOP_END:
		move(t, TOP_HOSTS_MAX);
		break;
	case ' ':
		freeze(t);
		break;
	case 'h':
	case '?':
		t->below = t->page;
		t->page = TOP_HELP;
		break;
	default:
		break;
	}
}

void top_key(struct top *t, int key)
{
	t->note[0] = '\0';
	if (key == 'q' || key == TOP_ESCAPE) {
		go_back(t, key == 'q');
	} else if (t->page == TOP_HELP) {
		go_back(t, false);
	} else if (key == 's' && t->page == TOP_LIST) {
		t->sort = (t->sort + 1) % TOP_SORTS;
		sort_hosts(t);
	} else if (key == 'r' && t->page == TOP_LIST) {
		t->reversed = !t->reversed;
		sort_hosts(t);
	} else if (key == TOP_ENTER && t->page == TOP_LIST && t->n_hosts > 0) {
		choose(t, top_chosen_index(t));
		if (!is_of_chosen(t, t->why)) {
			replace(&t->why, NULL);
		}
		t->page = TOP_HOST;
		t->scroll = 0;
	} else {
		common_key(t, key);
	}
}
