/* screen.h - a terminal of a test: a window of tmux with a shell in it, what is typed there, and what
 * is shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SCREEN_PROMPT "ready:" /* of the shell */

struct screen {
	char name[16];	  /* of its own server of tmux */
	char text[65536]; /* as it was captured last */
};

/* Is tmux here?  False: that the test is skipped was printed. */
bool screen_is_possible(void);
/* berkctl is in the path of the shell: how long its own is moves nothing on the screen.  It edits no lines and leaves the terminal alone: each escape sequence, and how the terminal
 * is, is of what it runs. */
void screen_open(struct screen *, const char *name, unsigned columns, unsigned rows);
void screen_close(struct screen *);
/* The process of the shell, or of what it was replaced by. */
pid_t screen_pid(struct screen *);
/* Wait until what the shell ran in the foreground has ended, or was stopped.  Call before typing to
 * the shell: what is typed before that is lost, or is for the program. */
void screen_wait_shell(struct screen *);
/* Give it that size, and wait until what runs there can know it. */
void screen_size(struct screen *, unsigned columns, unsigned rows);

/* Press @keys, as tmux names them, with spaces between them; or type @text as it is, or as a line. */
void screen_press(const struct screen *, const char *keys);
void screen_type(const struct screen *, const char *text);
void screen_type_line(const struct screen *, const char *text);

/* What is on the screen now, or all that ever was with lines that were too long for the window whole
 * again; or what is shown, with its escape sequences. */
const char *screen_read(struct screen *);
const char *screen_read_all(struct screen *);
const char *screen_read_styled(struct screen *);
/* Wait until @text is on the screen, or, unless @there, is not. */
void screen_wait(struct screen *, const char *text, bool there);
/* Is @text in what was read last? */
void screen_assert(const struct screen *, const char *text);
/* Is there an escape sequence of a colour other than the default one?  What is bold, dim or reverse
 * is none. */
void screen_assert_colour(struct screen *, bool wanted);
/* The terminal echoes what is typed, and gives it line by line: the shell is asked. */
void screen_assert_sane(struct screen *);

/* From now on, keep each byte that is written to the terminal. */
void screen_record(const struct screen *);
/* No byte that was kept is outside ASCII or, unless @escapes are wanted, begins an escape sequence. */
void screen_assert_plain(struct screen *, bool escapes);
