/* state_private.h - what the files of the state directory have in common: state.c writes,
 * state_load.c reads. */
#pragma once

#include "berk/node.h"
#include "berkd/host/machine.h"
#include "berkd/host/saved_line.h"
#include "berkd/host/saved_revoked.h"
#include "berkd/host/table_keeper.h"
#include "berkd/host/unread.h"

#include <limits.h>

#define FILE_IDENTITY	  "identity"
#define FILE_TERM	  "term"
#define FILE_DRIFT	  "drift"
#define FILE_LINE	  "line"
#define FILE_BUDGET	  "budget"
#define FILE_GROUP	  "group"
#define STATE_UNCONFIRMED " unconfirmed" /* in it, after the number */
#define STATE_TOLD	  " told"
#define FILE_TABLE	  "table" /* of table_keeper.c */
#define FILE_REVOKED	  "revoked"

struct state {
	bool off;    /* by configuration: in memory only, and nobody minds */
	int dir;     /* -1: it cannot be opened */
	int error;   /* of the last try to write; 0: what is saved is on disk */
	bool kept;   /* the identity is on disk; else it ends with us, and with it all promises */
	bool termed; /* a term was to be saved, which is ... */
	uint64_t term;
	char path[PATH_MAX];
	uint8_t secret[KEY_LEN];
	bool machine_known; /* the machine that we run on */
	uint8_t machine[MACHINE_HASH_LEN];
	bool bound; /* the identity on disk belongs to a machine, which is ... */
	uint8_t bound_to[MACHINE_HASH_LEN];
	struct node_saved saved;
	struct table_keeper *table;
	int table_error;	      /* of the last try to write it */
	struct saved_revoked revoked; /* that was to be saved last, ... */
	bool revoked_due;	      /* ... and is not on disk */
	int revoked_error;	      /* of the last try */
	wall_t saved_time;
	struct raw_life life;
	bool raw_lasts; /* from one start to the next */
	bool line_void; /* a line is on disk that is ours no more */
	struct unread unread;
};

/* Read all that is in the directory; what can be read is used even when nothing can be written.
 * Call once, at the start. */
void state_load(struct state *, bool writable);
/* See state_set_aside() and state_note_unread(). */
void state_put_aside(const struct state *, const char *name, const char *what);
void state_leave_unread(struct state *, const char *name, int error);
/* Negative errno when it is not on disk. */
int state_write_identity(struct state *);
