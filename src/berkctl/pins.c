/* pins.c - the hosts that may be members, as a drop-in of the configuration.
 *
 * Who may come in is the operator's to say, so it stands with the configuration: root writes it,
 * and berkd, which runs as its own user, can only read it.  A daemon that was taken over cannot
 * let in whom it likes after a restart. */
#include "berkctl/pins.h"

#include "common/file.h"
#include "common/whom.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX  (512 + PINS_MAX * (PIN_KEY_LEN + PIN_NAME_MAX + 8))
#define LOCK_FILE ".trust.lock"
#define HEAD                                                                                       \
	"# Written by `berkctl trust`: the hosts that may be members.  This list takes the "       \
	"place\n"                                                                                  \
	"# of any other members = of this configuration.\n"                                        \
	"[group]\n"                                                                                \
	"members =\n"

bool pins_is_key(const char *text)
{
	return whom_is_key(text);
}

static size_t find_pin(const struct pins *p, const char *key)
{
	size_t i = 0;

	while (i < p->n && strcasecmp(p->pin[i].key, key) != 0) {
		i++;
	}
	return i;
}

bool pins_has(const struct pins *p, const char *key)
{
	return find_pin(p, key) < p->n;
}

/* A name is what its host says: only what is plainly one is written. */
static bool is_plain(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "._-")] == '\0';
}

bool pins_add(struct pins *p, const char *key, const char *name)
{
	if (pins_has(p, key)) {
		return true;
	}
	if (p->n == PINS_MAX) {
		return false;
	}
	struct pin *pin = &p->pin[p->n++];

	for (size_t i = 0; i <= PIN_KEY_LEN; i++) { /* as berkd writes them */
		pin->key[i] = (char)tolower((unsigned char)key[i]);
	}
	(void)snprintf(pin->name, sizeof(pin->name), "%s", is_plain(name) ? name : "");
	return true;
}

void pins_remove(struct pins *p, const char *key)
{
	size_t i = find_pin(p, key);

	if (i < p->n) {
		p->n--;
		memmove(&p->pin[i], &p->pin[i + 1], (p->n - i) * sizeof(p->pin[0]));
	}
}

const char *pins_error(int error)
{
	switch (-error) {
	case EPERM:
		return "its folder belongs to another user, or all users may write there: run "
		       "chown root and chmod 755 on it";
	case EINVAL:
	case EISDIR:
		return "it is not a regular file, and links are not followed: remove it";
	case ENOTDIR:
		return "its folder is not a folder, or is a link that another user may have made";
	case EFBIG:
		return "the file that is there is larger than any list: remove it";
	case EACCES:
		return "only root may write it";
	case EBUSY:
		return "another berkctl is changing it: try again when that is done";
	default:
		return strerror(-error);
	}
}

static int open_folder(struct pins_file *f)
{
	if (f->folder < 0) {
		f->folder = file_open_folder(f->dir);
	}
	return f->folder < 0 ? f->folder : 0;
}

/* Nobody else changes it until pins_close(): 0, or a negative errno.  Whoever can open a file can
 * lock it, and all can open the folder: so the lock is on a file that only root can open. */
static int lock_folder(struct pins_file *f)
{
	if (f->lock >= 0) {
		return 0;
	}
	if (mkdir(f->dir, 0755) < 0 && errno != EEXIST) {
		return -errno;
	}
	int r = open_folder(f);
	int fd = r < 0 ? r
		       : file_open(f->folder, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, NULL);

	if (fd < 0) {
		return fd;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return r;
	}
	f->lock = fd;
	return 0;
}

/* The text of what is there, up to TEXT_MAX bytes; -ENOENT: nothing is. */
static int read_pins(struct pins_file *f, char *ret, size_t *ret_len)
{
	int r = open_folder(f);
	int fd = r < 0 ? r : file_open(f->folder, PINS_FILE, O_RDONLY | O_NOFOLLOW, 0, NULL);

	r = fd < 0 ? fd : file_read_all(fd, ret, TEXT_MAX, ret_len);
	if (fd >= 0) {
		close(fd);
	}
	return r;
}

int pins_open(const char *config, bool to_change, struct pins_file *ret)
{
	size_t len = 0;
	char *text = malloc(TEXT_MAX);

	*ret = PINS_FILE_NONE;
	if (!text) {
		return -ENOMEM;
	}
	int n = snprintf(ret->dir, sizeof(ret->dir), "%s.d", config);

	(void)snprintf(ret->path, sizeof(ret->path), "%s/" PINS_FILE, ret->dir);
	int r = n < 0 || (size_t)n >= sizeof(ret->dir) ? -ENAMETOOLONG
		: to_change			       ? lock_folder(ret)
						       : 0;

	r = r < 0 ? r : read_pins(ret, text, &len);

	if (r == 0 && len < TEXT_MAX) {
		ret->before = text;
		ret->before_len = len;
		return 0;
	}
	free(text);
	return r == -ENOENT ? 0 : r == 0 ? -EFBIG : r;
}

void pins_close(struct pins_file *f)
{
	free(f->before);
	f->before = NULL;
	if (f->lock >= 0) {
		close(f->lock);
	}
	if (f->folder >= 0) {
		close(f->folder);
	}
	f->lock = f->folder = -1;
}

/* Berkd, which is not root, must read what is new. */
static int replace(struct pins_file *f, const char *text, size_t len)
{
	int r = lock_folder(f);

	return r < 0 ? r : file_replace(f->folder, PINS_FILE, text, len, 0644);
}

static int take_away(struct pins_file *f)
{
	int r = lock_folder(f);

	if (r == 0) {
		r = unlinkat(f->folder, PINS_FILE, 0) < 0 ? -errno
		    : fsync(f->folder) < 0		  ? -errno
							  : 0;
	}
	return r == -ENOENT ? 0 : r;
}

int pins_write(struct pins_file *f, const struct pins *p)
{
	char *text = malloc(TEXT_MAX);
	size_t len;

	if (p->n == 0 || !text) {
		free(text);
		return p->n == 0 ? take_away(f) : -ENOMEM;
	}
	len = (size_t)snprintf(text, TEXT_MAX, HEAD);
	for (size_t i = 0; i < p->n; i++) {
		const char *name = p->pin[i].name;

		len += (size_t)snprintf(text + len, TEXT_MAX - len, "%s%s%s\t%s\n",
					name[0] ? "\t# " : "", name, name[0] ? "\n" : "",
					p->pin[i].key);
	}
	int r = replace(f, text, len);

	free(text);
	return r;
}

/* Where a full disk let nothing be written, nothing is to be written again. */
static bool is_as_before(struct pins_file *f)
{
	char *text = malloc(TEXT_MAX);
	size_t len = 0;
	int r = text ? read_pins(f, text, &len) : -ENOMEM;
	bool same = f->before ? r == 0 && len == f->before_len && memcmp(text, f->before, len) == 0
			      : r == -ENOENT;

	free(text);
	return same;
}

int pins_restore(struct pins_file *f)
{
	if (is_as_before(f)) {
		return 0;
	}
	return f->before ? replace(f, f->before, f->before_len) : take_away(f);
}
