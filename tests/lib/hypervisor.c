/* hypervisor.c - the fields of a vmclock, written into a file. */
#include "tests/lib/hypervisor.h"

#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static size_t width(enum vm_field f)
{
	switch (f) {
	case VM_VERSION:
		return 2;
	case VM_MAGIC:
	case VM_SIZE:
	case VM_COUNT:
		return 4;
	case VM_MARKER:
	case VM_FLAGS:
	case VM_GENERATION:
		break;
	}
	return 8;
}

void hypervisor_write(struct hypervisor *h, enum vm_field f, uint64_t value)
{
	uint64_t bytes = htole64(value);

	if (pwrite(h->fd, &bytes, width(f), (off_t)f) != (ssize_t)width(f)) {
		abort();
	}
}

void hypervisor_change(struct hypervisor *h, enum vm_field f, uint64_t value)
{
	hypervisor_write(h, VM_COUNT, ++h->count);
	hypervisor_write(h, f, value);
	hypervisor_write(h, VM_COUNT, ++h->count);
}

void hypervisor_begin(struct hypervisor *h, const char *path)
{
	const uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);

	*h = (struct hypervisor){.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
	if (h->fd < 0 || ftruncate(h->fd, (off_t)size) < 0) {
		abort();
	}
	hypervisor_write(h, VM_MAGIC, 0x4b4c4356); /* VCLK */
	hypervisor_write(h, VM_SIZE, size);
	hypervisor_write(h, VM_VERSION, 1);
	hypervisor_write(h, VM_MARKER, 7);
	hypervisor_write(h, VM_FLAGS, VM_HAS_GENERATION);
	hypervisor_write(h, VM_GENERATION, 3);
}

void hypervisor_end(struct hypervisor *h)
{
	close(h->fd);
}
