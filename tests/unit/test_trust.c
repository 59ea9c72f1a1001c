/* test_trust.c - berkctl trust and berkctl revoke: whom they mean, what they show, what they write,
 * and what they say when that went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "berkd/host/saver.h"
#include "tests/unit/screens.h"
#include "tests/unit/state_dir.h"

#include <sys/file.h>
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

/* Whatever stands between its words. */
static void assert_shows_words(const struct screens *t, const char *wanted)
{
	char flat[sizeof(t->text)];
	size_t n = 0;

	for (const char *c = t->text; *c; c++) {
		bool blank = *c == ' ' || *c == '\n';

		if (!blank || (n > 0 && flat[n - 1] != ' ')) {
			flat[n++] = blank ? ' ' : *c;
		}
	}
	flat[n] = '\0';
	assert_non_null(strstr(flat, wanted));
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
	char beta[] = "BETA", *host[] = {beta, NULL};
	struct screens *t = *state;

	name_them(t, names, 3);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		assert_int_equal(run(t, orders[i], with(plain, host), NULL), CTL_FAILED);
		assert_shows(t, "\"BETA\" can be any of these");
		for (unsigned k = 1; k <= 3; k++) {
			assert_shows(t, id_of(t, k));
		}
	}
}

/* A master that was taken over calls hosts as it likes, but not those that told their names here. */
static void who_told_its_name_is_renamed_by_nobody_else(void **state)
{
	static const char *const names[] = {"beta", "gamma"}, *const swapped[] = {"gamma", "beta"};
	char beta[] = "beta", *host[] = {beta, NULL};
	struct screens *t = *state;

	name_them(t, names, 2);
	struct wire_msg m = {.type = WIRE_ROSTER,
			     .term = t->reign.term,
			     .roster = {.total = 1, .n = 1, .entry = {entry_of_other(t)}}};

	m.roster.entry[0].id = t->reign.stage.puppet[1].trust.id;
	m.roster.entry[0].addr = t->reign.stage.puppet[1].addr;
	snprintf(m.roster.entry[0].name, sizeof(m.roster.entry[0].name), "beta");
	stage_meet(&t->reign.stage, 1);
	stage_say(&t->reign.stage, 1, &m);
	name_them(t, swapped, 2);
	assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_FAILED);
	assert_shows(t, "\"beta\" can be any of these");
	assert_shows(t, id_of(t, 1)); /* its own word */
	assert_shows(t, id_of(t, 2)); /* the master's */
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
	assert_shows(t, "it tries again each minute); if berkd restarts before it is there");
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_shows(t, "not on disk yet");
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

/* Words of others that wait are shown, with how many have said so. */
static void what_others_say_and_what_is_missing_is_shown(void **state)
{
	static const char *const names[] = {"beta", "gamma", "delta"};
	struct screens *t = *state;
	static uint8_t keys[4][KEY_LEN];
	struct node_config c = t->reign.stage.config;
	struct wire_msg m = {.type = WIRE_REVOKED, .revoked = {.list = 1, .n = 1}};
	char wanted[128];

	name_them(t, names, 3);
	m.revoked.entry[0] = (struct revocation){.id = t->reign.stage.puppet[3].trust.id,
						 .number = 1,
						 .revoked = true};
	stage_say(&t->reign.stage, 1, &m);
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_hides(t, "have said so"); /* nobody is pinned: it may be anybody's word */
	for (unsigned k = 0; k < 4; k++) {
		memcpy(keys[k], t->reign.stage.puppet[k].trust.pub, KEY_LEN);
	}
	c.member_keys = (const uint8_t(*)[KEY_LEN])keys;
	c.n_member_keys = 4;
	c.max_liars = 2;
	node_reconfigure(t->reign.stage.node, &c);
	stage_wait(&t->reign.stage, NS_PER_MS);
	m.revoked.entry[0].number = 2;
	stage_say(&t->reign.stage, 1, &m);
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_shows(t, "delta revoked: 1 of 3 hosts have said so, by now beta; it waits");
	m.revoked.entry[0].number = 7;
	stage_say(&t->reign.stage, 2, &m);
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_shows(t, "delta revoked: 2 of 3 hosts have said so, by now beta, gamma; it waits");
	snprintf(wanted, sizeof(wanted), "berkctl revoke %s", id_of(t, 3));
	assert_shows_words(t, wanted);
	assert_int_equal(run(t, cmd_trust, json(), NULL), CTL_OK);
	assert_shows(t, "\"n_said\": 2");
	m.revoked.entry[0].number = 8;
	stage_say(&t->reign.stage, 0, &m); /* and that is enough */
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_hides(t, "have said so,");
	assert_shows(t, "  revoked ");
}

