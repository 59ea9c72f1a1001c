/* state.c - what is in the state directory, and whose it is.  What does not read back is set aside
 * and told.
 *
 * The line of the identity ends with a hash of the machine that it belongs to.  A directory that
 * was copied to another machine is set aside as a whole: two hosts with one key are one to nobody.
 */
#include "berkd/host/state.h"

#include "berkd/host/chat_file.h"
#include "berkd/host/identity.h"
#include "berkd/host/log.h"
#include "berkd/host/saved_line.h"
#include "berkd/host/state_file.h"
#include "berkd/host/table_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_IDENTITY "identity"
#define FILE_TERM     "term"
#define FILE_DRIFT    "drift"
#define FILE_LINE     "line"
#define FILE_GROUP    "group"
#define FILE_TABLE    "table" /* of table_keeper.c */
#define FILE_PROBE    "probe"
#define DAMAGED	      "damaged"
#define ELSEWHERE     "from-another-machine"
#define DIR_MODE      0700

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
	int table_error; /* of the last try to write it */
	wall_t saved_time;
	struct raw_life life;
	bool raw_lasts; /* from one start to the next */
	bool line_void; /* a line is on disk that is ours no more */
};

/* NAME becomes NAME.SUFFIX, for people to look at.  0 or a negative errno. */
static int rename_aside(const struct state *s, const char *name, const char *suffix)
{
	char aside[NAME_MAX];

	(void)snprintf(aside, sizeof(aside), "%s.%s", name, suffix);
	return renameat(s->dir, name, s->dir, aside) < 0 ? -errno : 0;
}

/* Put a file that does not read back out of the way. */
static void set_file_aside(const struct state *s, const char *name, const char *what)
{
	int r = rename_aside(s, name, DAMAGED);

	log_warning("%s/%s %s; %s%s, starting anew", s->path, name, what,
		    r == 0 ? "kept with the suffix ." : "it could not be renamed: ",
		    r == 0 ? DAMAGED : strerror(-r));
}

