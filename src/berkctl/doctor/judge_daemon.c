/* judge_daemon.c - does berkd run, and the one that is installed? */
#include "berkctl/doctor/judge_parts.h"

#include "berkctl/view.h"

#include <errno.h>
#include <string.h>

#define AREA "daemon"

static void judge_silence(json_t *list, const struct facts_daemon *f)
{
	if (f->error == -ENOENT || f->error == -ECONNREFUSED) {
		finding_add(list, GRADE_FAILURE, AREA, "not-running",
			    "berkd does not run here: nobody answers on %s. Peers, offsets and "
			    "identity were not looked at.\n"
			    "Look why, with journalctl -u berkd -n 50, and start it: systemctl "
			    "reset-failed berkd; systemctl enable --now berkd",
			    f->socket);
	} else if (f->error == -EACCES) {
		finding_add(list, GRADE_UNKNOWN, AREA, "forbidden",
			    "This user may not ask the daemon on %s.\n"
			    "Run this as root: berkctl doctor",
			    f->socket);
	} else {
		finding_add(list, GRADE_FAILURE, AREA, "mute",
			    "berkd does not answer on %s: %s. It is stopped, or it hangs.\n"
			    "Look at systemctl status berkd, and start it anew: systemctl restart "
			    "berkd",
			    f->socket, strerror(-f->error));
	}
}

void judge_daemon(json_t *list, const struct doctor_facts *facts)
{
	const struct facts_daemon *f = &facts->daemon;
	const char *runs = view_raw(f->status, "version");
	char version[VIEW_MAX];

	if (f->error) {
		judge_silence(list, f);
	} else if (strcmp(runs, f->version) != 0) {
		finding_add(
			list, GRADE_WARNING, AREA, "version",
			"berkd %s runs, but berkctl is of version %s: the daemon was not started "
			"anew after an upgrade.\n"
			"Start it anew: systemctl restart berkd",
			view_text(f->status, "version", "of no version", version), f->version);
	}
	if (f->installed && !f->enabled) {
		finding_add(list, GRADE_WARNING, AREA, "not-enabled",
			    "berkd is not enabled, so it will not start at the next boot.\n"
			    "Enable it: systemctl enable berkd");
	}
	if (!findings_have(list, AREA)) {
		finding_add(list, GRADE_OK, AREA, "runs", "berkd %s runs%s.", f->version,
			    f->installed ? ", and starts at each boot" : "");
	}
}
