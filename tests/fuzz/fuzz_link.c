/* fuzz_link.c - any bytes as messages of the routing netlink, while whatever is asked of libnl, of
 * sd-event or of the allocator may fail once: the watch of interfaces neither crashes nor stops
 * looking.
 *
 * Input: the bytes of faults.h, and two datagrams, each of its length (2 bytes) and so many bytes.
 * libnl's receive function is another one here, which has the input; the rest is its own. */
#include "berkd/net/link.h"
#include "fuzz.h"
#include "tests/fuzz/faults.h"
#include "tests/fuzz/scratch.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TURNS 5 /* both datagrams, and what has settled */

int __real_nl_connect(struct nl_sock *s, int protocol);
int __wrap_nl_connect(struct nl_sock *s, int protocol);
int __wrap_nl_socket_get_fd(const struct nl_sock *s);

static const uint8_t *input;
static size_t input_len;
static int readable = -1; /* it always is */

static int receive_input(struct nl_sock *s, struct sockaddr_nl *from, unsigned char **ret,
			 struct ucred **creds)
{
	(void)s;
	(void)creds;
	*from = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	size_t len = input_len >= 2 ? (size_t)input[0] << 8 | input[1] : 0;

	if (input_len <= 2 || len == 0) { /* no datagram of netlink is empty */
		return -NLE_AGAIN;
	}
	len = len < input_len - 2 ? len : input_len - 2;
	*ret = malloc(len + 1);
	if (!*ret) {
		return -NLE_NOMEM;
	}
	memcpy(*ret, input + 2, len);
	input += 2 + len;
	input_len -= 2 + len;
	return (int)len;
}

int __wrap_nl_connect(struct nl_sock *s, int protocol)
{
	struct nl_cb *cb = nl_socket_get_cb(s);

	if (fault_here(FAULT_NL_CONNECT)) {
		nl_cb_put(cb);
		return errno == EPERM	 ? -NLE_PERM
		       : errno == EACCES ? -NLE_AF_NOSUPPORT
					 : -NLE_FAILURE;
	}
	nl_cb_overwrite_recv(cb, receive_input);
	nl_cb_put(cb);
	return __real_nl_connect(s, protocol);
}

int __wrap_nl_socket_get_fd(const struct nl_sock *s)
{
	(void)s;
	return readable;
}

static void note_change(void *userdata)
{
	(void)userdata;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static sd_event *event;
	static struct link_watch *watch;

	scratch_hush();
	if (!event) {
		readable = eventfd(1, EFD_CLOEXEC);
		if (readable < 0 || sd_event_new(&event) < 0) {
			abort();
		}
	}
	/* A watch that failed once is over, as it should be: the next input gets a new one. */
	watch = NULL;
	fault_arm(&data, &size);
	if (link_watch_new(event, note_change, NULL, &watch) < 0) {
		fault_disarm();
		return 0; /* no netlink here */
	}
	input = data;
	input_len = size;
	for (unsigned i = 0; i < TURNS; i++) {
		if (sd_event_run(event, 0) < 0) {
			abort();
		}
	}
	fault_disarm();
	watch = link_watch_free(watch);
	return 0;
}
