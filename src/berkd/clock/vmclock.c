/* vmclock.c - the page of memory that a hypervisor shares with its guest (Linux 6.13:
 * /dev/vmclock0).
 *
 * The hypervisor changes a marker when the counter that RAW is made of was disrupted, as by a
 * live migration, and a generation when the machine goes on from a snapshot or is a copy.  It
 * writes while a count is odd.  A reading that it disturbs is tried again a few times, and is
 * then left to the next event: what has changed stays changed.  The page may say where time is
 * too; berkd does not ask it. */
#include "berkd/clock/vmclock.h"

#include "berkd/host/log.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC	       0x4b4c4356U /* "VCLK", little-endian */
#define VERSION	       1
#define HAS_GENERATION (UINT64_C(1) << 8)
#define HAS_NOTICES    (UINT64_C(1) << 9)
#define TRIES	       8

/* What we read of the page, as linux/vmclock-abi.h lays it out; all of it is little-endian. */
struct page {
	uint32_t magic;
	uint32_t size; /* of the page, in bytes */
	uint16_t version;
	uint8_t unused[2];
	/* From here on only while the count is even, and the same before and after. */
	uint32_t count;
	uint64_t marker;
	uint64_t flags;
	uint8_t time[72];
	uint64_t generation; /* with HAS_GENERATION, in a page of that size */
};

static_assert(offsetof(struct page, count) == 0x0c, "vmclock ABI");
static_assert(offsetof(struct page, flags) == 0x18, "vmclock ABI");
static_assert(offsetof(struct page, generation) == 0x68, "vmclock ABI");

/* What says whether anything has happened. */
struct mark {
	uint64_t marker, flags, generation;
};

struct vmclock {
	const volatile struct page *page;
	size_t len;
	int fd;
	bool known; /* what was seen */
	struct mark seen;
	sd_event_source *io;
	vmclock_wake wake;
	void *userdata;
};

static bool has_generation(const struct vmclock *v, uint64_t flags)
{
	return (flags & HAS_GENERATION) && le32toh(v->page->size) >= sizeof(struct page);
}

/* False: the hypervisor is writing, or wrote meanwhile, each time. */
static bool read_mark(const struct vmclock *v, struct mark *ret)
{
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t count = le32toh(v->page->count);

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		ret->marker = le64toh(v->page->marker);
		ret->flags = le64toh(v->page->flags);
		ret->generation = has_generation(v, ret->flags) ? le64toh(v->page->generation) : 0;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(count & 1) && le32toh(v->page->count) == count) {
			return true;
		}
	}
	return false;
}

enum interruption vmclock_check(struct vmclock *v)
{
	struct mark now;

	if (!read_mark(v, &now)) {
		return INTERRUPTION_NONE;
	}
	/* After a migration a hypervisor may tell the generation that the one before did not
	 * tell. */
	bool both = has_generation(v, now.flags) && has_generation(v, v->seen.flags);
	bool restored = v->known && both && now.generation != v->seen.generation;
	bool moved = v->known && now.marker != v->seen.marker;

	v->known = true;
	v->seen = now;
	return restored ? INTERRUPTION_RESTORE : moved ? INTERRUPTION_MIGRATION : INTERRUPTION_NONE;
}

/* What is wrong with the page; NULL: nothing. */
static const char *find_fault(const struct vmclock *v)
{
	const volatile struct page *p = v->page;

	if (le32toh(p->magic) != MAGIC) {
		return "no vmclock is there";
	}
	if (le16toh(p->version) != VERSION) {
		return "its version is unknown";
	}
	/* The marker and the flags are in all; it may be longer than what the kernel maps. */
	if (le32toh(p->size) < offsetof(struct page, time)) {
		return "it is too short";
	}
	return NULL;
}

/* 0: @v can be used.  Else a negative errno, or 1 after a fault was told. */
static int map_page(struct vmclock *v, const char *path)
{
	struct stat st;

	v->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (v->fd < 0 || fstat(v->fd, &st) < 0) {
		return -errno;
	}
	v->len = (size_t)sysconf(_SC_PAGESIZE);
	if (S_ISREG(st.st_mode) && (size_t)st.st_size < v->len) {
		return -ENODATA; /* to read beyond its end is fatal */
	}
	void *p = mmap(NULL, v->len, PROT_READ, MAP_SHARED, v->fd, 0);

	if (p == MAP_FAILED) {
		return -errno;
	}
	v->page = p;
	const char *fault = find_fault(v);

	if (fault) {
		log_warning(CAUSE_WITHOUT, "%s is not used: %s (magic %08x, version %u, size %u)",
			    path, fault, le32toh(v->page->magic), le16toh(v->page->version),
			    le32toh(v->page->size));
		return 1;
	}
	(void)vmclock_check(v); /* from here on */
	return 0;
}

int vmclock_open(const char *path, struct vmclock **ret)
{
	struct vmclock *v = calloc(1, sizeof(*v));

	*ret = NULL;
	if (!v) {
		return -ENOMEM;
	}
	int r = map_page(v, path);

	if (r == 0) {
		log_debug("%s reports live migrations%s", path,
			  has_generation(v, v->seen.flags) ? " and restored snapshots" : "");
		*ret = v;
		return 0;
	}
	if (r < 0 && r != -ENOENT) {
		log_warning(CAUSE_WITHOUT, "%s is not used: %s%s", path, strerror(-r),
			    r == -EACCES ? "; let the user berkd read it: run `udevadm trigger`, "
					   "and restart berkd"
					 : "");
	}
	vmclock_close(v);
	return 0;
}

static int on_change(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct vmclock *v = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	v->wake(v->userdata);
	return 0;
}

void vmclock_watch(struct vmclock *v, sd_event *event, vmclock_wake wake, void *userdata)
{
	v->wake = wake;
	v->userdata = userdata;
	if (!(v->seen.flags & HAS_NOTICES)) {
		return;
	}
	/* Edge-triggered: it stays readable until it is read, and we need not read it. */
	int r = sd_event_add_io(event, &v->io, v->fd, EPOLLIN | EPOLLET, on_change, v);

	r = r < 0 ? r : sd_event_source_set_priority(v->io, SD_EVENT_PRIORITY_IMPORTANT);
	if (r < 0) { /* -EPERM: a kernel that does not pass them on */
		log_debug("The kernel does not report changes of the vmclock (%s); looking at it "
			  "now and then",
			  strerror(-r));
	}
}

struct vmclock *vmclock_close(struct vmclock *v)
{
	if (!v) {
		return NULL;
	}
	sd_event_source_disable_unref(v->io);
	if (v->page) {
		munmap((void *)(uintptr_t)v->page, v->len);
	}
	if (v->fd >= 0) {
		close(v->fd);
	}
	free(v);
	return NULL;
}
