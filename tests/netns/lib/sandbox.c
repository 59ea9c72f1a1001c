/* sandbox.c - private namespaces, a reaper with a time limit, and no right to set the clock. */
#include "netns/lib/sandbox.h"

#include <errno.h>
#include <glob.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HARD_ERROR 99	/* automake: the test could not be run as meant */
#define LOG_TAIL   3000 /* bytes shown of each log */

void sandbox_die(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("harness: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(HARD_ERROR);
}

static _Noreturn void skip_tests(const char *what)
{
	printf("SKIP: %s: %s\n", what, strerror(errno));
	exit(SANDBOX_SKIP);
}

/* Out of the bounding set, so that no child gets it back by exec, and out of our own sets. */
static void give_up_clock(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0) < 0) {
		skip_tests("dropping CAP_SYS_TIME");
	}
	if (syscall(SYS_capget, &header, data) < 0) {
		skip_tests("reading capabilities");
	}
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t keep =
			i == CAP_TO_INDEX(CAP_SYS_TIME) ? ~CAP_TO_MASK(CAP_SYS_TIME) : UINT32_MAX;
		data[i].effective &= keep;
		data[i].permitted &= keep;
		data[i].inheritable &= keep;
	}
	if (syscall(SYS_capset, &header, data) < 0) {
		skip_tests("dropping CAP_SYS_TIME");
	}
}

static void show_log(const char *path)
{
	char buf[LOG_TAIL + 1];
	FILE *f = fopen(path, "re");

	if (!f) {
		return;
	}
	if (fseek(f, -LOG_TAIL, SEEK_END) < 0) {
		rewind(f);
	}
	size_t n = fread(buf, 1, LOG_TAIL, f);
	buf[n] = '\0';
	fclose(f);
	fprintf(stderr, "---- end of %s\n%s", path, buf);
}

static void show_logs(void)
{
	glob_t found;

	if (glob(SANDBOX_DIR "/*/log", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			show_log(found.gl_pathv[i]);
		}
		globfree(&found);
	}
}

/* Process 1: reap everybody until the test (@pid) ends or its time is up. */
static _Noreturn void reap_children(pid_t pid, unsigned limit_s)
{
	sigset_t child;
	struct timespec now, left = {0};
	int status = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &now);
	time_t until = now.tv_sec + limit_s;

	for (;;) {
		pid_t gone = waitpid(-1, &status, WNOHANG);

		if (gone == pid) {
			break;
		}
		if (gone > 0) {
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= until) {
			fprintf(stderr, "harness: no end after %u s, killed\n", limit_s);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		left.tv_sec = until - now.tv_sec;
		sigtimedwait(&child, NULL, &left);
	}

	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (code != 0 && code != SANDBOX_SKIP) {
		show_logs();
	}
	fflush(stdout);
	_exit(code);
}

static void mount_privately(void)
{
	const char *keep = getenv("BERK_NETNS_DIR");

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		skip_tests("private mounts");
	}
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
		skip_tests("own /proc");
	}
	/* Hides the machine's journal, system bus and service manager as well. */
	if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0) {
		skip_tests("own /run");
	}
	if (mkdir(SANDBOX_DIR, 0755) < 0) {
		skip_tests(SANDBOX_DIR);
	}
	if (keep && mount(keep, SANDBOX_DIR, NULL, MS_BIND, NULL) < 0) {
		skip_tests("BERK_NETNS_DIR");
	}
}

void sandbox_enter(unsigned limit_s)
{
	int status;
	sigset_t child;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) < 0) {
		skip_tests("namespaces (needs root)");
	}
	give_up_clock();

	pid_t outer = fork();
	if (outer < 0) {
		skip_tests("fork");
	}
	if (outer > 0) {
		while (waitpid(outer, &status, 0) < 0 && errno == EINTR) {
		}
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : HARD_ERROR);
	}

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mount_privately();
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);

	pid_t inner = fork();
	if (inner < 0) {
		skip_tests("fork");
	}
	if (inner > 0) {
		reap_children(inner, limit_s);
	}
	sigprocmask(SIG_UNBLOCK, &child, NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("STATE_DIRECTORY");
	unsetenv("RUNTIME_DIRECTORY");
}
