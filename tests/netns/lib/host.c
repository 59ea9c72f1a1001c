/* host.c - one host of a test: folder, configuration, daemon, control and truth. See host.h. */
#include "netns/lib/host.h"

#include "berkd/clock/clock.h"
#include "netns/lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX  16
#define START_MAX 6000 /* looks, ten milliseconds apart, until a daemon has started */

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t truth_now(void)
{
	return clock_ns(CLOCK_MONOTONIC_RAW);
}

static const char *path_in(const struct host *h, const char *name, char buf[static 128])
{
	snprintf(buf, 128, "%s/%s", h->dir, name);
	return buf;
}

void host_init(struct host *h, unsigned number)
{
	char path[128];

	*h = (struct host){.number = number, .program = BERKD_PATH};
	snprintf(h->name, sizeof(h->name), "host%u", number);
	snprintf(h->dir, sizeof(h->dir), SANDBOX_DIR "/%s", h->name);
	if (mkdir(h->dir, 0755) < 0 || mkdir(path_in(h, "state", path), 0755) < 0 ||
	    mkdir(path_in(h, "berkd.conf.d", path), 0755) < 0) {
		sandbox_die("%s: %s", h->dir, strerror(errno));
	}
	netns_make(&h->ns);
}

void host_fini(struct host *h)
{
	if (h->pid) {
		host_stop(h, SIGKILL);
	}
	if (h->truth) {
		munmap((void *)(uintptr_t)h->truth, sizeof(*h->truth));
	}
	netns_close(&h->ns);
	*h = (struct host){0};
}

void host_cable(struct host *h, struct netns *hub)
{
	char port[16];

	snprintf(port, sizeof(port), "h%u", h->number);
	net_cable(hub, port, &h->ns, "eth0");
	net_plug(hub, port, HUB_BRIDGE);
	net_up(hub, port, true);
}

void host_connect(struct host *h, struct netns *hub)
{
	char address[64];

	/* Duplicate address detection would only make each test two seconds longer. */
	net_sysctl(&h->ns, "ipv6/conf/default/accept_dad", "0");
	host_cable(h, hub);
	net_up(&h->ns, "eth0", true);
	snprintf(address, sizeof(address), "10.82.75.%u/24", h->number);
	net_address(&h->ns, "eth0", address, true);
	snprintf(address, sizeof(address), "fd82:75::%u/64", h->number);
	net_address(&h->ns, "eth0", address, true);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		sandbox_die("%s: %s", path, strerror(errno));
	}
}

void host_config(const struct host *h, const char *text)
{
	char path[128];

	write_file(path_in(h, "berkd.conf.d/50-test.conf", path), text);
}

void host_write_config(const struct host *h)
{
	char path[128], text[2048];

	snprintf(text, sizeof(text),
		 "[group]\nname = netns\ninsecure = yes\n"
		 "[node]\nname = %s\n"
		 "[clock]\ndriver = virtual\npoll = 1s\n"
		 "[virtual]\noffset = %lldns\nfreq = %.6fppm\nwander = %.9fppm\nseed = %u\n"
		 "truth = %s/truth\n"
		 "[control]\nsocket = %s/control\nstatus_socket = %s/status\ngroup =\n"
		 "[log]\ntarget = stderr\nlevel = %s\n"
		 "[state]\ndirectory = %s/state\n",
		 h->name, (long long)h->offset_ns, h->freq_ppm, h->wander_ppm, h->number, h->dir,
		 h->dir, h->dir, getenv("BERK_NETNS_DEBUG") ? "debug" : "info", h->dir);
	write_file(path_in(h, "berkd.conf", path), text);
}

