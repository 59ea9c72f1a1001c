/* syscalls.c - a seccomp filter: what is not in the table fails.
 *
 * The unit has a filter of systemd's, which is wider, because it must also let the program be
 * loaded and become what it is.  This one is ours wherever we run.  Names that an architecture or
 * this libseccomp does not know are passed over.
 */
#include "berkd/host/syscalls.h"
#include "berkd/host/sanitized.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

static const char *const daemon_calls[] = {
	/* descriptors */
	"close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "ioctl", "lseek",
	"_llseek", "pread64", "preadv", "pwrite64", "pwritev", "read", "readv", "write", "writev",
	/* files: state, configuration, /proc and /sys, time zones, name services */
	"access", "faccessat", "faccessat2", "fdatasync", "fsync", "fstat", "fstat64", "fstatat64",
	"newfstatat", "fstatfs", "fstatfs64", "statfs", "statfs64", "stat", "stat64", "statx",
	"lstat", "lstat64", "ftruncate", "ftruncate64", "fadvise64", "fadvise64_64", "getcwd",
	"getdents", "getdents64", "mkdir", "mkdirat", "open", "openat", "readlink", "readlinkat",
	"rename", "renameat", "renameat2", "umask", "unlink", "unlinkat", "utimensat",
	"utimensat_time64",
	/* waiting */
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
	"eventfd", "eventfd2", "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64",
	"select", "_newselect", "signalfd", "signalfd4", "timerfd_create", "timerfd_gettime",
	"timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "pipe", "pipe2",
	"memfd_create", /* the journal's long messages */
	/* sockets */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "send", "sendmmsg",
	"sendmsg", "sendto", "setsockopt", "shutdown", "socket", "socketcall", "socketpair",
	/* threads, memory and signals */
	"arch_prctl", "brk", "cacheflush", "exit", "exit_group", "futex", "futex_time64",
	"futex_waitv", "get_robust_list", "get_thread_area", "getcpu", "gettid", "madvise",
	"membarrier", "mmap", "mmap2", "mprotect", "mremap", "munmap", "prctl", "restart_syscall",
	"riscv_flush_icache", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"sched_getaffinity", "sched_yield", "set_robust_list", "set_thread_area", "set_tid_address",
	"sigaltstack", "sigprocmask", "sigreturn", "tgkill", "wait4",
	/* who and what we are */
	"capget", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups",
	"getgroups32", "getpgid", "getpgrp", "getpid", "getppid", "getrandom", "getresgid",
	"getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage", "getuid", "getuid32",
	"prlimit64", "sysinfo", "ugetrlimit", "uname",
	/* time, read */
	"clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
	"clock_nanosleep", "clock_nanosleep_time64", "gettimeofday", "nanosleep", "time", "times"};
/* They read, and also set if the capability is there.  Nothing else that sets a clock is of use. */
static const char *const clock_calls[] = {"adjtimex", "clock_adjtime", "clock_adjtime64"};
static const char *const setter_calls[] = {
	/* who asks */
	"accept", "accept4", "close", "getsockopt", "poll", "ppoll", "ppoll_time64", "recv",
	"recvfrom", "send", "sendto", "geteuid", "geteuid32",
	/* the journal and the service manager */
	"connect", "fstat", "fstat64", "lseek", "_llseek", "newfstatat", "sendmsg", "setsockopt",
	"socketcall", "write", "writev", "getpid", "gettid",
	/* time, and the C library */
	"clock_gettime", "clock_gettime64", "gettimeofday", "time", "brk", "exit", "exit_group",
	"futex", "futex_time64", "getrandom", "madvise", "mmap", "mmap2", "mprotect", "mremap",
	"munmap", "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"tgkill"};

struct table {
	const char *const *names;
	size_t n;
};
#define TABLE(t)                                                                                   \
	{                                                                                          \
		t, sizeof(t) / sizeof((t)[0])                                                      \
	}
/* What each may call. */
static const struct table tables[][2] = {
	[SYSCALLS_DAEMON] = {TABLE(daemon_calls)},
	[SYSCALLS_STEERER] = {TABLE(daemon_calls), TABLE(clock_calls)},
	[SYSCALLS_SETTER] = {TABLE(setter_calls), TABLE(clock_calls)},
};

static int allow(scmp_filter_ctx ctx, const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		int nr = seccomp_syscall_resolve_name(t->names[i]);
		int r = nr == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);

		if (r < 0 && r != -EDOM) { /* EDOM: not of this architecture */
			return r;
		}
	}
	return 0;
}

/* clone3() passes its flags in memory, where no filter sees them; glibc then takes clone(). */
static int allow_threads(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	int clone3 = seccomp_syscall_resolve_name("clone3");
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);

	return r < 0 || clone3 == __NR_SCMP_ERROR
		       ? r
		       : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);
}

/* To the journal, say. */
static int allow_local_sockets(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp local = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX};

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &local);
}

int syscalls_confine(enum syscalls_of of)
{
	if (IS_SANITIZED) {
		return 0;
	}
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (!ctx) {
		return -ENOMEM;
	}
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	r = r < 0 ? r : allow(ctx, &tables[of][0]);
	r = r < 0 ? r : allow(ctx, &tables[of][1]);
	if (r == 0) {
		r = of == SYSCALLS_SETTER ? allow_local_sockets(ctx) : allow_threads(ctx);
	}
	r = r < 0 ? r : seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}
