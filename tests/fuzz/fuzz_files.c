/* fuzz_files.c - any berkd.conf with a drop-in and a key file, as berkd reads them at its start and
 * at a reload.
 *
 * Input: three texts, each ended by a NUL: berkd.conf, a drop-in, the key file. */
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/net/lookup.h"
#include "fuzz.h"
#include "tests/fuzz/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[KEY_LEN] = {1};
	static struct config c, before;
	static struct node_config node;
	const uint8_t *text;
	size_t len;
	char conf[128];

	(void)mkdir(scratch_file("berkd.conf.d"), 0700);
	len = take_text(&data, &size, &text);
	scratch_write("berkd.conf", text, len);
	len = take_text(&data, &size, &text);
	scratch_write("berkd.conf.d/50.conf", text, len);
	scratch_write("key", data, size);
	(void)snprintf(conf, sizeof(conf), "%s", scratch_file("berkd.conf"));
	n_heard = 0;
	if (config_load(conf, &c, hear, NULL) != 0) {
		if (n_heard == 0) {
			abort(); /* it is refused, and nobody is told why */
		}
		return 0;
	}
	lookup_numeric(&c);
	(void)snprintf(c.key_file, sizeof(c.key_file), "%s", scratch_file("key"));
	if (config_to_node(&c, secret, &node, hear, NULL) < 0 && n_heard == 0) {
		abort();
	}
	config_defaults(&before);
	(void)config_needs_restart(&before, &c, hear, NULL);
	config_take_live(&before, &c);
	return 0;
}
