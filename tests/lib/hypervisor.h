/* hypervisor.h - a file that stands for /dev/vmclock0, and who writes it. */
#pragma once

#include <stdint.h>

/* Where a field begins. */
enum vm_field {
	VM_MAGIC = 0x00,
	VM_SIZE = 0x04,
	VM_VERSION = 0x08,
	VM_COUNT = 0x0c,
	VM_MARKER = 0x10,
	VM_FLAGS = 0x18,
	VM_GENERATION = 0x68,
};

#define VM_HAS_GENERATION 0x100U
#define VM_HAS_NOTICES	  0x200U

struct hypervisor {
	int fd;
	uint32_t count;
};

/* A page in a new file @path, in which all is right; its flags are VM_HAS_GENERATION.  Aborts
 * when it cannot be written. */
void hypervisor_begin(struct hypervisor *, const char *path);
void hypervisor_end(struct hypervisor *);
/* Write the field, and nothing else. */
void hypervisor_write(struct hypervisor *, enum vm_field, uint64_t value);
/* Write it as a hypervisor does: the count is odd meanwhile, and another one after. */
void hypervisor_change(struct hypervisor *, enum vm_field, uint64_t value);
