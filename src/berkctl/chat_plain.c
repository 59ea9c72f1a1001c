/* chat_plain.c - where nothing that was written can be wiped, or where libedit is not, the terminal
 * edits the line, and what comes in is printed where the cursor is. */
#include "berkctl/chat.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096 /* what a terminal gives at once */

/* The terminal gives a whole line.  False: the input is at its end. */
static bool read_line(struct talk *t)
{
	char line[LINE_MAX_BYTES];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line) - 1);

	if (n <= 0) {
		return n < 0 && errno == EINTR;
	}
	line[n] = '\0';
	size_t len = strcspn(line, "\r\n");

	if (len > 0 && !chat_take(t, line, len)) {
		(void)puts("(too many lines wait already; this one was not taken)");
	}
	return true;
}

int chat_plain(struct talk *t)
{
	bool going = true;

	while (going) {
		struct pollfd p[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = client_fd(t->follow), .events = POLLIN},
				      {.fd = talk_say_fd(t), .events = POLLIN}};

		(void)fflush(stdout);
		if (poll(p, 3, talk_wait_ms(t)) < 0) {
			if (errno != EINTR) {
				return CTL_FAILED;
			}
			continue;
		}
		if (p[1].revents) {
			going = talk_hear(t, NULL, NULL, NULL);
		}
		if (p[0].revents && !read_line(t)) {
			break;
		}
		going = going && talk_push(t);
		talk_print_refused(t);
	}
	return t->status;
}
