/* options.c - the options of the commands, in words. */
#include "berkctl/commands.h"

static const struct {
	unsigned bit;
	const char *text;
} option_texts[] = {
	{OPT_ALL, "  -a, --all          also who is missing or refused; of trust: all members\n"},
	{OPT_VERBOSE, "  -v, --verbose      show all that is known\n"},
	{OPT_FOLLOW, "  -f, --follow       print what is said, until interrupted\n"},
	{OPT_HISTORY,
	 "  -n, --history N    print the last N lines first, or only these without -f\n"},
	{OPT_SINCE, "      --since T      how far back to go, such as 30min or 12h (1h)\n"},
	{OPT_OF_HOST, "      --host HOST    only of HOST: a name, or the first digits of an id\n"},
	{OPT_TO, "      --to HOST      to HOST alone: a name, or the first digits of an id\n"},
	{OPT_SVG, "      --svg FILE     write a picture to FILE; - is standard output\n"},
	{OPT_LIMIT, "  -n, --limit N      only the last N\n"},
	{OPT_BOUND, "      --max-bound T  and until its bound is at most T (1ms)\n"},
	{OPT_HOSTS, "      --hosts N      and until N hosts are here, this one among them\n"},
	{OPT_TIMEOUT, "      --timeout T    for at most T (10s, 2min)\n"},
	{OPT_CONFIGURED,
	 "      --configured   what is not given is as [wait] of berkd.conf says\n"},
	{OPT_STEP, "      --step         all hosts step their clocks, instead of slewing them\n"},
	{OPT_RTC, "      --from-rtc     take the time of this host's hardware clock\n"},
	{OPT_DRY_RUN, "      --dry-run      say what would be done, and change nothing\n"},
	{OPT_UNDO, "      --undo         undo it\n"},
	{OPT_YES, "  -y, --yes          do not ask\n"},
	{OPT_QR, "      --qr           print the token as a QR code, too\n"},
	{OPT_CONFIG, "      --config FILE  the configuration of the daemon, if not the system's\n"},
	{OPT_INTERVAL, "  -i, --interval T   figures each T (1s)\n"},
};
#define N_OPTION_TEXTS (sizeof(option_texts) / sizeof(option_texts[0]))
static const char *const common_options[] = {
	"      --json         print JSON, for programs\n",
	"      --socket PATH  use this socket of the daemon\n",
	"  -h, --help         print this help, or that of a COMMAND\n",
	"      --version      print the version of berkctl\n",
	NULL,
};

const char *command_option(const struct command *c, size_t i)
{
	if (!c) {
		return common_options[i];
	}
	for (size_t k = 0; k < N_OPTION_TEXTS; k++) {
		if (c->options & option_texts[k].bit && i-- == 0) {
			return option_texts[k].text;
		}
	}
	return NULL;
}
