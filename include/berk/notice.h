/* notice.h - what the core has to say to people.  The shell words, rates and logs it; the core
 * never prints.  notice_table.h has every notice with its fields and its text. */
#pragma once

#include "berk/addr.h"
#include "berk/id.h"
#include "berk/notice_table.h"
#include "berk/reason.h"
#include "berk/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum notice_level {
	LEVEL_ERR = 3,
	LEVEL_WARNING = 4,
	LEVEL_NOTICE = 5,
	LEVEL_INFO = 6,
	LEVEL_DEBUG = 7
};
const char *level_name(enum notice_level);

#define NOTICE_KIND(KIND, ...) NOTICE_##KIND,
enum notice_kind { NOTICES(NOTICE_KIND) NOTICE_MAX_ };
#undef NOTICE_KIND

#define NOTICE_TYPE(TYPE, type, ...) typedef type notice_type_##TYPE;
NOTICE_TYPES(NOTICE_TYPE)
#undef NOTICE_TYPE

#define NOTICE_FIELD(kind, TYPE, name) notice_type_##TYPE name;
#define NOTICE_STRUCT(KIND, kind, ...)                                                             \
	struct {                                                                                   \
		NOTICE_FIELDS_##kind(NOTICE_FIELD, kind)                                           \
	} kind;
struct notice {
	enum notice_kind kind;
	enum notice_level level;
	node_id peer; /* whom it is about; 0: nobody that is known */
	union {
		NOTICES(NOTICE_STRUCT)
	};
};
#undef NOTICE_STRUCT
#undef NOTICE_FIELD
