/* main.c - berkd-exporter's command line and its loop. */
#include "exporter/listen.h"
#include "exporter/sampler.h"
#include "exporter/say.h"
#include "exporter/store.h"
#include "exporter/web.h"

#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#define STATUS_SOCKET "/run/berkd/status"

struct options {
	const char *socket;
	struct listen_address address[LISTEN_MAX];
	unsigned n_addresses;
	bool is_default; /* nobody gave an address */
};

static int print_usage(FILE *to, int status)
{
	(void)fputs(
		"Usage: berkd-exporter [OPTION]...\n"
		"Serve the figures of berkd: a page at /, and /metrics for Prometheus.\n\n"
		"      --listen ADDRESS:PORT  instead of 127.0.0.1:9625 and [::1]:9625; up to 8 "
		"times\n"
		"      --socket PATH          of another daemon than the system's\n"
		"      --version              print the version and exit\n"
		"  -h, --help                 print this and exit\n",
		to);
	return status;
}

static bool add_address(struct options *o, const char *text)
{
	if (o->n_addresses == LISTEN_MAX) {
		say_error("--listen: allowed are %d addresses; leave out %s", LISTEN_MAX, text);
		return false;
	}
	if (!listen_parse(text, &o->address[o->n_addresses])) {
		say_error("--listen: read \"%s\": allowed is " LISTEN_ALLOWED, text);
		return false;
	}
	o->n_addresses++;
	return true;
}

/* -1: go on; else an exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	enum { OPT_LISTEN = 256, OPT_SOCKET, OPT_VERSION };
	static const struct option options[] = {{"listen", required_argument, NULL, OPT_LISTEN},
						{"socket", required_argument, NULL, OPT_SOCKET},
						{"version", no_argument, NULL, OPT_VERSION},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case OPT_LISTEN:
			if (!add_address(o, optarg)) {
				return EX_USAGE;
			}
			break;
		case OPT_SOCKET:
			o->socket = optarg;
			break;
		case OPT_VERSION:
			return puts("berkd-exporter " PACKAGE_VERSION) < 0;
		case 'h':
			return print_usage(stdout, EXIT_SUCCESS);
		default:
			return print_usage(stderr, EX_USAGE);
		}
	}
	if (optind < argc) {
		return print_usage(stderr, EX_USAGE);
	}
	o->is_default = o->n_addresses == 0;
	return !o->is_default || (add_address(o, "127.0.0.1:9625") && add_address(o, "[::1]:9625"))
		       ? -1
		       : EX_USAGE;
}

/* Serve the address @a; 0 or a negative errno, and that was said. */
static int serve(const struct listen_address *a, struct store *store, const struct options *o,
		 struct web **ret)
{
	int fd = listen_open(a);

	/* A host may have no IPv6, or no IPv4. */
	if (o->is_default && (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT)) {
		return 0;
	}
	if (fd < 0) {
		say_error("--listen %s: %s%s", a->text, strerror(-fd),
			  fd == -EADDRINUSE ? "; who has it tells: ss -ltnp" : "");
		return fd;
	}
	*ret = web_new(fd, a, WEB_CONNECTIONS_MAX / o->n_addresses, store);
	return *ret ? 0 : -ENOMEM;
}

/* For ever: SIGTERM ends the process at once, for there is nothing to save. */
_Noreturn static void go_on(struct sampler *sampler)
{
	(void)sd_notify(0, "READY=1");
	for (;;) {
		sampler_turn(sampler);
		(void)sd_notify(0, "WATCHDOG=1");
	}
}

/* Returns an exit status if it cannot begin. */
static int run(const struct options *o)
{
	struct web *web[LISTEN_MAX] = {0};
	struct store *store = store_new();
	struct sampler *sampler = store ? sampler_new(o->socket, store) : NULL;
	bool any = false;
	int r = sampler ? 0 : -ENOMEM;

	if (r < 0) {
		say_error("there is no memory");
	}
	for (unsigned i = 0; i < o->n_addresses && r == 0; i++) {
		r = serve(&o->address[i], store, o, &web[i]);
		any |= web[i] != NULL;
	}
	if (r == 0 && !any) {
		say_error("this host has no loopback address; give one: --listen ADDRESS:PORT");
		r = -EADDRNOTAVAIL;
	}
	if (r == 0) {
		go_on(sampler);
	}
	for (unsigned i = 0; i < LISTEN_MAX; i++) {
		web_free(web[i]);
	}
	sampler_free(sampler);
	store_free(store);
	return r == -ENOMEM ? EXIT_FAILURE : EX_UNAVAILABLE;
}

int main(int argc, char **argv)
{
	struct options o = {.socket = STATUS_SOCKET};
	int status = parse_options(argc, argv, &o);

	return status >= 0 ? status : run(&o);
}
