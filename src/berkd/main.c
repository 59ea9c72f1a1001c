/* main.c - berkd's command line. */
#include "berkd/clock/setter.h"
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/daemon.h"
#include "berkd/host/as_user.h"
#include "berkd/host/log.h"
#include "berkd/host/privilege.h"
#include "berkd/host/rtc.h"
#include "berkd/net/absent.h"

#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int print_usage(FILE *to, int status)
{
	(void)fputs(
		"Usage: berkd [OPTION]...\n"
		"Keep this host on the time of its group.\n\n"
		"  -c, --config FILE   read FILE instead of " BERKD_CONF "\n"
		"      --check-config  check the configuration and exit\n"
		"  -v, --verbose       log at debug level\n"
		"      --save-rtc      set the hardware clock, if the kernel's is synchronised\n"
		"      --set-clock     set the clock for another berkd, and do nothing else\n"
		"      --version       print the version and exit\n"
		"  -h, --help          print this and exit\n",
		to);
	return status;
}

static void report_check(void *userdata, const char *message)
{
	(void)userdata;
	(void)fprintf(stderr, "%s\n", message);
}

/* Warnings were told to root. */
static void report_error(void *userdata, const char *message)
{
	if (strncmp(message, "warning:", strlen("warning:")) != 0) {
		report_check(userdata, message);
	}
}

/* A configuration, read: its drop-ins and its key file too. */
struct reading {
	const char *path;
	struct config *config;
	config_report report;
};

static int read_config(void *userdata)
{
	static const uint8_t secret[KEY_LEN];
	struct reading *r = userdata;
	struct node_config node;
	int error = config_load(r->path, r->config, r->report, NULL);

	error = error < 0 ? error : config_to_node(r->config, secret, &node, r->report, NULL);
	sodium_memzero(&node, sizeof(node));
	return error;
}

/* The daemon does not stay root: what only root can read is no good to a reload, nor to the unit.
 * Where there is no such user there is no unit. */
static int read_config_as_daemon(struct reading *r)
{
	int error = geteuid() == 0 && r->config->driver != CONFIG_CLOCK_VIRTUAL
			    ? as_user(r->config->user, read_config, r)
			    : 0;

	return error == -ESRCH ? 0 : error;
}

/* Complaints to stderr, one line to stdout.  Returns the exit status. */
static int check_config(const char *path)
{
	struct config *c = malloc(sizeof(*c));
	struct reading reading = {.path = path, .config = c, .report = report_check};
	int r = c ? read_config(&reading) : -ENOMEM;

	if (r == 0) {
		struct absent absent = {0};

		absent_refresh(&absent, c);
		reading.report = report_error;
		r = read_config_as_daemon(&reading);
		if (r < 0) {
			(void)fprintf(stderr,
				      "the user %s cannot read that: %s; allow it: chgrp %s FILE "
				      "&& chmod 640 FILE\n",
				      c->user, strerror(-r), c->user);
		}
	}
	(void)printf("%s: %s\n", path, r < 0 ? "not usable" : "good");
	free(c);
	return r < 0;
}

/* What the daemon does at its end where it may.  Returns the exit status. */
static int save_rtc(const char *path)
{
	struct config *c = malloc(sizeof(*c));
	int r = c ? config_load(path, c, log_complaint, NULL) : -ENOMEM;

	if (r == 0) {
		log_open(c->log_target, c->log_level);
		rtc_keep(c);
	}
	free(c);
	return r < 0;
}

static void no_report(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

/* What root has read now is good, but a reload comes after root is gone. */
static void warn_of_reload(const char *path, struct config *c)
{
	int r = read_config_as_daemon(
		&(struct reading){.path = path, .config = c, .report = no_report});

	if (r < 0) {
		log_warning(CAUSE_CONFIG,
			    "The user %s cannot read %s, or a file that it names: %s; a reload "
			    "will fail and change nothing; allow it: chgrp %s FILE && chmod 640 "
			    "FILE",
			    c->user, path, strerror(-r), c->user);
	}
}

/* Returns the exit status. */
static int set_clock(void)
{
	const char *path = getenv(SETTER_ENV);

	if (!path) {
		log_err(CAUSE_CONFIG, "--set-clock: no " SETTER_ENV " in the environment");
		return EX_CONFIG;
	}
	/* The journal is opened by this line: afterwards no socket can be made. */
	log_info("Setting the clock for those who ask at %s", path);
	return setter_serve(path) == -ENAMETOOLONG ? EX_CONFIG : EXIT_FAILURE;
}

/* Returns the exit status. */
static int run_daemon(const char *path, bool verbose)
{
	struct config *config = malloc(sizeof(*config));
	struct daemon *daemon = NULL;
	int r = config ? config_load(path, config, log_complaint, NULL) : -ENOMEM;
	bool mendable = r == -ENOMEM;

	if (r == 0) {
		config->log_level = verbose ? LEVEL_DEBUG : config->log_level;
		log_open(config->log_target, config->log_level);
		warn_of_reload(path, config);
		r = daemon_new(config, &daemon);
		r = r < 0 ? r : daemon_confine(daemon);
		mendable = r != -EINVAL && r != -EPERM && r != -EBUSY && r != -ENAMETOOLONG;
	}
	free(config);
	if (r == 0) {
		r = daemon_run(daemon);
	}
	daemon_free(daemon);
	if (r < 0) {
		log_err(CAUSE_ENDS, "Giving up: %s", strerror(-r));
		return mendable ? EXIT_FAILURE : EX_CONFIG;
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	enum { OPT_CHECK = 256, OPT_RTC, OPT_SET, OPT_VERSION };
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"check-config", no_argument, NULL, OPT_CHECK},
						{"save-rtc", no_argument, NULL, OPT_RTC},
						{"set-clock", no_argument, NULL, OPT_SET},
						{"verbose", no_argument, NULL, 'v'},
						{"version", no_argument, NULL, OPT_VERSION},
						{"help", no_argument, NULL, 'h'},
						{0}};
	const char *path = BERKD_CONF;
	bool check = false, rtc = false, verbose = false;
	int c;

	/* Until the configuration is read, which may be wrong. */
	log_open(CONFIG_LOG_AUTO, LEVEL_INFO);
	while ((c = getopt_long(argc, argv, "c:vh", options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		case OPT_CHECK:
			check = true;
			break;
		case OPT_RTC:
			rtc = true;
			break;
		case OPT_SET:
			return set_clock();
		case OPT_VERSION:
			return puts(PACKAGE_STRING) < 0;
		case 'h':
			return print_usage(stdout, EXIT_SUCCESS);
		default:
			return print_usage(stderr, EX_USAGE);
		}
	}
	if (optind < argc) {
		return print_usage(stderr, EX_USAGE);
	}
	if (sodium_init() < 0) {
		log_err(CAUSE_ENDS, "libsodium cannot be initialised");
		return EXIT_FAILURE;
	}
	if (rtc) {
		return save_rtc(path);
	}
	return check ? check_config(path) : run_daemon(path, verbose);
}
