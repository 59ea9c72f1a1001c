/* pinning.c - trust pin and trust unpin: the list of those who may be members is shown, written and
 * taken over by the daemon, or it is said what stands where.
 *
 * The control socket is asked for first: who may not order must not write either.  A daemon that
 * refuses the list keeps the old one, and so does the disk.  One that does not answer may have the
 * new one, now or later: then the disk keeps the new one, too, so that both become one. */
#include "berkctl/pinning.h"

#include "berkctl/client.h"
#include "berkctl/doctor/look_pins.h"
#include "berkctl/pins.h"
#include "berkctl/view.h"

#include "common/whom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *hosts_of(const json_t *answer)
{
	return json_object_get(answer, "hosts");
}

static bool is_trust(const json_t *h, const char *word)
{
	return strcmp(view_raw(h, "trust"), word) == 0;
}

/* A member by what it holds, whether it is on a list or not. */
static bool is_member_by_key(const json_t *h)
{
	return is_trust(h, "group-key") || is_trust(h, "open-group");
}

/* --- Who is to be on the list --- */

static bool add(struct pins *p, const char *key, const char *name)
{
	if (pins_add(p, key, name)) {
		return true;
	}
	(void)fprintf(stderr, "berkctl: no more than %d hosts can be pinned\n", PINS_MAX);
	return false;
}

/* Who is pinned now, and this host itself: it needs no pin, but its list is for all hosts. */
static bool take_pinned(const json_t *answer, struct pins *ret)
{
	const json_t *h;
	size_t i;
	bool fits = true;

	ret->n = 0;
	json_array_foreach(hosts_of(answer), i, h)
	{
		if ((is_trust(h, "self") || view_true(h, "pinned")) &&
		    pins_is_key(view_raw(h, "public_key"))) {
			fits = fits && add(ret, view_raw(h, "public_key"), view_raw(h, "name"));
		}
	}
	return fits;
}

static bool is_meant(const json_t *h, const char *host)
{
	return whom_means(host, view_raw(h, "name"), view_raw(h, "id"), view_raw(h, "public_key"));
}

static void list_meant(const json_t *answer, const char *host)
{
	const json_t *h;
	char text[VIEW_MAX];
	size_t i;

	(void)fprintf(stderr,
		      "berkctl: \"%s\" can be any of these; give the fingerprint instead:\n", host);
	json_array_foreach(hosts_of(answer), i, h)
	{
		if (is_meant(h, host)) {
			(void)fprintf(stderr, "  %s", view_text(h, "id", "?", text));
			(void)fprintf(stderr, " %s", view_text(h, "name", "-", text));
			(void)fprintf(stderr, " %s\n", view_text(h, "address", "", text));
		}
	}
}

static void complain_revoked(const json_t *h, const char *host)
{
	(void)fprintf(stderr,
		      "berkctl: %s is revoked, and would stay out; first take that back: berkctl "
		      "revoke --undo %s\n",
		      host, view_plain(h, "id"));
}

/* The host that an argument means, or NULL: why not was printed. */
static const json_t *find_host(const json_t *answer, const char *host)
{
	const json_t *h, *found = NULL;
	size_t i;
	unsigned n = 0;

	json_array_foreach(hosts_of(answer), i, h)
	{
		if (is_meant(h, host)) {
			found = h;
			n++;
		}
	}
	if (n == 1 && pins_is_key(view_raw(found, "public_key"))) {
		return found;
	}
	if (n > 1) {
		list_meant(answer, host);
		return NULL;
	}
	if (n == 1 && is_trust(found, "revoked")) { /* its key went with its row */
		complain_revoked(found, host);
		return NULL;
	}
	(void)fprintf(stderr, "berkctl: %s: %s\n", host,
		      n == 0 ? "no such host is known; berkctl trust shows whom it knows, and a "
			       "whole public key (berkctl status, on that host) means any host"
			     : "it has not shown its key to this host yet; give the public key "
			       "that berkctl status shows there");
	return NULL;
}