/* --- What they show --- */

static void each_line_of_trust_fits_a_terminal(void **state)
{
	static const char *const names[] = {
		"beta", "a-host-with-a-name-that-is-longer-than-any-line-has-room-for-it",
		"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"
		"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"
		"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc"};
	char list_word[] = "list", *argv[] = {list_word, NULL}, id[17], *host[] = {id, NULL};
	struct screens *t = *state;

	snprintf(id, sizeof(id), "%s", id_of(t, 3));
	assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_OK);
	for (unsigned n = 1; n <= 3; n += 2) {
		name_them(t, names, n);
		assert_int_equal(run(t, cmd_trust, with(plain, argv), NULL), CTL_OK);
		assert_shows(t, "NAME");
		assert_shows(t, "FINGERPRINT");
		assert_shows(t, "[::2]:1");
		assert_shows(t, "group-key: it holds the group key");
		assert_shows(t, "revoked: its key is revoked");
		for (const char *line = t->text; *line; line += strcspn(line, "\n") + 1) {
			if (strcspn(line, "\n") > 80) {
				fail_msg("wide: %.*s", (int)strcspn(line, "\n"), line);
			}
			line += strcspn(line, "\n") == strlen(line);
		}
	}
}

/* --- The list of those who may be members --- */

static const char *conf_path(const struct screens *t, const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/berkd.conf%s", t->dir, name);
	return path;
}

#define LIST ".d/zz-trust.conf"
#define LOCK ".d/.trust.lock"

static void open_conf(struct screens *t)
{
	FILE *f = fopen(conf_path(t, ""), "we");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	snprintf(t->config.path, sizeof(t->config.path), "%s", conf_path(t, ""));
	t->config.n_member_keys = 0;
}

static void close_conf(struct screens *t)
{
	(void)unlink(conf_path(t, LIST));
	(void)unlink(conf_path(t, LOCK));
	(void)rmdir(conf_path(t, ".d"));
	assert_int_equal(unlink(conf_path(t, "")), 0);
}

static unsigned note_reload(struct screens *t)
{
	return ++t->n_reloads;
}

static void ignore(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

static void take_over(struct screens *t)
{
	static struct config c;

	if (t->n_reloads > 0) {
		assert_int_equal(config_load(t->config.path, &c, ignore, NULL), 0);
		t->config.n_member_keys = c.n_member_keys;
		memcpy(t->config.member_keys, c.member_keys, sizeof(c.member_keys));
		control_on_reloaded(t->control, t->n_reloads, 0, NULL, 0);
		t->n_reloads = 0;
	}
}

static void refuse(struct screens *t)
{
	static const char *const said[] = {"poll: read \"soon\""};

	if (t->n_reloads > 0) {
		control_on_reloaded(t->control, t->n_reloads, -EINVAL, said, 1);
		t->n_reloads = 0;
	}
}

static void go_on(struct screens *t)
{
	static const char *const said[] = {"key_file takes its time"};

	if (t->n_reloads > 0) {
		control_on_reloaded(t->control, t->n_reloads, -EINPROGRESS, said, 1);
		t->n_reloads = 0;
	}
}

static void vanish(struct screens *t)
{
	if (t->n_reloads > 0) {
		t->control = control_free(t->control);
		t->n_reloads = 0;
	}
}

static void nor_is_one_of_several_pinned(void **state)
{
	static const char *const names[] = {"beta", "Beta", "beta"};
	char beta[] = "BETA", pin[] = "pin", *argv[] = {pin, beta, NULL};
	struct screens *t = *state;
	struct ctl c = with(plain, argv);

	open_conf(t);
	c.config = t->config.path;
	name_them(t, names, 3);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "\"BETA\" can be any of these");
	for (unsigned k = 1; k <= 3; k++) {
		assert_shows(t, id_of(t, k));
	}
	assert_int_equal(access(conf_path(t, LIST), F_OK), -1);
	close_conf(t);
}

static struct ctl pin_all(struct screens *t)
{
	static char pin[] = "pin", *argv[] = {pin, NULL};
	struct ctl c = with(plain, argv);

