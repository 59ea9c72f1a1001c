/* fuzz_answer.c - berkctl reads whatever a daemon answers: every command, to the end, while
 * whatever is asked of the system may fail once.
 *
 * Whatever it says, no control character comes out of it that moves the cursor of a terminal.
 *
 * Input: a byte that chooses the command, two of flags, those of faults.h, then what each
 * connection answers, parted by a byte of 0xff; connect(2) is another function here, which has the
 * answer at hand. */
#include "berk/time.h"
#include "berkctl/berkctl.h"
#include "berkctl/chat.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define TALK_TURNS	8
#define MORE_FROM	240

/* Of the second byte of flags; the first has those of ctl. */
enum {
	INTERVAL = 1,
	TIMEOUT = 2,
	BOTH_SOCKETS = 4, /* as without --socket */
	LONG_LINES = 8,	  /* the line to be said is several */
	ODD_LINE = 16,	  /* it is no text */
	MANY_LINES = 32,  /* more are said than are kept */
	TIME_PASSES = 64, /* the daemon is slow */
	TO_ONE = 128,	  /* they are for one host alone */
};

int __wrap_nanosleep(const struct timespec *time, struct timespec *ret_left);
int64_t __real_client_now_ms(void);
int64_t __wrap_client_now_ms(void);
int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t len);

static const uint8_t *input;
static size_t input_len;
static int theirs[CONNECTIONS_MAX];
static unsigned n_theirs;
static int64_t passed_ms, pace_ms;

int64_t __wrap_client_now_ms(void)
{
	passed_ms += pace_ms;
	return __real_client_now_ms() + passed_ms;
}

/* Each connection has its own part; those after the last one have nothing. */
int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	const uint8_t *stop = input_len > 0 ? memchr(input, 0xff, input_len) : NULL;
	size_t n = stop ? (size_t)(stop - input) : input_len;
	const int room = 1 << 18;
	int pair[2];

	(void)sa;
	(void)len;
	if (fault_here(FAULT_CONNECT)) {
		return -1;
	}
	if (n_theirs == CONNECTIONS_MAX) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || dup2(pair[0], fd) < 0) {
		abort();
	}
	(void)close(pair[0]); /* that call, or the next one, may be the one that fails */
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (n > 0) {
		(void)send(pair[1], input, n, MSG_DONTWAIT);
		(void)send(pair[1], "", 1, MSG_DONTWAIT);
	}
	(void)shutdown(pair[1], SHUT_WR);
	theirs[n_theirs++] = pair[1];
	input += n + (stop != NULL);
	input_len -= n + (stop != NULL);
	return 0;
}

static unsigned talk_flags;

static void say_lines(struct talk *t)
{
	static char text[3 * CHAT_LINE_MAX];

	memset(text, 'x', sizeof(text));
	if (talk_flags & LONG_LINES) { /* blanks at one end, long characters at the other */
		for (size_t i = 0; i + 2 < sizeof(text) / 2; i += 9) {
			text[i] = ' ';
		}
		for (size_t i = sizeof(text) / 2; i + 1 < sizeof(text); i += 2) {
			memcpy(text + i, "\u00e9", 2);
		}
	}
	if (talk_flags & ODD_LINE) {
		text[0] = (char)0xff;
	}
	if (talk_flags & MANY_LINES) { /* the room ends amid a line */
		(void)talk_say(t, "x", 1);
	}
	for (unsigned n = talk_flags & MANY_LINES ? CHAT_QUEUE_MAX : 1; n > 0; n--) {
		size_t len = talk_flags & LONG_LINES ? sizeof(text) : 6;

		(void)(talk_flags & TO_ONE ? talk_say_to(t, "beta", text, len)
					   : talk_say(t, text, len));
	}
}

static void note_turn(void *userdata)
{
	(void)userdata;
}

static int talk(const struct ctl *ctl)
{
	struct talk t = {.ctl = ctl, .id = "0123456789abcdef"};
	int status = talk_follow(&t, 3);

	say_lines(&t);
	for (unsigned i = 0; status == CTL_OK && i < TALK_TURNS; i++) {
		(void)talk_wait_ms(&t);
		(void)talk_say_fd(&t);
		if (!talk_push(&t) || !talk_hear(&t, note_turn, note_turn, NULL)) {
			break;
		}
	}
	(void)talk_push(&t);
	talk_print_refused(&t);
	(void)talk_print_unsaid(&t);
	talk_fini(&t);
	return status;
}

