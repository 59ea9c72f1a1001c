/* hosts.c - which host a person means. */
#include "berkd/control/hosts.h"

#include "berkd/control/json.h"
#include "berkd/control/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ID_PREFIX_MIN  4
#define CANDIDATES_MAX 8

static bool is_id_prefix(const char *host, node_id id)
{
	char hex[17];
	size_t len = strlen(host);

	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, id);
	return len >= ID_PREFIX_MIN && len <= 16 && strncmp(hex, host, len) == 0;
}

static json_t *candidate_json(const struct member_view *v)
{
	char text[NODE_NAME_MAX + 32];

	(void)snprintf(text, sizeof(text), "%016" PRIx64 " %s", v->id, v->name);
	return control_text_json(text);
}

/* All hosts of that name, or with such an id: how many; the last of them in @ret. */
static unsigned collect_hosts(const struct control *c, const char *host, bool by_id,
			      json_t *candidates, struct member_view *ret)
{
	struct control_now now;
	struct member_view v;
	unsigned n = 0;

	if (control_read_clocks(c, &now) < 0) {
		return 0;
	}
	for (size_t i = 0; node_member(c->grant.node, i, now.mono, now.pair, &v); i++) {
		if (by_id ? !is_id_prefix(host, v.id) : strcmp(v.name, host) != 0) {
			continue;
		}
		*ret = v;
		n++;
		if (n <= CANDIDATES_MAX) {
			(void)json_array_append_new(candidates, candidate_json(&v));
		}
	}
	return n;
}

bool control_knows_host(const struct control *c, const char *host)
{
	json_t *candidates = json_array();
	struct member_view v;
	unsigned n = collect_hosts(c, host, false, candidates, &v);

	n += collect_hosts(c, host, true, candidates, &v);
	json_decref(candidates);
	return n > 0;
}

bool control_find_host(const struct control *c, struct varlink_call *call, json_t *parameters,
		       struct member_view *ret)
{
	const char *host = json_string_value(json_object_get(parameters, "host"));

	if (!host) {
		varlink_invalid_parameter(call, "host");
		return false;
	}
	json_t *candidates = json_array();
	unsigned n = collect_hosts(c, host, false, candidates, ret);

	n = n > 0 ? n : collect_hosts(c, host, true, candidates, ret);
	if (n > 1) {
		varlink_error(call, "net.berkd.AmbiguousHost",
			      json_pack("{s:s,s:O}", "host", host, "candidates", candidates));
	} else if (n == 0) {
		varlink_error(call, "net.berkd.NoSuchHost", json_pack("{s:s}", "host", host));
	}
	json_decref(candidates);
	return n == 1;
}
