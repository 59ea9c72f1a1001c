/* top.h - what `berkctl top` knows: the hosts, their last samples, the order, the choice, the page.
 * It draws nothing and asks nobody. */
#pragma once

#include "berkctl/spark.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_HOSTS_MAX 1024 /* that are shown; twice as many as a table has */
#define TOP_SAMPLES   600  /* of each host that are kept */
#define TOP_ID_MAX    17

enum top_sort { TOP_BY_NAME, TOP_BY_OFFSET, TOP_BY_BOUND, TOP_BY_STATE, TOP_SORTS };
enum top_page { TOP_LIST, TOP_HOST, TOP_HELP };

/* Keys that are no characters. */
enum {
	TOP_ENTER = '\n',
	TOP_ESCAPE = '\033',
	TOP_UP = 0x110000,
	TOP_DOWN,
	TOP_PAGE_UP,
	TOP_PAGE_DOWN,
	TOP_HOME,
	TOP_END,
};

struct top_host {
	char id[TOP_ID_MAX];
	json_t *member; /* as the daemon said last */
	bool named;	/* by the answer that is taken now */
	int64_t since;	/* the first tick that it has samples of */
	/* By tick, modulo TOP_SAMPLES; SPARK_GAP: not known. */
	int64_t offset_ns[TOP_SAMPLES], bound_ns[TOP_SAMPLES];
};

struct top {
	int64_t interval_ms;
	bool blocks;			      /* draw block elements, not ASCII */
	struct top_host *host[TOP_HOSTS_MAX]; /* as they are shown */
	size_t n_hosts, n_left_out;	      /* the latter found no room */
	json_t *status, *findings, *why;      /* of the last answers; NULL: none */
	int64_t tick, tick_ms;		      /* samples so far; when the last was due */
	int64_t shown_tick;		      /* up to this one they are shown */
	int64_t news_ms;		      /* of the answers that are shown */
	char trouble[128];		      /* with the daemon; "": none */
	enum top_sort sort;
	bool reversed, frozen, over;
	enum top_page page, below; /* the page that the help covers */
	char chosen[TOP_ID_MAX];
	size_t first;  /* host in the first line of the list */
	size_t scroll; /* lines of a host that are above its page */
	char note[64]; /* once, in the last line */
};

/* @interval_ms: between two questions, 1 or more.  Whoever owns it calls top_fini(). */
void top_init(struct top *, int64_t interval_ms, int64_t now_ms, bool blocks);
void top_fini(struct top *);

/* What the daemon answered.  Those of Members and Knocks are objects; @why is NULL when no host is
 * open.  All are taken over.  Call for each turn of questions. */
void top_take(struct top *, json_t *status, json_t *members, json_t *knocks, json_t *why,
	      int64_t now_ms);
/* Time has passed: samples that did not come are gaps.  @trouble: with the daemon; "": none.  Call
 * from time to time.  True: what is shown may be another now. */
bool top_pass(struct top *, int64_t now_ms, const char *trouble);
/* A character, or one of the keys above. */
void top_key(struct top *, int key);

/* The host that is chosen; NULL: there is none. */
const struct top_host *top_chosen(const struct top *);
/* Its place among the hosts; 0 when there is none. */
size_t top_chosen_index(const struct top *);
/* Let @n_lines lines of the list show the host that is chosen, scrolled as little as it takes. */
void top_show_chosen(struct top *, size_t n_lines);
/* How many samples of that host there are to show, at most TOP_SAMPLES. */
size_t top_n_samples(const struct top *, const struct top_host *);
/* The last @n of @ring, of that host, the oldest first. */
void top_samples(const struct top *, const struct top_host *, const int64_t *ring, size_t n,
		 int64_t *ret);