/* False: said why. */
static bool add_named(const struct ctl *ctl, const json_t *answer, struct pins *p)
{
	for (int i = 1; i < ctl->argc; i++) {
		const char *host = ctl->argv[i];
		const json_t *h = pins_is_key(host) ? NULL : find_host(answer, host);

		if (!h && !pins_is_key(host)) {
			return false;
		}
		if (h && is_trust(h, "revoked")) {
			complain_revoked(h, host);
			return false;
		}
		if (!add(p, h ? view_raw(h, "public_key") : host, h ? view_raw(h, "name") : "")) {
			return false;
		}
	}
	return true;
}

/* All who are members by what they hold, and are not revoked.  Others' word on who has not shown
 * its key keeps nobody from doing this; it is said who is not among them. */
static bool add_all(const json_t *answer, struct pins *p)
{
	const json_t *h;
	char text[VIEW_MAX];
	size_t i;
	bool fits = true;

	json_array_foreach(hosts_of(answer), i, h)
	{
		if (is_trust(h, "unproved")) {
			(void)fprintf(stderr,
				      "berkctl: %s (%s) is not among them: it has not shown its "
				      "key to this host yet\n",
				      view_host(h, text), view_plain(h, "id"));
		} else if (is_member_by_key(h) && pins_is_key(view_raw(h, "public_key"))) {
			fits = fits && add(p, view_raw(h, "public_key"), view_raw(h, "name"));
		}
	}
	return fits;
}

/* The first list shuts out whoever is not on it: that must not come as a surprise. */
static bool forgets_nobody(const json_t *answer, const struct pins *p)
{
	const json_t *h;
	char text[VIEW_MAX];
	size_t i;
	bool all = true;

	json_array_foreach(hosts_of(answer), i, h)
	{
		if (is_member_by_key(h) && !pins_has(p, view_raw(h, "public_key"))) {
			(void)fprintf(
				stderr,
				all ? "berkctl: no host is pinned yet, and the first list would "
				      "shut out the present members that are not on it: %s"
				    : ", %s",
				view_host(h, text));
			all = false;
		}
	}
	if (!all) {
		(void)fputs("\nName them too, or pin all that are members now: berkctl trust pin "
			    "--all\n",
			    stderr);
	}
	return all;
}

static bool remove_named(const struct ctl *ctl, const json_t *answer, struct pins *p)
{
	const json_t *h;
	size_t i, left = 0;

	for (int k = 1; k < ctl->argc; k++) {
		h = find_host(answer, ctl->argv[k]);
		if (!h) {
			return false;
		}
		if (!view_true(h, "pinned")) {
			(void)fprintf(stderr, "berkctl: %s is not pinned; see: berkctl trust\n",
				      ctl->argv[k]);
			return false;
		}
		pins_remove(p, view_raw(h, "public_key"));
	}
	json_array_foreach(hosts_of(answer), i, h)
	{
		left += !is_trust(h, "self") && pins_has(p, view_raw(h, "public_key"));
	}
	if (left == 0) {
		(void)fputs(
			"berkctl: no other host would be left on the list; to remove the list, so "
			"that any host with the group key may come in: berkctl trust unpin --all\n",
			stderr);
	}
	return left > 0;
}

/* Who is to be pinned after what the command line says.  CTL_OK or an exit status. */
static int choose(const struct ctl *ctl, const json_t *answer, struct pins *p)
{
	bool pin = strcmp(ctl->argv[0], "pin") == 0;

	if (ctl->all == (ctl->argc > 1)) {
		(void)fputs("berkctl: either HOST... or --all; see: berkctl trust --help\n",
			    stderr);
		return CTL_USAGE;
	}
	bool good = take_pinned(answer, p);

	if (!pin && ctl->all) {
		p->n = 0;
		good = true;
	} else if (!pin) {
		good = good && remove_named(ctl, answer, p);
	} else if (ctl->all) {
		good = good && add_all(answer, p);
	} else {
		good = good && add_named(ctl, answer, p) &&
		       (view_true(answer, "pinned") || forgets_nobody(answer, p));
	}
	return good ? CTL_OK : CTL_FAILED;
}

/* --- What is shown of it, before anything is written --- */

