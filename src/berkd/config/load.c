/* load.c - reading berkd.conf and its drop-ins: every error is found, and each names its place. */
#include "berkd/config/load.h"

#include "berk/utf8.h"
#include "berkd/config/doubts.h"
#include "berkd/config/keys.h"
#include "common/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX    (1 << 20)
#define KEYS_MAX    64 /* of the table */
#define DROPINS_MAX 256
#define ERRORS_MAX  100 /* of one file: nobody reads on */

/* --- One file --- */

struct parse {
	struct config *config;
	const char *file, *at, *end;
	int line;
	bool after_key;	    /* an indented line goes on with it */
	bool continuation;  /* this line does */
	bool skip;	    /* the section is unknown: its keys say nothing new */
	int seen[KEYS_MAX]; /* line of each key in this file; 0: not yet */
	unsigned errors;
	config_report report;
	void *userdata;
};

__attribute__((format(printf, 2, 3))) static void complain(struct parse *p, const char *format, ...)
{
	char text[512], message[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)snprintf(message, sizeof(message), "%s:%d: %s", p->file, p->line, text);
	p->report(p->userdata, message);
	p->errors++;
}

/* inih tells of keys only: a section that does not exist is complained of where it begins. */
static void enter_section(struct parse *p, const char *head)
{
	char name[64];
	bool known = false;
	size_t len = strcspn(head + 1, "]");

	p->after_key = false;
	if (head[1 + len] != ']') {
		p->skip = true;
		complain(p, "%.60s: a section's name ends with ]", head);
		return;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, head + 1);
	(void)config_key_find(name, "", &known);
	p->skip = !known;
	if (!known) {
		complain(p,
			 "[%s]: no such section: allowed are group, node, network, clock, virtual, "
			 "control, wait, log, state",
			 name);
	}
}

/* Is it UTF-8, and free of what moves a cursor when it is printed? */
static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
			return false;
		}
	}
	return len == 0 || utf8_is_text(line, len);
}

/* What inih would pass over or report for one line only; false: not for inih. */
static bool check_line(struct parse *p, const char *line)
{
	const char *first = line + strspn(line, " \t\r");

	p->continuation = first > line && p->after_key;
	if (*first == '\0' || *first == ';' || *first == '#' || p->continuation) {
		return true;
	}
	if (*first == '[') {
		enter_section(p, first);
		return true;
	}
	if (!strpbrk(first, "=:")) {
		complain(p, "%.60s: neither [section], nor key = value, nor a comment", first);
		return false;
	}
	p->after_key = true;
	return true;
}

/* inih's fgets(): counts the lines, as inih does not tell them. */
static char *read_line(char *out, int size, void *stream)
{
	struct parse *p = stream;
	size_t left = (size_t)(p->end - p->at);
	const char *newline = left ? memchr(p->at, '\n', left) : NULL;
	size_t len = newline ? (size_t)(newline - p->at) : left;
	const char *line = p->at;

	if (left == 0) {
		return NULL;
	}
	p->line++;
	p->at += len + (newline != NULL);
	out[0] = '\0';
	if (p->errors >= ERRORS_MAX) {
		complain(p, "too many errors, the rest is not read");
		return NULL;
	}
	if (len > (size_t)size - 2) {
		complain(p,
			 "line of %zu bytes: at most %d are allowed; a list may go on in "
			 "further, indented lines",
			 len, size - 2);
	} else if (memchr(line, '\0', len)) {
		complain(p, "a NUL byte: only text is allowed");
	} else if (!is_text(line, len)) {
		complain(p,
			 "a control character, or a byte that is not UTF-8: only text is allowed");
	} else {
		memcpy(out, line, len);
		out[len] = '\0';
		len = check_line(p, out) ? len : 0;
		out[len] = '\0';
	}
	len = strlen(out);
	out[len] = '\n';
	out[len + 1] = '\0';
	return out;
}

/* A key that this section has not: which section has it, or which keys this one has. */
static void complain_of_name(struct parse *p, const char *section, const char *name)
{
	char keys[400] = "";

	for (size_t i = 0, len = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		if (strcmp(k->name, name) == 0) {
			complain(p, "[%s] %.60s: no such key in this section: it belongs in [%s]",
				 section, name, k->section);
			return;
		}
		if (strcmp(k->section, section) == 0) {
			len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s",
						len ? ", " : "", k->name);
			assert(len < sizeof(keys));
		}
	}
	complain(p, "[%s] %.60s: no such key in this section: allowed are %s", section, name, keys);
}

