/* screen.c - see screen.h. */
#include "netns/lib/screen.h"

#include "netns/lib/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COMMAND_MAX 1024

static void write_command(const struct screen *s, char *to, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));
static void write_command(const struct screen *s, char *to, const char *format, va_list ap)
{
	int n = snprintf(to, COMMAND_MAX, "tmux -u -S " SANDBOX_DIR "/tmux.%s -f /dev/null ",
			 s->name);

	(void)vsnprintf(to + n, COMMAND_MAX - (size_t)n, format, ap);
}

static int tmux(const struct screen *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int tmux(const struct screen *s, const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list ap;

	va_start(ap, format);
	write_command(s, command, format, ap);
	va_end(ap);
	return system(command);
}

static const char *capture(struct screen *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static const char *capture(struct screen *s, const char *format, ...)
{
	char command[COMMAND_MAX];
	va_list ap;

	va_start(ap, format);
	write_command(s, command, format, ap);
	va_end(ap);
	FILE *f = popen(command, "re");

	assert_non_null(f);
	s->text[fread(s->text, 1, sizeof(s->text) - 1, f)] = '\0';
	(void)pclose(f);
	return s->text;
}

bool screen_is_possible(void)
{
	bool possible = system("command -v tmux >/dev/null") == 0;

	if (!possible) {
		print_message("skipped: no tmux here: apt-get install tmux\n");
	}
	return possible;
}

void screen_open(struct screen *s, const char *name, unsigned columns, unsigned rows)
{
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
	assert_int_equal(tmux(s,
			      "new-session -d -x %u -y %u 'env -u ENV PS1=" SCREEN_PROMPT
			      " PATH=$(dirname " BERKCTL_PATH "):$PATH sh -i'",
			      columns, rows),
			 0);
	screen_wait(s, SCREEN_PROMPT, true);
}

void screen_close(struct screen *s)
{
	(void)tmux(s, "kill-server");
}

pid_t screen_pid(struct screen *s)
{
	pid_t pid = (pid_t)strtol(capture(s, "display-message -t 0 -p '#{pane_pid}'"), NULL, 10);

	assert_true(pid > 0);
	return pid;
}

void screen_wait_shell(struct screen *s)
{
	for (unsigned i = 0; i < WAIT_S / 0.05; i++) {
		const char *now = capture(s, "display-message -t 0 -p '#{pane_current_command}'");

		if (strcmp(now, "sh\n") == 0 || strcmp(now, "dash\n") == 0) {
			return;
		}
		usleep(50000);
	}
	fail_msg("still running: %s\n%s", s->text, screen_read(s));
}

/* tmux has another size at once, and tells the terminal a quarter of a second later. */
void screen_size(struct screen *s, unsigned columns, unsigned rows)
{
	struct winsize size = {0};

	assert_int_equal(tmux(s, "resize-window -t 0 -x %u -y %u", columns, rows), 0);
	(void)capture(s, "display-message -t 0 -p '#{pane_tty}'");
	s->text[strcspn(s->text, "\n")] = '\0';
	int fd = open(s->text, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (unsigned i = 0; i < WAIT_S / 0.05 && (size.ws_col != columns || size.ws_row != rows);
	     i++) {
		usleep(50000);
		assert_int_equal(ioctl(fd, TIOCGWINSZ, &size), 0);
	}
	close(fd);
	assert_int_equal(size.ws_col, columns);
	assert_int_equal(size.ws_row, rows);
}

void screen_press(const struct screen *s, const char *keys)
{
	assert_int_equal(tmux(s, "send-keys -t 0 %s", keys), 0);
}

void screen_type(const struct screen *s, const char *text)
{
	assert_null(strchr(text, '\''));
	assert_int_equal(tmux(s, "send-keys -t 0 -l -- '%s'", text), 0);
}

void screen_type_line(const struct screen *s, const char *text)
{
	screen_type(s, text);
	screen_press(s, "Enter");
}

const char *screen_read(struct screen *s)
{
	return capture(s, "capture-pane -t 0 -p");
}

const char *screen_read_all(struct screen *s)
{
	return capture(s, "capture-pane -t 0 -p -J -S -");
}

const char *screen_read_styled(struct screen *s)
{
	return capture(s, "capture-pane -t 0 -p -e");
}

void screen_wait(struct screen *s, const char *text, bool there)
{
	for (unsigned i = 0; i < WAIT_S / 0.05; i++) {
		if (!strstr(screen_read(s), text) != there) {
			return;
		}
		usleep(50000);
	}
	fail_msg("%s \"%s\" on the screen:\n%s", there ? "no" : "still", text, s->text);
}

void screen_assert(const struct screen *s, const char *text)
{
	if (!strstr(s->text, text)) {
		fail_msg("no \"%s\" on the screen:\n%s", text, s->text);
	}
}

static bool has_colour(const char *text)
{
	for (const char *at = text; (at = strstr(at, "\033[")); at++) {
		char *end = (char *)(uintptr_t)at + 1;

		do {
			unsigned long code = strtoul(end + 1, &end, 10);

			if ((code >= 30 && code <= 48 && code != 39) || code >= 90) {
				return true;
			}
		} while (*end == ';');
	}
	return false;
}

void screen_assert_colour(struct screen *s, bool wanted)
{
	if (has_colour(screen_read_styled(s)) != wanted) {
		fail_msg("%s colour on the screen:\n%s", wanted ? "no" : "a", s->text);
	}
}

void screen_assert_sane(struct screen *s)
{
	screen_type_line(s,
			 "stty -a | tr \" \" \"\\n\" | grep -x -e echo -e icanon -e isig | xargs");
	screen_wait(s, "isig icanon echo\n", true);
}

void screen_record(const struct screen *s)
{
	(void)tmux(s, "pipe-pane -t 0"); /* what was kept before is over */
	assert_int_equal(tmux(s, "pipe-pane -t 0 'cat >" SANDBOX_DIR "/tmux.%s.bytes'", s->name),
			 0);
}

void screen_assert_plain(struct screen *s, bool escapes)
{
	char path[64];

	(void)snprintf(path, sizeof(path), SANDBOX_DIR "/tmux.%s.bytes", s->name);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	s->text[fread(s->text, 1, sizeof(s->text) - 1, f)] = '\0';
	(void)fclose(f);
	assert_true(s->text[0]);
	for (const char *at = s->text; *at; at++) {
		if ((*at & 0x80) || (*at == '\033' && !escapes)) {
			fail_msg("byte %#x at \"%.20s\" in:\n%s", (unsigned char)*at, at, s->text);
		}
	}
}
