/* test_static.c - no multicast, a list of peers and a group key: who has the key is in, who has
 * another is refused. */
#include "netns/lib/fixture.h"

#include <signal.h>
#include <sys/stat.h>

#define N_FRIENDS 3
enum { STRANGER = N_FRIENDS };

static void write_key(const char *path, unsigned char digit)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(chmod(path, 0600), 0);
	for (unsigned i = 0; i < 64; i++) {
		fputc(digit, f);
	}
	fputc('\n', f);
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
	return host_logged(&g->host[0], "Refused a packet") &&
	       host_logged(&g->host[STRANGER], "Refused a packet");
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
		TEST(peers_with_the_key_make_a_group_and_the_stranger_is_refused),
		TEST(stranger_who_is_given_the_key_joins),
	};

	return RUN_TESTS(&fixture, tests);
}
