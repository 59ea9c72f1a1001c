/* saved_table.h - the table of the group as a text that a later start reads. */
#pragma once

#include "berk/node.h"

#include <stdbool.h>
#include <stddef.h>

#define SAVED_ROW_MAX	384 /* bytes of a line, its end included */
#define SAVED_TABLE_MAX ((NODE_PEERS_MAX + 2) * SAVED_ROW_MAX)

#define SAVED_NAME_MAX	(3 * NODE_NAME_MAX) /* of a name, its end included */

/* A name as one word: bytes that are no letter, digit, '.', '_' or '-' are %XX; "%" if it is
 * empty. */
void saved_name_escape(const char name[static NODE_NAME_MAX], char ret[static SAVED_NAME_MAX]);
void saved_name_unescape(const char *text, char ret[static NODE_NAME_MAX]);

struct saved_table {
	unsigned n_table; /* hosts of the group, we among them; there may be more than are named */
	bool guest;	  /* we are one */
	size_t n_row;
	struct node_row row[NODE_PEERS_MAX];
};

/* What is wrong with a text, and in which line. */
struct saved_error {
	unsigned line;
	const char *what; /* "is no host", for people */
};

/* @t as a text in @buf of SAVED_TABLE_MAX bytes, which has no NUL; returns its length. */
size_t saved_table_format(const struct saved_table *t, char buf[static SAVED_TABLE_MAX]);
/* The table of a text of @len bytes, of a host whose id is @self.  False: it is damaged,
 * @ret_error says where, and @ret is of no meaning. */
bool saved_table_parse(const char *text, size_t len, node_id self, struct saved_table *ret,
		       struct saved_error *ret_error);
