/* test_slow_disk.c - a disk that stands still holds up what promises a new term, and nothing
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/daemon.h"
#include "berkd/daemon_private.h"
#include "berkd/disk.h"
#include "berkd/effects.h"
#include "berkd/host/saver.h"
#include "tests/unit/state_dir.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool stands;	 /* whoever asks the disk waits */
static int error;	 /* what it answers */
static unsigned n_loop;	 /* how often the loop's thread has asked */
static unsigned n_other; /* others */
static char order[256];	 /* the files that others brought there */

static void note_name(int fd)
{
	char link[64], path[128];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	const char *name;

	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	if (name && strstr(name, ".new")) {
		(void)snprintf(order + strlen(order), sizeof(order) - strlen(order), "%.*s ",
			       (int)(strlen(name) - strlen("/.new")), name + 1);
	}
}

/* Instead of the C library's. */
int fsync(int fd)
{
	(void)pthread_mutex_lock(&lock);
	if (gettid() == getpid()) {
		n_loop++;
	} else {
		n_other++;
		note_name(fd);
		(void)pthread_cond_broadcast(&moved);
		while (stands) {
			(void)pthread_cond_wait(&moved, &lock);
		}
	}
	int r = error;

	(void)pthread_mutex_unlock(&lock);
	errno = r;
	return r ? -1 : 0;
}

static void let(bool stand, int with_error)
{
	(void)pthread_mutex_lock(&lock);
	stands = stand;
	error = with_error;
	n_loop = n_other = 0;
	order[0] = '\0';
	(void)pthread_cond_broadcast(&moved);
	(void)pthread_mutex_unlock(&lock);
}

static void go_on(void)
{
	(void)pthread_mutex_lock(&lock);
	stands = false;
	(void)pthread_cond_broadcast(&moved);
	(void)pthread_mutex_unlock(&lock);
}

static void wait_for_others(unsigned n)
{
	(void)pthread_mutex_lock(&lock);
	while (n_other < n) {
		(void)pthread_cond_wait(&moved, &lock);
	}
	(void)pthread_mutex_unlock(&lock);
}

/* --- The saver --- */

struct desk {
	struct state *state;
	sd_event *event;
	struct saver *saver;
	unsigned n_done;
};

static void on_done(void *userdata)
{
	((struct desk *)userdata)->n_done++;
}

static void desk_open(struct desk *k)
{
	*k = (struct desk){.state = opened()};
	assert_true(sd_event_new(&k->event) >= 0);
	assert_int_equal(saver_new(k->event, k->state, on_done, k, &k->saver), 0);
}

static void desk_close(struct desk *k)
{
	saver_free(k->saver);
	state_free(k->state);
	sd_event_unref(k->event);
}

/* Let the loop go on until @n things were saved. */
static void run_until(struct desk *k, unsigned n)
{
	for (unsigned i = 0; k->n_done < n; i++) {
		assert_true(i < 1000); /* 100 s: a busy machine is not the fault */
		assert_true(sd_event_run(k->event, UINT64_C(100) * 1000) >= 0);
	}
}

static void save_all(struct saver *s, int64_t freq_ppb, unsigned n_table)
{
	const struct saved_line line = {.any = true, .line = {.rate = 1e-6}};
	const struct saved_budget budget = {.any = true, .held = true};
	struct saved_table *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->n_table = n_table;
	saver_save_table(s, t);
	saver_save_drift(s, freq_ppb);
	saver_save_line(s, &line);
	saver_save_budget(s, &budget);
	saver_save_time(s, (wall_t){99 * NS_PER_S}, n_table, false, false);
}

static void the_loop_asks_no_disk(void **state)
{
	struct desk k;
	struct stat st;

	(void)state;
	desk_open(&k);
	let(true, 0);
	save_all(k.saver, -1, 3);
	wait_for_others(1);
	for (int i = 0; i < 20; i++) { /* the thread hangs; the loop goes on */
		save_all(k.saver, -12345, 4);
		saver_save_term(k.saver, 7);
		assert_true(sd_event_run(k.event, 0) >= 0);
	}
	assert_true(saver_term_waits(k.saver));
	assert_int_equal(k.n_done, 0);
	assert_null(saver_error(k.saver));
	assert_int_equal(saver_term(k.saver), 0);
	go_on();
	run_until(&k, 7); /* the first table, and one of each */
	assert_false(saver_term_waits(k.saver));
	assert_int_equal(saver_term(k.saver), 7);
	assert_int_equal(n_loop, 0);
	desk_close(&k);
	struct state *s = opened();

	assert_int_equal(state_saved(s)->freq_ppb, -12345);
	assert_int_equal(state_saved(s)->n_table, 4);
	assert_int_equal(state_saved(s)->term, 7);
	assert_int_equal(stat(in_dir("line"), &st), 0);
	assert_int_equal(stat(in_dir("budget"), &st), 0);
	state_free(s);
}

