/* test_history_daemon.c - what a whole daemon keeps: a sample when one is due, events that matter and
 * no more than a ring can bear, and a file whatever stands at its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/daemon.h"
#include "berkd/daemon_private.h"
#include "berkd/effects.h"
#include "berkd/feed.h"
#include "berkd/history.h"
#include "berkd/history_saver.h"
#include "berkd/host/history_file.h"
#include "berkd/host/history_read.h"
#include "berkd/host/host_clock.h"
#include "berkd/host/log.h"
#include "common/notice.h"
#include "tests/unit/state_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 100

static int at; /* the state directory */
static struct daemon *the_daemon;
static struct history_result result;

static void open_daemon(uint64_t bytes)
{
	static struct config c;

	config_defaults(&c);
	memcpy(c.state_dir, config.state_dir, sizeof(c.state_dir));
	c.driver = CONFIG_CLOCK_VIRTUAL;
	c.mode = MODE_STEER;
	c.control = c.discovery = c.netlink = c.ipv6 = false;
	(void)snprintf(c.user, sizeof(c.user), "root");
	c.port = 0;
	c.timestamping = CONFIG_STAMPS_USER;
	c.history_bytes = bytes;
	assert_int_equal(daemon_new(&c, &the_daemon), 0);
}

/* What is on disk when the daemon has ended. */
static void close_daemon(void)
{
	const struct history_query q = {.since_ns = INT64_MIN,
					.until_ns = INT64_MAX,
					.limit = HISTORY_LIMIT_MAX};
	the_daemon = daemon_free(the_daemon);
	free(result.row);
	assert_int_equal(history_read(at, &q, &result), 0);
}

static unsigned count(const char *word)
{
	unsigned n = 0;

	for (size_t i = 0; i < result.n; i++) {
		const struct history_entry *e = &result.row[i].e;

		n += word ? e->kind == HISTORY_EVENT && strcmp(e->word, word) == 0
			  : e->kind == HISTORY_SAMPLE;
	}
	return n;
}

static const char *text_of(const char *word)
{
	for (size_t i = 0; i < result.n; i++) {
		if (strcmp(result.row[i].e.word, word) == 0) {
			return result.row[i].e.text;
		}
	}
	return "";
}

static void look_at(int64_t s)
{
	struct node_event ev = {.type = EV_TIMER};

	assert_int_equal(feed_stamp(the_daemon, &ev), 0);
	history_look(the_daemon, (mono_t){s * NS_PER_S}, ev.pair);
}

static void a_sample_is_taken_when_ten_seconds_are_over(void **unused)
{
	(void)unused;
	open_daemon(1 << 20);
	look_at(1000);
	look_at(1001);
	look_at(1009);
	look_at(1010);
	look_at(1019);
	look_at(1040);
	close_daemon();
	assert_int_equal(count(NULL), 3); /* of itself */
	assert_int_equal(result.row[0].e.boot_s, 1000);
	assert_true(result.row[0].e.flags & HISTORY_SELF);
	assert_true(result.row[0].e.flags & HISTORY_NO_LINE);
	assert_true(result.row[0].e.bound_ns == HISTORY_UNKNOWN);
	assert_true(result.row[0].e.name[0] != '\0');
}

/* It has no timer: what wakes the daemon is what makes it look. */
static void an_event_of_the_loop_makes_it_look(void **unused)
{
	(void)unused;
	open_daemon(1 << 20);
	feed_type(the_daemon, EV_TIMER);
	feed_type(the_daemon, EV_TIMER);
	close_daemon();
	assert_int_equal(count(NULL), 1);
}

static void tell(struct notice n, unsigned times)
{
	struct node_effects *fx = &the_daemon->fx;

	for (; times > 0; times--) {
		the_daemon->feeding = true;
		fx->n = 1;
		fx->fx[0] = (struct effect){.type = FX_NOTICE, .notice = n};
		effects_apply(the_daemon);
		the_daemon->feeding = false;
	}
}

static void notices_that_matter_are_kept_whatever_the_log_shows(void **unused)
{
	(void)unused;
	open_daemon(1 << 20);
	log_set_level(LEVEL_ERR);
	tell((struct notice){.kind = NOTICE_BECAME_MASTER,
			     .level = LEVEL_NOTICE,
			     .became_master = {.n_reached = 5}},
	     1);
	tell((struct notice){.kind = NOTICE_MEMBER_JOINED, .level = LEVEL_INFO, .peer = 0xabcd}, 1);
	tell((struct notice){.kind = NOTICE_PEER_REFUSED, .level = LEVEL_NOTICE}, MANY);
	tell((struct notice){.kind = NOTICE_SAMPLE, .level = LEVEL_DEBUG}, MANY);
	log_set_level(LEVEL_INFO);
	close_daemon();
	assert_int_equal(count("became-master"), 1);
	assert_int_equal(count("member-joined"), 1);
	assert_int_equal(result.n, 2);
	assert_non_null(strstr(result.row[0].e.text, "5 members reached"));
	assert_int_equal(result.row[1].e.host, 0xabcd);
}

