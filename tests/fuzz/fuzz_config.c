/* fuzz_config.c - any text as berkd.conf. */
#include "berkd/config/load.h"
#include "fuzz.h"

static void hear(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c;

	config_defaults(&c);
	(void)config_parse(&c, "fuzz", (const char *)data, size, hear, NULL);
	return 0;
}
