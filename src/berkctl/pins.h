/* pins.h - the hosts that may be members, as a drop-in of the configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PINS_MAX     256 /* as members = in berkd.conf(5) */
#define PIN_KEY_LEN  64	 /* hex digits */
#define PIN_NAME_MAX 64
#define PINS_FILE    "zz-trust.conf" /* read last: its list takes the place of all before it */

struct pins {
	size_t n;
	struct pin {
		char key[PIN_KEY_LEN + 1];
		char name[PIN_NAME_MAX]; /* as a comment; empty: none */
	} pin[PINS_MAX];
};

/* Is it 64 hex digits? */
bool pins_is_key(const char *text);
bool pins_has(const struct pins *, const char *key);
/* False: there is no room. */
bool pins_add(struct pins *, const char *key, const char *name);
void pins_remove(struct pins *, const char *key);

/* What stands beside @config, a berkd.conf, before and after a change. */
struct pins_file {
	char dir[512], path[768];
	char *before; /* NULL: there was none */
	size_t before_len;
	int folder, lock; /* so that no two berkctl change the list at once; -1: not yet */
};

#define PINS_FILE_NONE ((struct pins_file){.folder = -1, .lock = -1})

/* Note what is there and, @to_change it, keep others from doing so.  0 or a negative errno: -EBUSY
 * when another one does.  Call before pins_write(), and pins_close() in any case. */
int pins_open(const char *config, bool to_change, struct pins_file *ret);
/* Replace the file as a whole by these pins, or, without any, take it away.  0, or a negative
 * errno: call pins_restore() then. */
int pins_write(struct pins_file *, const struct pins *);
/* Put back what was there, if something else is.  0 or a negative errno. */
int pins_restore(struct pins_file *);
/* Such an error for people, with what to do. */
const char *pins_error(int error);
void pins_close(struct pins_file *);
