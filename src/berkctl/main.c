/* main.c - the command line of berkctl, its connection to the daemon, and the words for errors. */
#include "berk/time.h"
#include "berkctl/berkctl.h"
#include "berkctl/client.h"
#include "berkctl/commands.h"
#include "common/format.h"
#include "common/text.h"

#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPT_HOST (OPT_YES | OPT_DRY_RUN | OPT_CONFIG)

static const struct command commands[] = {
	{"setup", "[--yes] [--dry-run] [--timeout T] [--qr]", "make this host the first of a group",
	 cmd_setup, 0, 0, OPT_HOST | OPT_TIMEOUT | OPT_QR,
	 "Run it as root.  It makes the group key if there is none, switches off other time\n"
	 "daemons and switches berkd on.  It prints a token, which is valid for T (10min).\n"},
	{"invite", "[--timeout T] [--qr] | --undo", "print a token for the next hosts", cmd_invite,
	 0, 0, OPT_TIMEOUT | OPT_QR | OPT_UNDO | OPT_CONFIG,
	 "Run it as root.  Whoever has the token can join within T (10min).  --undo ends that\n"
	 "sooner.  Meanwhile a process waits on the TCP port with berkd's port number.\n"},
	{"join", "[--yes] [--dry-run] [--timeout T] [TOKEN]", "bring this host into a group",
	 cmd_join, 0, 1, OPT_HOST | OPT_TIMEOUT,
	 "Run it as root.  setup or invite prints TOKEN on a host of the group; without TOKEN, a\n"
	 "line of the input is read.  It waits for at most T (1min) until the group is met.\n"},
	{"leave", "[--yes] [--dry-run]", "take this host out of its group", cmd_leave, 0, 0,
	 OPT_HOST, "Run it as root.  It undoes what setup or join did.\n"},
	{"status", "", "is this clock right, with whom, and what to do", cmd_status, 0, 0, 0, ""},
	{"members", "[-a] [-v]", "all hosts: offset, bound, weight, state", cmd_members, 0, 0,
	 OPT_ALL | OPT_VERBOSE,
	 "Offsets are against group time, as last seen; the bound is what each clock is within.\n"
	 "With --all also each configured peer, here or not, and who is not let in, and why.\n"},
	{"why", "HOST", "does HOST count in the average, and why not", cmd_why, 1, 1, 0,
	 "HOST is a name, or the first digits (4 or more) of an id.\n"},
	{"diff", "HOST...", "show how far clocks are apart, and at most can be", cmd_diff, 1, -1, 0,
	 "One HOST is compared with this host, several hosts with each other.\n"},
	{"rounds", "[--limit N]", "show the last rounds that this host led as master", cmd_rounds,
	 0, 0, OPT_LIMIT,
	 "A round is one average of the clocks; only the host that led it knows it.\n"},
	{"history", "[--since T] [--host HOST] [--limit N]", "show past figures, roles and events",
	 cmd_history, 0, 0, OPT_SINCE | OPT_OF_HOST | OPT_LIMIT,
	 "This host has kept them on disk.  A line is for a host and an interval, which is longer\n"
	 "for a longer T.\n"},
	{"plot", "[--since T] [--host HOST] [--svg FILE]", "draw the history", cmd_plot, 0, 0,
	 OPT_SINCE | OPT_OF_HOST | OPT_SVG,
	 "It shows the offset of each host, and its bound as a band.  --svg needs gnuplot.\n"},
	{"monitor", "[-v] [--interval T]", "print events as they happen", cmd_monitor, 0, 0,
	 OPT_VERBOSE | OPT_INTERVAL,
	 "With --interval, it also prints the figures of this host each T (100ms or more).\n"
	 "With -v, it also prints debug notices, after: berkctl trace debug\n"},
	{"top", "[--interval T]", "show a live table of all hosts, with plots", cmd_top, 0, 0,
	 OPT_INTERVAL,
	 "It needs a terminal, and asks the daemon each T (100ms or more).  Press h for help.\n"},
	{"check", "", "is all well? for monitoring: exit status 0 or 1", cmd_check, 0, 0, 0, ""},
	{"doctor", "[--config FILE]", "find what is wrong with this host and its group", cmd_doctor,
	 0, 0, OPT_CONFIG,
	 "It says what to do about each fault, and changes nothing.  Root sees everything.  It\n"
	 "works without berkd, too.  The exit status is 1 if something has failed, else 0.\n"},
	{"metrics", "", "print figures for Prometheus", cmd_metrics, 0, 0, 0, ""},
	{"waitsync", "[--max-bound T] [--hosts N] [--timeout T] [--configured]",
	 "wait until this clock follows the group", cmd_waitsync, 0, 0,
	 OPT_TIMEOUT | OPT_BOUND | OPT_HOSTS | OPT_CONFIGURED,
	 "Exit status 4 when the time is up.\n"},
	{"chat", "[--follow] [--history N] [TEXT...]", "talk with the other hosts", cmd_chat, 0, -1,
	 OPT_FOLLOW | OPT_HISTORY,
	 "With TEXT, it says TEXT.  Without, it shows a prompt on a terminal, or says each line\n"
	 "of other input.  With --follow, it prints what is said, until interrupted.\n"},
	{"say", "[--to HOST] TEXT...", "say one line in the chat", cmd_say, 1, -1, OPT_TO,
	 "With --to, it says TEXT to HOST alone, and fails if HOST does not show it.\n"},
	{"transfer", "[--dry-run] [HOST]", "hand over from the master to HOST, or to the deputy",
	 cmd_transfer, 0, 1, OPT_DRY_RUN, "Run it on any host.\n"},
	{"stepdown", "[--dry-run]", "hand over from the master to the deputy", cmd_stepdown, 0, 0,
	 OPT_DRY_RUN, "Run it on any host.  It is refused if there is no deputy.\n"},
	{"step", "[--dry-run]", "step this clock to group time", cmd_step, 0, 0, OPT_DRY_RUN,
	 "It concerns this host alone.\n"},
	{"settime", "[--step] [--dry-run] TIME | --from-rtc",
	 "set the time of the group, on all hosts", cmd_settime, 0, 1,
	 OPT_STEP | OPT_RTC | OPT_DRY_RUN | OPT_BACK,
	 "Run it on any host.  TIME is local time, \"2026-11-27 12:00:00\", or UTC with a Z after\n"
	 "it, or seconds since 1970 after an @, or how far to move group time: +2s, -1h.  Group\n"
	 "time is slewed, by one second in 2.8 hours if max_drift is 100ppm; +0s ends a slew.\n"},
	{"forget", "[--dry-run] [HOST]", "stop counting a silent host", cmd_forget, 0, 1,
	 OPT_DRY_RUN,
	 "Run it on any host.  Without HOST, it forgets all hosts that are out of sight.\n"},
	{"exclude", "[--dry-run] HOST", "leave HOST out of the average", cmd_exclude, 1, 1,
	 OPT_DRY_RUN, "Run it on any host.  The master still corrects HOST.\n"},
	{"include", "[--dry-run] HOST", "take HOST into the average again", cmd_include, 1, 1,
	 OPT_DRY_RUN, "Run it on any host.\n"},
	{"hold", "[--dry-run] [--timeout T]", "correct no clock of the group for a while", cmd_hold,
	 0, 0, OPT_DRY_RUN | OPT_TIMEOUT, "Run it on any host.  For T (10min; 1s to 30min).\n"},
	{"resume", "[--dry-run]", "end a hold", cmd_resume, 0, 0, OPT_DRY_RUN,
	 "Run it on any host.\n"},
	{"reload", "", "read the configuration again", cmd_reload, 0, 0, 0,
	 "It prints which changes need a restart.\n"},
	{"trace", "LEVEL", "set the log LEVEL: error, warning, notice, info, debug", cmd_trace, 1,
	 1, 0, ""},
	{"keygen", "[FILE]", "print a new group key, or write it to FILE", cmd_keygen, 0, 1, 0,
	 "Copy FILE, usually /etc/berkd/group.key, to every host.  Only root and the group berkd\n"
	 "can read it.\n"},
	{"trust", "[list] | pin | unpin [--dry-run] HOST... | --all",
	 "show who is trusted and why; pin hosts", cmd_trust, 0, -1,
	 OPT_ALL | OPT_CONFIG | OPT_DRY_RUN,
	 "pin, as root: only HOST and the hosts that are pinned already may be members.\n"
	 "unpin, as root: HOST may not be a member any more.\n"
	 "HOST is a name, a fingerprint or a public key.  The new list is shown and written, and\n"
	 "the daemon reads it.\n"},
	{"revoke", "[--undo] HOST", "refuse HOST from now on, on all hosts", cmd_revoke, 1, 1,
	 OPT_UNDO,
	 "It lasts until --undo.  HOST is a name, a fingerprint (berkctl trust) or a public key.\n"
	 "The answer says on how many more hosts to order it until all hosts refuse HOST.\n"},
	{"completion", "SHELL", "print completion for SHELL: bash, zsh, fish", cmd_completion, 1, 1,
	 0, "Packages install it.  For this shell alone: . <(berkctl completion bash)\n"},
	{"version", "", "print the versions of berkctl and the daemon", cmd_version, 0, 0, 0, ""},
	{0},
};
#define INTERVAL_MIN_NS (100 * NS_PER_MS) /* as the daemon demands */
#define N_COMMANDS	(sizeof(commands) / sizeof(commands[0]) - 1)