/* What people write from habit, and what would become part of the value; NULL: nothing of it. */
static const char *odd_in_value(const char *value)
{
	size_t len = strlen(value);

	if (len > 1 && (*value == '"' || *value == '\'') && value[len - 1] == *value) {
		return "a value without quotes";
	}
	return strstr(value, " #") || strstr(value, "\t#")
		       ? "a comment on a line of its own, or behind ;"
		       : NULL;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct parse *p = user;
	bool known;
	const struct config_key *k = config_key_find(section, name, &known);

	if (p->skip) {
		return 1; /* enter_section() has said so */
	}
	if (!known) {
		complain(p, "%.60s: a key before any [section]", name);
		return 1;
	}
	if (!k) {
		complain_of_name(p, section, name);
		return 1;
	}
	int *seen = &p->seen[k - config_keys];

	if (p->continuation && !k->count) {
		complain(p,
			 "[%s] %s: an indented line would go on with it: read \"%.80s\": allowed "
			 "for lists only",
			 section, name, value);
		return 1;
	}
	if (*seen && !(p->continuation && k->count)) {
		complain(p,
			 "[%s] %s: read \"%.80s\", but it was set in line %d already: allowed is "
			 "once "
			 "per file",
			 section, name, value, *seen);
		return 1;
	}
	if (!*seen && k->count) { /* a file's list takes the place of an earlier file's */
		*config_key_count(p->config, k) = 0;
	}
	*seen = p->line;
	const char *allowed = odd_in_value(value);

	allowed = allowed ? allowed : k->take(p->config, k, value);
	if (allowed) {
		complain(p, "[%s] %s: read \"%.80s\": allowed is %s", section, name, value,
			 allowed);
	}
	return 1;
}

/* It may be meant; a line whose list was lost must not go unseen. */
static void warn_of_emptied(const struct parse *p, const char *key, const char *may)
{
	char message[512];

	(void)snprintf(message, sizeof(message),
		       "warning: %s: [group] %s: it is empty, and replaces the list of an earlier "
		       "file: any host with the group key may %s",
		       p->file, key, may);
	p->report(p->userdata, message);
}

unsigned config_parse(struct config *c, const char *file, const char *text, size_t len,
		      config_report report, void *userdata)
{
	struct parse p = {.config = c,
			  .file = file,
			  .at = text,
			  .end = text + len,
			  .report = report,
			  .userdata = userdata};
	const size_t n_members = c->n_member_keys, n_masters = c->n_master_keys;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		p.at += 3; /* byte order mark */
	}
	/* check_line() has found all that inih cannot read, but for what it takes for a comment. */
	int r = ini_parse_stream(read_line, &p, on_key, &p);

	if (r != 0 && p.errors == 0) {
		p.line = r > 0 ? r : p.line;
		complain(&p, "neither [section], nor key = value, nor a comment");
	}
	if (n_members > 0 && c->n_member_keys == 0) {
		warn_of_emptied(&p, "members", "be a member");
	}
	if (n_masters > 0 && c->n_master_keys == 0) {
		warn_of_emptied(&p, "masters", "lead");
	}
	return p.errors;
}

/* --- All files --- */

/* Whoever owns a file or a folder of the configuration can change it at any time, whatever its
 * mode.  Root's own group has no members that are not root. */
static bool is_trusted(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & S_IWOTH) &&
	       (!(st->st_mode & S_IWGRP) || st->st_gid == 0);
}

static int read_open(int fd, char **ret, size_t *ret_len)
{
	char *text = malloc(FILE_MAX + 1);
	int r = text ? file_read_all(fd, text, FILE_MAX + 1, ret_len) : -ENOMEM;

	if (r == 0 && *ret_len > FILE_MAX) {
		r = -EFBIG;
	}
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	return 0;
}

static int read_whole(const char *path, char **ret, size_t *ret_len)
{
	struct stat st;
	int fd = file_open(AT_FDCWD, path, O_RDONLY, 0, &st);

	if (fd < 0) {
		return fd;
	}
	int r = is_trusted(&st) ? read_open(fd, ret, ret_len) : -EPERM;

	(void)close(fd);
	return r;
}

