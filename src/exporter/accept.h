/* accept.h - which format of the metrics a client asks for. */
#pragma once

#include <stdbool.h>

/* Does @text, of a header Accept, name OpenMetrics 1.0?  Call with any text. */
bool accept_has_openmetrics(const char *text);