	c.all = true;
	c.config = t->config.path;
	t->reload = note_reload;
	t->reloading = take_over;
	return c;
}

static void all_are_pinned_in_one_go_and_shown_first(void **state)
{
	static const char *const names[] = {"beta", "gamma", "delta"};
	char unpin[] = "unpin", gamma[] = "GAMMA.", *off[] = {unpin, gamma, NULL}, line[64];
	char *revoked[] = {line, NULL};
	struct screens *t = *state;
	struct ctl c;

	open_conf(t);
	name_them(t, names, 3);
	c = pin_all(t);
	c.dry_run = true;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	for (unsigned k = 0; k < 4; k++) {
		assert_shows(t, id_of(t, k));
	}
	assert_shows(t, "Nothing was done; this would be in ");
	assert_int_equal(access(conf_path(t, ".d"), F_OK), -1);
	c.dry_run = false;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	assert_shows(t, "(this host)");
	assert_shows(t, "+ ");
	assert_shows(t, "5 hosts are pinned, this one among them.");
	assert_int_equal(t->config.n_member_keys, 5);
	c = with(c, off);
	c.all = false;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	snprintf(line, sizeof(line), "- %s  gamma", id_of(t, 2));
	assert_shows(t, line);
	assert_int_equal(t->config.n_member_keys, 4);
	/* Others have it yet; it is not let in, nor pinned again with all. */
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	assert_shows(t, "not-pinned");
	assert_shows(t, "not-pinned: it is not on the list of members here");
	c = pin_all(t);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	assert_int_equal(t->config.n_member_keys, 4);
	/* Who is on the list and revoked has lost its row, and keeps its name. */
	snprintf(line, sizeof(line), "%s", id_of(t, 3));
	assert_int_equal(run(t, cmd_revoke, with(plain, revoked), NULL), CTL_OK);
	assert_int_equal(run(t, cmd_trust, plain, NULL), CTL_OK);
	snprintf(line, sizeof(line), "delta  %s  revoked", id_of(t, 3));
	assert_shows(t, line);
	close_conf(t);
}

static void a_host_that_is_only_heard_of_is_named_and_hinders_nothing(void **state)
{
	struct screens *t = *state;
	struct wire_roster_entry e = entry_of_other(t);

	open_conf(t);
	e.id = 0x1122334455667788;
	e.addr.ip[15] = 77;
	list(t, &e);
	assert_int_equal(run(t, cmd_trust, pin_all(t), NULL), CTL_OK);
	assert_shows(t, "other (1122334455667788) is not among them: it has not shown its key");
	assert_int_equal(t->config.n_member_keys, 5);
	close_conf(t);
}

/* A daemon that was taken over has root write no key of its choice, and strike none. */
static void what_the_daemon_holds_is_no_reason_to_write_it(void **state)
{
	char pin[] = "pin", key[2 * KEY_LEN + 1], *one[] = {pin, key, NULL};
	uint8_t kept[KEY_LEN];
	struct screens *t = *state;
	struct stat before, after;
	struct ctl c;

	open_conf(t);
	assert_int_equal(run(t, cmd_trust, pin_all(t), NULL), CTL_OK);
	assert_int_equal(stat(conf_path(t, LIST), &before), 0);
	memset(key, 'a', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	c = with(pin_all(t), one);
	c.all = false;
	memcpy(kept, t->config.member_keys[2], KEY_LEN);
	memset(t->config.member_keys[2], 0x77, KEY_LEN); /* another in the place of one */
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "the daemon holds another list of members than ");
	memcpy(t->config.member_keys[2], kept, KEY_LEN);
	t->config.n_member_keys--; /* one is missing */
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "Nothing was changed");
	assert_int_equal(stat(conf_path(t, LIST), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	t->config.n_member_keys++;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	assert_int_equal(t->config.n_member_keys, 6);
	t->config.n_member_keys--; /* it hides one that was never here */
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	close_conf(t);
}

static void a_list_that_is_refused_is_taken_back(void **state)
{
	struct screens *t = *state;
	struct ctl c;

	open_conf(t);
	c = pin_all(t);
	t->reloading = refuse;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "poll: read \"soon\"");
	assert_shows(t, "nothing was changed: ");
	assert_shows(
		t,
		"zz-trust.conf is not there, as before, and the daemon goes on with what it had");
	assert_int_equal(access(conf_path(t, LIST), F_OK), -1);
	close_conf(t);
}

