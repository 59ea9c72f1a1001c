/* fuzz_answer.c - berkctl reads whatever a daemon answers: every command, to the end.
 *
 * Input: a byte that chooses the command, one of flags, then what each connection answers, parted
 * by a byte of 0xff; connect(2) is another function here, which has the answer at hand. */
#include "berk/time.h"
#include "berkctl/berkctl.h"
#include "berkctl/chat.h"
#include "fuzz.h"
#include "tests/fuzz/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16

int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t len);

static const uint8_t *input;
static size_t input_len;
static int theirs[CONNECTIONS_MAX];
static unsigned n_theirs;

/* Each connection has its own part; those after the last one have nothing. */
int __wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	const uint8_t *stop = input_len > 0 ? memchr(input, 0xff, input_len) : NULL;
	size_t n = stop ? (size_t)(stop - input) : input_len;
	const int room = 1 << 18;
	int pair[2];

	(void)sa;
	(void)len;
	if (n_theirs == CONNECTIONS_MAX) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
	    setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) < 0 ||
	    dup2(pair[0], fd) < 0 || close(pair[0]) < 0) {
		abort();
	}
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

static int talk(const struct ctl *ctl)
{
	struct talk t = {.ctl = ctl};
	int status = talk_follow(&t, 3);

	(void)talk_say(&t, "a line", 6);
	for (unsigned i = 0; status == CTL_OK && i < 8; i++) {
		if (!talk_push(&t) || !talk_hear(&t, NULL, NULL, NULL)) {
			break;
		}
	}
	talk_fini(&t);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const commands[])(const struct ctl *) = {
		cmd_status, cmd_members, cmd_check,    cmd_metrics,  cmd_why,	   cmd_diff,
		cmd_rounds, cmd_monitor, cmd_waitsync, cmd_transfer, cmd_stepdown, cmd_step,
		cmd_forget, cmd_exclude, cmd_reload,   cmd_trace,    cmd_settime,  talk};
	static char first[] = "debug", second[] = "beta";
	static char *arguments[] = {first, second, NULL};
	struct ctl ctl = {.socket = "x",
			  .history = -1,
			  .limit = -1,
			  .timeout_ns = -1,
			  .bound_ns = -1,
			  .interval_ns = -1,
			  .argv = arguments};

	if (size < 2) {
		return 0;
	}
	scratch_hush();
	ctl.json = data[1] & 1;
	ctl.verbose = data[1] & 2;
	ctl.colour = data[1] & 4;
	ctl.all = data[1] & 8;
	ctl.argc = (data[1] >> 4) % 3;
	ctl.dry_run = data[1] & 128;
	ctl.bound_ns = data[1] & 64 ? NS_PER_S : -1;
	n_theirs = 0;
	input = data + 2;
	input_len = size - 2;
	(void)commands[data[0] % (sizeof(commands) / sizeof(commands[0]))](&ctl);
	while (n_theirs > 0) {
		(void)close(theirs[--n_theirs]);
	}
	return 0;
}