static void a_flood_of_events_is_cut_and_told(void **unused)
{
	const struct notice n = {.kind = NOTICE_MEMBER_JOINED, .level = LEVEL_INFO, .peer = 1};

	(void)unused;
	open_daemon(1 << 20);
	look_at(1000);
	tell(n, MANY);
	look_at(1010);
	tell(n, 1);
	close_daemon();
	assert_int_equal(count("member-joined"), 64 + 1);
	assert_int_equal(count("events-dropped"), 1);
	assert_non_null(strstr(text_of("events-dropped"), "36 more events within 10 s"));
}

static void begin_over(const char *what)
{
	open_daemon(1 << 20);
	look_at(1000);
	close_daemon();
	assert_int_equal(count(NULL), 1);
	assert_int_equal(faccessat(at, what, F_OK, AT_SYMLINK_NOFOLLOW), 0);
	(void)unlinkat(at, what, 0);
}

/* Its head has the sum behind 24 bytes. */
static void be_of_another_version(int fd)
{
	uint8_t head[24] = "berkhist", sum[HISTORY_SUM];

	head[8] = 2;
	history_sum(head, sizeof(head), sum);
	assert_int_equal(pwrite(fd, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(pwrite(fd, sum, sizeof(sum), sizeof(head)), sizeof(sum));
}

static void whatever_stands_at_its_name_is_put_aside(void **unused)
{
	(void)unused;
	assert_int_equal(mkfifoat(at, HISTORY_FILE_NAME, 0600), 0);
	begin_over("history.damaged");
	assert_int_equal(unlinkat(at, HISTORY_FILE_NAME, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", at, HISTORY_FILE_NAME), 0);
	begin_over("history.damaged");
	int fd = openat(at, HISTORY_FILE_NAME, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(write(fd, "text\n", 5), 5);
	close(fd);
	begin_over("history.damaged");
	fd = openat(at, HISTORY_FILE_NAME, O_WRONLY | O_CLOEXEC); /* another version, and its sum */
	be_of_another_version(fd);
	close(fd);
	begin_over("history.old");
}

/* What it has stays, and nothing is left beside it. */
static void another_size_keeps_what_there_is(void **unused)
{
	(void)unused;
	open_daemon(1 << 19);
	look_at(1000);
	close_daemon();
	assert_int_equal(count(NULL), 1);
	open_daemon(1 << 20);
	look_at(1010);
	close_daemon();
	assert_int_equal(count(NULL), 2);
	assert_int_not_equal(faccessat(at, "history.old", F_OK, 0), 0);
	assert_int_not_equal(faccessat(at, "history.new", F_OK, 0), 0);
}

static void switched_off_it_keeps_nothing(void **unused)
{
	(void)unused;
	open_daemon(0);
	look_at(1000);
	tell((struct notice){.kind = NOTICE_BECAME_MASTER, .level = LEVEL_NOTICE}, 1);
	the_daemon = daemon_free(the_daemon);
	assert_int_not_equal(faccessat(at, HISTORY_FILE_NAME, F_OK, 0), 0);
}

/* The history of another machine is not this one's. */
static void a_copy_on_another_machine_begins_anew(void **unused)
{
	(void)unused;
	open_daemon(1 << 20);
	look_at(1000);
	close_daemon();
	machine = elsewhere;
	state_free(opened());
	assert_int_equal(faccessat(at, "history.from-another-machine", F_OK, 0), 0);
	assert_int_not_equal(faccessat(at, HISTORY_FILE_NAME, F_OK, 0), 0);
}

static int setup(void **state)
{
	if (state_dir_make(state) != 0) {
		return -1;
	}
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return at < 0;
}

static int teardown(void **state)
{
	free(result.row);
	result.row = NULL;
	(void)unlinkat(at, "chat", 0);
	close(at);
	return state_dir_remove(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		IN_DIR(a_sample_is_taken_when_ten_seconds_are_over),
		IN_DIR(an_event_of_the_loop_makes_it_look),
		IN_DIR(notices_that_matter_are_kept_whatever_the_log_shows),
		IN_DIR(a_flood_of_events_is_cut_and_told),
		IN_DIR(another_size_keeps_what_there_is),
		IN_DIR(whatever_stands_at_its_name_is_put_aside),
		IN_DIR(switched_off_it_keeps_nothing),
		IN_DIR(a_copy_on_another_machine_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
