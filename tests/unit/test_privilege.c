/* test_privilege.c - what a daemon that root started can still do, tried in processes of their own;
 * and which files change hands. */
#include "berkd/host/hand_over.h"
#include "berkd/host/privilege.h"
#include "berkd/host/sanitized.h"
#include "berkd/host/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The number of the line that failed, as the exit status of a child. */
#define NEED(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			(void)fprintf(stderr, "line %d: %s: %s\n", __LINE__, #what,                \
				      strerror(errno));                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void run(void (*job)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		job();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void *be_thread(void *userdata)
{
	return userdata;
}

static void work_confined(void)
{
	struct timespec t = {0};
	struct addrinfo *found = NULL;
	pthread_t thread;
	char name[] = "true", *const argv[] = {name, NULL}, *const envp[] = {NULL};
	void *back = NULL;
	int fd;

	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(syscalls_confine(SYSCALLS_DAEMON) == 0);
	/* what a daemon does */
	NEED((fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC)) >= 0 && close(fd) == 0);
	NEED((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0 && close(fd) == 0);
	NEED(pthread_create(&thread, NULL, be_thread, &t) == 0);
	NEED(pthread_join(thread, &back) == 0 && back == &t);
	NEED(getaddrinfo("localhost", NULL, NULL, &found) == 0);
	freeaddrinfo(found);
	NEED(clock_gettime(CLOCK_MONOTONIC_RAW, &t) == 0);
	/* what it never does */
	errno = 0;
	NEED(fork() == -1 && errno == EPERM);
	NEED(execve("/bin/true", argv, envp) == -1 && errno == EPERM);
	NEED(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 && errno == EPERM);
	NEED(chmod("/tmp", 01777) == -1 && errno == EPERM);
	NEED(kill(getppid(), 0) == -1 && errno == EPERM);
}

/* What passes each filter, by name, of those that are asked after here.  No call of them does
 * anything: their arguments are wrong. */
static char passes[8192];

static bool is_harmless(const char *name)
{
	/* They return not at all, or not so, or take what is there. */
	static const char *const harmful[] = {
		"exit",	   "exit_group", "rt_sigreturn", "restart_syscall", "pause",
		"vfork",   "fork",	 "clone",	 "clone3",	    "rt_sigsuspend",
		"vhangup", "munlockall", "sync",	 "sched_yield",	    "setsid",
		"kill",	   "tkill",	 "reboot",	 "close_range",	    "umask"};

	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++) {
		if (strcmp(name, harmful[i]) == 0) {
			return false;
		}
	}
	return true;
}

/* In a child: the names go to @fd. */
static void list_passes(enum syscalls_of of, int fd)
{
	enum { NUMBERS = 470 };
	static char *names[NUMBERS];

	for (int nr = 0; nr < NUMBERS; nr++) {
		names[nr] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
	}
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(syscalls_confine(of) == 0);
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (!names[nr] || !is_harmless(names[nr])) {
			continue;
		}
		errno = 0;
		(void)syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L);
		if (errno != EPERM && errno != ENOSYS) {
			NEED(dprintf(fd, " %s", names[nr]) > 0);
		}
	}
	NEED(dprintf(fd, " ") > 0);
}

static void read_passes(enum syscalls_of of)
{
	int fds[2], status = 0;
	size_t used = 0;
	ssize_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(fds[0]);
		list_passes(of, fds[1]);
		_exit(0);
	}
	(void)close(fds[1]);
	while ((n = read(fds[0], passes + used, sizeof(passes) - 1 - used)) > 0) {
		used += (size_t)n;
	}
	passes[used] = '\0';
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool does_pass(const char *name)
{
	char word[64];

	(void)snprintf(word, sizeof(word), " %s ", name);
	return strstr(passes, word) != NULL;
}

/* All of them: what a setter has no use for it cannot call. */
static const char *const setter_needs[] = {
	"accept",	 "accept4",	 "adjtimex",	   "brk",     "clock_adjtime",
	"clock_gettime", "close",	 "connect",	   "fstat",   "futex",
	"geteuid",	 "getpid",	 "getrandom",	   "lseek",   "getsockopt",
	"gettid",	 "gettimeofday", "madvise",	   "mmap",    "mprotect",
	"mremap",	 "munmap",	 "newfstatat",	   "poll",    "ppoll",
	"recvfrom",	 "rt_sigaction", "rt_sigprocmask", "sendmsg", "sendto",
	"setsockopt",	 "tgkill",	 "time",	   "write",   "writev"};

static void serve_confined(void)
{
	errno = 0;
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(syscalls_confine(SYSCALLS_SETTER) == 0);
	NEED(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0);
	NEED(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) == -1 && errno == EPERM);
	NEED(open("/proc/self/status", O_RDONLY | O_CLOEXEC) == -1 && errno == EPERM);
	NEED(fork() == -1 && errno == EPERM);
	NEED(clock_settime(CLOCK_REALTIME, &(struct timespec){-1, 0}) == -1 && errno == EPERM);
}