/* --- Help --- */

static int print_help(FILE *to, int status)
{
	const char *option;

	(void)fputs("Usage: berkctl [OPTION]... COMMAND [ARGUMENT]...\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		(void)fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].what);
	}
	(void)fputs("\n", to);
	for (size_t i = 0; (option = command_option(NULL, i)); i++) {
		(void)fputs(option, to);
	}
	return status;
}

static int print_command_help(const struct command *c)
{
	const char *option;

	printf("Usage: berkctl %s%s%s\n%c%s.\n%s", c->name, c->arguments[0] ? " " : "",
	       c->arguments, c->what[0] - 'a' + 'A', c->what + 1, c->more);
	for (size_t i = 0; (option = command_option(c, i)); i++) {
		(void)fputs(option, stdout);
	}
	for (size_t i = 0; i < OPTIONS_OF_ALL; i++) {
		(void)fputs(command_option(NULL, i), stdout);
	}
	return CTL_OK;
}

/* --- The command line --- */

static bool parse_count(const char *text, int64_t *ret)
{
	char *end;

	errno = 0;
	long long v = strtoll(text, &end, 10);

	*ret = v;
	return errno == 0 && end != text && *end == '\0' && v >= 0;
}

static int report_misuse(const struct command *c, const char *text)
{
	(void)fprintf(stderr, "berkctl: %s; see: berkctl %s%s--help\n", text, c ? c->name : "",
		      c ? " " : "");
	return CTL_USAGE;
}

