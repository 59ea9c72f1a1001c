/* words_lack.c - what a host lacks to be synchronised, and what its clock says of the date, in
 * words. */
#include "common/words.h"

#include "berk/status.h"

const char *const words_lack[] = {
	[LACK_NOTHING] = "nothing",   [LACK_COMPANY] = "company",
	[LACK_MASTER] = "master",     [LACK_LINE] = "line",
	[LACK_CONSENT] = "consent",   [LACK_OTHERS] = "others",
	[LACK_KEY] = "key",	      [LACK_BOUND] = "bound",
	[LACK_IDENTITY] = "identity", [LACK_OSCILLATOR] = "oscillator",
	[LACK_HOSTS] = "hosts",	      [LACK_MAX_] = NULL,
};

/* Each says what to do. */
const char *const texts_lack[] = {
	[LACK_NOTHING] = "it is synchronised: there is nothing to do",
	[LACK_COMPANY] = "it is alone: it has met too few hosts since its start; see `berkctl "
			 "members --all`, or set min_hosts = 1 in [group] if one host is a group",
	[LACK_MASTER] =
		"nobody leads it: an election takes some seconds; if none comes, see `berkctl "
		"members --all`, and quorum, priority, mode and masters in berkd.conf(5): a host "
		"that is here must be able to lead, and its disk must work",
	[LACK_LINE] = "its master has not corrected it yet; wait some seconds, then see `berkctl "
		      "members --all`",
	[LACK_KEY] =
		"its group is open, and others would have to move this clock by more than the 5 s "
		"that they may until the next boot; if group time is right, run `berkctl step`; "
		"to end that limit, `berkctl keygen /etc/berkd/group.key` makes a key: the same "
		"file goes to every host, as key_file in [group]",
	[LACK_CONSENT] = "group time is too far away to be followed without a word of yours; if "
			 "group time is right, run `berkctl step`; if this clock is right, set "
			 "the group to it: `berkctl settime --step TIME`",
	[LACK_IDENTITY] =
		"another host has its identity, as a copied disk makes it; remove the state "
		"directory on one of the two and start berkd there anew",
	[LACK_OSCILLATOR] = "its oscillator and those of the others differ by more than max_drift "
			    "allows; see `berkctl why`, and set max_drift higher on all hosts or "
			    "replace the host",
	[LACK_OTHERS] = "hosts that are known are out of sight, and may have another time; see "
			"`berkctl members --all`, start them, or run `berkctl forget`",
	[LACK_BOUND] =
		"its bound is half a second or more; see `berkctl members`, and mend what keeps "
		"it from the others, or wait some seconds if it has just joined",
	[LACK_HOSTS] = "fewer hosts are here than are waited for; see `berkctl members --all`",
	[LACK_MAX_] = NULL,
};

const char *const words_date_evidence[] = {
	[DATE_NONE] = "none",
	[DATE_CLAIMS] = "claims",
	[DATE_AGREES] = "agrees",
	NULL,
};

const char *const words_leap[] = {
	[LEAP_NONE] = "none",
	[LEAP_INSERT] = "insert",
	[LEAP_DELETE] = "delete",
	NULL,
};

const char *const texts_leap[] = {
	[LEAP_NONE] = "nothing",
	[LEAP_INSERT] = "is inserted into",
	[LEAP_DELETE] = "is left out of",
	NULL,
};

const char *const words_time_way[] = {
	[TIME_STEPPED] = "stepped",
	[TIME_SLEWS] = "slews",
	[TIME_SLEWED] = "slewed",
	[TIME_SLEW_ENDED] = "slew-ended",
	NULL,
};

const char text_tripped[] =
	"this clock is steered no more: masters have moved it too far within a day from where its "
	"own oscillator would be; see who leads, and if group time is right, run `berkctl step` "
	"here";

const char text_open_spent[] =
	"this clock is steered no more: in an open group others may move it by 5 s in all until "
	"the next boot, and have; `berkctl keygen /etc/berkd/group.key` makes a key, the same file "
	"goes to every host";
