/* oscillator.c - gives one User Mode Linux kernel an oscillator of its own (LD_PRELOAD).
 *
 * Such a kernel takes all its time from clock_gettime(CLOCK_MONOTONIC), and its wake-ups from
 * timer_settime().  Here host time h becomes
 *
 *	g(h) = T0 + integral from T0 to h of (1 + PPM * 1e-6 + wander(t)) / SLOW dt
 *
 * with wander(t) a random walk that is drawn once per guest second.  g is tabulated before the
 * kernel starts and a pure function of h: the same in each run, safe in signal handlers, and out
 * of reach of all that runs in the guest.
 *
 *	OSC_T0      host CLOCK_MONOTONIC ns where all guests' g(h) = h
 *	OSC_PPM     frequency error, ppm
 *	OSC_WANDER  random walk of the frequency, ppm per sqrt(s)
 *	OSC_SEED    seed of the walk
 *	OSC_SLOW    guest seconds last so many host seconds (1)
 *	OSC_LOG     file that gets a struct osc_read per clock read
 *
 * It also ends a delay of up to 200 ms that no real machine has, see sigsuspend(), and lets the
 * kernel live on a CPU with registers that it does not know, see ptrace().
 */
#include "oscillator.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define TABLE_MAX 7200 /* host seconds; the walk stands still after them */

static int (*host_clock_gettime)(clockid_t, struct timespec *);
static int (*host_timer_settime)(timer_t, int, const struct itimerspec *, struct itimerspec *);
static int (*host_epoll_create)(int);
static long (*host_ptrace)(enum __ptrace_request, ...);

static int64_t t0;
static double rate[TABLE_MAX + 1];	/* guest ns per host ns - 1, in each host second */
static double gained_ns[TABLE_MAX + 1]; /* at its start */

static struct osc_read *log_reads;
static atomic_long n_reads;
static int epoll_fd = -1;

static int64_t timespec_ns(const struct timespec *ts)
{
	return ts->tv_sec * NS_PER_S + ts->tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

static int64_t host_now(void)
{
	struct timespec ts;

	host_clock_gettime(CLOCK_MONOTONIC, &ts);
	return timespec_ns(&ts);
}

static long slot_of(int64_t host_ns)
{
	int64_t slot = (host_ns - t0) / NS_PER_S;

	if (slot < 0) {
		return 0;
	}
	return slot < TABLE_MAX ? slot : TABLE_MAX;
}

static int64_t guest_of(int64_t host_ns)
{
	long slot = slot_of(host_ns);
	double in_slot_ns = (double)(host_ns - t0 - slot * NS_PER_S);

	return host_ns + (int64_t)(gained_ns[slot] + rate[slot] * in_slot_ns);
}

static double env_number(const char *name, double otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtod(s, NULL) : otherwise;
}

/* About N(0,1): the sum of twelve uniform numbers from xorshift64. */
static double draw_normal(uint64_t *state)
{
	double sum = -6;

	for (int i = 0; i < 12; i++) {
		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		sum += (double)(*state >> 11) * 0x1p-53;
	}
	return sum;
}

static void fill_table(void)
{
	double error = env_number("OSC_PPM", 0) * 1e-6;
	double wander = env_number("OSC_WANDER", 0) * 1e-6;
	double slow = env_number("OSC_SLOW", 1);
	uint64_t state = (uint64_t)env_number("OSC_SEED", 0) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	double guest_s = 0, drawn_s = 0;

	for (int i = 0; i <= TABLE_MAX; i++) {
		for (; drawn_s + 1 <= guest_s; drawn_s++) {
			error += wander * draw_normal(&state);
		}
		rate[i] = (1 + error) / slow - 1;
		gained_ns[i] = i == 0 ? 0 : gained_ns[i - 1] + rate[i - 1] * (double)NS_PER_S;
		guest_s += 1 / slow;
	}
}

static void open_log(void)
{
	const char *path = getenv("OSC_LOG");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	size_t size = OSC_READS_MAX * sizeof(struct osc_read);

	if (fd < 0) {
		return;
	}
	if (ftruncate(fd, (off_t)size) == 0) {
		void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		log_reads = map == MAP_FAILED ? NULL : map;
	}
	close(fd);
}

__attribute__((constructor)) static void oscillator_init(void)
{
	host_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	host_timer_settime = dlsym(RTLD_NEXT, "timer_settime");
	host_epoll_create = dlsym(RTLD_NEXT, "epoll_create");
	host_ptrace = dlsym(RTLD_NEXT, "ptrace");
	t0 = getenv("OSC_T0") ? strtoll(getenv("OSC_T0"), NULL, 10) : host_now();
	fill_table();
	open_log();
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_MONOTONIC) {
		return host_clock_gettime(id, ts);
	}

	int64_t host_ns = host_now();
	int64_t guest_ns = guest_of(host_ns);

	if (log_reads) {
		long n = atomic_fetch_add(&n_reads, 1);

		if (n < OSC_READS_MAX) {
			log_reads[n] = (struct osc_read){__rdtsc(), host_ns, guest_ns};
		}
	}
	*ts = timespec_of(guest_ns);
	return 0;
}

