/* notice.h - notices in words: the text for people, the fields for journal and JSON.  All of it
 * is made from the table in berk/notice_table.h. */
#pragma once

#include "berk/notice.h"

#include <stddef.h>

#define NOTICE_TEXT_MAX	       512 /* bytes of a notice's words with their NUL */
#define NOTICE_FIELD_MAX       128 /* bytes of one field's words with their NUL */
#define NOTICE_FIELDS_MAX      8

#define NOTICE_TYPE(TYPE, ...) NOTICE_TYPE_##TYPE,
enum notice_type { NOTICE_TYPES(NOTICE_TYPE) NOTICE_TYPE_MAX_ };
#undef NOTICE_TYPE

struct notice_field {
	const char *name; /* NULL ends the list */
	enum notice_type type;
	size_t offset; /* in struct notice */
};

/* The word of a kind, as JSON has it; "other" when there is no such kind. */
const char *notice_word(enum notice_kind);
/* Its MESSAGE_ID in the journal, 32 hexadecimal digits; NULL: it has none. */
const char *notice_message_id(enum notice_kind);
/* Its fields, in the order of the table. */
const struct notice_field *notice_fields(enum notice_kind);

/* A field as a number; of an enum, its value.  Not for an address. */
int64_t notice_number(const struct notice *, const struct notice_field *);
/* A field for programs: ns, ppb and the counters of terms as integers, enums as their words.
 * Returns @buf. */
const char *notice_raw(const struct notice *, const struct notice_field *,
		       char buf[static NOTICE_FIELD_MAX]);
/* What a term is beyond its counter, under a name of its own; false for a field that is no term. */
bool notice_full(const struct notice *, const struct notice_field *,
		 char ret_name[static NOTICE_FIELD_MAX], char ret[static NOTICE_FIELD_MAX]);
/* The notice for people ("Became master, term 12, 5 members reached"); @name: the peer's name or
 * NULL.  Returns @buf. */
const char *notice_text(const struct notice *, const char *name, char *buf, size_t size);

/* What the hosts in a notice are called, and where they are: both may be NULL. */
struct notice_hosts {
	const char *(*name_of)(const void *from, node_id); /* NULL: it has none */
	/* False: it is not known. */
	bool (*addr_of)(const void *from, node_id, struct addr *ret);
	const void *from;
};

/* Does it say itself where its peer is? */
bool notice_has_addr(enum notice_kind);
/* The same with all its hosts by their names, and with their addresses behind these where that is
 * not said anyway.  Call when all of them are to be told apart.  Returns @buf. */
const char *notice_text_of(const struct notice *, const struct notice_hosts *, char *buf,
			   size_t size);