static void a_setter_calls_what_it_needs_and_nothing_else(void **state)
{
	char *name, *rest = passes;
	size_t n = 0;

	(void)state;
	if (IS_SANITIZED) {
		skip();
	}
	run(serve_confined);
	read_passes(SYSCALLS_SETTER);
	assert_true(does_pass("clock_adjtime"));
	while ((name = strtok_r(rest, " ", &rest))) {
		bool listed = false;

		for (size_t i = 0; i < sizeof(setter_needs) / sizeof(setter_needs[0]); i++) {
			listed = listed || strcmp(setter_needs[i], name) == 0;
		}
		if (!listed) {
			fail_msg("a setter may call %s", name);
		}
		n++;
	}
	assert_true(n > 20); /* the list was not empty */
}

static void a_daemon_that_has_a_setter_calls_nothing_that_sets_a_clock(void **state)
{
	static const char *const sets[] = {"adjtimex",
					   "clock_adjtime",
					   "clock_settime",
					   "settimeofday",
					   "fork",
					   "execve",
					   "ptrace",
					   "mount",
					   "bpf",
					   "init_module",
					   "kexec_load",
					   "setuid",
					   "capset",
					   "chmod",
					   "chown",
					   "process_vm_writev",
					   "io_uring_setup",
					   "keyctl"};

	(void)state;
	if (IS_SANITIZED) {
		skip();
	}
	read_passes(SYSCALLS_DAEMON);
	assert_true(does_pass("recvmsg") && does_pass("openat"));
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (does_pass(sets[i])) {
			fail_msg("a daemon that has a setter may call %s", sets[i]);
		}
	}
	read_passes(SYSCALLS_STEERER);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		assert_int_equal(does_pass(sets[i]), i < 2); /* the kernel's clock alone */
	}
}

static void daemon_makes_threads_and_no_processes(void **state)
{
	(void)state;
	if (IS_SANITIZED) {
		skip();
	}
	run(work_confined);
}

/* A field of /proc/self/status. */
static void read_field(const char *name, char ret[static 64])
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	ret[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			(void)sscanf(line + strlen(name) + 1, "%63s", ret);
		}
	}
	if (f) {
		(void)fclose(f);
	}
}

static bool is_field(const char *name, const char *want)
{
	char got[64];

	read_field(name, got);
	if (strcmp(got, want) != 0) {
		(void)fprintf(stderr, "%s is %s, not %s\n", name, got, want);
	}
	return strcmp(got, want) == 0;
}

#define NO_CAPABILITY "0000000000000000"
#define TIME_ALONE    "0000000002000000" /* CAP_SYS_TIME is bit 25 */

static void become_nobody(void)
{
	static struct config config;
	struct privilege_user user;
	char bound[64], uid[16], before[64];

	config_defaults(&config);
	config.driver = CONFIG_CLOCK_KERNEL;
	read_field("CapPrm", before);
	bool has_time = strtoull(before, NULL, 16) >> 25 & 1; /* CAP_SYS_TIME */

	(void)snprintf(config.user, sizeof(config.user), "no such user");
	NEED(privilege_find(&config, &user) == -ESRCH);
	(void)snprintf(config.user, sizeof(config.user), "nobody");
	NEED(privilege_find(&config, &user) == 0 && user.change);
	NEED(privilege_drop(&config, &user, false) == 0);
	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)user.uid);
	NEED(is_field("Uid", uid));
	NEED(is_field("NoNewPrivs", "1"));
	NEED(is_field("CapEff", has_time ? TIME_ALONE : NO_CAPABILITY));
	NEED(is_field("CapPrm", has_time ? TIME_ALONE : NO_CAPABILITY));
	NEED(is_field("CapInh", NO_CAPABILITY));
	NEED(is_field("Seccomp", IS_SANITIZED ? "0" : "2"));
	read_field("Groups", bound);
	NEED(atoi(bound) != 0 || bound[0] == '\0');
	NEED(open("/etc/shadow", O_RDONLY | O_CLOEXEC) == -1);
}

static void stay_root(void)
{
	static struct config config;
	struct privilege_user user;

	config_defaults(&config);
	config.driver = CONFIG_CLOCK_VIRTUAL;
	NEED(privilege_find(&config, &user) == 0 && !user.change);
	NEED(privilege_drop(&config, &user, false) == 0);
	NEED(is_field("Uid", "0"));
	NEED(is_field("CapEff", NO_CAPABILITY));
	NEED(is_field("Seccomp", IS_SANITIZED ? "0" : "2"));
}

