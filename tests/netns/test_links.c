/* test_links.c - cables, addresses and interfaces come, go and change; no daemon is restarted. */
#include "netns/lib/fixture.h"

#include <string.h>

enum { LEADER, PULLED, MOVED, LATE };
#define CABLED (1U << LEADER | 1U << PULLED | 1U << MOVED)

static void assert_never_restarted(struct group *g)
{
	int status;

	for (unsigned i = 0; i < g->n; i++) {
		assert_false(host_ended(&g->host[i], 0, &status));
	}
}

/* A host as the leader sees it, in a group of these. */
struct seen {
	unsigned who;
	unsigned cabled;
};

static bool is_silent(struct group *g, void *arg)
{
	const struct seen *s = arg;
	char state[ASK_TEXT_MAX];

	return strcmp(member_text(&g->host[LEADER], &g->host[s->who], "state", state), "settled");
}

static bool is_settled(struct group *g, void *arg)
{
	struct seen *s = arg;

	return !is_silent(g, s) && group_is_settled(g, &s->cabled);
}

static bool has_moved(struct group *g, void *arg)
{
	const struct seen *s = arg;
	char address[ASK_TEXT_MAX];

	member_text(&g->host[LEADER], &g->host[s->who], "address", address);
	return strstr(address, "10.82.75.103") && is_settled(g, arg);
}

static void cable_pulled_and_put_back_needs_no_restart(struct group *g)
{
	struct seen pulled = {PULLED, CABLED};
	unsigned jumps = g->n_jumps;

	net_up(&g->hub, "h2", false);
	wait_until(g, is_silent, &pulled);
	net_up(&g->hub, "h2", true);
	wait_until(g, is_settled, &pulled);
	assert_int_equal(g->n_jumps, jumps);
	assert_never_restarted(g);
}

static void host_that_changes_its_address_stays_in_the_group(struct group *g)
{
	struct seen moved = {MOVED, CABLED};
	unsigned jumps = g->n_jumps;

	net_address(&g->host[MOVED].ns, "eth0", "10.82.75.3/24", false);
	net_address(&g->host[MOVED].ns, "eth0", "10.82.75.103/24", true);
	wait_until(g, has_moved, &moved);
	assert_int_equal(g->n_jumps, jumps);
	assert_never_restarted(g);
}

/* The interface has no IPv4 address, and its IPv6 address is tentative at first. */
static void interface_that_appears_after_the_start_is_used(struct group *g)
{
	struct seen late = {LATE, GROUP_ALL};
	struct host *h = &g->host[LATE];

	host_cable(h, &g->hub);
	net_up(&h->ns, "eth0", true);
	net_address(&h->ns, "eth0", "fd82:75::4/64", true);
	wait_until(g, is_settled, &late);
	wait_rounds(g, GROUP_ALL, 5);
	size_t from = g->n_samples;

	wait_rounds(g, GROUP_ALL, 5);
	assert_bounds_hold(g, GROUP_ALL);
	assert_together(g, from, GROUP_ALL);
	assert_never_restarted(g);
}

static void lay_cables(struct group *g)
{
	net_delete(&g->hub, "h4");
	host_config(&g->host[LEADER], "[node]\npriority = 200\n");
	host_config(&g->host[MOVED], "[network]\nipv6 = no\n");
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 4,
					       .prepare = lay_cables,
					       .start = true,
					       .settled = CABLED};
	static const struct test tests[] = {
		TEST(cable_pulled_and_put_back_needs_no_restart),
		TEST(host_that_changes_its_address_stays_in_the_group),
		TEST(interface_that_appears_after_the_start_is_used),
	};

	return RUN_TESTS(&fixture, tests);
}
