/* state_load.c - what is in the state directory, and whose it is.  What is damaged is set aside
 * and told, what cannot be read is left alone and told.
 *
 * The line of the identity ends with a hash of the machine that it belongs to.  A directory that
 * was copied to another machine is set aside as a whole: two hosts with one key are one to
 * nobody. */
#include "berk/term.h"
#include "berkd/host/chat_file.h"
#include "berkd/host/history_file.h"
#include "berkd/host/identity.h"
#include "berkd/host/log.h"
#include "berkd/host/saved_budget.h"
#include "berkd/host/saved_revoked.h"
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

#define DAMAGED	  "damaged"
#define ELSEWHERE "from-another-machine"

/* NAME becomes NAME.SUFFIX, for people to look at.  0 or a negative errno. */
static int rename_aside(const struct state *s, const char *name, const char *suffix)
{
	char aside[NAME_MAX];

	(void)snprintf(aside, sizeof(aside), "%s.%s", name, suffix);
	return renameat(s->dir, name, s->dir, aside) < 0 ? -errno : 0;
}

void state_put_aside(const struct state *s, const char *name, const char *what)
{
	int r = rename_aside(s, name, DAMAGED);

	log_warning(CAUSE_STATE, "%s/%s %s; %s%s, starting anew", s->path, name, what,
		    r == 0 ? "kept with the suffix ." : "it could not be renamed: ",
		    r == 0 ? DAMAGED : strerror(-r));
}

static bool parse_term(struct state *s, const char *value)
{
	char *end;

	errno = 0;
	unsigned long long term = strtoull(value, &end, 10);

	if (errno != 0 || *end != '\0' || end == value || *value == '-' ||
	    !term_is_possible(term)) {
		return false;
	}
	s->saved.term = term;
	return true;
}

static bool parse_drift(struct state *s, const char *value)
{
	char *end;

	errno = 0;
	long long freq = strtoll(value, &end, 10);

	if (errno != 0 || *end != '\0' || end == value) {
		return false;
	}
	s->saved.freq_ppb = freq;
	s->saved.has_freq = true;
	return true;
}

static bool parse_identity(struct state *s, const char *value)
{
	return identity_parse(value, s->secret, &s->bound, s->bound_to);
}

static bool parse_group(struct state *s, const char *value)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(value, &end, 10);

	bool unconfirmed = strcmp(end, STATE_UNCONFIRMED) == 0;
	bool told = strcmp(end, STATE_TOLD) == 0;

	if (errno != 0 || (*end != '\0' && !unconfirmed && !told) || *value < '0' || *value > '9' ||
	    n > NODE_PEERS_MAX + 1) {
		return false;
	}
	s->saved.n_table = (unsigned)n;
	s->saved.unconfirmed = unconfirmed;
	s->saved.told = told;
	return true;
}

void state_leave_unread(struct state *s, const char *name, int error)
{
	unread_note(&s->unread, name, error);
	log_warning(CAUSE_STATE,
		    "%s/%s cannot be read: %s; it stays as it is until berkd starts again and can "
		    "read it",
		    s->path, name, strerror(-error));
}

/* 0, -ENOENT, -EBADMSG: damaged, and set aside, or another negative errno: it cannot be read. */
static int read_value(struct state *s, const char *name,
		      bool (*parse)(struct state *, const char *))
{
	char value[STATE_VALUE_MAX];
	int r = state_file_read(s->dir, name, value);

	if (r == 0 && !parse(s, value)) {
		r = -EBADMSG;
	}
	sodium_memzero(value, sizeof(value));
	if (r == -EBADMSG || r == -EINVAL) {
		state_put_aside(s, name, r == -EBADMSG ? "is damaged" : "is not a regular file");
		r = -EBADMSG;
	}
	return r;
}

/* The same; what cannot be read stays. */
static int load_value(struct state *s, const char *name,
		      bool (*parse)(struct state *, const char *))
{
	int r = read_value(s, name, parse);

	if (r < 0 && r != -ENOENT && r != -EBADMSG) {
		state_leave_unread(s, name, r);
	}
	return r;
}

int state_write_identity(struct state *s)
{
	char hex[IDENTITY_TEXT_MAX];

	identity_format(hex, s->secret, s->machine_known ? s->machine : NULL);
	int r = state_file_write(s->dir, FILE_IDENTITY, hex);

	sodium_memzero(hex, sizeof(hex));
	return r;
}

static void make_identity(struct state *s, bool writable)
{
	randombytes_buf(s->secret, KEY_LEN);
	int r = writable ? state_write_identity(s) : 0;

	s->kept = writable && r == 0;
	if (r < 0) {
		s->error = r;
		log_warning(
			CAUSE_STATE,
			"The new identity cannot be saved in %s: %s; it lasts until the next start",
			s->path, strerror(-r));
	}
}

