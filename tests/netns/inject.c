/* inject.c - a library to be loaded before all others (LD_PRELOAD): one call of the system that a
 * program makes, or one piece of memory that it asks for, is refused, as a kernel may refuse it.
 *
 *	INJECT="calls N"	the N-th call
 *	INJECT="calls N on"	that one and all after it
 *	INJECT="memory N"	the N-th piece; "memory N on" likewise
 *
 * What was refused first stands on standard error, and how many there were of both at the end.
 * Calls that no kernel refuses, when what they are given is right, are not among them. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum kind { KIND_CALL, KIND_MEMORY, KIND_N_ };

static struct {
	bool on; /* from there on */
	enum kind kind;
	unsigned long at; /* 0: nothing is refused */
} wanted;

static atomic_ulong n_seen[KIND_N_];
static atomic_bool told;

static void tell(const char *text)
{
	static ssize_t (*real)(int, const void *, size_t);

	if (!real) {
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	}
	(void)real(STDERR_FILENO, text, strlen(text));
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("INJECT");
	char kind[16] = "", on[8] = "";

	if (!text || sscanf(text, "%15s %lu %7s", kind, &wanted.at, on) < 2) {
		return;
	}
	wanted.kind = strcmp(kind, "memory") == 0 ? KIND_MEMORY : KIND_CALL;
	wanted.on = on[0] != '\0';
	(void)unsetenv("LD_PRELOAD"); /* what this program starts is left alone */
}

__attribute__((destructor)) static void end(void)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "inject: %lu calls, %lu pieces of memory\n",
		       n_seen[KIND_CALL], n_seen[KIND_MEMORY]);
	tell(text);
}

/* Is this call of @name refused?  Then errno is @error. */
static bool refuse(enum kind kind, const char *name, int error)
{
	unsigned long n = atomic_fetch_add(&n_seen[kind], 1) + 1;
	char text[96];
	bool hit = wanted.at > 0 && kind == wanted.kind &&
		   (n == wanted.at || (wanted.on && n > wanted.at));

	if (hit && !atomic_exchange(&told, true)) {
		(void)snprintf(text, sizeof(text), "inject: %s, number %lu, is refused: %s\n", name,
			       n, strerrordesc_np(error));
		tell(text);
	}
	if (hit) {
		errno = error;
	}
	return hit;
}

#define REAL(name)                                                                                 \
	static __typeof__(name) *real;                                                             \
	if (!real) {                                                                               \
		*(void **)&real = dlsym(RTLD_NEXT, #name);                                         \
	}

#define CALL(type, name, params, args, error)                                                      \
	type name params                                                                           \
	{                                                                                          \
		REAL(name)                                                                         \
		return refuse(KIND_CALL, #name, error) ? (type)-1 : real args;                     \
	}

CALL(int, access, (const char *path, int mode), (path, mode), EIO)
CALL(int, accept4, (int fd, struct sockaddr *sa, socklen_t *len, int flags), (fd, sa, len, flags),
     EMFILE)
CALL(int, bind, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len), EADDRINUSE)
CALL(int, connect, (int fd, const struct sockaddr *sa, socklen_t len), (fd, sa, len), ECONNREFUSED)
CALL(int, epoll_create1, (int flags), (flags), EMFILE)
CALL(int, epoll_ctl, (int ep, int op, int fd, struct epoll_event *e), (ep, op, fd, e), ENOSPC)
CALL(int, eventfd, (unsigned value, int flags), (value, flags), EMFILE)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), EROFS)
CALL(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), EPERM)
CALL(int, fdatasync, (int fd), (fd), EIO)
CALL(int, fstat, (int fd, struct stat *st), (fd, st), EIO)
CALL(int, fsync, (int fd), (fd), EIO)
CALL(int, ftruncate, (int fd, off_t len), (fd, len), EFBIG)
CALL(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
     (fd, level, name, value, len), ENOBUFS)
CALL(int, listen, (int fd, int n), (fd, n), EADDRINUSE)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), EROFS)
CALL(ssize_t, pread, (int fd, void *data, size_t n, off_t at), (fd, data, n, at), EIO)
CALL(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at), ENOSPC)
CALL(ssize_t, read, (int fd, void *data, size_t n), (fd, data, n), EIO)
CALL(ssize_t, recv, (int fd, void *data, size_t n, int flags), (fd, data, n, flags), ENOBUFS)
CALL(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags), ENOBUFS)
CALL(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new),
     ENOSPC)
CALL(ssize_t, send, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags), ENOBUFS)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags), ENOBUFS)
CALL(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
     (fd, level, name, value, len), ENOMEM)
CALL(int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags), EMFILE)
CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), EMFILE)
CALL(int, timerfd_create, (clockid_t clock, int flags), (clock, flags), EMFILE)
CALL(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags), EIO)
CALL(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n), ENOSPC)
CALL(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t off),
     (at, n, prot, flags, fd, off), ENOMEM)

int close(int fd)
{
	REAL(close)
	int r = real(fd);

	return refuse(KIND_CALL, "close", EIO) ? -1 : r; /* it is closed all the same */
}

int open(const char *path, int flags, ...)
{
	REAL(open)
	va_list ap;

	va_start(ap, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return refuse(KIND_CALL, "open", EMFILE) ? -1 : real(path, flags, mode);
}

int openat(int dir, const char *path, int flags, ...)
{
	REAL(openat)
	va_list ap;

	va_start(ap, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return refuse(KIND_CALL, "openat", EMFILE) ? -1 : real(dir, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	REAL(ioctl)
	va_list ap;

	va_start(ap, request);
	void *arg = va_arg(ap, void *);
	va_end(ap);
	return refuse(KIND_CALL, "ioctl", EOPNOTSUPP) ? -1 : real(fd, request, arg);
}

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen)
	return refuse(KIND_CALL, "fopen", EMFILE) ? NULL : real(path, mode);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	REAL(pthread_create)
	return refuse(KIND_CALL, "pthread_create", EAGAIN) ? EAGAIN
							   : real(thread, attr, start, arg);
}

/* libseccomp 2.5 spins, or frees twice, when it gets no memory: what it asks for is left alone. */
static bool is_left_alone(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "libseccomp");
}

/* glibc asks for memory while dlsym() looks for its own function: these names it has besides. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static bool refuse_memory(const char *name, const void *caller)
{
	return !is_left_alone(caller) && refuse(KIND_MEMORY, name, ENOMEM);
}

void *malloc(size_t n)
{
	return refuse_memory("malloc", __builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return refuse_memory("calloc", __builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return refuse_memory("realloc", __builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
