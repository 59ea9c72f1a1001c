/* fuzz_files.c - any berkd.conf with drop-ins and a key file, as berkd reads them at its start and
 * at a reload, while whatever is asked of the system may fail once.
 *
 * Input: a byte of flags, those of faults.h, and three texts, each ended by a NUL: berkd.conf, a
 * drop-in, the key file. */
#include "berkd/config/group_key.h"
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/net/lookup.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_LEN ((1 << 20) + 1)

enum {
	NO_KEY_FILE = 1, /* an open group */
	CREDENTIAL = 2,	 /* with that: the key is one of the service manager's */
	READABLE = 4,	 /* the key file is, by all */
	NO_FILE = 8,	 /* the key file is a folder */
	LONG_PATH = 16,	 /* of berkd.conf */
	DROPINS = 32,	 /* many, of the same text */
	HUGE_CONF = 64,
};

static unsigned n_heard;

static void hear(void *userdata, const char *message)
{
	(void)userdata;
	n_heard += message[0] != '\0';
}

/* The next text of the input, in @ret. */
static size_t take_text(const uint8_t **data, size_t *size, const uint8_t **ret)
{
	const uint8_t *nul = memchr(*data, 0, *size);
	size_t len = nul ? (size_t)(nul - *data) : *size;

	*ret = *data;
	*data += nul ? len + 1 : len;
	*size -= nul ? len + 1 : len;
	return len;
}

static void write_huge(const uint8_t *text, size_t len)
{
	static uint8_t huge[HUGE_LEN];

	for (size_t i = 0; i < sizeof(huge); i++) {
		huge[i] = len > 0 ? text[i % len] : '\n';
	}
	scratch_write("berkd.conf", huge, sizeof(huge));
}

static void write_files(unsigned flags, const uint8_t *data, size_t size)
{
	const uint8_t *text;
	char name[64];

	(void)mkdir(scratch_file("berkd.conf.d"), 0700);
	size_t len = take_text(&data, &size, &text);

	if (flags & HUGE_CONF) {
		write_huge(text, len);
	} else {
		scratch_write("berkd.conf", text, len);
	}
	len = take_text(&data, &size, &text);
	scratch_write("berkd.conf.d/50.conf", text, len);
	for (unsigned i = 0; i < 3; i++) { /* what is there from an input before goes */
		(void)snprintf(name, sizeof(name), "berkd.conf.d/%u.conf", i);
		(void)unlink(scratch_file(name));
		if (flags & DROPINS) {
			scratch_write(name, text, len);
		}
	}
	(void)unlink(scratch_file(GROUP_KEY_CREDENTIAL));
	(void)rmdir(scratch_file(GROUP_KEY_CREDENTIAL));
	if (flags & NO_FILE) {
		(void)mkdir(scratch_file(GROUP_KEY_CREDENTIAL), 0700);
	} else {
		scratch_write(GROUP_KEY_CREDENTIAL, data, size);
		(void)chmod(scratch_file(GROUP_KEY_CREDENTIAL), flags & READABLE ? 0644 : 0600);
	}
	(void)(flags & CREDENTIAL ? setenv("CREDENTIALS_DIRECTORY", scratch_path(), 1)
				  : unsetenv("CREDENTIALS_DIRECTORY"));
}

/* As at a reload. */
static void take_again(struct config *c)
{
	static struct config before;

	config_defaults(&before);
	(void)config_report_restart(&before, c, hear, NULL);
	config_take_live(&before, c);
	(void)config_report_restart(c, c, hear, NULL);
}

static void read_files(unsigned flags)
{
	static const uint8_t secret[KEY_LEN] = {1};
	static struct config c;
	static struct node_config node;
	char conf[512];

	(void)snprintf(conf, sizeof(conf), "%s", scratch_file("berkd.conf"));
	if (flags & LONG_PATH) {
		memset(conf, 'x', sizeof(conf) - 1);
	}
	n_heard = 0;
	int r = config_load(conf, &c, hear, NULL);

	if (r != 0) {
		if (n_heard == 0 && r != -ENOMEM && r != -ENAMETOOLONG) {
			abort(); /* it is refused, and nobody is told why */
		}
		return;
	}
	lookup_numeric(&c);
	c.key_file[0] = '\0';
	if (!(flags & NO_KEY_FILE)) {
		(void)snprintf(c.key_file, sizeof(c.key_file), "%s",
			       scratch_file(GROUP_KEY_CREDENTIAL));
	}
	if (config_to_node(&c, secret, &node, hear, NULL) < 0 && n_heard == 0) {
		abort();
	}
	take_again(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 + FAULT_LEN) {
		return 0;
	}
	unsigned flags = data[0];
	const uint8_t *fault = data + 1;
	size_t fault_len = FAULT_LEN;

	write_files(flags, data + 1 + FAULT_LEN, size - 1 - FAULT_LEN);
	fault_arm(&fault, &fault_len);
	read_files(flags);
	fault_disarm();
	return 0;
}
