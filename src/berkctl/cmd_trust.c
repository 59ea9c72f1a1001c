/* cmd_trust.c - who is trusted and why, and the list of those who may be members. */
#include "berkctl/berkctl.h"
#include "berkctl/pins.h"
#include "berkctl/table.h"
#include "berkctl/view.h"

#include "common/whom.h"
#include "common/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- The table --- */

static enum colour colour_of(const char *trust)
{
	return strcmp(trust, "revoked") == 0 || strcmp(trust, "open-group") == 0 ? COLOUR_BAD
	       : strcmp(trust, "unproved") == 0					 ? COLOUR_WARN
										 : COLOUR_NONE;
}

static void add_host(struct table *t, const json_t *h)
{
	char text[VIEW_MAX];

	table_cell(t, COLOUR_NONE, view_text(h, "name", "-", text));
	table_cell(t, COLOUR_NONE, view_text(h, "address", "-", text));
	table_cell(t, COLOUR_NONE, view_text(h, "id", "-", text));
	table_cell(t, colour_of(view_raw(h, "trust")), view_text(h, "trust", "-", text));
	table_cell(t, COLOUR_NONE, view_true(h, "may_lead") ? "yes" : "no");
	table_cell(t, COLOUR_NONE, view_text(h, "text", "", text));
}

static void add_refused(struct table *t, const json_t *r)
{
	char text[VIEW_MAX], what[VIEW_MAX];

	(void)snprintf(what, sizeof(what), "refused: %.200s", view_text(r, "reason", "?", text));
	table_cell(t, COLOUR_NONE, "-");
	table_cell(t, COLOUR_NONE, view_text(r, "address", "-", text));
	table_cell(t, COLOUR_NONE, "-");
	table_cell(t, COLOUR_WARN, what);
	table_cell(t, COLOUR_NONE, "no");
	table_cell(t, COLOUR_NONE, view_text(r, "text", "", text));
}

static void print_trust(const struct ctl *ctl, const json_t *answer)
{
	static const char *const heads[] = {"NAME",  "ADDRESS", "FINGERPRINT",
					    "TRUST", "LEADS",	"WHAT IT MEANS"};
	struct table *t = table_new(heads, 6);
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "hosts"), i, row)
	{
		add_host(t, row);
	}
	json_array_foreach(json_object_get(answer, "refused"), i, row)
	{
		add_refused(t, row);
	}
	table_print(t, ctl->colour);
	table_free(t);
}

/* --- Pins --- */

/* Who is pinned now, and this host itself: it needs no pin, but its list is for all hosts. */
static void take_pinned(const json_t *answer, struct pins *ret)
{
	const json_t *h;
	size_t i;

	ret->n = 0;
	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		bool self = strcmp(view_raw(h, "trust"), "self") == 0;

		if ((self || view_true(h, "pinned")) && pins_is_key(view_raw(h, "public_key"))) {
			(void)pins_add(ret, view_raw(h, "public_key"), view_raw(h, "name"));
		}
	}
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
	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		if (is_meant(h, host)) {
			(void)fprintf(stderr, "  %s", view_text(h, "id", "?", text));
			(void)fprintf(stderr, " %s", view_text(h, "name", "-", text));
			(void)fprintf(stderr, " %s\n", view_text(h, "address", "", text));
		}
	}
}

/* The host that an argument means, or NULL: why not was printed. */
static const json_t *find_host(const json_t *answer, const char *host)
{
	const json_t *h, *found = NULL;
	size_t i;
	unsigned n = 0;

	json_array_foreach(json_object_get(answer, "hosts"), i, h)
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
	(void)fprintf(stderr, "berkctl: %s: %s\n", host,
		      n == 0 ? "no such host is known; a whole public key would do"
			     : "it has not shown its key to this host yet");
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
		if (!pins_add(p, h ? view_raw(h, "public_key") : host,
			      h ? view_raw(h, "name") : "")) {
			(void)fprintf(stderr, "berkctl: no more than %d hosts can be pinned\n",
				      PINS_MAX);
			return false;
		}
	}
	return true;
}

/* All who are members by what they hold, and are not revoked. */
static void add_all(const json_t *answer, struct pins *p)
{
	const json_t *h;
	size_t i;

	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		const char *trust = view_raw(h, "trust");

		if ((strcmp(trust, "group-key") == 0 || strcmp(trust, "open-group") == 0) &&
		    pins_is_key(view_raw(h, "public_key"))) {
			(void)pins_add(p, view_raw(h, "public_key"), view_raw(h, "name"));
		}
	}
}