/* A line and a budget are of another boot after a crash of the system, and ask for no fsync. */
static void a_term_goes_before_all_others(void **state)
{
	struct desk k;

	(void)state;
	desk_open(&k);
	let(false, 0);
	saver_save_term(k.saver, 6);
	run_until(&k, 1);
	assert_int_equal(n_other, 2); /* the file and its name */
	let(true, 0);
	save_all(k.saver, 5, 3);
	wait_for_others(1);
	save_all(k.saver, 6, 4);
	saver_save_term(k.saver, 7);
	go_on();
	run_until(&k, 8);
	assert_string_equal(order, "table term group drift table ");
	desk_close(&k);
}

static void what_waits_at_the_end_is_on_disk(void **state)
{
	struct desk k;

	(void)state;
	desk_open(&k);
	let(false, 0);
	save_all(k.saver, 5, 3);
	save_all(k.saver, 6, 4);
	saver_save_term(k.saver, 8);
	desk_close(&k);
	struct state *s = opened();

	assert_int_equal(state_saved(s)->freq_ppb, 6);
	assert_int_equal(state_saved(s)->n_table, 4);
	assert_int_equal(state_saved(s)->term, 8);
	state_free(s);
}

static void what_did_not_reach_the_disk_is_told(void **state)
{
	struct desk k;

	(void)state;
	desk_open(&k);
	let(false, EIO);
	saver_save_term(k.saver, 5);
	run_until(&k, 1);
	assert_string_equal(saver_error(k.saver), strerror(EIO));
	assert_string_equal(saver_remedy(k.saver), STATE_REMEDY_ROOM);
	assert_false(saver_may_promise(k.saver));
	assert_int_equal(saver_term(k.saver), 0);
	let(false, 0);
	saver_retry(k.saver);
	run_until(&k, 2);
	assert_null(saver_error(k.saver));
	assert_true(saver_may_promise(k.saver));
	assert_int_equal(saver_term(k.saver), 5);
	desk_close(&k);
}

static void a_revocation_is_on_disk_when_it_is_said_to_be(void **state)
{
	const struct saved_revoked one = {
		.n = 1, .host = {{.word = {.id = 7, .number = 1, .revoked = true}}}};
	struct desk k;

	(void)state;
	desk_open(&k);
	assert_true(saver_revoked_is_saved(k.saver));
	let(true, EIO);
	saver_save_revoked(k.saver, &one);
	assert_false(saver_revoked_is_saved(k.saver));
	wait_for_others(1);
	assert_false(saver_revoked_is_saved(k.saver));
	assert_null(saver_error(k.saver));
	go_on();
	run_until(&k, 1);
	assert_false(saver_revoked_is_saved(k.saver));
	assert_string_equal(saver_error(k.saver), strerror(EIO));
	let(false, 0);
	saver_save_drift(k.saver, 5); /* that this can be written changes nothing */
	run_until(&k, 2);
	assert_non_null(saver_error(k.saver));
	saver_retry(k.saver);
	run_until(&k, 3);
	assert_true(saver_revoked_is_saved(k.saver));
	assert_null(saver_error(k.saver));
	desk_close(&k);
	struct state *s = opened();

	assert_int_equal(state_saved(s)->n_revoked, 1);
	state_free(s);
}

/* --- What waits for it --- */

struct post {
	struct daemon *daemon;
	int fd; /* whom the packets are for */
	struct addr to;
};

/* A daemon that was not told to begin: it does what the test has as effects of a step. */
static void post_open(struct post *p)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	static struct config c;

	config_defaults(&c);
	memcpy(c.state_dir, config.state_dir, sizeof(c.state_dir));
	c.driver = CONFIG_CLOCK_VIRTUAL;
	c.discovery = c.netlink = c.control = c.ipv6 = false;
	c.port = 0;
	c.timestamping = CONFIG_STAMPS_USER;
	assert_int_equal(daemon_new(&c, &p->daemon), 0);
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&sa, &len), 0);
	p->to = (struct addr){.ip = {[10] = 0xff, 0xff, 127, 0, 0, 1}, .port = ntohs(sa.sin_port)};
}

