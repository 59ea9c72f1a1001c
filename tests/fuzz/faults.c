/* faults.c - see faults.h. */
#include "tests/fuzz/faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#define STRANGER 4711 /* a user who is nobody here */

/* Of the thread that runs the target: helper threads have no turn of their own. */
static _Thread_local struct {
	enum fault which;
	unsigned left; /* calls of it until the one that fails, itself included */
	int error;     /* 0: a call that does less than it was asked for */
} armed;

static const int errors[] = {0,	    EIO,    EACCES, ENOENT,  ENOSPC,
			     EINTR, EAGAIN, EPIPE,  ENOMEM,  ECONNREFUSED,
			     ELOOP, EEXIST, EPERM,  EBADMSG, ENAMETOOLONG};

void fault_arm(const uint8_t **data, size_t *size)
{
	const uint8_t *d = *data;

	fault_disarm();
	if (*size < FAULT_LEN) {
		*size = 0;
		return;
	}
	armed.which = (enum fault)(d[0] % FAULT_MAX_);
	armed.left = 1U + d[1];
	armed.error = errors[d[2] % (sizeof(errors) / sizeof(errors[0]))];
	*data += FAULT_LEN;
	*size -= FAULT_LEN;
}

void fault_disarm(void)
{
	armed.which = FAULT_NONE;
}

bool fault_here(enum fault f)
{
	if (armed.which != f || --armed.left > 0) {
		return false;
	}
	fault_disarm();
	errno = armed.error;
	return true;
}

/* @type __wrap_@name(@params), which fails with @failed, or calls the real one with @args. */
#define FAIL(fault, type, name, failed, params, args)                                              \
	type __real_##name params;                                                                 \
	type __wrap_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		return fault_here(fault) ? (failed) : __real_##name args;                          \
	}

/* The same of a call that may also take or give fewer than @n bytes. */
#define FAIL_OR_LESS(fault, name, n, params, args, args_less)                                      \
	ssize_t __real_##name params;                                                              \
	ssize_t __wrap_##name params;                                                              \
	ssize_t __wrap_##name params                                                               \
	{                                                                                          \
		if (!fault_here(fault)) {                                                          \
			return __real_##name args;                                                 \
		}                                                                                  \
		return errno ? -1 : __real_##name args_less;                                       \
	}

FAIL(FAULT_MALLOC, void *, malloc, NULL, (size_t n), (n))
FAIL(FAULT_CALLOC, void *, calloc, NULL, (size_t n, size_t size), (n, size))
FAIL(FAULT_REALLOC, void *, realloc, NULL, (void *p, size_t n), (p, n))
FAIL_OR_LESS(FAULT_READ, read, n, (int fd, void *p, size_t n), (fd, p, n), (fd, p, n / 2))
FAIL_OR_LESS(FAULT_WRITE, write, n, (int fd, const void *p, size_t n), (fd, p, n), (fd, p, n / 2))
FAIL_OR_LESS(FAULT_PREAD, pread, n, (int fd, void *p, size_t n, off_t at), (fd, p, n, at),
	     (fd, p, n / 2, at))
FAIL_OR_LESS(FAULT_PWRITE, pwrite, n, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at),
	     (fd, p, n / 2, at))
FAIL_OR_LESS(FAULT_SEND, send, n, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags),
	     (fd, p, n / 2, flags))
FAIL_OR_LESS(FAULT_RECV, recv, n, (int fd, void *p, size_t n, int flags), (fd, p, n, flags),
	     (fd, p, n / 2, flags))
FAIL(FAULT_FSYNC, int, fsync, -1, (int fd), (fd))
FAIL(FAULT_FDATASYNC, int, fdatasync, -1, (int fd), (fd))
FAIL(FAULT_RENAMEAT, int, renameat, -1, (int from, const char *a, int to, const char *b),
     (from, a, to, b))
FAIL(FAULT_MKDIR, int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
FAIL(FAULT_SCANDIR, int, scandir, -1,
     (const char *dir, struct dirent ***list, int (*filter)(const struct dirent *),
      int (*compare)(const struct dirent **, const struct dirent **)),
     (dir, list, filter, compare))
FAIL(FAULT_POLL, int, poll, errno ? -1 : 0, (struct pollfd * fds, nfds_t n, int timeout),
     (fds, n, timeout))
FAIL(FAULT_SOCKET, int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
FAIL(FAULT_SETSOCKOPT, int, setsockopt, -1,
     (int fd, int level, int name, const void *value, socklen_t len), (fd, level, name, value, len))
FAIL(FAULT_ACCEPT4, int, accept4, -1, (int fd, struct sockaddr *sa, socklen_t *len, int flags),
     (fd, sa, len, flags))
FAIL(FAULT_NL_SET_NONBLOCKING, int, nl_socket_set_nonblocking, -NLE_FAILURE,
     (const struct nl_sock *s), (s))
FAIL(FAULT_EVENT_IO, int, sd_event_add_io, -ENOMEM,
     (sd_event * e, sd_event_source **ret, int fd, uint32_t events, sd_event_io_handler_t f,
      void *userdata),
     (e, ret, fd, events, f, userdata))
FAIL(FAULT_NL_ALLOC, struct nl_sock *, nl_socket_alloc, NULL, (void), ())
FAIL(FAULT_EVENT_IO_EVENTS, int, sd_event_source_set_io_events, -ENOMEM,
     (sd_event_source * s, uint32_t events), (s, events))

int __wrap_sd_event_add_time_relative(sd_event *e, sd_event_source **ret, clockid_t clock,
				      uint64_t usec, uint64_t accuracy, sd_event_time_handler_t f,
				      void *userdata);
int __wrap_sd_event_source_set_time_relative(sd_event_source *s, uint64_t usec);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
int __real_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret);

/* A timer is due at once: it is the target's how much time has passed. */
int __wrap_sd_event_add_time_relative(sd_event *e, sd_event_source **ret, clockid_t clock,
				      uint64_t usec, uint64_t accuracy, sd_event_time_handler_t f,
				      void *userdata)
{
	(void)usec;
	return fault_here(FAULT_EVENT_TIME)
		       ? -ENOMEM
		       : sd_event_add_time(e, ret, clock, 1, accuracy, f, userdata);
}

int __wrap_sd_event_source_set_time_relative(sd_event_source *s, uint64_t usec)
{
	(void)usec;
	return sd_event_source_set_time(s, 1);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fault_here(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;

	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fault_here(FAULT_OPENAT) ? -1 : __real_openat(dir, path, flags, mode);
}

/* It is closed all the same, as Linux does. */
int __wrap_close(int fd)
{
	bool fails = fault_here(FAULT_CLOSE);
	int error = errno, r = __real_close(fd);

	errno = fails ? error : errno;
	return fails ? -1 : r;
}

/* Or the file is not ours, or anybody may read and write it. */
int __wrap_fstat(int fd, struct stat *ret)
{
	bool fails = fault_here(FAULT_FSTAT);
	int error = errno, r = __real_fstat(fd, ret);

	if (!fails) {
		return r;
	}
	errno = error;
	ret->st_uid = error == 0 ? STRANGER : ret->st_uid;
	ret->st_mode |= error == EPERM ? 0666 : error == EACCES ? 020 : 0;
	return error == 0 || error == EPERM || error == EACCES ? r : -1;
}