/* Root, who has all of them, as the daemon of somebody else's clock. */
static void drop_as(enum clock_mode mode, bool other)
{
	static struct config config;

	config_defaults(&config);
	config.driver = CONFIG_CLOCK_KERNEL;
	config.mode = mode;
	(void)snprintf(config.user, sizeof(config.user), "nobody");
	struct privilege_user user;

	NEED(privilege_find(&config, &user) == 0);
	NEED(privilege_drop(&config, &user, other) == 0);
	NEED(is_field("CapEff", NO_CAPABILITY));
	NEED(is_field("CapPrm", NO_CAPABILITY));
}

static void leave_the_clock_to_a_setter(void)
{
	drop_as(MODE_STEER, true);
}

static void observe(void)
{
	drop_as(MODE_OBSERVE, false);
}

/* The fields as another process reads them. */
static void setter_has_the_clock_alone(void)
{
	char path[64], line[256], bits[64] = "";
	int fds[2], status = 0;
	char byte = 0;

	NEED(pipe2(fds, O_CLOEXEC) == 0);
	pid_t pid = fork();

	if (pid == 0) {
		NEED(privilege_keep_clock() == 0);
		NEED(write(fds[1], "", 1) == 1);
		(void)poll(NULL, 0, 60000);
		_exit(0);
	}
	NEED(pid > 0 && close(fds[1]) == 0 && read(fds[0], &byte, 1) == 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "re");

	NEED(f != NULL);
	unsigned n = 0;

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %63s", bits) == 1 ||
		    sscanf(line, "CapPrm: %63s", bits) == 1) {
			NEED(strcmp(bits, TIME_ALONE) == 0 || strcmp(bits, NO_CAPABILITY) == 0);
			n++;
		} else if (sscanf(line, "CapInh: %63s", bits) == 1 ||
			   sscanf(line, "CapAmb: %63s", bits) == 1) {
			NEED(strcmp(bits, NO_CAPABILITY) == 0);
			n++;
		} else if (sscanf(line, "NoNewPrivs: %63s", bits) == 1) {
			NEED(strcmp(bits, "1") == 0);
			n++;
		}
	}
	NEED(n == 5);
	(void)fclose(f);
	NEED(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
}

static void who_does_not_set_the_clock_may_not(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	run(leave_the_clock_to_a_setter);
	run(observe);
}

static void a_setter_that_root_starts_keeps_the_clock_alone(void **state)
{
	(void)state;
	run(setter_has_the_clock_alone);
}

static void root_becomes_the_user_and_keeps_the_clock_alone(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	run(become_nobody);
	run(stay_root);
}

static void make_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static uid_t owner(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_uid;
}

static void only_files_of_the_state_directory_change_hands(void **state)
{
	enum { UID = 12345 };
	char path[] = "/tmp/berkd-state-XXXXXX", outside[64];

	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	assert_non_null(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(dir >= 0);
	make_file(dir, "term");
	make_file(dir, "linked");
	(void)snprintf(outside, sizeof(outside), "%s.outside", path);
	assert_int_equal(linkat(dir, "linked", AT_FDCWD, outside, 0), 0);
	assert_int_equal(mkfifoat(dir, "group", 0600), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "table"), 0);

	/* There is a folder: this is not ours alone. */
	assert_int_equal(mkdirat(dir, "folder", 0700), 0);
	assert_int_equal(hand_over_state(dir, UID, UID), -EEXIST);
	assert_int_equal(owner(dir, "term"), 0);
	assert_int_equal(owner(dir, "."), 0);
	assert_int_equal(unlinkat(dir, "folder", AT_REMOVEDIR), 0);
	/* A third one's file. */
	make_file(dir, "theirs");
	assert_int_equal(fchownat(dir, "theirs", UID + 1, UID, 0), 0);
	assert_int_equal(hand_over_state(dir, UID, UID), -EEXIST);
	assert_int_equal(unlinkat(dir, "theirs", 0), 0);

	assert_int_equal(hand_over_state(dir, UID, UID), 0);
	assert_int_equal(owner(dir, "."), UID);
	assert_int_equal(owner(dir, "term"), UID);
	assert_int_equal(owner(dir, "linked"), 0);
	assert_int_equal(owner(dir, "group"), 0);
	assert_int_equal(owner(AT_FDCWD, "/etc/passwd"), 0);
	assert_int_equal(hand_over_state(dir, UID, UID), 0); /* the next start */

	static const char *const names[] = {"term", "linked", "group", "table"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(unlinkat(dir, names[i], 0), 0);
	}
	(void)close(dir);
	(void)unlink(outside);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daemon_makes_threads_and_no_processes),
		cmocka_unit_test(a_setter_calls_what_it_needs_and_nothing_else),
		cmocka_unit_test(a_daemon_that_has_a_setter_calls_nothing_that_sets_a_clock),
		cmocka_unit_test(who_does_not_set_the_clock_may_not),
		cmocka_unit_test(a_setter_that_root_starts_keeps_the_clock_alone),
		cmocka_unit_test(root_becomes_the_user_and_keeps_the_clock_alone),
		cmocka_unit_test(only_files_of_the_state_directory_change_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
