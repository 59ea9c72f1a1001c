/* test_static.c - no multicast, a list of peers and a group key: who has the key is in, who has
 * another is refused. */
#include "netns/lib/test.h"

#include <string.h>
#include <sys/stat.h>

#define N_FRIENDS 3
enum { STRANGER = N_FRIENDS };

static struct group group;

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

static void configure(struct host *h, const char *key)
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
	char out[8192];

	assert_int_equal(host_berkctl(by, out, sizeof(out), "--json", "members", NULL), 0);
	return strstr(out, h->name) != NULL;
}

/* Members who are not master learn of others by the master's roster, some rounds later. */
static bool stranger_is_known(struct group *g, void *arg)
{
	return group_is_settled(g, arg) && is_named(&g->host[0], &g->host[STRANGER]);
}

static void peers_with_the_key_make_a_group_and_the_stranger_is_refused(void **state)
{
	unsigned friends = group_mask(&group, 1U << STRANGER);

	(void)state;
	assert_true(group_until(&group, 40, group_is_settled, &friends));
	group_run(&group, 3); /* time enough for the stranger to try again */
	assert_false(is_named(&group.host[0], &group.host[STRANGER]));
	assert_false(is_named(&group.host[STRANGER], &group.host[0]));
	size_t from = group.n_samples - 10;
	assert_true(group_quantile(&group, from, 0.5, friends) < NS_PER_MS);
	assert_true(group_quantile(&group, from, 0.5, GROUP_ALL) > 50 * NS_PER_MS);
}

static void stranger_who_is_given_the_key_joins(void **state)
{
	(void)state;
	host_stop(&group.host[STRANGER], SIGTERM);
	configure(&group.host[STRANGER], SANDBOX_DIR "/key");
	host_start(&group.host[STRANGER]);
	assert_true(group_until(&group, 40, stranger_is_known, NULL));
}

static int start(void **state)
{
	(void)state;
	group_init(&group, N_FRIENDS + 1);
	write_key(SANDBOX_DIR "/key", 'a');
	write_key(SANDBOX_DIR "/other", 'b');
	for (unsigned i = 0; i < group.n; i++) {
		configure(&group.host[i],
			  i == STRANGER ? SANDBOX_DIR "/other" : SANDBOX_DIR "/key");
	}
	group_start(&group);
	return 0;
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
		cmocka_unit_test(peers_with_the_key_make_a_group_and_the_stranger_is_refused),
		cmocka_unit_test(stranger_who_is_given_the_key_joins),
	};

	sandbox_enter(150);
	return cmocka_run_group_tests(tests, start, take_down);
}
