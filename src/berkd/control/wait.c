/* wait.c - see wait.h. */
#include "berkd/control/wait.h"

#include "berkd/control/json.h"
#include "common/format.h"
#include "common/words.h"

#include <inttypes.h>
#include <stdio.h>

bool wait_read(struct varlink_call *call, json_t *parameters, const struct config *config,
	       mono_t now, struct wait *ret)
{
	const bool configured = json_is_true(json_object_get(parameters, "configured"));
	int64_t bound_ns = configured ? config->wait_bound_ns : 0;
	int64_t hosts = configured ? config->wait_hosts : 1;
	int64_t timeout_ns = configured ? config->wait_timeout_ns : INT64_MAX;

	if (!control_get_int(call, parameters, "max_bound_ns", 0, &bound_ns) ||
	    !control_get_int(call, parameters, "hosts", 1, &hosts) ||
	    !control_get_int(call, parameters, "timeout_ns", 0, &timeout_ns)) {
		return false;
	}
	*ret = (struct wait){.bound_ns_max =
				     bound_ns > 0 ? ns_min(bound_ns, INT64_MAX - 1) : INT64_MAX - 1,
			     .hosts = hosts,
			     .deadline = mono_add(now, timeout_ns)};
	return true;
}

enum lack wait_lack(const struct wait *w, const struct node_status *s)
{
	if (!s->synced) {
		return s->lack;
	}
	return s->n_alive < w->hosts	       ? LACK_HOSTS
	       : s->bound_ns > w->bound_ns_max ? LACK_BOUND
					       : LACK_NOTHING;
}

/* What the host lacks has a text of its own; these two are what the caller asks for besides. */
static void lack_text(const struct wait *w, const struct node_status *s, char *ret, size_t size)
{
	char bound[FORMAT_MAX], limit[FORMAT_MAX];
	const enum lack lack = wait_lack(w, s);

	if (lack == LACK_HOSTS) {
		(void)snprintf(ret, size,
			       "%u of %" PRId64 " hosts are here; see `berkctl members --all`, and "
			       "start those that are missing",
			       s->n_alive, w->hosts);
	} else if (s->synced && lack == LACK_BOUND) {
		(void)snprintf(ret, size,
			       "it is synchronised, but its bound is %s, and not within %s; see "
			       "`berkctl members -v`",
			       format_interval(s->bound_ns, bound),
			       format_interval(w->bound_ns_max, limit));
	} else {
		(void)snprintf(ret, size, "%s", words_name(texts_lack, (int)lack));
	}
}

json_t *wait_json(const struct wait *w, const struct node_status *s)
{
	char text[512];

	lack_text(w, s, text, sizeof(text));
	json_t *j = json_pack("{s:s,s:s,s:I}", "lack", words_name(words_lack, (int)wait_lack(w, s)),
			      "lack_text", text, "hosts", (json_int_t)w->hosts);

	if (j && w->bound_ns_max < INT64_MAX - 1) {
		(void)json_object_set_new(j, "max_bound_ns", json_integer(w->bound_ns_max));
	}
	return j;
}
