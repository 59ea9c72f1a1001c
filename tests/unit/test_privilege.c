/* test_privilege.c - what a daemon that root started can still do, tried in processes of their own;
 * and which files change hands. */
#include "berkd/host/hand_over.h"
#include "berkd/host/privilege.h"
#include "berkd/host/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* clang tells of its sanitizers otherwise, and gcc's is the one that ./check uses. */
#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

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
	NEED(syscalls_confine(false) == 0);
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
	NEED(clock_settime(CLOCK_REALTIME, &(struct timespec){-1, 0}) == -1 && errno == EPERM);
}

static void set_clock_confined(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	NEED(syscalls_confine(true) == 0);
	/* No time at all: the kernel says so, if it is asked. */
	NEED(clock_settime(CLOCK_REALTIME, &(struct timespec){-1, -1}) == -1 && errno == EINVAL);
}

static void daemon_makes_threads_and_no_processes(void **state)
{
	(void)state;
	if (IS_SANITIZED) {
		skip();
	}
	run(work_confined);
	run(set_clock_confined);
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
	NEED(privilege_drop(&config, &user) == 0);
	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)user.uid);
	NEED(is_field("Uid", uid));
	NEED(is_field("NoNewPrivs", "1"));
	NEED(is_field("CapEff", has_time ? "0000000002000000" : "0000000000000000"));
	NEED(is_field("CapPrm", has_time ? "0000000002000000" : "0000000000000000"));
	NEED(is_field("CapInh", "0000000000000000"));
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
	NEED(privilege_drop(&config, &user) == 0);
	NEED(is_field("Uid", "0"));
	NEED(is_field("CapEff", "0000000000000000"));
	NEED(is_field("Seccomp", IS_SANITIZED ? "0" : "2"));
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
		cmocka_unit_test(root_becomes_the_user_and_keeps_the_clock_alone),
		cmocka_unit_test(only_files_of_the_state_directory_change_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
