/* test_links.c - cables, addresses and interfaces come, go and change; no daemon is restarted. */
#include "netns/lib/test.h"

#include <string.h>

enum { LEADER, PULLED, MOVED, LATE };

static struct group group;
static unsigned cabled = 1U << LEADER | 1U << PULLED | 1U << MOVED;

static void assert_never_restarted(void)
{
	int status;

	for (unsigned i = 0; i < group.n; i++) {
		assert_false(host_ended(&group.host[i], 0, &status));
	}
}

/* What `berkctl members` of the leader says of host @of: string @key. */
static const char *member_text(unsigned of, const char *key, char buf[static 64])
{
	json_t *member, *reply = host_ask(&group.host[LEADER], "members");
	size_t i;

	snprintf(buf, 64, "-");
	json_array_foreach(json_object_get(reply, "members"), i, member)
	{
		const char *name = json_string_value(json_object_get(member, "name"));
		const char *text = json_string_value(json_object_get(member, key));

		if (name && text && strcmp(name, group.host[of].name) == 0) {
			snprintf(buf, 64, "%s", text);
		}
	}
	json_decref(reply);
	return buf;
}

static bool is_silent(struct group *g, void *arg)
{
	char state[64];

	(void)g;
	return strcmp(member_text(*(unsigned *)arg, "state", state), "settled") != 0;
}

static bool is_settled(struct group *g, void *arg)
{
	return !is_silent(g, arg) && group_is_settled(g, &cabled);
}

static bool has_moved(struct group *g, void *arg)
{
	char address[64];

	return strstr(member_text(*(unsigned *)arg, "address", address), "10.82.75.103") &&
	       is_settled(g, arg);
}

static void cable_pulled_and_put_back_needs_no_restart(void **state)
{
	unsigned who = PULLED, jumps = group.n_jumps;

	(void)state;
	net_up(&group.hub, "h2", false);
	assert_true(group_until(&group, 30, is_silent, &who));
	net_up(&group.hub, "h2", true);
	assert_true(group_until(&group, 30, is_settled, &who));
	assert_int_equal(group.n_jumps, jumps);
	assert_never_restarted();
}

static void host_that_changes_its_address_stays_in_the_group(void **state)
{
	unsigned who = MOVED, jumps = group.n_jumps;
	char out[4096];

	(void)state;
	net_address(&group.host[MOVED].ns, "eth0", "10.82.75.3/24", false);
	net_address(&group.host[MOVED].ns, "eth0", "10.82.75.103/24", true);
	bool moved = group_until(&group, 40, has_moved, &who);
	host_berkctl(&group.host[LEADER], out, sizeof(out), "members", "-v", NULL);
	print_message("%s", out);
	assert_true(moved);
	assert_int_equal(group.n_jumps, jumps);
	assert_never_restarted();
}

/* ...and it has no IPv4, and its IPv6 address is tentative at first. */
static void interface_that_appears_after_the_start_is_used(void **state)
{
	unsigned who = LATE;
	struct host *h = &group.host[LATE];

	(void)state;
	host_cable(h, &group.hub);
	net_up(&h->ns, "eth0", true);
	net_address(&h->ns, "eth0", "fd82:75::4/64", true);
	cabled |= 1U << LATE;
	assert_true(group_until(&group, 40, is_settled, &who));
	group_run(&group, 5);
	size_t from = group.n_samples;
	group_run(&group, 5);
	assert_true(group_quantile(&group, from, 0.5, GROUP_ALL) < NS_PER_MS);
	assert_never_restarted();
}

static int settle(void **state)
{
	(void)state;
	group_init(&group, 4);
	net_delete(&group.hub, "h4");
	host_config(&group.host[LEADER], "[node]\npriority = 200\n");
	host_config(&group.host[MOVED], "[network]\nipv6 = no\n");
	group_start(&group);
	if (!group_until(&group, 40, group_is_settled, &cabled)) {
		return -1;
	}
	return group_master(&group, cabled) == LEADER ? 0 : -1;
}

static int take_down(void **state)
{
	(void)state;
	group_fini(&group);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cable_pulled_and_put_back_needs_no_restart),
		cmocka_unit_test(host_that_changes_its_address_stays_in_the_group),
		cmocka_unit_test(interface_that_appears_after_the_start_is_used),
	};

	sandbox_enter(200);
	return cmocka_run_group_tests(tests, settle, take_down);
}