/* The directory was copied to this machine: nothing in it is ours. */
static void leave_identity(struct state *s, bool writable)
{
	static const char *const files[] = {FILE_IDENTITY,    FILE_TERM,    FILE_DRIFT,
					    FILE_LINE,	      FILE_BUDGET,  FILE_GROUP,
					    FILE_TABLE,	      FILE_REVOKED, CHAT_FILE_NAME,
					    HISTORY_FILE_NAME};
	node_id old = identity_of(s->secret);
	int r = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int q = rename_aside(s, files[i], ELSEWHERE);

		r = q < 0 && q != -ENOENT ? q : r;
	}
	make_identity(s, writable && r == 0);
	s->error = r < 0 ? r : s->error;
	log_warning(CAUSE_COPIED,
		    "%s was copied from another machine, whose identity is %016" PRIx64
		    "; this host is %016" PRIx64 " from now on, and %s%s",
		    s->path, old, identity_of(s->secret),
		    r == 0 ? "the files of the other are kept with the suffix ."
			   : "the files of the other could not be renamed: ",
		    r == 0 ? ELSEWHERE : strerror(-r));
}

/* The identity on disk has been read.  Does it belong to this machine? */
static bool identity_is_ours(const struct state *s)
{
	return !s->bound || !s->machine_known ||
	       memcmp(s->bound_to, s->machine, MACHINE_HASH_LEN) == 0;
}

/* A line over another life of RAW is no damage, and no line. */
static bool parse_line(struct state *s, const char *value)
{
	(void)saved_line_parse(value, &s->life, &s->saved.line);
	return true;
}

/* One that cannot be read is none, and does not outlast the next one: it is out of date then. */
static void load_line(struct state *s)
{
	int r = read_value(s, FILE_LINE, parse_line);

	if (r < 0 && r != -ENOENT && r != -EBADMSG) {
		log_warning(CAUSE_STATE, "%s/" FILE_LINE " cannot be read: %s; starting without it",
			    s->path, strerror(-r));
	}
}

/* The time of the file's last change is group time then, whether it can be read or not. */
static void load_group(struct state *s)
{
	struct stat st;

	int r = load_value(s, FILE_GROUP, parse_group);

	s->saved.carried = r != -ENOENT || faccessat(s->dir, FILE_GROUP "." DAMAGED, F_OK,
						     AT_SYMLINK_NOFOLLOW) == 0;
	if (r != -EBADMSG && fstatat(s->dir, FILE_GROUP, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		s->saved_time =
			wall_add((wall_t){ns_mul(st.st_mtim.tv_sec, NS_PER_S)}, st.st_mtim.tv_nsec);
	}
}

static bool parse_budget(struct state *s, const char *value)
{
	return saved_budget_parse(value, s->life.boot, &s->saved.budget);
}

static void load_table(struct state *s)
{
	char what[TABLE_KEEPER_TEXT_MAX];

	int r = table_keeper_load(s->table, s->dir, identity_of(s->secret), &s->saved, what);

	s->saved.carried = s->saved.carried || r != -ENOENT;
	if (r == -EBADMSG || r == -EINVAL) {
		state_put_aside(s, FILE_TABLE, what);
	} else if (r < 0 && r != -ENOENT) {
		unread_note(&s->unread, FILE_TABLE, r);
		log_warning(CAUSE_STATE,
			    "%s/" FILE_TABLE
			    " %s; it stays as it is until berkd starts again and can read it",
			    s->path, what);
	}
}

static void load_revoked(struct state *s)
{
	char text[SAVED_REVOKED_MAX + 1];
	struct saved_revoked revoked;
	size_t len = 0;
	int r = state_file_load(s->dir, FILE_REVOKED, text, SAVED_REVOKED_MAX, &len);

	text[len] = '\0';
	if (r == 0 && saved_revoked_parse(text, &revoked) && strlen(text) == len) {
		memcpy(s->saved.revoked, revoked.host, sizeof(revoked.host));
		s->saved.n_revoked = revoked.n;
	} else if (r == 0 || r == -EINVAL) {
		state_put_aside(
			s, FILE_REVOKED,
			r == 0 ? "is damaged, so hosts that were revoked may join again; see "
				 "berkctl trust on another host, and give the orders again"
			       : "is not a regular file");
	} else if (r != -ENOENT) {
		state_leave_unread(s, FILE_REVOKED, r);
	}
}

void state_load(struct state *s, bool writable)
{
	int r = load_value(s, FILE_IDENTITY, parse_identity);

	if (r < 0) {
		make_identity(s, writable && !unread_has(&s->unread, FILE_IDENTITY));
	} else if (!identity_is_ours(s)) {
		leave_identity(s, writable);
		return;
	} else {
		s->kept = true;
	}
	/* Of a version that did not bind, or without a machine. */
	if (s->kept && !s->bound && s->machine_known && writable) {
		(void)state_write_identity(s);
	}
	(void)load_value(s, FILE_TERM, parse_term);
	(void)load_value(s, FILE_DRIFT, parse_drift);
	load_group(s);
	load_table(s);
	load_revoked(s);
	if (s->raw_lasts) {
		load_line(s);
		(void)load_value(s, FILE_BUDGET, parse_budget);
	}
}
