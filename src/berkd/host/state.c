/* state.c - the state directory opened and closed, and what is written there. */
#include "berkd/host/state.h"

#include "berkd/host/hand_over.h"
#include "berkd/host/log.h"
#include "berkd/host/saved_budget.h"
#include "berkd/host/saved_line.h"
#include "berkd/host/state_file.h"
#include "berkd/host/state_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_PROBE "probe"
#define DIR_MODE   0700

/* Can it be written?  A promise that fails later is worse. */
static int probe_dir(const struct state *s)
{
	int fd = -1;
	int r = state_file_write_soon(s->dir, FILE_PROBE, "can be written", &fd);

	if (r == 0) {
		close(fd);
		(void)unlinkat(s->dir, FILE_PROBE, 0);
	}
	return r;
}

/* Open the directory, made if need be, and probe it. */
static int open_dir(struct state *s)
{
	if (mkdir(s->path, DIR_MODE) < 0 && errno != EEXIST && errno != EROFS) {
		return -errno;
	}
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		return -errno;
	}
	return probe_dir(s);
}

int state_new(const struct config *config, const uint8_t *machine, struct state **ret)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s) {
		return -ENOMEM;
	}
	s->dir = -1;
	s->table = table_keeper_new();
	if (!s->table) {
		state_free(s);
		return -ENOMEM;
	}
	s->saved_time = (wall_t){INT64_MIN};
	s->off = !config->state;
	s->raw_lasts = raw_life_now(&s->life) == 0 && config->driver != CONFIG_CLOCK_VIRTUAL;
	s->machine_known = machine != NULL;
	if (machine) {
		memcpy(s->machine, machine, MACHINE_HASH_LEN);
	}
	(void)snprintf(s->path, sizeof(s->path), "%s", config->state_dir);
	s->error = s->off ? 0 : open_dir(s);
	if (s->dir >= 0) {
		state_load(s, s->error == 0);
	} else {
		randombytes_buf(s->secret, KEY_LEN);
	}
	*ret = s;
	return 0;
}

static int save_revoked(struct state *s)
{
	char text[SAVED_REVOKED_MAX];

	if (!s->kept || unread_has(&s->unread, FILE_REVOKED)) {
		return 0;
	}
	s->revoked_error = state_file_replace(s->dir, FILE_REVOKED, text,
					      saved_revoked_format(&s->revoked, text));
	s->revoked_due = s->revoked_error < 0;
	return s->revoked_error;
}

struct state *state_free(struct state *s)
{
	if (!s) {
		return NULL;
	}
	table_keeper_free(s->table, s->dir);
	if (s->revoked_error < 0 && save_revoked(s) < 0) {
		log_warning(CAUSE_STATE,
			    "The latest revocations are not on disk: %s; give the orders again "
			    "after the start",
			    strerror(-s->revoked_error));
	}
	if (s->dir >= 0) {
		close(s->dir);
	}
	sodium_memzero(s->secret, sizeof(s->secret));
	free(s);
	return NULL;
}

int state_hand_over(const struct state *s, uid_t uid, gid_t gid)
{
	return s->dir < 0 ? 0 : hand_over_state(s->dir, uid, gid);
}

const uint8_t *state_secret(const struct state *s)
{
	return s->secret;
}

int state_directory(const struct state *s, const char *name)
{
	return s->kept && !unread_has(&s->unread, name) ? s->dir : -1;
}

void state_set_aside(const struct state *s, const char *name, const char *what)
{
	state_put_aside(s, name, what);
}

void state_note_unread(struct state *s, const char *name, int error)
{
	state_leave_unread(s, name, error);
}

/* Of what was written last, the first that could not be; 0: all could. */
static int write_error(const struct state *s)
{
	return s->error < 0 ? s->error : s->table_error < 0 ? s->table_error : s->revoked_error;
}

const struct node_saved *state_saved(const struct state *s)
{
	return &s->saved;
}

const char *state_error(const struct state *s)
{
	int error = write_error(s);

	if (error == -EEXIST) {
		return "an identity is there that could not be read at the start";
	}
	return error < 0 ? strerror(-error) : unread_text(&s->unread);
}

const char *state_remedy(const struct state *s)
{
	int error = write_error(s);

	if (error < 0 && error != -EEXIST) {
		return STATE_REMEDY_ROOM;
	}
	return "let berkd read it, and restart berkd";
}

bool state_may_promise(const struct state *s)
{
	return !s->kept || (s->error == 0 && !unread_has(&s->unread, FILE_TERM));
}

/* With an identity that ends with us, memory is as good as a disk. */
static int save(struct state *s, const char *name, const char *value)
{
	if (!s->kept || unread_has(&s->unread, name)) {
		return 0;
	}
	s->error = state_file_write(s->dir, name, value);
	return s->error;
}

/* The same of what need not reach the disk: after a crash of the system a line, and how far the
 * clock was moved, are of another boot. */
static int save_loosely(struct state *s, const char *name, const char *value)
{
	int fd = -1;

	if (!s->kept || unread_has(&s->unread, name)) {
		return 0;
	}
	s->error = state_file_write_soon(s->dir, name, value, &fd);
	if (fd >= 0) {
		close(fd);
	}
	return s->error;
}

