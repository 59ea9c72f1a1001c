/* test_state.c - what is saved comes back; what is damaged is set aside; nothing stops a start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/host/machine.h"
#include "tests/unit/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

/* An identity that was saved stays: systemd made this hash before. */
static void a_machine_has_the_hash_that_systemd_makes(void **state)
{
	uint8_t got[MACHINE_HASH_LEN];
	sd_id128_t app =
		SD_ID128_MAKE(4b, 1e, 0d, 9c, 86, 53, 4f, 7a, 9e, 21, c3, 5a, 70, d8, b6, 12);
	sd_id128_t want;

	(void)state;
	if (sd_id128_get_machine_app_specific(app, &want) < 0) {
		skip(); /* no machine id, or libelogind on a kernel without AF_ALG */
	}
	assert_int_equal(machine_hash(got), 0);
	assert_memory_equal(got, want.bytes, sizeof(got));
}

static void saved_values_come_back(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	assert_int_equal(state_saved(s)->term, 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(state_save_term(s, UINT64_MAX / 2), 0);
	assert_int_equal(state_save_drift(s, -12345), 0);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_true(state_saved(s)->term == UINT64_MAX / 2);
	assert_true(state_saved(s)->has_freq);
	assert_int_equal(state_saved(s)->freq_ppb, -12345);
	state_free(s);
}

static void what_is_known_of_the_date_comes_back(void **state)
{
	static const bool unconfirmed[] = {false, true, false, false};
	static const bool told[] = {false, false, true, false};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct state *s = opened();

		assert_int_equal(state_save_time(s, (wall_t){NS_PER_S}, 4, unconfirmed[i], told[i]),
				 0);
		state_free(s);
		s = opened();
		assert_int_equal(state_saved(s)->n_table, 4);
		assert_int_equal(state_saved(s)->unconfirmed, unconfirmed[i]);
		assert_int_equal(state_saved(s)->told, told[i]);
		assert_int_equal(state_saved_time(s).ns, NS_PER_S);
		state_free(s);
	}
}

static void secret_is_for_the_owner_alone(void **state)
{
	struct stat st;

	(void)state;
	state_free(opened());
	assert_int_equal(stat(in_dir("identity"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void missing_directory_is_made(void **state)
{
	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s/below", dir);
	state_free(opened());
	assert_int_equal(access(in_dir("below/identity"), F_OK), 0);
	assert_int_equal(unlink(in_dir("below/identity")), 0);
	assert_int_equal(rmdir(in_dir("below")), 0);
}

static void flipped_digit_is_noticed_and_set_aside(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 1000), 0);
	state_free(s);
	spoil("term", 0, '9');
	s = opened();
	assert_int_equal(state_saved(s)->term, 0);
	assert_int_equal(access(in_dir("term.damaged"), F_OK), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	assert_int_equal(state_save_term(s, 7), 0);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 7);
	state_free(s);
}

static void empty_or_overlong_file_is_set_aside(void **state)
{
	char junk[4096];

	(void)state;
	memset(junk, 'x', sizeof(junk));
	for (size_t len = 0; len <= sizeof(junk); len += sizeof(junk) / 2) {
		int fd = open(in_dir("drift"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

		assert_int_equal(write(fd, junk, len), len);
		close(fd);
		struct state *s = opened();

		assert_false(state_saved(s)->has_freq);
		assert_int_equal(access(in_dir("drift.damaged"), F_OK), 0);
		state_free(s);
	}
}

static void damaged_identity_gives_a_new_one(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	spoil("identity", 5, '!');
	s = opened();
	assert_memory_not_equal(state_secret(s), secret, KEY_LEN);
	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	state_free(s);
}

static void failed_write_is_told_and_keeps_the_old_value(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 5), 0);
	assert_int_equal(mkdir(in_dir("term.new"), 0700), 0); /* in the way */
	assert_int_equal(state_save_term(s, 6), -EISDIR);
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 5);
	state_free(s);
}

static void failed_write_forbids_promises_until_it_succeeds(void **state)
{
	struct state *s = opened();

	(void)state;
	assert_int_equal(state_save_term(s, 5), 0);
	assert_null(state_error(s));
	assert_true(state_may_promise(s));
	assert_int_equal(mkdir(in_dir("term.new"), 0700), 0); /* in the way */
	assert_int_equal(state_save_term(s, 6), -EISDIR);
	assert_string_equal(state_error(s), strerror(EISDIR));
	assert_false(state_may_promise(s));
	assert_int_equal(state_saved(s)->term, 5);
	assert_int_equal(state_retry(s), -EISDIR);
	assert_false(state_may_promise(s));
	assert_int_equal(rmdir(in_dir("term.new")), 0);
	assert_int_equal(state_retry(s), 0); /* saves what could not be saved */
	assert_true(state_may_promise(s));
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->term, 6);
	state_free(s);
}