static void post_close(struct post *p)
{
	close(p->fd);
	daemon_free(p->daemon);
}

/* A step that takes @term (0: none) and then sends one packet that promises the last one, 'V', and
 * one that does not, 'R'. */
static void step(struct post *p, uint64_t term)
{
	struct node_effects *fx = &p->daemon->fx;

	p->daemon->feeding = true;
	memset(fx, 0, sizeof(*fx));
	if (term) {
		fx->fx[fx->n++] = (struct effect){.type = FX_SAVE_TERM, .term = term};
	}
	for (unsigned i = 0; i < 2; i++) {
		struct effect *e = &fx->fx[fx->n++];

		e->type = FX_SEND;
		e->send.to = p->to;
		e->send.promise = i == 0;
		e->send.len = 1;
		e->send.data = fx->bytes[i];
		fx->bytes[i][0] = i == 0 ? 'V' : 'R';
	}
	effects_apply(p->daemon);
	p->daemon->feeding = false;
}

/* The next packet within @wait_ms of the loop's life; 0: none. */
static char next_packet(struct post *p, int wait_ms)
{
	char c = 0;

	for (int i = 0; i <= wait_ms; i += 10) {
		struct pollfd pfd = {.fd = p->fd, .events = POLLIN};

		assert_true(sd_event_run(p->daemon->event, 0) >= 0);
		if (poll(&pfd, 1, 10) > 0) {
			assert_int_equal(recv(p->fd, &c, 1, 0), 1);
			return c;
		}
	}
	return 0;
}

static void a_promise_waits_for_its_term_and_an_answer_does_not(void **state)
{
	struct post p;

	(void)state;
	let(false, 0);
	post_open(&p);
	let(true, 0);
	step(&p, 7);
	assert_int_equal(next_packet(&p, 5000), 'R');
	wait_for_others(1);
	assert_int_equal(next_packet(&p, 200), 0);
	assert_int_equal(saver_term(p.daemon->saver), 0);
	go_on();
	assert_int_equal(next_packet(&p, 900), 'V');
	assert_int_equal(saver_term(p.daemon->saver), 7);
	assert_int_equal(n_loop, 0);
	post_close(&p);
}

static void a_promise_that_waited_for_more_than_a_second_is_void(void **state)
{
	struct post p;

	(void)state;
	let(false, 0);
	post_open(&p);
	let(true, 0);
	step(&p, 7);
	assert_int_equal(next_packet(&p, 5000), 'R');
	assert_int_equal(next_packet(&p, 1500), 0);
	go_on();
	while (saver_term_waits(p.daemon->saver)) {
		assert_true(sd_event_run(p.daemon->event, UINT64_C(100) * 1000) >= 0);
	}
	assert_int_equal(next_packet(&p, 200), 0);
	post_close(&p);
}

static void a_promise_that_cannot_be_kept_is_void(void **state)
{
	struct post p;

	(void)state;
	let(false, 0);
	post_open(&p);
	let(false, EIO);
	step(&p, 7);
	assert_int_equal(next_packet(&p, 5000), 'R');
	assert_int_equal(next_packet(&p, 300), 0);
	assert_true(p.daemon->disk_mute); /* the core was told */
	step(&p, 8);			  /* as who follows a master without being able to vote */
	assert_int_equal(next_packet(&p, 5000), 'R');
	assert_int_equal(next_packet(&p, 300), 0);
	step(&p, 0); /* nothing waits: what was promised before is not on disk either */
	assert_int_equal(next_packet(&p, 5000), 'R');
	assert_int_equal(next_packet(&p, 300), 0);
	let(false, 0);
	post_close(&p);
}

#define T(f) cmocka_unit_test_setup_teardown(f, state_dir_make, state_dir_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(the_loop_asks_no_disk),
		T(a_term_goes_before_all_others),
		T(what_waits_at_the_end_is_on_disk),
		T(what_did_not_reach_the_disk_is_told),
		T(a_revocation_is_on_disk_when_it_is_said_to_be),
		T(a_promise_waits_for_its_term_and_an_answer_does_not),
		T(a_promise_that_waited_for_more_than_a_second_is_void),
		T(a_promise_that_cannot_be_kept_is_void),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