static int save_term(struct state *s)
{
	char value[STATE_VALUE_MAX];

	(void)snprintf(value, sizeof(value), "%" PRIu64, s->term);
	int r = save(s, FILE_TERM, value);

	if (s->kept && unread_has(&s->unread, FILE_TERM)) {
		r = -EEXIST; /* a larger one, perhaps */
	}
	s->saved.term = r == 0 ? s->term : s->saved.term;
	return r;
}

/* The identity of this run, where there was none to be read, nor is now. */
static int keep_identity(struct state *s)
{
	if (faccessat(s->dir, FILE_IDENTITY, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		return -EEXIST;
	}
	int r = state_write_identity(s);

	s->kept = r == 0;
	return r;
}

/* No fsync: after a crash of the system the line is of another boot. */
static int drop_line(struct state *s)
{
	bool gone = s->dir < 0 || unlinkat(s->dir, FILE_LINE, 0) == 0 || errno == ENOENT;

	s->line_void = !gone;
	s->error = gone ? s->error : -errno;
	return gone ? 0 : s->error;
}

int state_retry(struct state *s)
{
	if (s->off || write_error(s) == 0) {
		return 0;
	}
	s->table_error = table_keeper_retry(s->table, s->dir);
	int r = s->dir < 0 ? open_dir(s) : probe_dir(s);

	r = r == 0 && s->line_void ? drop_line(s) : r;

	if (r == 0 && !s->kept) {
		r = keep_identity(s);
	}
	s->error = r;
	if (r == 0 && s->revoked_due) {
		(void)save_revoked(s);
	}
	return r == 0 && s->termed ? save_term(s) : r;
}

int state_save_term(struct state *s, uint64_t term)
{
	s->term = term;
	s->termed = true;
	return save_term(s);
}

int state_save_drift(struct state *s, int64_t freq_ppb)
{
	char value[STATE_VALUE_MAX];

	(void)snprintf(value, sizeof(value), "%" PRId64, freq_ppb);
	return save(s, FILE_DRIFT, value);
}

wall_t state_saved_time(const struct state *s)
{
	return s->saved_time;
}

int state_save_time(struct state *s, wall_t group_time, unsigned n_table, bool unconfirmed,
		    bool told)
{
	const struct timespec t = {.tv_sec = group_time.ns / NS_PER_S,
				   .tv_nsec = group_time.ns % NS_PER_S};
	char value[STATE_VALUE_MAX];
	int r = 0;

	if (!s->kept || unread_has(&s->unread, FILE_GROUP) || group_time.ns < 0) {
		return 0;
	}
	if (n_table != s->saved.n_table || unconfirmed != s->saved.unconfirmed ||
	    told != s->saved.told) {
		(void)snprintf(value, sizeof(value), "%u%s", n_table,
			       unconfirmed ? STATE_UNCONFIRMED
			       : told	   ? STATE_TOLD
					   : "");
		r = save(s, FILE_GROUP, value);
		s->saved.n_table = r == 0 ? n_table : s->saved.n_table;
		s->saved.unconfirmed = r == 0 ? unconfirmed : s->saved.unconfirmed;
		s->saved.told = r == 0 ? told : s->saved.told;
	}
	if (r == 0 && utimensat(s->dir, FILE_GROUP, (const struct timespec[]){t, t},
				AT_SYMLINK_NOFOLLOW) < 0) {
		s->saved.n_table = 0; /* somebody removed it */
		r = -errno;
		s->error = r == -ENOENT ? s->error : r;
	}
	return r;
}

int state_save_line(struct state *s, const struct saved_line *line)
{
	char value[STATE_VALUE_MAX];

	if (!line->any) {
		return drop_line(s);
	}
	saved_line_format(value, sizeof(value), &s->life, line);
	int r = save_loosely(s, FILE_LINE, value);

	if (r < 0 || !s->kept) {
		(void)drop_line(s); /* the one before is of another time, perhaps */
	}
	return r;
}

int state_save_budget(struct state *s, const struct saved_budget *budget)
{
	char value[STATE_VALUE_MAX];

	if (!s->raw_lasts) {
		return 0; /* the clock ends with us */
	}
	saved_budget_format(value, sizeof(value), s->life.boot, budget);
	return save_loosely(s, FILE_BUDGET, value);
}

int state_save_table(struct state *s, const struct saved_table *t)
{
	if (!s->kept || unread_has(&s->unread, FILE_TABLE)) {
		return 0;
	}
	s->table_error = table_keeper_save(s->table, s->dir, t);
	return s->table_error == -ENOMEM ? -ENOMEM : 0;
}

int state_save_revoked(struct state *s, const struct saved_revoked *revoked)
{
	s->revoked = *revoked;
	s->revoked_due = true;
	return save_revoked(s);
}

bool state_revoked_is_kept(const struct state *s)
{
	return !s->revoked_due;
}

void state_drop_table(struct state *s)
{
	s->saved.row = NULL;
	s->saved.n_row = 0;
	table_keeper_drop(s->table);
}
