/* fuzz_varlink.c - any bytes as a call on the control socket, and as text to be shown. */
#include "berkd/control/varlink_message.h"
#include "common/text.h"
#include "fuzz.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct varlink_request request;
	char shown[256];

	enum varlink_verdict v = varlink_parse((const char *)data, size, &request);

	if (v == VARLINK_OK) {
		varlink_request_fini(&request);
	}
	if (varlink_verdict_name(v)[0] == '\0') {
		abort();
	}
	if (text_escape((const char *)data, size, shown, sizeof(shown)) != strlen(shown)) {
		abort();
	}
	return 0;
}
