/* cmd_keygen.c - new group keys, printed or written to a file. */
#include "berkctl/berkctl.h"
#include "berkctl/keyfile.h"

#include "berk/limits.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static int write_key(const char *file, const char *line)
{
	int r = key_file_write(file, line);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s\n", file, strerror(-r));
		return CTL_FAILED;
	}
	printf("%s holds a new key; copy it to every host, and set key_file = %s in [group].\n",
	       file, file);
	return fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
}

int cmd_keygen(const struct ctl *ctl)
{
	unsigned char key[KEY_LEN];
	char hex[2 * KEY_LEN + 2];
	int status;

	if (sodium_init() < 0) {
		(void)fputs("berkctl: no random numbers are available\n", stderr);
		return CTL_FAILED;
	}
	randombytes_buf(key, sizeof(key));
	sodium_bin2hex(hex, 2 * KEY_LEN + 1, key, sizeof(key));
	if (ctl->argc > 0) {
		memcpy(hex + 2 * KEY_LEN, "\n", 2);
		status = write_key(ctl->argv[0], hex);
	} else {
		printf(ctl->json ? "{\"key\": \"%s\"}\n" : "%s\n", hex);
		status = fflush(stdout) == 0 ? CTL_OK : CTL_FAILED;
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(hex, sizeof(hex));
	return status;
}