/* The list: what pins keys writes files. */
static int trust(const struct ctl *ctl)
{
	struct ctl list = *ctl;

	list.argc = 0;
	list.all = list.dry_run = false;
	return cmd_trust(&list);
}

/* --- What is shown --- */

static FILE *real_stdout, *real_stderr;
static char *shown;
static size_t shown_len;

static void begin_to_show(void)
{
	FILE *f = open_memstream(&shown, &shown_len);

	if (!f) {
		abort();
	}
	real_stdout = stdout;
	real_stderr = stderr;
	stdout = stderr = f;
}

/* Colours are control characters of our own; in JSON there are none, and the figures are for
 * programs. */
static void end_to_show(const struct ctl *ctl, bool for_programs)
{
	if (fclose(stdout) != 0) {
		abort();
	}
	stdout = real_stdout;
	stderr = real_stderr;
	for (size_t i = 0; i < shown_len && !ctl->colour && !ctl->json && !for_programs; i++) {
		unsigned char c = (unsigned char)shown[i];

		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
			abort();
		}
	}
	free(shown);
}

/* Nobody waits here for what a daemon will say a moment later. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *ret_left)
{
	(void)time;
	(void)ret_left;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const commands[])(
		const struct ctl *) = {cmd_status,   cmd_members,  cmd_check,	 cmd_metrics,
				       cmd_why,	     cmd_diff,	   cmd_rounds,	 cmd_monitor,
				       cmd_waitsync, cmd_transfer, cmd_stepdown, cmd_step,
				       cmd_forget,   cmd_exclude,  cmd_reload,	 cmd_trace,
				       cmd_settime,  talk,	   cmd_history,	 cmd_plot};
	/* The last bytes choose these, which came later: the corpus keeps its meaning. */
	static int (*const more[])(const struct ctl *) = {trust, cmd_revoke, cmd_hold, cmd_resume,
							  cmd_include};
	static char first[] = "debug", second[] = "beta";
	static char *arguments[] = {first, second, second, NULL};
	struct ctl ctl = {.socket = "x",
			  .history = -1,
			  .limit = -1,
			  .timeout_ns = -1,
			  .bound_ns = -1,
			  .interval_ns = -1};

	if (size < 3 + FAULT_LEN) {
		return 0;
	}
	begin_to_show();
	ctl.json = data[1] & 1;
	ctl.verbose = data[1] & 2;
	ctl.colour = data[1] & 4;
	ctl.all = data[1] & 8;
	ctl.argc = (data[1] >> 4) % 3;
	ctl.argv = arguments + ctl.all; /* the first one is right, or is not */
	ctl.dry_run = data[1] & 128;
	ctl.undo = data[1] & 8;
	ctl.bound_ns = data[1] & 64 ? NS_PER_S : -1;
	ctl.interval_ns = data[2] & INTERVAL ? NS_PER_S : -1;
	ctl.since_ns = data[2] & INTERVAL ? INT64_MAX : -1;
	ctl.timeout_ns = data[2] & TIMEOUT ? (ctl.all ? NS_PER_S / 2 : NS_PER_S) : -1;
	ctl.socket = data[2] & BOTH_SOCKETS ? NULL : "x";
	talk_flags = data[2];
	passed_ms = 0;
	pace_ms = data[2] & TIME_PASSES ? CTL_SILENT_MS / 2 : 0;
	n_theirs = 0;
	bool is_more = data[0] >= MORE_FROM;
	unsigned n_commands =
		is_more ? sizeof(more) / sizeof(more[0]) : sizeof(commands) / sizeof(commands[0]);
	int (*const *command)(const struct ctl *) =
		&(is_more ? more : commands)[data[0] % n_commands];

	data += 3;
	size -= 3;
	fault_arm(&data, &size);
	input = data;
	input_len = size;
	(void)(*command)(&ctl);
	fault_disarm();
	end_to_show(&ctl, *command == cmd_metrics || isatty(STDOUT_FILENO) == 1);
	while (n_theirs > 0) {
		(void)close(theirs[--n_theirs]);
	}
	return 0;
}
