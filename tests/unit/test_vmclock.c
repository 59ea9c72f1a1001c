/* test_vmclock.c - what a hypervisor tells is told once, and what it does not tell, or tells
 * wrongly, is not.  The device is a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "berkd/clock/vmclock.h"
#include "tests/lib/hypervisor.h"

#define PAGE 4096

struct scene {
	char path[64];
	struct hypervisor host;
	struct vmclock *vm; /* NULL until it is opened */
};

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){.path = "/tmp/berk-vmclock-XXXXXX"};
	int fd = mkstemp(s.path);

	assert_true(fd >= 0);
	close(fd);
	hypervisor_begin(&s.host, s.path);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	vmclock_close(s->vm);
	hypervisor_end(&s->host);
	(void)unlink(s->path);
	return 0;
}

static bool can_be_used(struct scene *s)
{
	s->vm = vmclock_close(s->vm);
	assert_int_equal(vmclock_open(s->path, &s->vm), 0);
	return s->vm != NULL;
}

static struct scene *opened(void **state)
{
	struct scene *s = *state;

	assert_true(can_be_used(s));
	return s;
}

static void assert_told(struct scene *s, enum interruption what)
{
	assert_int_equal(vmclock_check(s->vm), what);
	assert_int_equal(vmclock_check(s->vm), INTERRUPTION_NONE);
}

/* --- The device --- */

static void no_device_is_no_fault(void **state)
{
	struct scene *s = *state;

	(void)unlink(s->path);
	assert_false(can_be_used(s));
}

static void page_with_a_wrong_field_is_not_used(void **state)
{
	struct scene *s = *state;
	const struct {
		enum vm_field field;
		uint64_t wrong, right;
	} fault[] = {
		{VM_MAGIC, 0x4b4c4355, 0x4b4c4356},
		{VM_VERSION, 2, 1},
		{VM_VERSION, 0, 1},
		{VM_SIZE, 0x1f, 0x20}, /* what it must have ends there */
	};

	for (size_t i = 0; i < sizeof(fault) / sizeof(fault[0]); i++) {
		hypervisor_write(&s->host, fault[i].field, fault[i].wrong);
		assert_false(can_be_used(s));
		hypervisor_write(&s->host, fault[i].field, fault[i].right);
		assert_true(can_be_used(s));
	}
}

static void file_that_is_no_page_is_not_read(void **state)
{
	struct scene *s = *state;

	assert_int_equal(ftruncate(s->host.fd, 0), 0);
	assert_false(can_be_used(s));
}

static void page_that_goes_on_beyond_what_is_mapped_is_used(void **state)
{
	struct scene *s = *state;

	hypervisor_write(&s->host, VM_SIZE, 65536);
	assert_true(can_be_used(s));
}

/* --- What it tells --- */

static void nothing_is_told_while_nothing_happens(void **state)
{
	struct scene *s = opened(state);

	assert_told(s, INTERRUPTION_NONE);
	hypervisor_change(&s->host, VM_FLAGS, VM_HAS_GENERATION | 1 << 2); /* maintenance is due */
	assert_told(s, INTERRUPTION_NONE);
}

static void marker_that_moves_is_a_migration(void **state)
{
	struct scene *s = opened(state);

	hypervisor_change(&s->host, VM_MARKER, 8);
	assert_told(s, INTERRUPTION_MIGRATION);
	hypervisor_change(&s->host, VM_MARKER, 8 + (UINT64_C(1) << 32));
	assert_told(s, INTERRUPTION_MIGRATION);
}

static void generation_that_moves_is_a_restored_snapshot(void **state)
{
	struct scene *s = opened(state);

	hypervisor_change(&s->host, VM_GENERATION, 4);
	assert_told(s, INTERRUPTION_RESTORE);
	hypervisor_change(&s->host, VM_MARKER, 8);
	hypervisor_change(&s->host, VM_GENERATION, 5);
	assert_told(s, INTERRUPTION_RESTORE); /* the graver one */
}

static void generation_that_is_not_promised_is_not_read(void **state)
{
	struct scene *s = *state;

	hypervisor_write(&s->host, VM_FLAGS, 0);
	assert_true(can_be_used(s));
	hypervisor_change(&s->host, VM_GENERATION, 4);
	assert_told(s, INTERRUPTION_NONE);
	hypervisor_write(&s->host, VM_FLAGS, VM_HAS_GENERATION);
	hypervisor_write(&s->host, VM_SIZE, 0x68);
	assert_true(can_be_used(s));
	hypervisor_change(&s->host, VM_GENERATION, 5);
	assert_told(s, INTERRUPTION_NONE); /* it is beyond the end */
}

static void generation_that_only_the_new_host_tells_is_none_that_moved(void **state)
{
	struct scene *s = *state;

	hypervisor_write(&s->host, VM_FLAGS, 0);
	assert_true(can_be_used(s));
	hypervisor_change(&s->host, VM_MARKER, 8);
	hypervisor_change(&s->host, VM_FLAGS, VM_HAS_GENERATION);
	assert_told(s, INTERRUPTION_MIGRATION);
	hypervisor_change(&s->host, VM_GENERATION, 4);
	assert_told(s, INTERRUPTION_RESTORE);
}

/* --- While it writes --- */