struct parsed {
	struct ctl ctl;
	unsigned given; /* enum option_bit */
	char *back;	/* as OPT_BACK gave it */
	bool help, version;
	bool bad;
	struct { /* the first value that cannot be, and what can */
		const char *option, *value, *allowed;
	} wrong;
};

static void require(struct parsed *p, bool good, const char *option, const char *allowed)
{
	if (!good && !p->wrong.option) {
		p->wrong.option = option;
		p->wrong.value = optarg;
		p->wrong.allowed = allowed;
	}
}

/* Those of one command each, with a value. */
static void parse_value(int c, struct parsed *p)
{
	switch (c) {
	case 'C':
		p->given |= OPT_CONFIG;
		p->ctl.config = optarg;
		break;
	case 'P':
		p->given |= OPT_TO;
		p->ctl.to = optarg;
		require(p, optarg[0] != '\0', "--to", "a name, or 4 or more digits of an id");
		break;
	case 'A':
		p->given |= OPT_SINCE;
		p->ctl.since_ns = parse_interval(optarg);
		require(p, p->ctl.since_ns > 0, "--since", "a time above 0, such as 30min or 12h");
		break;
	case 'O':
		p->given |= OPT_OF_HOST;
		p->ctl.host = optarg;
		require(p, optarg[0] != '\0', "--host", "a name, or 4 or more digits of an id");
		break;
	case 'G':
		p->given |= OPT_SVG;
		p->ctl.svg = optarg;
		require(p, optarg[0] != '\0', "--svg", "the name of a file, or -");
		break;
	default:
		p->bad = true;
	}
}