/* The daemon may have it, or take it yet: what is on disk is what it is to have. */
static void stays_where(struct screens *t, void (*reloading)(struct screens *), int status)
{
	struct ctl c;

	open_conf(t);
	c = pin_all(t);
	t->reloading = reloading;
	assert_int_equal(run(t, cmd_trust, c, NULL), status);
	assert_shows(t, "zz-trust.conf has the new list of 5 hosts, and stays so.");
	assert_shows(t, "run: berkctl reload, and berkctl trust");
	assert_int_equal(access(conf_path(t, LIST), F_OK), 0);
	close_conf(t);
}

static void a_list_without_an_answer_stays_and_is_said_to(void **state)
{
	stays_where(*state, vanish, CTL_UNREACHABLE);
}

static void a_list_that_is_not_taken_over_yet_stays_too(void **state)
{
	stays_where(*state, go_on, CTL_TIMED_OUT);
}

/* Of two at once one would undo the other's change, or put its half-written file in place. */
static void of_two_that_change_the_list_one_is_turned_away(void **state)
{
	struct screens *t = *state;
	struct ctl c;

	open_conf(t);
	c = pin_all(t);
	c.dry_run = true;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	assert_int_equal(access(conf_path(t, ".d"), F_OK), -1);
	c.dry_run = false;
	assert_int_equal(mkdir(conf_path(t, ".d"), 0755), 0);
	int folder = open(conf_path(t, ".d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int other = open(conf_path(t, LOCK), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "another berkctl is changing it: try again when that is done; nothing was "
			"changed");
	assert_int_equal(access(conf_path(t, LIST), F_OK), -1);
	close(other);
	/* All can open the folder, and so lock it: that keeps nobody away. */
	assert_int_equal(flock(folder, LOCK_EX), 0);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_OK);
	assert_int_equal(access(conf_path(t, LIST), F_OK), 0);
	close(folder);
	close_conf(t);
}

static void a_list_that_cannot_be_written_changes_nothing(void **state)
{
	struct screens *t = *state;
	struct ctl c;

	open_conf(t);
	c = pin_all(t);
	assert_int_equal(mkdir(conf_path(t, ".d"), 0700), 0);
	assert_int_equal(symlink("/nonexistent", conf_path(t, LIST)), 0);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "links are not followed: remove it; nothing was changed");
	assert_int_equal(unlink(conf_path(t, LIST)), 0);
	assert_int_equal(chmod(conf_path(t, ".d"), 0777), 0);
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "its folder belongs to another user, or all users may write there");
	assert_int_equal(t->config.n_member_keys, 0);
	close_conf(t);
}

static void who_is_revoked_is_not_pinned(void **state)
{
	char id[17], pin[] = "pin", *host[] = {id, NULL}, *pinned[] = {pin, id, NULL};
	struct screens *t = *state;
	struct ctl c;

	open_conf(t);
	snprintf(id, sizeof(id), "%s", id_of(t, 2));
	assert_int_equal(run(t, cmd_revoke, with(plain, host), NULL), CTL_OK);
	c = with(pin_all(t), pinned);
	c.all = false;
	assert_int_equal(run(t, cmd_trust, c, NULL), CTL_FAILED);
	assert_shows(t, "is revoked, and would stay out; first take that back");
	assert_int_equal(t->config.n_member_keys, 0);
	close_conf(t);
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
		TEST(nor_is_one_of_several_pinned),
		TEST(who_told_its_name_is_renamed_by_nobody_else),
		TEST(a_name_that_a_revoked_host_has_is_no_others),
		TEST(an_order_that_is_not_on_disk_says_so),
		TEST(what_others_say_and_what_is_missing_is_shown),
		TEST(each_line_of_trust_fits_a_terminal),
		TEST(all_are_pinned_in_one_go_and_shown_first),
		TEST(a_host_that_is_only_heard_of_is_named_and_hinders_nothing),
		TEST(what_the_daemon_holds_is_no_reason_to_write_it),
		TEST(a_list_that_is_refused_is_taken_back),
		TEST(a_list_without_an_answer_stays_and_is_said_to),
		TEST(a_list_that_is_not_taken_over_yet_stays_too),
		TEST(of_two_that_change_the_list_one_is_turned_away),
		TEST(a_list_that_cannot_be_written_changes_nothing),
		TEST(who_is_revoked_is_not_pinned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
