/* standing.h - how this host stands, in phrases: its role, its masters, its group. */
#pragma once

#include "berkctl/table.h"
#include "berkctl/view.h"

/* Good: it is synchronised; a warning: on an island; bad: it is not. */
enum colour standing_colour(const json_t *status);
/* As in "alpha is ...": "member", "without a master". */
const char *standing_role(const json_t *status);
/* "synchronised" or "not synchronised". */
const char *standing_sync(const json_t *status);
/* The name of its "master" or "deputy" (@role); "none", or "unnamed" when it has no name. */
const char *standing_leader(const json_t *status, const char *role, char buf[static VIEW_MAX]);
/* "5 hosts, 5 alive, 4 averaged". */
const char *standing_group(const json_t *status, char buf[static VIEW_MAX]);
/* Print "alpha is member, synchronised: within 1.00 ms of group time", and no line end. */
void standing_print(bool colour, const json_t *status);