/* Those of one command each, which are on or off. */
static void parse_flag(int c, struct parsed *p)
{
	const struct {
		int c;
		unsigned bit;
		bool *flag;
	} flags[] = {
		{'S', OPT_STEP, &p->ctl.step},
		{'R', OPT_RTC, &p->ctl.from_rtc},
		{'D', OPT_DRY_RUN, &p->ctl.dry_run},
		{'U', OPT_UNDO, &p->ctl.undo},
		{'W', OPT_CONFIGURED, &p->ctl.configured},
		{'y', OPT_YES, &p->ctl.yes},
		{'Q', OPT_QR, &p->ctl.qr},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].c == c) {
			p->given |= flags[i].bit;
			*flags[i].flag = true;
			return;
		}
	}
	parse_value(c, p);
}

static void parse_option(int c, struct parsed *p)
{
	struct ctl *ctl = &p->ctl;

	switch (c) {
	case 's':
		ctl->socket = optarg;
		break;
	case 'j':
		ctl->json = true;
		break;
	case 'h':
		p->help = true;
		break;
	case 'V':
		p->version = true;
		break;
	case 'v':
		p->given |= OPT_VERBOSE;
		ctl->verbose = true;
		break;
	case 'a':
		p->given |= OPT_ALL;
		ctl->all = true;
		break;
	case 'f':
		p->given |= OPT_FOLLOW;
		ctl->follow = true;
		break;
	case 'n': /* --history and --limit: no command has both */
		p->given |= OPT_HISTORY | OPT_LIMIT;
		require(p, parse_count(optarg, &ctl->history), "-n", "a whole number, 0 or more");
		ctl->limit = ctl->history;
		break;
	case 'T':
		p->given |= OPT_TIMEOUT;
		ctl->timeout_ns = parse_interval(optarg);
		require(p, ctl->timeout_ns >= 0, "--timeout", "a time, such as 10s or 2min");
		break;
	case 'B':
		p->given |= OPT_BOUND;
		ctl->bound_ns = parse_interval(optarg);
		require(p, ctl->bound_ns > 0, "--max-bound",
			"a time above 0, such as 250us or 1ms");
		break;
	case 'H':
		p->given |= OPT_HOSTS;
		require(p, parse_count(optarg, &ctl->hosts) && ctl->hosts > 0, "--hosts",
			"a whole number, 1 or more");
		break;
	case 'i':
		p->given |= OPT_INTERVAL;
		ctl->interval_ns = parse_interval(optarg);
		require(p, ctl->interval_ns >= INTERVAL_MIN_NS, "--interval",
			"a time of 100ms or more, such as 1s");
		break;
	default:
		parse_flag(c, p);
	}
}

