/* test_trust.c - berkctl trust and berkctl revoke: whom they mean, what they show, what they write,
 * and what they say when that went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berkd/host/saver.h"
#include "tests/unit/screens.h"
#include "tests/unit/state_dir.h"

#include <sys/stat.h>
#include <unistd.h>

/* --- Whom they mean --- */

static struct ctl with(struct ctl c, char **argv)
{
	c.argv = argv;
	for (c.argc = 0; argv[c.argc]; c.argc++) {
	}
	return c;
}

static const char *id_of(const struct screens *t, unsigned k)
{
	static char hex[STAGE_PUPPETS_MAX][17];

	snprintf(hex[k], sizeof(hex[k]), "%016" PRIx64, t->reign.stage.puppet[k].trust.id);
	return hex[k];
}

/* The puppets 1, 2, ... that follow it are called so. */
static void name_them(struct screens *t, const char *const names[], unsigned n)
{
	struct wire_msg m = {.type = WIRE_ROSTER,
			     .term = t->reign.term,
			     .roster = {.total = (uint16_t)(n + 1), .n = (uint8_t)n}};

	for (unsigned i = 0; i < n; i++) {
		m.roster.entry[i] = entry_of_other(t);
		m.roster.entry[i].id = t->reign.stage.puppet[i + 1].trust.id;
		m.roster.entry[i].addr = t->reign.stage.puppet[i + 1].addr;
		snprintf(m.roster.entry[i].name, sizeof(m.roster.entry[i].name), "%s", names[i]);
	}
	reign_say(&t->reign, &m);
}

static void a_name_that_several_have_is_refused_and_their_ids_are_listed(void **state)
{
	static int (*const orders[])(const struct ctl *) = {cmd_revoke, cmd_exclude, cmd_include,
							    cmd_forget, cmd_why};
	static const char *const names[] = {"beta", "Beta", "beta"};
	char beta[] = "BETA", pin[] = "pin", *host[] = {beta, NULL}, *pinned[] = {pin, beta, NULL};
	struct screens *t = *state;

	name_them(t, names, 3);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_equal(run(t, orders[i], with(plain, host), NULL), CTL_FAILED);
		assert_shows(t, "\"BETA\" can be any of these");
		for (unsigned k = 1; k <= 3; k++) {
			assert_shows(t, id_of(t, k));
		}
	}
	assert_int_equal(run(t, cmd_trust, with(plain, pinned), NULL), CTL_FAILED);
	assert_shows(t, "\"BETA\" can be any of these");
	for (unsigned k = 1; k <= 3; k++) {
		assert_shows(t, id_of(t, k));
	}
}

/* Of three hosts of one name two are revoked: saying it again is not meant for the third. */
static void a_name_that_a_revoked_host_has_is_no_others(void **state)
{
	static const char *const names[] = {"beta", "beta", "beta"};
	char beta[] = "beta", id[17], *host[] = {beta, NULL}, *by_id[] = {id, NULL};
	struct screens *t = *state;
	struct ctl undo = with(plain, host);

	undo.undo = true;
	name_them(t, names, 3);
	for (unsigned k = 1; k <= 3; k++) {
		snprintf(id, sizeof(id), "%s", id_of(t, k));
		for (char *c = id; *c; c++) {
			*c = (char)toupper((unsigned char)*c);
		}
		assert_int_equal(run(t, cmd_revoke, with(plain, by_id), NULL), CTL_OK);
		assert_shows(t, "is revoked");
		assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_FAILED);
		assert_shows(t, "can be any of these");
		assert_int_equal(run(t, cmd_revoke, undo, NULL), k == 1 ? CTL_OK : CTL_FAILED);
		if (k == 1) { /* one alone is meant */
			assert_shows(t, "is trusted again");
			assert_int_equal(run(t, cmd_revoke, with(plain, by_id), NULL), CTL_OK);
		} else {
			assert_shows(t, "can be any of these");
		}
	}
}

/* --- What becomes of a word --- */

static void say_done(void *userdata)
{
	(*(unsigned *)userdata)++;
}

static void save(struct screens *t, struct saver *saver, unsigned *n_done)
{
	const struct saved_revoked one = {
		.n = 1, .host = {{.word = {.id = 7, .number = 1, .revoked = true}}}};
	unsigned before = *n_done;

	saver_save_revoked(saver, &one);
	for (unsigned i = 0; *n_done == before; i++) {
		assert_true(i < 1000);
		assert_true(sd_event_run(t->event, UINT64_C(100) * 1000) >= 0);
	}
}

static void an_order_that_is_not_on_disk_says_so(void **state)
{
	struct screens *t = *state;
	char id[17], *host[] = {id, NULL};
	struct state *disk;
	struct saver *saver;
	unsigned n_done = 0;

	snprintf(id, sizeof(id), "%s", id_of(t, 1));
	assert_int_equal(state_dir_make(NULL), 0);
	disk = opened();
	assert_int_equal(saver_new(t->event, disk, say_done, &n_done, &saver), 0);
	assert_int_equal(mkdir(in_dir("revoked.new"), 0700), 0);
	save(t, saver, &n_done);
	t->saver = saver;
	t->config.state = true;
	t->control = control_free(t->control);
	open_control(t);
	assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_OK);
	assert_shows(t, "It is not on disk yet: ");
	assert_shows(t, "berkd tries again each minute, and a restart before it is there");
	assert_int_equal(rmdir(in_dir("revoked.new")), 0);
	save(t, saver, &n_done);
	assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_OK);
	assert_hides(t, "on disk");
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_hides(t, "on disk");
	t->control = control_free(t->control);
	saver_free(saver);
	state_free(disk);
	assert_int_equal(state_dir_remove(NULL), 0);
}

/* --- Fixture --- */

static int open_four(void **state)
{
	return open_screens_of(state, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_four, close_screens)
	const struct CMUnitTest tests[] = {
		TEST(a_name_that_several_have_is_refused_and_their_ids_are_listed),
		TEST(a_name_that_a_revoked_host_has_is_no_others),
		TEST(an_order_that_is_not_on_disk_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