/* The first list shuts out whoever is not on it: that must not come as a surprise. */
static bool forgets_nobody(const json_t *answer, const struct pins *p)
{
	const json_t *h;
	char text[VIEW_MAX];
	size_t i;
	bool all = true;

	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		const char *trust = view_raw(h, "trust");

		if ((strcmp(trust, "group-key") == 0 || strcmp(trust, "open-group") == 0) &&
		    !pins_has(p, view_raw(h, "public_key"))) {
			(void)fprintf(
				stderr,
				all ? "berkctl: nobody is pinned yet, and the first list would "
				      "shut out who is a member now and not on it: %s"
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
	for (int i = 1; i < ctl->argc; i++) {
		const json_t *h = find_host(answer, ctl->argv[i]);

		if (!h) {
			return false;
		}
		if (!view_true(h, "pinned")) {
			(void)fprintf(stderr, "berkctl: %s is not pinned\n", ctl->argv[i]);
			return false;
		}
		pins_remove(p, view_raw(h, "public_key"));
	}
	const json_t *h;
	size_t i, left = 0;

	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		left += strcmp(view_raw(h, "trust"), "self") != 0 &&
			pins_has(p, view_raw(h, "public_key"));
	}
	if (left == 0) {
		(void)fputs(
			"berkctl: nobody else would be left on the list; to take it away, so that "
			"whoever holds the group key may come in: berkctl trust unpin --all\n",
			stderr);
	}
	return left > 0;
}

/* Who is to be pinned after what the command line says.  CTL_OK or an exit status. */
static int choose(const struct ctl *ctl, const json_t *answer, struct pins *p)
{
	bool pin = strcmp(ctl->argv[0], "pin") == 0, good = true;

	if (ctl->all == (ctl->argc > 1)) {
		(void)fputs("berkctl: either HOST... or --all; see: berkctl trust --help\n",
			    stderr);
		return CTL_USAGE;
	}
	take_pinned(answer, p);
	if (!pin && ctl->all) {
		p->n = 0;
	} else if (!pin) {
		good = remove_named(ctl, answer, p);
	} else if (ctl->all) {
		add_all(answer, p);
	} else {
		good = add_named(ctl, answer, p) &&
		       (view_true(answer, "pinned") || forgets_nobody(answer, p));
	}
	return good ? CTL_OK : CTL_FAILED;
}

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
	int r = pins_open(config, ret);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s\n", ret->path, strerror(-r));
		return CTL_FAILED;
	}
	return CTL_OK;
}

static int reload(const struct ctl *ctl)
{
	json_t *answer = NULL;
	int status = ctl_ask(ctl, true, "Reload", NULL, &answer);

	json_decref(answer);
	return status;
}

/* Does the daemon hold what was written? */
static bool holds(const struct ctl *ctl, const struct pins *wanted, size_t *ret_n)
{
	json_t *answer = NULL;
	const json_t *h;
	size_t i, n_others = 0;
	bool same = ctl_ask(ctl, false, "Trust", NULL, &answer) == CTL_OK;

	*ret_n = 0;
	json_array_foreach(json_object_get(answer, "hosts"), i, h)
	{
		*ret_n += view_true(h, "pinned");
		n_others += view_true(h, "pinned") && !pins_has(wanted, view_raw(h, "public_key"));
	}
	json_decref(answer);
	return same && *ret_n == wanted->n && n_others == 0;
}

static int tell(const struct ctl *ctl, const struct pins_file *f, const struct pins *p)
{
	size_t n;
	bool same = holds(ctl, p, &n);

	if (ctl->json) {
		json_t *j = json_pack("{s:s,s:I}", "file", f->path, "n_pinned", (json_int_t)n);

		ctl_print_json(j, false);
		json_decref(j);
	} else if (p->n == 0 && same) {
		(void)puts("Nobody is pinned any more: whoever holds the group key may come in.");
	} else if (same) {
		printf("%zu hosts are pinned, this one among them; nobody else may come in.  The "
		       "list "
		       "is this host's own:\ncopy %s to the others, and run berkctl reload "
		       "there.\n",
		       n, f->path);
	}
	if (!same) {
		(void)fprintf(
			stderr,
			"berkctl: %zu hosts are pinned, and %zu were to be: look for members = "
			"in the other files of %s\n",
			n, p->n, f->dir);
	}
	return same ? CTL_OK : CTL_FAILED;
}

static int change(const struct ctl *ctl, const json_t *answer, const struct pins *p)
{
	struct pins_file f;
	int status = open_file(ctl, answer, &f);

	if (status != CTL_OK) {
		return status;
	}
	int r = pins_write(&f, p);

	if (r < 0) {
		(void)fprintf(stderr, "berkctl: %s: %s\n", f.path, strerror(-r));
		status = CTL_FAILED;
	} else {
		status = reload(ctl);
		if (status != CTL_OK) {
			r = pins_restore(&f);
			(void)fprintf(stderr, "berkctl: %s %s\n", f.path,
				      r < 0 ? "is not as it was before: remove it by hand"
					    : "is as it was before");
		} else {
			status = tell(ctl, &f, p);
		}
	}
	pins_close(&f);
	return status;
}

int cmd_trust(const struct ctl *ctl)
{
	bool pin = ctl->argc > 0 && strcmp(ctl->argv[0], "pin") == 0;
	bool unpin = ctl->argc > 0 && strcmp(ctl->argv[0], "unpin") == 0;
	json_t *answer = NULL;

	if (!pin && !unpin && (ctl->argc > 0 || ctl->all || ctl->config)) {
		(void)fputs("berkctl: allowed is trust, trust pin HOST... or trust unpin HOST...\n",
			    stderr);
		return CTL_USAGE;
	}
	int status = ctl_ask(ctl, false, "Trust", NULL, &answer);

	if (status == CTL_OK && (pin || unpin)) {
		struct pins *p = calloc(1, sizeof(*p));

		status = p ? choose(ctl, answer, p) : CTL_FAILED;
		status = status == CTL_OK ? change(ctl, answer, p) : status;
		free(p);
	} else if (status == CTL_OK && ctl->json) {
		ctl_print_json(answer, false);
	} else if (status == CTL_OK) {
		print_trust(ctl, answer);
	}
	json_decref(answer);
	return status;
}
