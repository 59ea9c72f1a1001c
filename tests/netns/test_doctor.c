/* test_doctor.c - what `berkctl doctor` finds in a group of real daemons: nothing while it is well,
 * and each fault on the host that has it. */
#include "netns/lib/fixture.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>

static char said[65536];

/* Ask the doctor of @h; its exit status, and the findings in @ret. */
static int ask_doctor(const struct host *h, json_t **ret)
{
	char config[128];

	(void)snprintf(config, sizeof(config), "%s/berkd.conf", h->dir);
	int status =
		host_berkctl(h, said, sizeof(said), "doctor", "--json", "--config", config, NULL);

	*ret = json_loads(said, 0, NULL);
	if (!*ret) {
		print_message("%s\n", said);
	}
	assert_non_null(*ret);
	return status;
}

/* Does @j have @check, with a remedy that has those words?  NULL: any. */
static bool has(const json_t *j, const char *check, const char *remedy)
{
	const json_t *f;
	size_t i;

	json_array_foreach(json_object_get(j, "findings"), i, f)
	{
		const char *words = json_string_value(json_object_get(f, "remedy"));

		if (strcmp(json_string_value(json_object_get(f, "check")), check) == 0 &&
		    (!remedy || (words && strstr(words, remedy)))) {
			return true;
		}
	}
	return false;
}

/* The clocks of these tests are virtual, and say so; nothing else is to be found. */
static void a_group_that_is_well_has_no_findings(struct group *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		json_t *j;
		int status = ask_doctor(&g->host[i], &j);

		print_message("%s\n", said);
		assert_int_equal(status, 0);
		assert_true(json_is_true(json_object_get(j, "healthy")));
		assert_int_equal(json_integer_value(json_object_get(j, "failures")), 0);
		assert_int_equal(json_integer_value(json_object_get(j, "unknown")), 0);
		assert_int_equal(json_integer_value(json_object_get(j, "warnings")), 1);
		assert_true(has(j, "virtual", NULL));
		json_decref(j);
	}
}

static void finds(const struct host *h, const char *check, const char *remedy)
{
	json_t *j;
	int status = ask_doctor(h, &j);

	if (!has(j, check, remedy)) {
		print_message("no %s: %s\n", check, said);
	}
	assert_true(has(j, check, remedy));
	assert_int_equal(status, 1);
	json_decref(j);
}

static void what_is_wrong_with_the_files_is_found_beside_a_daemon_that_runs(struct group *g)
{
	const struct host *h = &g->host[0];

	host_config(h, "[clock]\npoll = soon\n");
	finds(h, "config", "--check-config");
	host_config(h, "[network]\ninterfaces = eth0 eth9\n");
	finds(h, "interface", "ip -brief link");
	host_config(h, "[network]\nlisten = 192.0.2.77\n");
	finds(h, "listen", "ip -brief address");
	host_config(h, "[network]\nport = 5353\n");
	finds(h, "port-closed", "systemctl restart berkd");
	host_config(h, "[group]\nkey_file = " SANDBOX_DIR "/no-key\n");
	finds(h, "key", "berkctl keygen");
	host_config(h, "");
}

/* The master alone measures the others. */
static bool the_master_misses_it(struct group *g, void *arg)
{
	bool missed = false;

	(void)arg;
	for (unsigned i = 0; i < 2; i++) {
		json_t *j;
		int status = ask_doctor(&g->host[i], &j);

		missed = missed || (status == 1 && has(j, "check", "berkctl members --all") &&
				    strstr(said, "host3 does not count (silent)"));
		json_decref(j);
	}
	return missed;
}

static void a_peer_that_is_gone_and_a_daemon_that_is_gone_are_found(struct group *g)
{
	(void)host_stop(&g->host[2], SIGKILL);
	finds(&g->host[2], "not-running", "journalctl -u berkd");
	wait_until(g, the_master_misses_it, NULL);
}

static void prepare(struct group *g)
{
	char path[128], text[256];

	(void)snprintf(path, sizeof(path), "%s/group.key", g->host[0].dir);
	(void)snprintf(text, sizeof(text), "[group]\ninsecure = no\nkey_file = %s\n", path);
	assert_int_equal(host_berkctl(&g->host[0], said, sizeof(said), "keygen", path, NULL), 0);
	for (unsigned i = 0; i < g->n; i++) {
		host_write_config(&g->host[i]);
		host_config(&g->host[i], text);
	}
}

int main(void)
{
	static const struct fixture fixture = {.n_hosts = 3,
					       .prepare = prepare,
					       .start = true,
					       .settled = 7};
	static const struct test tests[] = {
		TEST(a_group_that_is_well_has_no_findings),
		TEST(what_is_wrong_with_the_files_is_found_beside_a_daemon_that_runs),
		TEST(a_peer_that_is_gone_and_a_daemon_that_is_gone_are_found),
	};

	return RUN_TESTS(&fixture, tests);
}