static bool parse_term(struct state *s, const char *value)
{
	char *end;

	errno = 0;
	unsigned long long term = strtoull(value, &end, 10);

	if (errno != 0 || *end != '\0' || end == value || *value == '-') {
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

/* SECRET, or SECRET MACHINE, both in hex. */
static bool parse_identity(struct state *s, const char *value)
{
	const char *end;
	size_t len;

	if (sodium_hex2bin(s->secret, KEY_LEN, value, strlen(value), NULL, &len, &end) != 0 ||
	    len != KEY_LEN) {
		return false;
	}
	s->bound = *end == ' ';
	return !s->bound ? *end == '\0'
			 : sodium_hex2bin(s->bound_to, MACHINE_HASH_LEN, end + 1, strlen(end + 1),
					  NULL, &len, NULL) == 0 &&
				   len == MACHINE_HASH_LEN;
}

static bool parse_group(struct state *s, const char *value)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(value, &end, 10);

	if (errno != 0 || *end != '\0' || *value < '0' || *value > '9' || n > NODE_PEERS_MAX + 1) {
		return false;
	}
	s->saved.n_table = (unsigned)n;
	return true;
}

/* 0, -ENOENT (absent, or set aside). */
static int load_value(struct state *s, const char *name,
		      bool (*parse)(struct state *, const char *))
{
	char value[STATE_VALUE_MAX];
	int r = state_file_read(s->dir, name, value);

	if (r == 0 && !parse(s, value)) {
		r = -EBADMSG;
	}
	sodium_memzero(value, sizeof(value));
	if (r == -EBADMSG || r == -EINVAL) {
		set_file_aside(s, name, r == -EBADMSG ? "is damaged" : "is not a regular file");
	}
	return r == 0 ? 0 : -ENOENT;
}

/* Can it be written?  A promise that fails later is worse. */
static int probe_dir(const struct state *s)
{
	int r = state_file_write(s->dir, FILE_PROBE, "can be written");

	if (r == 0) {
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

static int write_identity(struct state *s)
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
	int r = writable ? write_identity(s) : 0;

	s->kept = writable && r == 0;
	if (r < 0) {
		s->error = r;
		log_warning("A new identity could not be kept in %s: %s; it lasts until the next "
			    "start",
			    s->path, strerror(-r));
	}
}

/* The directory was copied to this machine: nothing in it is ours. */
static void leave_identity(struct state *s, bool writable)
{
	static const char *const files[] = {FILE_IDENTITY, FILE_TERM,  FILE_DRIFT,    FILE_LINE,
					    FILE_GROUP,	   FILE_TABLE, CHAT_FILE_NAME};
	node_id old = identity_of(s->secret);
	int r = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int q = rename_aside(s, files[i], ELSEWHERE);

		r = q < 0 && q != -ENOENT ? q : r;
	}
	make_identity(s, writable && r == 0);
	s->error = r < 0 ? r : s->error;
	log_warning("%s was copied from another machine, whose identity is %016" PRIx64
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

/* The time of the file's last change is group time then. */
static void load_group(struct state *s)
{
	struct stat st;

	if (load_value(s, FILE_GROUP, parse_group) == 0 &&
	    fstatat(s->dir, FILE_GROUP, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		s->saved_time =
			wall_add((wall_t){ns_mul(st.st_mtim.tv_sec, NS_PER_S)}, st.st_mtim.tv_nsec);
	}
}

static void load_table(struct state *s)
{
	char what[TABLE_KEEPER_TEXT_MAX];

	if (!table_keeper_load(s->table, s->dir, identity_of(s->secret), &s->saved, what)) {
		set_file_aside(s, FILE_TABLE, what);
	}
}

/* What can be read is used even when nothing can be written. */
static void load_all(struct state *s, bool writable)
{
	if (load_value(s, FILE_IDENTITY, parse_identity) < 0) {
		make_identity(s, writable);
	} else if (!identity_is_ours(s)) {
		leave_identity(s, writable);
		return;
	} else {
		s->kept = true;
	}
	if (s->kept && !s->bound && s->machine_known && writable) {
		(void)write_identity(s); /* of a version that did not bind, or without a machine */
	}
	(void)load_value(s, FILE_TERM, parse_term);
	(void)load_value(s, FILE_DRIFT, parse_drift);
	load_group(s);
	load_table(s);
	if (s->raw_lasts) {
		(void)load_value(s, FILE_LINE, parse_line);
	}
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
		free(s);
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
		load_all(s, s->error == 0);
	} else {
		randombytes_buf(s->secret, KEY_LEN);
	}
	*ret = s;
	return 0;
}

struct state *state_free(struct state *s)
{
	if (!s) {
		return NULL;
	}
	table_keeper_free(s->table, s->dir);
	if (s->dir >= 0) {
		close(s->dir);
	}
	sodium_memzero(s->secret, sizeof(s->secret));
	free(s);
	return NULL;
}

const uint8_t *state_secret(const struct state *s)
{
	return s->secret;
}

int state_directory(const struct state *s)
{
	return s->kept ? s->dir : -1;
}

const struct node_saved *state_saved(const struct state *s)
{
	return &s->saved;
}

const char *state_error(const struct state *s)
{
	if (s->error == -EEXIST) {
		return "an identity is there that could not be read at the start: restart berkd to "
		       "use it";
	}
	return s->error < 0	    ? strerror(-s->error)
	       : s->table_error < 0 ? strerror(-s->table_error)
				    : NULL;
}

bool state_may_promise(const struct state *s)
{
	return !s->kept || s->error == 0;
}

/* With an identity that ends with us, memory is as good as a disk. */
static int save(struct state *s, const char *name, const char *value)
{
	if (s->off || (!s->kept && s->error < 0)) {
		return 0;
	}
	s->error = state_file_write(s->dir, name, value);
	return s->error;
}

static int save_term(struct state *s)
{
	char value[STATE_VALUE_MAX];

	(void)snprintf(value, sizeof(value), "%" PRIu64, s->term);
	int r = save(s, FILE_TERM, value);

	s->saved.term = r == 0 ? s->term : s->saved.term;
	return r;
}

/* The identity of this run, where there was none to be read, nor is now. */
static int keep_identity(struct state *s)
{
	if (faccessat(s->dir, FILE_IDENTITY, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		return -EEXIST;
	}
	int r = write_identity(s);

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
	if (s->off || (s->error == 0 && s->table_error == 0)) {
		return 0;
	}
	table_keeper_retry(s->table, s->dir);
	int r = s->dir < 0 ? open_dir(s) : probe_dir(s);

	r = r == 0 && s->line_void ? drop_line(s) : r;

	if (r == 0 && !s->kept) {
		r = keep_identity(s);
	}
	s->error = r;
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

int state_save_time(struct state *s, wall_t group_time, unsigned n_table)
{
	const struct timespec t = {.tv_sec = group_time.ns / NS_PER_S,
				   .tv_nsec = group_time.ns % NS_PER_S};
	char value[STATE_VALUE_MAX];
	int r = 0;

	if (s->off || s->dir < 0 || (!s->kept && s->error < 0) || group_time.ns < 0) {
		return 0;
	}
	if (n_table != s->saved.n_table) {
		(void)snprintf(value, sizeof(value), "%u", n_table);
		r = save(s, FILE_GROUP, value);
		s->saved.n_table = r == 0 ? n_table : s->saved.n_table;
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
	int r = save(s, FILE_LINE, value);

	if (r < 0) {
		(void)drop_line(s); /* the one before is of another time, perhaps */
	}
	return r;
}

int state_save_table(struct state *s, const struct saved_table *t)
{
	if (s->off || (!s->kept && s->error < 0)) {
		return 0;
	}
	return table_keeper_save(s->table, s->dir, t);
}

void state_look(struct state *s)
{
	s->table_error = table_keeper_look(s->table, s->dir);
}

void state_drop_table(struct state *s)
{
	s->saved.row = NULL;
	s->saved.n_row = 0;
	table_keeper_drop(s->table);
}