static const json_t *find_key(const json_t *answer, const char *key)
{
	const json_t *h;
	size_t i;

	json_array_foreach(hosts_of(answer), i, h)
	{
		if (whom_means(key, "", "", view_raw(h, "public_key"))) {
			return h;
		}
	}
	return NULL;
}

static void show_line(char sign, const json_t *h, const char *key)
{
	char name[VIEW_MAX], id[VIEW_MAX];

	if (h) {
		printf("%c %s  %s%s\n", sign, view_text(h, "id", "?", id),
		       view_text(h, "name", "(no name yet)", name),
		       is_trust(h, "self") ? " (this host)" : "");
	} else {
		printf("%c key %.16s...  (never here)\n", sign, key);
	}
}

/* @disk: whom the configuration pins up to now. */
static void show(const json_t *answer, const struct pins *p, const struct pins *disk)
{
	const json_t *h;
	size_t i;

	(void)puts(p->n == 0 ? "The list is removed; these hosts were pinned on it:"
			     : "Only these hosts may be members (+ new, - no more):");
	for (i = 0; i < p->n; i++) {
		h = find_key(answer, p->pin[i].key);
		show_line(pins_has(disk, p->pin[i].key) ? ' ' : '+', h, p->pin[i].key);
	}
	for (i = 0; i < disk->n; i++) {
		if (!pins_has(p, disk->pin[i].key)) {
			show_line('-', find_key(answer, disk->pin[i].key), disk->pin[i].key);
		}
	}
	(void)fflush(stdout);
}

/* --- The file and the daemon --- */

/* The file is where berkctl was told, not where the daemon says: that may have been taken over. */
static int open_file(const struct ctl *ctl, const json_t *answer, struct pins_file *ret)
{
	const char *config = ctl->config ? ctl->config : BERKD_CONF;
	char text[VIEW_MAX];

	if (strcmp(view_raw(answer, "config"), config) != 0) {
		(void)fprintf(stderr,
			      "berkctl: the daemon reads %s, and not %s; if that is right, give it "
			      "with --config\n",
			      view_text(answer, "config", "?", text), config);
		return CTL_FAILED;
	}
	int r = pins_open(config, !ctl->dry_run, ret);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s; nothing was changed\n", ret->path,
			      pins_error(r));
		return CTL_FAILED;
	}
	return CTL_OK;
}

enum held { HELD_SAME, HELD_OTHER, HELD_UNKNOWN };

/* Does the daemon hold what was written?  And how many that are. */
static enum held ask_held(const struct ctl *ctl, const struct pins *wanted, size_t *ret_n)
{
	json_t *answer = NULL;
	const json_t *h;
	size_t i, n_others = 0;

	*ret_n = 0;
	if (ctl_ask(ctl, false, "Trust", NULL, &answer) != CTL_OK) {
		return HELD_UNKNOWN;
	}
	json_array_foreach(hosts_of(answer), i, h)
	{
		*ret_n += view_true(h, "pinned");
		n_others += view_true(h, "pinned") && !pins_has(wanted, view_raw(h, "public_key"));
	}
	json_decref(answer);
	return *ret_n == wanted->n && n_others == 0 ? HELD_SAME : HELD_OTHER;
}

static int tell(const struct ctl *ctl, const struct pins_file *f, const struct pins *p)
{
	size_t n;
	enum held held = ask_held(ctl, p, &n);

	if (ctl->json && held != HELD_UNKNOWN) {
		json_t *j = json_pack("{s:s,s:I}", "file", f->path, "n_pinned", (json_int_t)n);

		ctl_print_json(j, false);
		json_decref(j);
	} else if (p->n == 0 && held == HELD_SAME) {
		(void)puts("No host is pinned any more: any host with the group key may come in.");
	} else if (held == HELD_SAME) {
		printf("%zu hosts are pinned, this one among them.  The list is this host's own: "
		       "copy\n%s\nto the others, and run berkctl reload there.\n",
		       n, f->path);
	}
	if (held == HELD_OTHER) {
		(void)fprintf(
			stderr,
			"berkctl: %s was written, and the daemon read its configuration, but %zu "
			"hosts are pinned, and %zu were to be: look for members = in the other "
			"files of %s, then run: berkctl reload\n",
			f->path, n, p->n, f->dir);
	} else if (held == HELD_UNKNOWN) {
		(void)fprintf(stderr,
			      "berkctl: %s was written and taken over; berkctl trust shows which "
			      "hosts are pinned when the daemon answers\n",
			      f->path);
	}
	return held == HELD_SAME ? CTL_OK : CTL_FAILED;
}

