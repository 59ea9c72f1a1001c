/* hosts.c - which host a person means. */
#include "berkd/control/hosts.h"

#include "berkd/config/lists.h"
#include "berkd/control/json.h"
#include "berkd/control/views.h"
#include "common/whom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool control_read_id(const char *host, node_id *ret)
{
	uint8_t key[KEY_LEN];

	if (whom_is_key(host) && config_read_hex_key(host, key)) {
		*ret = id_from_key(key);
		return true;
	}
	return whom_is_id(host) && sscanf(host, "%" SCNx64, ret) == 1;
}

bool control_search(struct host_search *s, struct varlink_call *call, json_t *parameters)
{
	const char *host = json_string_value(json_object_get(parameters, "host"));

	*s = (struct host_search){.host = host};
	if (!host) {
		varlink_invalid_parameter(call, "host");
		return false;
	}
	s->is_id = control_read_id(host, &s->wanted);
	s->candidates = json_array();
	return true;
}

static bool is_wanted(const struct host_search *s, node_id id, const char *name)
{
	char hex[WHOM_ID_DIGITS + 1];

	if (s->is_id) {
		return id == s->wanted;
	}
	(void)snprintf(hex, sizeof(hex), "%016" PRIx64, id);
	return whom_means(s->host, name, hex, "");
}

static void add_candidate(json_t *list, unsigned n, node_id id, const char *name)
{
	char text[NODE_NAME_MAX + 32];

	if (n <= HOST_CANDIDATES_MAX) {
		(void)snprintf(text, sizeof(text), "%016" PRIx64 " %s", id, name);
		(void)json_array_append_new(list, control_text_json(text));
	} else {
		(void)snprintf(text, sizeof(text), "and %u more", n - HOST_CANDIDATES_MAX);
		(void)json_array_set_new(list, HOST_CANDIDATES_MAX, json_string(text));
		if (n == HOST_CANDIDATES_MAX + 1) {
			(void)json_array_append_new(list, json_string(text));
		}
	}
}

bool control_offer(struct host_search *s, node_id id, const char *name)
{
	if (!is_wanted(s, id, name)) {
		return false;
	}
	for (unsigned i = 0; i < s->n && i < HOST_CANDIDATES_MAX; i++) {
		if (s->candidate[i] == id) {
			return false;
		}
	}
	if (s->n < HOST_CANDIDATES_MAX) {
		s->candidate[s->n] = id;
	}
	s->found = id;
	add_candidate(s->candidates, ++s->n, id, name);
	return true;
}

bool control_search_end(struct host_search *s, struct varlink_call *call)
{
	if (s->n > 1) {
		varlink_error(call, "net.berkd.AmbiguousHost",
			      json_pack("{s:s,s:O}", "host", s->host, "candidates", s->candidates));
	} else if (s->n == 0) {
		varlink_error(call, "net.berkd.NoSuchHost", json_pack("{s:s}", "host", s->host));
	}
	json_decref(s->candidates);
	s->candidates = NULL;
	return s->n == 1;
}

void control_offer_members(struct host_search *s, const struct control *c, struct member_view *ret)
{
	struct control_now now;
	struct member_view v;

	if (control_read_clocks(c, &now) < 0) {
		return;
	}
	for (size_t at = 0; node_member(c->grant.node, &at, now.mono, now.pair, &v);) {
		if (control_offer(s, v.id, v.name)) {
			*ret = v;
		}
	}
}

bool control_knows_host(const struct control *c, const char *host)
{
	struct host_search s = {.host = host, .candidates = json_array()};
	struct member_view v;

	s.is_id = control_read_id(host, &s.wanted);
	control_offer_members(&s, c, &v);
	json_decref(s.candidates);
	return s.n > 0;
}

bool control_find_host(const struct control *c, struct varlink_call *call, json_t *parameters,
		       struct member_view *ret)
{
	struct host_search s;

	if (!control_search(&s, call, parameters)) {
		return false;
	}
	control_offer_members(&s, c, ret);
	return control_search_end(&s, call);
}
