/* state.h - what a host remembers over restarts: identity, term, drift, last group line. */
#pragma once

#include "berk/line.h"
#include "berk/node.h"
#include "berkd/config/config.h"
#include "berkd/host/machine.h"
#include "berkd/host/saved_revoked.h"
#include "berkd/host/saved_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct state;

/* What to do about a disk that cannot be written. */
#define STATE_REMEDY_ROOM "make room or let berkd write there; it tries again each minute"

/* Open the state directory and read it.  A missing directory is made.  A damaged file is renamed
 * to NAME.damaged and its value starts anew.  A file that cannot be read stays as it is, and its
 * value lives in memory until the next start; state_error() names it.  When the directory cannot
 * be read, or the configuration switches it off, the values live in memory: the identity is then
 * random.
 *
 * @machine: MACHINE_HASH_LEN bytes, NULL: not known.  An identity is bound to the machine that
 * it was made on.  Found on another one, all files become NAME.from-another-machine, and this
 * host gets a new identity; the journal has both ids.
 *
 * Fails only for lack of memory.  Call once; it blocks on the disk, as all that saves does. */
int state_new(const struct config *, const uint8_t *machine, struct state **ret);
/* NULL is allowed.  Wipes the secret. */
struct state *state_free(struct state *);

/* Give what is on disk to the user whom the daemon becomes: as hand_over_state().  Call as root. */
int state_hand_over(const struct state *, uid_t uid, gid_t gid);
/* Secret key of the identity, KEY_LEN bytes; it stays the state's.  Call to tell the core, not to
 * keep it. */
const uint8_t *state_secret(const struct state *);
/* The state directory, for who keeps the file @name there; -1: it is not to be written in this
 * run.  It stays the state's. */
int state_directory(const struct state *, const char *name);
/* That file @what ("is damaged"): it is renamed to NAME.damaged, which is told, or that it could
 * not be.  Call once, at the start. */
void state_set_aside(const struct state *, const char *name, const char *what);
/* That file is there, and reading it gave @error, a negative errno: told, and left as it is.
 * @name: a constant.  Call once, at the start. */
void state_note_unread(struct state *, const char *name, int error);
/* What is on disk: the drift as of the start, the term as of now.  Call before node_init(), and for
 * the term after a state_save_term() that failed. */
const struct node_saved *state_saved(const struct state *);

/* Why what is saved is not on disk, a text for people; NULL: it is, or need not be.  Call at any
 * time. */
const char *state_error(const struct state *);
/* What to do about it, likewise.  Call while there is an error. */
const char *state_remedy(const struct state *);
/* May this host promise what it must not forget, as a vote?  False while its identity is on disk
 * and nothing else can be written, or its term not be read; an identity that lives in memory is
 * forgotten with its promises. */
bool state_may_promise(const struct state *);
/* Try again to write what could not be written.  0 or a negative errno.  Call each minute while
 * state_error() says something. */
int state_retry(struct state *);

/* Write and fsync; negative errno when it is not on disk.  Always 0 when values live in memory.  A
 * running daemon has saver.c call these functions, in a thread.
 * The term: call before anything that depends on it is sent. */
int state_save_term(struct state *, uint64_t term);
/* The frequency that the clock is steered to.  Call when the core asks for it. */
int state_save_drift(struct state *, int64_t freq_ppb);
/* Group time as of the last save, INT64_MIN when there was none.  Call before node_init(). */
wall_t state_saved_time(const struct state *);
/* Group time, which is past from now on whatever a clock shows after a restart; how many hosts
 * the group has; @unconfirmed: no clock vouches for its date; @told: others do, ours does not.
 * Its instant is on disk when the system next writes; negative errno.  Call once a minute, and at
 * the end. */
int state_save_time(struct state *, wall_t group_time, unsigned n_table, bool unconfirmed,
		    bool told);
/* The group line, which the next start goes on from unless the host reboots or sleeps; or there
 * is none.  When the new one cannot be written, the old one is taken away all the same.  Call
 * when the core asks for it. */
int state_save_line(struct state *, const struct saved_line *);
/* How far others have moved our clock: a restart of the daemon gives it nothing back.  Call when
 * the core asks for it. */
int state_save_budget(struct state *, const struct saved_budget *);
/* The table; state_error() says whether it could be written.  -ENOMEM, or 0. */
int state_save_table(struct state *, const struct saved_table *);
/* Who is revoked, whatever comes after a restart.  It is on disk then; negative errno, and
 * state_retry() tries again.  Call when the core asks for it. */
int state_save_revoked(struct state *, const struct saved_revoked *);
/* Is it on disk?  Not so either while nothing is kept there. */
bool state_revoked_is_kept(const struct state *);
/* The rows of state_saved() are read, and take no room any more.  Call after node_init(). */
void state_drop_table(struct state *);