#define OPEN_TO_OTHERS                                                                             \
	"others may write it: it must belong to root or to the user who runs berkd, and be "       \
	"not writable for its group or for all (chmod go-w)"

static const char *unread_text(int r)
{
	return r == -EINVAL ? "not a regular file" : r == -EPERM ? OPEN_TO_OTHERS : strerror(-r);
}

static unsigned read_file(struct config *c, const char *path, config_report report, void *userdata,
			  int *ret_errno)
{
	char *text = NULL, message[512];
	size_t len = 0;
	int r = read_whole(path, &text, &len);

	if (r < 0) {
		(void)snprintf(message, sizeof(message), "%s: cannot be read: %s", path,
			       unread_text(r));
		report(userdata, message);
		*ret_errno = r;
		return 1;
	}
	unsigned errors = config_parse(c, path, text, len, report, userdata);

	free(text);
	return errors;
}

static int is_dropin(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return e->d_name[0] != '.' && len > 5 && strcmp(e->d_name + len - 5, ".conf") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static unsigned read_dropins(struct config *c, const char *path, config_report report,
			     void *userdata)
{
	char dir[512], file[1024];
	struct dirent **list;
	struct stat st;
	unsigned errors = 0;
	int ignored = 0;

	(void)snprintf(dir, sizeof(dir), "%s.d", path);
	int n = scandir(dir, &list, is_dropin, compare_names);

	if (n < 0 && errno != ENOENT) {
		(void)snprintf(file, sizeof(file), "%s: cannot be read: %s", dir, strerror(errno));
		report(userdata, file);
		return 1;
	}
	const char *wrong = n > DROPINS_MAX
				    ? "more than 256 files that end in .conf: put them together"
			    : n >= 0 && stat(dir, &st) == 0 && !is_trusted(&st) ? OPEN_TO_OTHERS
										: NULL;

	if (wrong) {
		(void)snprintf(file, sizeof(file), "%s: %s", dir, wrong);
		report(userdata, file);
		errors++;
	}
	for (int i = 0; i < n; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", dir, list[i]->d_name);
		if (!wrong) {
			errors += read_file(c, file, report, userdata, &ignored);
		}
		free(list[i]);
	}
	if (n >= 0) {
		free(list);
	}
	return errors;
}

static unsigned check_whole(const struct config *c, const char *path, config_report report,
			    void *userdata)
{
	char message[512];

	if (c->n_asymmetries > 0 && !c->timestamping) {
		(void)snprintf(
			message, sizeof(message),
			"%s: [network] asymmetry: it shifts kernel stamps, but timestamping is "
			"user: allowed is auto, hardware or kernel",
			path);
		report(userdata, message);
		return 1;
	}
	if (c->poll_ns_min > c->poll_ns) {
		(void)snprintf(message, sizeof(message),
			       "%s: [clock] poll_min: %lld ms, but poll is %lld ms: allowed is at "
			       "most poll",
			       path, (long long)(c->poll_ns_min / NS_PER_MS),
			       (long long)(c->poll_ns / NS_PER_MS));
		report(userdata, message);
		return 1;
	}
	if (!c->ipv4 && !c->ipv6) {
		(void)snprintf(message, sizeof(message),
			       "%s: [network] ipv4, ipv6: both are no: at least one must be yes",
			       path);
		report(userdata, message);
		return 1;
	}
	return 0;
}

int config_load(const char *path, struct config *ret, config_report report, void *userdata)
{
	struct config *c = malloc(sizeof(*c));
	int r = 0;

	if (!c) {
		return -ENOMEM;
	}
	config_defaults(c);
	if (strlen(path) >= sizeof(c->path)) {
		free(c);
		return -ENAMETOOLONG;
	}
	memcpy(c->path, path, strlen(path) + 1);
	unsigned errors = read_file(c, path, report, userdata, &r);

	if (r == 0) {
		errors += read_dropins(c, path, report, userdata);
		errors += errors ? 0 : check_whole(c, path, report, userdata);
	}
	if (r == 0 && errors == 0) {
		config_doubts(c, report, userdata);
		if (c->driver == CONFIG_CLOCK_OBSERVE && c->mode == MODE_STEER) {
			c->mode = MODE_OBSERVE; /* a clock that cannot be set is only observed */
		}
		*ret = *c;
	}
	free(c);
	if (r == 0 && errors > 0) {
		r = -EINVAL;
	}
	return r;
}