/* A span of guest time as host time, rounded up: a timer must not be early. */
static struct timespec span_to_host(struct timespec guest)
{
	double host_ns = (double)timespec_ns(&guest) / (1 + rate[slot_of(host_now())]);

	return timespec_of(host_ns > 0 ? (int64_t)host_ns + 1 : 0);
}

/* The kernel arms relative timers only. */
int timer_settime(timer_t id, int flags, const struct itimerspec *guest, struct itimerspec *old)
{
	struct itimerspec host = {
		.it_value = span_to_host(guest->it_value),
		.it_interval = span_to_host(guest->it_interval),
	};

	return host_timer_settime(id, flags, &host, old);
}

int epoll_create(int size)
{
	epoll_fd = host_epoll_create(size);
	return epoll_fd;
}

/* The idle sleep of the kernel.  It trusts that each packet raises SIGIO while it sleeps, but a
 * SIGIO on the way into the sleep is only noted, and the host's tap driver sends it before the
 * packet can be read.  Either way the packet would wait for the next timer.  So sleep on the
 * signals and on the descriptors, and raise what was missed.
 */
int sigsuspend(const sigset_t *mask)
{
	struct pollfd events = {.fd = epoll_fd, .events = POLLIN};

	if (ppoll(&events, 1, NULL, mask) > 0) {
		raise(SIGIO);
	}
	errno = EINTR;
	return -1;
}

/* The kernel keeps the extended registers of its processes in a buffer without room for AMX, which
 * came after it; a host that has AMX takes them back only in full length.  Nothing in a guest asks
 * for leave to use AMX, so its part is all zero.  The buffer is not on the stack: a kernel stack is
 * short.
 */
long ptrace(enum __ptrace_request request, ...)
{
	static char xstate[16384];
	static size_t xstate_len; /* as the host has it; 0 before the first read */
	va_list args;

	va_start(args, request);
	pid_t pid = va_arg(args, pid_t);
	void *addr = va_arg(args, void *);
	void *data = va_arg(args, void *);
	va_end(args);

	struct iovec *kernel = data;
	struct iovec host = {.iov_base = xstate, .iov_len = sizeof(xstate)};

	if ((uintptr_t)addr != NT_X86_XSTATE ||
	    (request != PTRACE_GETREGSET && request != PTRACE_SETREGSET)) {
		return host_ptrace(request, pid, addr, data);
	}
	if (request == PTRACE_GETREGSET) {
		long status = host_ptrace(request, pid, addr, &host);

		if (status == 0) {
			xstate_len = host.iov_len;
			if (kernel->iov_len > xstate_len) {
				kernel->iov_len = xstate_len;
			}
			memcpy(kernel->iov_base, xstate, kernel->iov_len);
		}
		return status;
	}
	if (kernel->iov_len >= xstate_len) {
		return host_ptrace(request, pid, addr, data);
	}
	memcpy(xstate, kernel->iov_base, kernel->iov_len);
	memset(xstate + kernel->iov_len, 0, xstate_len - kernel->iov_len);
	host.iov_len = xstate_len;
	return host_ptrace(request, pid, addr, &host);
}
