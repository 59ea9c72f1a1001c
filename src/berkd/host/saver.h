/* saver.h - what is to be on disk, brought there beside the loop: a slow disk stops nothing but
 * what has to wait for it.
 *
 * The state directory is a thread's while it works for us, and nobody else's: whoever would ask
 * struct state asks here. */
#pragma once

#include "berkd/host/saved_revoked.h"
#include "berkd/host/saved_table.h"

#include <systemd/sd-event.h>

struct saver;
struct state;

/* @done, in the loop, after each thing that was saved, or could not be.  Where no thread can be had
 * it is saved by the loop, and @done is called before saver_save_...() returns.  0 or negative
 * errno.  Call when the state was read; it is freed after this. */
int saver_new(sd_event *, struct state *, void (*done)(void *userdata), void *userdata,
	      struct saver **ret);
/* What was asked for is on disk then, if it can be; @done is not called.  NULL is allowed. */
struct saver *saver_free(struct saver *);

/* As the functions of state.h save it.  Of several that wait, the last one of its kind is saved.
 * A term goes before all others. */
void saver_save_term(struct saver *, uint64_t term);
void saver_save_drift(struct saver *, int64_t freq_ppb);
void saver_save_time(struct saver *, wall_t group_time, unsigned n_table, bool unconfirmed,
		     bool told);
void saver_save_line(struct saver *, const struct saved_line *);
void saver_save_budget(struct saver *, const struct saved_budget *);
/* The table, from malloc(): it is the saver's from here on. */
void saver_save_table(struct saver *, struct saved_table *);
void saver_save_revoked(struct saver *, const struct saved_revoked *);
/* As state_retry(). */
void saver_retry(struct saver *);

/* Is a term on its way to the disk? */
bool saver_term_waits(const struct saver *);
/* The term on disk, or in memory where nothing is kept. */
uint64_t saver_term(const struct saver *);
/* As state_error(), state_remedy() and state_may_promise() said when something was last saved. */
const char *saver_error(const struct saver *);
const char *saver_remedy(const struct saver *);
bool saver_may_promise(const struct saver *);
/* Is it on disk who is revoked, as it was last to be saved?  False also while that is under way. */
bool saver_revoked_is_saved(const struct saver *);
/* As state_directory(), for the file of the chat. */
int saver_chat_directory(const struct saver *);
/* The chat was written, or @error, a negative errno, came of it; who keeps it tries again.  Call
 * after each try. */
void saver_note_chat(struct saver *, int error);