pid_t host_spawn(const struct host *h, const char *path, const char *const argv[])
{
	pid_t pid = fork();

	if (pid < 0) {
		sandbox_die("fork: %s", strerror(errno));
	}
	if (pid > 0) {
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	netns_go(&h->ns);
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0) {
		_exit(126);
	}
	execv(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Map the truth once the daemon has made it, or has ended instead.  It stays the same file: a later
 * daemon goes on with the clock that it finds in it. */
static void map_truth(struct host *h, const char *path)
{
	siginfo_t ended = {0};
	struct stat st;

	for (unsigned i = 0; i < START_MAX && !h->truth && ended.si_pid == 0; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(*h->truth)) {
			void *p = mmap(NULL, sizeof(*h->truth), PROT_READ, MAP_SHARED, fd, 0);
			h->truth = p == MAP_FAILED ? NULL : p;
		}
		if (fd >= 0) {
			close(fd);
		}
		usleep(10000);
		waitid(P_PID, (id_t)h->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
	}
}

void host_start(struct host *h)
{
	char log[128], config[128], truth[128];
	const char *argv[] = {h->program, "--config", path_in(h, "berkd.conf", config), NULL};

	host_write_config(h);
	h->pid = host_spawn(h, path_in(h, "log", log), argv);
	map_truth(h, path_in(h, "truth", truth));
	if (!h->truth) {
		sandbox_die("%s of %s did not start", h->program, h->name);
	}
}

int host_stop(struct host *h, int sig)
{
	int status = 0;

	kill(h->pid, sig);
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR) {
	}
	h->pid = 0;
	return status;
}

bool host_ended(struct host *h, double seconds, int *ret_status)
{
	int64_t until = truth_now() + (int64_t)(seconds * (double)NS_PER_S);

	do {
		if (waitpid(h->pid, ret_status, WNOHANG) == h->pid) {
			h->pid = 0;
			return true;
		}
		usleep(10000);
	} while (truth_now() < until);
	return false;
}

int host_berkctl(const struct host *h, char *out, size_t size, const char *arg, ...)
{
	char path[128], control[128];
	const char *argv[ARGS_MAX] = {BERKCTL_PATH, "--socket", path_in(h, "control", control)};
	size_t n = 3;
	va_list ap;
	int status;

	va_start(ap, arg);
	for (; arg && n < ARGS_MAX - 1; arg = va_arg(ap, const char *)) {
		argv[n++] = arg;
	}
	va_end(ap);

	unlink(path_in(h, "berkctl", path));
	pid_t pid = host_spawn(h, path, argv);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	FILE *f = fopen(path, "re");
	size_t got = f ? fread(out, 1, size - 1, f) : 0;
	out[got] = '\0';
	if (f) {
		fclose(f);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

unsigned host_count_logged(const struct host *h, const char *text)
{
	char path[128], *line = NULL;
	size_t size = 0;
	unsigned n = 0;
	FILE *f = fopen(path_in(h, "log", path), "re");

	while (f && getline(&line, &size, f) >= 0) {
		n += strstr(line, text) != NULL;
	}
	free(line);
	if (f) {
		fclose(f);
	}
	return n;
}

bool host_logged(const struct host *h, const char *text)
{
	return host_count_logged(h, text) > 0;
}

/* A consistent copy (seqlock); false before the first start, or when the writer died while writing.
 */
static bool read_truth(const struct host *h, struct virtual_truth *ret)
{
	const volatile struct virtual_truth *t = h->truth;

	if (!t || t->magic != VIRTUAL_TRUTH_MAGIC) {
		return false;
	}
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t seq = __atomic_load_n(&t->seq, __ATOMIC_ACQUIRE);

		memcpy(ret, h->truth, sizeof(*ret));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (seq % 2 == 0 && __atomic_load_n(&t->seq, __ATOMIC_RELAXED) == seq) {
			return true;
		}
		usleep(10);
	}
	return false;
}

bool host_read(const struct host *h, int64_t at_ns, struct host_reading *ret)
{
	struct virtual_truth t;

	if (!read_truth(h, &t)) {
		return false;
	}
	*ret = (struct host_reading){
		.wall_ns =
			t.wall_ns + ns_from_double((double)(at_ns - t.host_raw_ns) * t.wall_rate),
		.n_steps = t.n_steps,
		.late = t.host_raw_ns > at_ns,
	};
	return true;
}