static void unwritable_directory_is_read_and_forbids_promises(void **state)
{
	struct state *s = opened();
	uint8_t secret[KEY_LEN];

	(void)state;
	memcpy(secret, state_secret(s), KEY_LEN);
	assert_int_equal(state_save_term(s, 5), 0);
	state_free(s);
	assert_int_equal(mkdir(in_dir("probe.new"), 0700), 0); /* as a full disk would be */
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 5);
	assert_non_null(state_error(s));
	assert_false(state_may_promise(s)); /* as that host it has made some before */
	assert_int_equal(rmdir(in_dir("probe.new")), 0);
	assert_int_equal(state_retry(s), 0);
	assert_true(state_may_promise(s));
	state_free(s);
}

static void identity_of_a_missing_directory_is_saved_when_it_is_there(void **state)
{
	uint8_t secret[KEY_LEN];

	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s/a/b", dir);
	struct state *s = opened();

	memcpy(secret, state_secret(s), KEY_LEN);
	assert_non_null(state_error(s));
	assert_true(state_may_promise(s)); /* the promises end with the identity */
	assert_int_equal(state_save_term(s, 9), 0);
	assert_int_equal(mkdir(in_dir("a"), 0700), 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 9);
	state_free(s);
	assert_int_equal(unlink(in_dir("a/b/identity")), 0);
	assert_int_equal(unlink(in_dir("a/b/term")), 0);
	assert_int_equal(rmdir(in_dir("a/b")), 0);
	assert_int_equal(rmdir(in_dir("a")), 0);
}

static void identity_that_appears_later_is_not_overwritten(void **state)
{
	uint8_t secret[KEY_LEN];
	char path[sizeof(config.state_dir)];

	(void)state;
	struct state *s = opened(); /* a disk that will be mounted late */

	memcpy(secret, state_secret(s), KEY_LEN);
	state_free(s);
	(void)snprintf(path, sizeof(path), "%s.away", dir);
	assert_int_equal(rename(dir, path), 0);
	int fd = open(dir, O_WRONLY | O_CREAT | O_EXCL, 0600); /* no directory */

	assert_true(fd >= 0);
	close(fd);
	s = opened();
	assert_memory_not_equal(state_secret(s), secret, KEY_LEN);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(path, dir), 0);
	assert_int_equal(state_retry(s), -EEXIST);
	assert_non_null(strstr(state_error(s), "could not be read"));
	assert_non_null(strstr(state_remedy(s), "restart"));
	assert_int_equal(state_save_term(s, 9), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	state_free(s);
	s = opened();
	assert_memory_equal(state_secret(s), secret, KEY_LEN);
	state_free(s);
}

static void unusable_directory_does_not_stop_the_start(void **state)
{
	(void)state;
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "/proc/self/cmdline");
	struct state *s = opened();

	assert_int_equal(state_save_term(s, 6), 0); /* in memory */
	state_free(s);
}

static void state_off_leaves_no_trace(void **state)
{
	(void)state;
	config.state = false;
	struct state *a = opened(), *b = opened();

	assert_memory_not_equal(state_secret(a), state_secret(b), KEY_LEN);
	assert_int_equal(state_save_term(a, 6), 0);
	assert_int_equal(access(in_dir("term"), F_OK), -1);
	assert_int_equal(access(in_dir("identity"), F_OK), -1);
	state_free(a);
	state_free(b);
}

/* A directory with a term and a drift, made on this machine; @ret: its secret. */
static void make_directory(uint8_t ret[static KEY_LEN])
{
	struct state *s = opened();

	memcpy(ret, state_secret(s), KEY_LEN);
	assert_int_equal(state_save_term(s, 77), 0);
	assert_int_equal(state_save_drift(s, -12345), 0);
	state_free(s);
}

