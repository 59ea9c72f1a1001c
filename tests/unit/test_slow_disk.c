/* test_slow_disk.c - a disk that stands still holds up a new term, for which packets wait, and
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/state_dir.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool stands;	 /* whoever asks the disk waits */
static int error;	 /* what it answers */
static unsigned n_loop;	 /* how often the loop's thread has asked */
static unsigned n_other; /* others */

/* Instead of the C library's. */
int fsync(int fd)
{
	(void)fd;
	(void)pthread_mutex_lock(&lock);
	if (gettid() == getpid()) {
		n_loop++;
	} else {
		n_other++;
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

static void save_all(struct state *s, int64_t freq_ppb, unsigned n_table)
{
	const struct saved_line line = {.any = true, .line = {.rate = 1e-6}};
	const struct saved_budget budget = {.any = true, .held = true};

	assert_int_equal(state_save_drift(s, freq_ppb), 0);
	assert_int_equal(state_save_line(s, &line), 0);
	assert_int_equal(state_save_budget(s, &budget), 0);
	assert_int_equal(state_save_time(s, (wall_t){99 * NS_PER_S}, n_table, false, false), 0);
	state_look(s);
}

static void only_a_term_waits_for_the_disk(void **state)
{
	struct state *s = opened();
	struct stat st;

	(void)state;
	let(true, 0);
	save_all(s, -1, 3);
	wait_for_others(1);
	for (int i = 0; i < 20; i++) { /* the thread hangs; the loop goes on */
		save_all(s, -12345, 4);
	}
	assert_int_equal(n_loop, 0);
	assert_null(state_error(s));
	let(false, 0);
	assert_int_equal(state_save_term(s, 7), 0);
	assert_int_equal(n_loop, 2); /* the file and its name: on disk before anything is sent */
	state_free(s);
	s = opened();
	assert_int_equal(state_saved(s)->freq_ppb, -12345);
	assert_int_equal(state_saved(s)->n_table, 4);
	assert_int_equal(state_saved(s)->term, 7);
	assert_int_equal(stat(in_dir("line"), &st), 0);
	assert_int_equal(stat(in_dir("budget"), &st), 0);
	state_free(s);
}

/* A line and a budget are of another boot after a crash of the system. */
static void what_is_of_this_boot_asks_no_disk(void **state)
{
	const struct saved_line line = {.any = true, .line = {.rate = 1e-6}};
	const struct saved_budget budget = {.any = true, .held = true};
	struct state *s = opened();

	(void)state;
	let(false, 0);
	assert_int_equal(state_save_line(s, &line), 0);
	assert_int_equal(state_save_budget(s, &budget), 0);
	state_look(s);
	state_free(s); /* it waits for what is under way */
	assert_int_equal(n_loop + n_other, 0);
}

static void what_did_not_reach_the_disk_is_told(void **state)
{
	struct state *s = opened();

	(void)state;
	let(false, EIO);
	assert_int_equal(state_save_drift(s, 5), 0);
	wait_for_others(1);
	for (int i = 0; i < 10000 && !state_error(s); i++) { /* its thread has a way to go yet */
		(void)usleep(1000);
		state_look(s);
	}
	assert_non_null(state_error(s));
	let(false, 0);
	assert_int_equal(state_retry(s), 0);
	assert_null(state_error(s));
	state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_a_term_waits_for_the_disk, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(what_is_of_this_boot_asks_no_disk, state_dir_make,
						state_dir_remove),
		cmocka_unit_test_setup_teardown(what_did_not_reach_the_disk_is_told, state_dir_make,
						state_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
