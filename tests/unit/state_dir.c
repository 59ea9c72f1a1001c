/* state_dir.c - see state_dir.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/state_dir.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config config;
char dir[64];
const uint8_t here[MACHINE_HASH_LEN] = {1, 2, 3}, elsewhere[MACHINE_HASH_LEN] = {1, 2, 4};
const uint8_t *machine;

const char *in_dir(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

int state_dir_make(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	(void)snprintf(dir, sizeof(dir), "/tmp/berkd-test-state.XXXXXX");
	if (!mkdtemp(dir)) {
		return -1;
	}
	(void)snprintf(config.state_dir, sizeof(config.state_dir), "%s", dir);
	config.state = true;
	machine = here;
	return 0;
}

int state_dir_remove(void **state)
{
	static const char *const names[] = {
		"identity",   "identity.damaged", "term",    "term.damaged",
		"drift",      "drift.damaged",	  "line",    "group",
		"budget",     "budget.damaged",	  "table",   "table.damaged",
		"revoked",    "revoked.damaged",  "history", "history.damaged",
		"history.old"};
	static const char *const copied[] = {
		"identity.from-another-machine", "term.from-another-machine",
		"drift.from-another-machine",	 "line.from-another-machine",
		"budget.from-another-machine",	 "group.from-another-machine",
		"table.from-another-machine",	 "history.from-another-machine"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)unlink(in_dir(names[i]));
	}
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		(void)unlink(in_dir(copied[i]));
	}
	(void)rmdir(in_dir("term.new"));
	return rmdir(dir);
}

struct state *opened(void)
{
	struct state *s;

	assert_int_equal(state_new(&config, machine, &s), 0);
	return s;
}

void spoil(const char *name, off_t at, char byte)
{
	int fd = open(in_dir(name), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}