static void what_is_being_written_is_told_when_it_is_written(void **state)
{
	struct scene *s = opened(state);

	hypervisor_write(&s->host, VM_COUNT, 1);
	hypervisor_write(&s->host, VM_MARKER, 8);
	assert_told(s, INTERRUPTION_NONE); /* however long that takes */
	hypervisor_write(&s->host, VM_COUNT, 2);
	assert_told(s, INTERRUPTION_MIGRATION);
}

static void page_that_is_being_written_at_the_start_is_used(void **state)
{
	struct scene *s = *state;

	hypervisor_write(&s->host, VM_COUNT, 1);
	assert_true(can_be_used(s));
	hypervisor_write(&s->host, VM_MARKER, 8);
	hypervisor_write(&s->host, VM_COUNT, 2);
	assert_told(s, INTERRUPTION_NONE); /* it counts from here */
	hypervisor_change(&s->host, VM_MARKER, 9);
	assert_told(s, INTERRUPTION_MIGRATION);
}

#ifdef __x86_64__
#define TRAP_FLAG 0x100U /* of EFLAGS: a SIGTRAP after each instruction */

/* The hypervisor, which writes something and takes it back, after so many instructions of ours. */
static struct {
	volatile uint32_t *count;
	volatile uint64_t *marker;
	volatile unsigned begin, end, step;
} writer;

static void on_instruction(int sig)
{
	(void)sig;
	writer.step++;
	if (writer.step == writer.begin) {
		*writer.count += 1;
		*writer.marker = 8;
	}
	if (writer.step == writer.end) {
		*writer.marker = 7;
		*writer.count += 1;
	}
}

/* What is told, while it writes from the @begin-th instruction on, for @length of them. */
static enum interruption check_meanwhile(struct scene *s, unsigned begin, unsigned length)
{
	writer.begin = begin;
	writer.end = begin + length;
	writer.step = 0;
	__writeeflags(__readeflags() | TRAP_FLAG);
	enum interruption told = vmclock_check(s->vm);

	__writeeflags(__readeflags() & ~(unsigned long long)TRAP_FLAG);
	while (writer.step >= begin && writer.step < writer.end) {
		on_instruction(SIGTRAP);
	}
	return told;
}

static void what_was_never_written_in_full_is_never_told(void **state)
{
	static const unsigned lengths[] = {1, 2, 3, 5, 8, 13, 40, 1000};
	struct scene *s = opened(state);
	struct sigaction on_trap = {.sa_handler = on_instruction}, before;
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, s->host.fd, 0);

	assert_true(page != MAP_FAILED);
	writer.count = (volatile uint32_t *)(void *)(page + VM_COUNT);
	writer.marker = (volatile uint64_t *)(void *)(page + VM_MARKER);
	assert_int_equal(sigaction(SIGTRAP, &on_trap, &before), 0);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned begin = 0;

		do { /* until it begins when all is read */
			begin++;
			assert_int_equal(check_meanwhile(s, begin, lengths[i]), INTERRUPTION_NONE);
		} while (writer.step >= begin);
	}
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
	munmap(page, PAGE);
}
#endif

/* --- To be told at once --- */

static struct {
	unsigned n;
	int fd, answer;
	uint32_t events;
	sd_event_io_handler_t on_io;
	void *userdata;
} asked;

/* Of libsystemd: no file can be polled. */
int sd_event_add_io(sd_event *e, sd_event_source **ret, int fd, uint32_t events,
		    sd_event_io_handler_t on_io, void *userdata)
{
	(void)e;
	*ret = NULL;
	asked.n++;
	asked.fd = fd;
	asked.events = events;
	asked.on_io = on_io;
	asked.userdata = userdata;
	return asked.answer;
}

static unsigned n_wakes;

static void on_wake(void *userdata)
{
	(void)userdata;
	n_wakes++;
}

static void whoever_notifies_is_listened_to(void **state)
{
	struct scene *s = *state;

	hypervisor_write(&s->host, VM_FLAGS, VM_HAS_NOTICES);
	assert_true(can_be_used(s));
	asked.answer = -EPERM; /* as Linux 6.13 says */
	vmclock_watch(s->vm, NULL, on_wake, NULL);
	assert_int_equal(asked.n, 1);
	/* It stays readable until it is read, which nobody does. */
	assert_int_equal(asked.events, EPOLLIN | EPOLLET);
	assert_int_equal(asked.on_io(NULL, asked.fd, EPOLLIN, asked.userdata), 0);
	assert_int_equal(n_wakes, 1);
}

static void whoever_does_not_notify_is_not_listened_to(void **state)
{
	struct scene *s = opened(state);

	asked.n = 0;
	vmclock_watch(s->vm, NULL, on_wake, NULL);
	assert_int_equal(asked.n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_device_is_no_fault),
		TEST(page_with_a_wrong_field_is_not_used),
		TEST(file_that_is_no_page_is_not_read),
		TEST(page_that_goes_on_beyond_what_is_mapped_is_used),
		TEST(nothing_is_told_while_nothing_happens),
		TEST(marker_that_moves_is_a_migration),
		TEST(generation_that_moves_is_a_restored_snapshot),
		TEST(generation_that_is_not_promised_is_not_read),
		TEST(generation_that_only_the_new_host_tells_is_none_that_moved),
		TEST(what_is_being_written_is_told_when_it_is_written),
		TEST(page_that_is_being_written_at_the_start_is_used),
#ifdef __x86_64__
		TEST(what_was_never_written_in_full_is_never_told),
#endif
		TEST(whoever_notifies_is_listened_to),
		TEST(whoever_does_not_notify_is_not_listened_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
