/* test_static.c - no multicast, a list of peers and a group key: who has the key is in, who has
 * another is refused. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define N_FRIENDS 3
enum { STRANGER = N_FRIENDS };

static void write_key(const char *path, unsigned char digit)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(chmod(path, 0600), 0);
	fprintf(f, "%c0c21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66\n", digit);
	assert_int_equal(fclose(f), 0);
}

static void configure_key(struct host *h, const char *key)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[group]\nkey_file = %s\n[network]\ndiscovery = no\n"
		 "peers = 10.82.75.1 10.82.75.2 10.82.75.3 10.82.75.4\n",
		 key);
	host_config(h, text);
}

static bool is_named(const struct host *by, const struct host *h)
{
	char name[ASK_TEXT_MAX];

	return member_text(by, h, "name", name)[0] != '\0';
}

/* A member that is not master learns of the others from the master's roster, some rounds later. */
static bool stranger_is_known(struct group *g, void *arg)
{
	return group_is_settled(g, arg) && is_named(&g->host[0], &g->host[STRANGER]);
}

/* The stranger has tried to speak with the friends, and they with it. */
static bool stranger_was_refused(struct group *g, void *arg)
{
	(void)arg;
	return host_logged(&g->host[0], "Refused 10.82.75.4") &&
	       host_logged(&g->host[STRANGER], "Refused 10.82.75.1");
}

static char said[16384]; /* by berkctl */

/* Does the check of @h fail, and name @other by its address, with that state and what to do? */
static bool check_names(const struct host *h, const struct host *other, const char *state)
{
	char address[32];

	snprintf(address, sizeof(address), "10.82.75.%u", other->number);
	if (host_berkctl(h, said, sizeof(said), "check", NULL) != 1) {
		return false;
	}
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n")) {
		if (strstr(line, address) && strstr(line, state)) {
			print_message("%s: %s\n", h->name, line);
			return strstr(line, "key_file") || strcmp(state, "other-key") != 0;
		}
	}
	return false;
}

/* Each friend's check names the stranger with the remedy, and the stranger's each friend. */
static bool all_checks_name_the_other_key(struct group *g, void *arg)
{
	bool all = true;

	(void)arg;
	for (unsigned i = 0; i < N_FRIENDS; i++) {
		all = check_names(&g->host[i], &g->host[STRANGER], "other-key") &&
		      check_names(&g->host[STRANGER], &g->host[i], "other-key") && all;
	}
	return all;
}

static void each_side_of_a_refusal_names_the_other_within_seconds(struct group *g)
{
	assert_true(group_until(g, 5, all_checks_name_the_other_key, NULL));
	assert_true(host_logged(&g->host[0], "Refused 10.82.75.4:5252: it has another group key"));
	assert_true(host_logged(&g->host[STRANGER],
				"Refused 10.82.75.1:5252: it has another group key"));
	assert_int_equal(host_berkctl(&g->host[0], said, sizeof(said), "members", "--all", NULL),
			 0);
	print_message("%s", said);
	assert_non_null(strstr(said, "other-key"));
	assert_non_null(strstr(said, "self"));
}

static void peers_with_the_key_make_a_group_and_the_stranger_is_refused(struct group *g)
{
	unsigned friends = group_mask(g, 1U << STRANGER);

	wait_until(g, group_is_settled, &friends);
	wait_until(g, stranger_was_refused, NULL);
	size_t from = g->n_samples;

	wait_rounds(g, friends, 3);
	assert_false(is_named(&g->host[0], &g->host[STRANGER]));
	assert_false(is_named(&g->host[STRANGER], &g->host[0]));
	assert_together(g, from, friends);
	/* The stranger's clock is left where it was: seventy and more milliseconds from all
	 * others'. */
	assert_true(group_quantile(g, from, 0.5, GROUP_ALL) > 50 * NS_PER_MS);
}

static void stranger_who_is_given_the_key_joins(struct group *g)
{
	host_stop(&g->host[STRANGER], SIGTERM);
	configure_key(&g->host[STRANGER], SANDBOX_DIR "/key");
	host_start(&g->host[STRANGER]);
	wait_until(g, stranger_is_known, NULL);
}

static void with_all_peers_here_all_is_well(struct group *g)
{
	unsigned all = GROUP_ALL;

	wait_until(g, group_all_are_well, &all);
}

/* The cable, not the daemon: nobody says goodbye, and no socket fails on the other side. */
static void a_peer_that_is_cut_off_is_missed_and_misses_in_every_sample(struct group *g)
{
	unsigned all = GROUP_ALL;

	net_up(&g->hub, "h4", false);
	wait_until(g, group_none_is_well, &all);
	assert_never(g, 10, group_any_is_well, &all);
	net_up(&g->hub, "h4", true);
	wait_until(g, group_all_are_well, &all);
}

static bool all_others_miss(struct group *g, void *arg)
{
	const char *state = arg;

	for (unsigned i = 0; i < N_FRIENDS; i++) {
		if (!check_names(&g->host[i], &g->host[STRANGER], state)) {
			return false;
		}
	}
	return true;
}

static void a_peer_that_is_gone_is_missed_by_all(struct group *g)
{
	unsigned friends = group_mask(g, 1U << STRANGER);
	char state[] = "no-answer";

	host_stop(&g->host[STRANGER], SIGKILL);
	wait_until(g, all_others_miss, state);
	assert_never(g, 5, group_any_is_well, &friends);
}

static void group_start_friends(struct group *g)
{
	for (unsigned i = 0; i < N_FRIENDS; i++) {
		host_start(&g->host[i]);
	}
}

static void a_peer_that_has_never_been_there_is_missed(struct group *g)
{
	unsigned friends = group_mask(g, 1U << STRANGER);
	char state[] = "never-met", table[128];

	for (unsigned i = 0; i < N_FRIENDS; i++) {
		host_stop(&g->host[i], SIGTERM);
		(void)snprintf(table, sizeof(table), "%s/state/table", g->host[i].dir);
		assert_int_equal(unlink(table), 0); /* else they know that it was there once */
	}
	group_start_friends(g);
	assert_never(g, 20, group_any_is_well, &friends); /* while the three become a group, too */
	assert_true(all_others_miss(g, state));
}

static void write_keys(struct group *g)
{
	write_key(SANDBOX_DIR "/key", 'a');
	write_key(SANDBOX_DIR "/other", 'b');
	for (unsigned i = 0; i < g->n; i++) {
		configure_key(&g->host[i],
			      i == STRANGER ? SANDBOX_DIR "/other" : SANDBOX_DIR "/key");
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = N_FRIENDS + 1,
					       .prepare = write_keys,
					       .start = true};
	static const struct test tests[] = {
		TEST(each_side_of_a_refusal_names_the_other_within_seconds),
		TEST(peers_with_the_key_make_a_group_and_the_stranger_is_refused),
		TEST(stranger_who_is_given_the_key_joins),
		TEST(with_all_peers_here_all_is_well),
		TEST(a_peer_that_is_cut_off_is_missed_and_misses_in_every_sample),
		TEST(a_peer_that_is_gone_is_missed_by_all),
		TEST(a_peer_that_has_never_been_there_is_missed),
	};

	return RUN_TESTS(&fixture, tests);
}
