/* member.h - what is said of one host of the group: its figures, and why it counts or not. */
#pragma once

#include "berkctl/table.h"
#include "berkctl/view.h"

#include <stdio.h>

/* One figure of a host, as the tables of `berkctl members` have it. */
struct member_figure {
	const char *head; /* as table_new() takes it */
	const char *key;  /* of the object Member */
	/* For people, escaped: @buf, or a text that stays. */
	const char *(*text)(const json_t *member, const char *key, char buf[static VIEW_MAX]);
	enum colour (*colour)(const json_t *member); /* NULL: none */
};

/* What is known of a host is wider than a terminal: in parts, each of which fits one. */
enum member_part {
	MEMBER_BASIC, /* role, state, offset, bound, delay, weight, why not; in this order */
	MEMBER_MEASURED,
	MEMBER_POLLED,
	MEMBER_PLACE,
	MEMBER_KEY,
	MEMBER_PARTS,
};
/* By enum member_part; a figure without a head ends the list. */
extern const struct member_figure *const member_parts[];

enum colour member_figure_colour(const struct member_figure *, const json_t *member);
/* In sentences, by the answer to Why: does it count, why not, what to do, and the figures behind
 * that.  With "master_name" the remedy says where; "lack_text" is what this host lacks. */
void member_print_why(FILE *, bool colour, const json_t *answer);