/* The daemon said no: what is on disk is what it holds. */
static void take_back(struct pins_file *f)
{
	int r = pins_restore(f);

	if (r == 0) {
		(void)fprintf(stderr,
			      "berkctl: nothing was changed: %s is %s, and the daemon goes on "
			      "with what it had\n",
			      f->path, f->before ? "as it was before" : "not there, as before");
	} else {
		(void)fprintf(stderr,
			      "berkctl: %s could not be put back as it was (%s): the new list is "
			      "on disk, and the daemon goes on without it; correct what it "
			      "complained of and run berkctl reload, or remove that file\n",
			      f->path, pins_error(r));
	}
}

static void tell_unanswered(const struct pins_file *f, const struct pins *p)
{
	if (p->n > 0) {
		(void)fprintf(stderr, "berkctl: %s has the new list of %zu hosts, and stays so",
			      f->path, p->n);
	} else {
		(void)fprintf(stderr, "berkctl: %s was taken away, and stays so", f->path);
	}
	(void)fputs(".  The daemon may have taken it over, or may do so yet.  When it answers "
		    "again, run: berkctl reload, and berkctl trust\n",
		    stderr);
}

static int write_list(const struct ctl *ctl, struct client *c, struct pins_file *f,
		      const struct pins *p)
{
	json_t *answer = NULL;
	int r = pins_write(f, p);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s\n", f->path, pins_error(r));
		take_back(f);
		return CTL_FAILED;
	}
	int status = ctl_ask_over(c, "Reload", NULL, &answer);

	json_decref(answer);
	if (status == CTL_OK) {
		return tell(ctl, f, p);
	}
	if (status == CTL_UNREACHABLE || status == CTL_TIMED_OUT) {
		tell_unanswered(f, p);
	} else {
		take_back(f);
	}
	return status;
}

static int change(const struct ctl *ctl, struct pins_file *f, const struct pins *p)
{
	struct client *c = ctl_connect(ctl, true);

	if (!c) {
		(void)fputs("berkctl: nothing was changed\n", stderr);
		return CTL_UNREACHABLE;
	}
	int status = write_list(ctl, c, f, p);

	client_free(c);
	return status;
}

static int tell_dry(const struct ctl *ctl, const struct pins_file *f, const struct pins *p)
{
	if (ctl->json) {
		json_t *j = json_pack("{s:s,s:I}", "file", f->path, "n_pinned", (json_int_t)p->n);

		ctl_print_json(j, false);
		json_decref(j);
	} else {
		printf("Nothing was done; this would be in %s.\n", f->path);
	}
	return CTL_OK;
}

int pinning_run(const struct ctl *ctl, const json_t *answer)
{
	struct pins *p = calloc(1, sizeof(*p)), *disk = calloc(1, sizeof(*disk));
	struct pins_file f = PINS_FILE_NONE;
	json_t *now = NULL; /* that nobody else changes the list any more */
	int status = p && disk ? open_file(ctl, answer, &f) : CTL_FAILED;

	status = status == CTL_OK ? ctl_ask(ctl, false, "Trust", NULL, &now) : status;
	if (status == CTL_OK &&
	    !look_pins_agree(ctl->config ? ctl->config : BERKD_CONF, now, disk)) {
		status = CTL_FAILED;
	}
	status = status == CTL_OK ? choose(ctl, now, p) : status;
	if (status == CTL_OK && !ctl->json) {
		show(now, p, disk);
	}
	if (status == CTL_OK) {
		status = ctl->dry_run ? tell_dry(ctl, &f, p) : change(ctl, &f, p);
	}
	json_decref(now);
	pins_close(&f);
	free(disk);
	free(p);
	return status;
}
