/* scratch.c - see scratch.h. */
#include "tests/fuzz/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[64];
static pid_t owner;

static void remove_folder(void)
{
	if (getpid() == owner) {
		scratch_clear();
		(void)rmdir(path);
	}
}

const char *scratch_path(void)
{
	if (!path[0]) {
		(void)snprintf(path, sizeof(path), "%s/berkd-fuzz.XXXXXX",
			       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		if (!mkdtemp(path) || atexit(remove_folder) != 0) {
			abort();
		}
		owner = getpid();
	}
	return path;
}

const char *scratch_file(const char *name)
{
	static char file[128];

	(void)snprintf(file, sizeof(file), "%s/%s", scratch_path(), name);
	return file;
}

void scratch_write(const char *name, const void *data, size_t len)
{
	int fd = open(scratch_file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd) < 0) {
		abort();
	}
}

void scratch_clear(void)
{
	DIR *d = opendir(scratch_path());
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] != '.') {
			if (unlinkat(dirfd(d), e->d_name, 0) < 0) {
				(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
			}
		}
	}
	if (d) {
		(void)closedir(d);
	}
}

void scratch_hush(void)
{
	static FILE *nowhere;

	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
		stdout = stderr = nowhere ? nowhere : stderr;
	}
}