static void copied_directory_makes_a_new_host(void **state)
{
	uint8_t old[KEY_LEN], made[KEY_LEN];

	(void)state;
	make_directory(old);
	machine = elsewhere;
	struct state *s = opened();

	memcpy(made, state_secret(s), KEY_LEN);
	assert_memory_not_equal(made, old, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(access(in_dir("identity.from-another-machine"), F_OK), 0);
	assert_int_equal(access(in_dir("term.from-another-machine"), F_OK), 0);
	assert_int_equal(access(in_dir("drift.from-another-machine"), F_OK), 0);
	assert_int_equal(state_save_term(s, 78), 0);
	state_free(s);
	s = opened(); /* and it stays that */
	assert_memory_equal(state_secret(s), made, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 78);
	state_free(s);
}

static void identity_of_an_unknown_machine_is_kept_and_bound_later(void **state)
{
	uint8_t old[KEY_LEN];

	(void)state;
	machine = NULL;
	make_directory(old);
	machine = here;
	struct state *s = opened();

	assert_memory_equal(state_secret(s), old, KEY_LEN);
	state_free(s);
	machine = NULL; /* nothing to compare with */
	s = opened();
	assert_memory_equal(state_secret(s), old, KEY_LEN);
	assert_int_equal(state_saved(s)->term, 77);
	state_free(s);
	machine = elsewhere;
	s = opened();
	assert_memory_not_equal(state_secret(s), old, KEY_LEN);
	state_free(s);
}

static void what_is_no_file_is_set_aside_at_once(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(in_dir("identity"), 0600), 0);
	assert_int_equal(mkfifo(in_dir("term"), 0600), 0);
	assert_int_equal(symlink("/dev/zero", in_dir("drift")), 0);
	(void)alarm(10); /* a FIFO that is opened to be read would wait for ever */
	struct state *s = opened();

	assert_int_equal(access(in_dir("identity.damaged"), F_OK), 0);
	assert_int_equal(state_saved(s)->term, 0);
	assert_int_equal(access(in_dir("term.damaged"), F_OK), 0);
	assert_false(state_saved(s)->has_freq);
	assert_int_equal(access(in_dir("drift"), F_OK), -1);
	/* Nothing that is in the way of a new file is written to. */
	assert_int_equal(mkdir(in_dir("term.new"), 0700), 0);
	assert_int_equal(state_save_term(s, 6), -EISDIR);
	assert_int_equal(rmdir(in_dir("term.new")), 0);
	assert_int_equal(mkfifo(in_dir("term.new"), 0600), 0);
	assert_int_equal(state_save_term(s, 6), 0);
	assert_int_equal(symlink("/etc/hostname", in_dir("term.new")), 0);
	assert_int_equal(state_save_term(s, 7), 0);
	state_free(s);
	(void)alarm(0);
}

static void what_is_a_strangers_is_not_believed(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	struct state *s = opened();

	assert_int_equal(state_save_term(s, 6), 0);
	state_free(s);
	assert_int_equal(chown(in_dir("term"), 12345, 0), 0);
	s = opened();
	assert_int_equal(state_saved(s)->term, 0);
	assert_false(state_may_promise(s)); /* it may be larger than any that we know */
	assert_non_null(strstr(state_error(s), "term"));
	state_free(s);
	assert_int_equal(chown(in_dir(""), 12345, 0), 0); /* a unit's, read by root */
	s = opened();
	assert_int_equal(state_saved(s)->term, 6);
	state_free(s);
	assert_int_equal(chown(in_dir(""), 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_has_the_hash_that_systemd_makes),
		cmocka_unit_test_setup_teardown(saved_values_come_back, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_known_of_the_date_comes_back,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(secret_is_for_the_owner_alone, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(missing_directory_is_made, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(flipped_digit_is_noticed_and_set_aside,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(empty_or_overlong_file_is_set_aside, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(damaged_identity_gives_a_new_one, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(failed_write_is_told_and_keeps_the_old_value,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(failed_write_forbids_promises_until_it_succeeds,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(unwritable_directory_is_read_and_forbids_promises,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(
			identity_of_a_missing_directory_is_saved_when_it_is_there, state_dir_make,
			state_dir_remove),
		cmocka_unit_test_setup_teardown(identity_that_appears_later_is_not_overwritten,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(unusable_directory_does_not_stop_the_start,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(state_off_leaves_no_trace, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(copied_directory_makes_a_new_host, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(
			identity_of_an_unknown_machine_is_kept_and_bound_later, state_dir_make,
			state_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_set_aside_at_once,
						state_dir_make, state_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_a_strangers_is_not_believed, state_dir_make,
						state_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