static void parse_options(int argc, char **argv, struct parsed *p)
{
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'V'},
						{"all", no_argument, NULL, 'a'},
						{"verbose", no_argument, NULL, 'v'},
						{"follow", no_argument, NULL, 'f'},
						{"history", required_argument, NULL, 'n'},
						{"limit", required_argument, NULL, 'n'},
						{"timeout", required_argument, NULL, 'T'},
						{"max-bound", required_argument, NULL, 'B'},
						{"hosts", required_argument, NULL, 'H'},
						{"configured", no_argument, NULL, 'W'},
						{"interval", required_argument, NULL, 'i'},
						{"step", no_argument, NULL, 'S'},
						{"from-rtc", no_argument, NULL, 'R'},
						{"dry-run", no_argument, NULL, 'D'},
						{"undo", no_argument, NULL, 'U'},
						{"yes", no_argument, NULL, 'y'},
						{"qr", no_argument, NULL, 'Q'},
						{"config", required_argument, NULL, 'C'},
						{"since", required_argument, NULL, 'A'},
						{"host", required_argument, NULL, 'O'},
						{"svg", required_argument, NULL, 'G'},
						{"to", required_argument, NULL, 'P'},
						{0}};
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	int c;

	p->ctl = (struct ctl){.history = -1,
			      .limit = -1,
			      .since_ns = -1,
			      .timeout_ns = -1,
			      .bound_ns = -1,
			      .hosts = -1,
			      .interval_ns = -1};
	p->ctl.colour = isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) && term &&
			strcmp(term, "dumb") != 0;
	while ((c = getopt_long(argc, argv, "s:hvafyn:i:0::1::2::3::4::5::6::7::8::9::", options,
				NULL)) >= 0) {
		if (c >= '0' && c <= '9') {
			p->given |= OPT_BACK;
			p->back = argv[optind - 1];
		} else {
			parse_option(c, p);
		}
	}
}

static int run_command(struct parsed *p, int argc, char **argv)
{
	const struct command *c = NULL;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name) == 0) {
			c = &commands[i];
		}
	}
	if (!c) {
		(void)fprintf(stderr, "berkctl: no command \"%s\"; see: berkctl --help\n", argv[0]);
		return CTL_USAGE;
	}
	if (p->help) {
		return print_command_help(c);
	}
	/* -n is one bit for each of its two meanings. */
	unsigned allowed = c->options;

	if (allowed & (OPT_HISTORY | OPT_LIMIT)) {
		allowed |= OPT_HISTORY | OPT_LIMIT;
	}
	if (p->bad || p->given & ~allowed) {
		return report_misuse(c, p->bad ? "bad option" : "this command has no such option");
	}
	if (p->wrong.option) {
		(void)fprintf(stderr, "berkctl: %s: read \"%s\": allowed is %s\n", p->wrong.option,
			      p->wrong.value, p->wrong.allowed);
		return CTL_USAGE;
	}
	p->ctl.commands = commands;
	p->ctl.argc = argc - 1;
	p->ctl.argv = argv + 1;
	if (p->back && p->ctl.argc++ == 0) {
		p->ctl.argv = &p->back;
	}
	if (p->ctl.argc < c->n_min) {
		return report_misuse(c, "an argument is missing");
	}
	if (c->n_max >= 0 && p->ctl.argc > c->n_max) {
		return report_misuse(c, "too many arguments");
	}
	return c->run(&p->ctl);
}

int main(int argc, char **argv)
{
	struct parsed p = {0};

	(void)setlocale(LC_ALL, "");
	parse_options(argc, argv, &p);
	if (p.version) {
		(void)puts("berkctl " PACKAGE_VERSION);
		return CTL_OK;
	}
	if (optind < argc && strcmp(argv[optind], "help") == 0) { /* as --help, for who types it */
		p.help = true;
		optind++;
	}
	if (optind < argc) {
		int status = run_command(&p, argc - optind, argv + optind);

		return fflush(stdout) != 0 && status == CTL_OK ? CTL_FAILED : status;
	}
	if (p.bad) {
		return report_misuse(NULL, "bad option");
	}
	return p.help ? print_help(stdout, CTL_OK) : print_help(stderr, CTL_USAGE);
}
