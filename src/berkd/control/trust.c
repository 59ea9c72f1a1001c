/* trust.c - who is trusted and why, and whose key is taken no more. */
#include "berkd/control/trust.h"

#include "berkd/control/hosts.h"
#include "berkd/control/json.h"
#include "berkd/control/views.h"
#include "berkd/host/saver.h"
#include "common/format.h"
#include "common/words.h"

#include <errno.h>
#include <string.h>

/* --- What is shown --- */

/* Why a restart would forget what was ordered last, and what to do; NULL: it would not. */
static json_t *unsaved_json(const struct control *c)
{
	const struct saver *saver = c->grant.saver;

	if (!saver || saver_revoked_is_saved(saver)) {
		return NULL;
	}
	if (!c->grant.config->state) {
		return json_string("enable = no in [state] keeps nothing, so a restart of berkd "
				   "forgets it");
	}
	return saver_error(saver) ? json_sprintf("%s: %s (%s); if berkd restarts before it is "
						 "there, order it again",
						 c->grant.config->state_dir, saver_error(saver),
						 saver_remedy(saver))
				  : json_string("it is on its way there");
}

static json_t *revocation_json(const struct control *c, const struct revocation_view *v)
{
	json_t *unsaved = unsaved_json(c);

	return json_pack("{s:o,s:o*,s:b,s:b,s:s,s:b,s:i,s:i,s:i,s:b,s:o*}", "id",
			 control_id_json(v->host.word.id), "name",
			 v->host.name[0] ? control_text_json(v->host.name) : NULL, "revoked",
			 v->host.word.revoked, "ordered", v->host.given, "rule",
			 words_name(words_revoke_rule, (int)v->rule), "heeded", v->heeded,
			 "n_others", (int)v->n_others, "n_agree", (int)v->n_agree, "n_more",
			 (int)v->n_more, "saved", unsaved == NULL, "unsaved_text", unsaved);
}

/* The last word on @id; false: it was never revoked. */
static bool find_revocation(const struct control *c, node_id id, struct revocation_view *ret)
{
	for (size_t i = 0; node_revocation(c->grant.node, i, ret); i++) {
		if (ret->host.word.id == id) {
			return true;
		}
	}
	return false;
}

/* The key of @id, if it is one of the list; else NULL. */
static const uint8_t *find_key(const uint8_t (*keys)[KEY_LEN], size_t n, node_id id)
{
	for (size_t i = 0; i < n; i++) {
		if (id_from_key(keys[i]) == id) {
			return keys[i];
		}
	}
	return NULL;
}

/* @listed: there is a list of members. */
static enum trust_kind kind_of(const struct member_view *v, bool revoked, bool listed, bool pinned,
			       bool open)
{
	if (v->is_self) {
		return TRUST_SELF;
	}
	if (revoked) {
		return TRUST_REVOKED;
	}
	if (pinned) {
		return TRUST_PINNED;
	}
	if (listed) {
		return TRUST_UNPINNED;
	}
	return !v->key_known ? TRUST_UNPROVED : open ? TRUST_OPEN : TRUST_GROUP_KEY;
}

static json_t *trusted_json(const struct control *c, const struct member_view *v, bool open)
{
	const struct config *config = c->grant.config;
	struct revocation_view word;
	bool any = find_revocation(c, v->id, &word);
	const uint8_t *pin = find_key(config->member_keys, config->n_member_keys, v->id);
	const uint8_t *key = v->key_known ? v->public_key : pin;
	enum trust_kind kind = kind_of(v, any && word.host.word.revoked, config->n_member_keys > 0,
				       pin != NULL, open);
	const char *name = v->name[0] || !any ? v->name : word.host.name; /* its row has gone */
	char addr[FORMAT_ADDR_MAX];

	return json_pack("{s:o,s:o*,s:s*,s:o*,s:s,s:s,s:b,s:b,s:o*}", "id", control_id_json(v->id),
			 "name", name[0] ? control_text_json(name) : NULL, "address",
			 v->addr.port ? format_addr(&v->addr, addr) : NULL, "public_key",
			 key ? control_key_json(key) : NULL, "trust",
			 words_name(words_trust, (int)kind), "text",
			 words_name(texts_trust, (int)kind), "pinned", pin != NULL, "may_lead",
			 kind != TRUST_REVOKED && kind != TRUST_UNPINNED &&
				 (config->n_master_keys == 0 ||
				  find_key(config->master_keys, config->n_master_keys, v->id)),
			 "revocation", any ? revocation_json(c, &word) : NULL);
}

static bool has_row(const struct control *c, const struct control_now *now, node_id id)
{
	struct member_view v;

	return node_member_of(c->grant.node, id, now->mono, now->pair, &v);
}

/* The members, then who is pinned and not here, then who is revoked.  NULL: no memory. */
static json_t *hosts_json(const struct control *c, const struct control_now *now)
{
	const struct config *config = c->grant.config;
	json_t *list = json_array();
	struct revocation_view word;
	struct node_status s;
	struct member_view v, *member;
	size_t n = control_list_members(c, now, &member);
	int r = member ? 0 : -1;

	node_status(c->grant.node, now->mono, now->pair, &s);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = json_array_append_new(list, trusted_json(c, &member[i], s.open_group));
	}
	free(member);
	for (size_t i = 0; r == 0 && i < config->n_member_keys; i++) {
		v = (struct member_view){.id = id_from_key(config->member_keys[i])};
		r = has_row(c, now, v.id)
			    ? 0
			    : json_array_append_new(list, trusted_json(c, &v, s.open_group));
	}
	for (size_t i = 0; r == 0 && node_revocation(c->grant.node, i, &word); i++) {
		v = (struct member_view){.id = word.host.word.id};
		memcpy(v.name, word.host.name, sizeof(v.name));
		if (word.host.word.revoked && !has_row(c, now, v.id) &&
		    !find_key(config->member_keys, config->n_member_keys, v.id)) {
			r = json_array_append_new(list, trusted_json(c, &v, s.open_group));
		}
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *said_json(const struct said_view *v)
{
	json_t *by = json_array();

	for (unsigned i = 0; i < v->n_said && i < SAID_BY_MAX; i++) {
		(void)json_array_append_new(by, control_id_json(v->by[i]));
	}
	return json_pack("{s:o,s:o*,s:b,s:i,s:i,s:o}", "id", control_id_json(v->id), "name",
			 v->name[0] ? control_text_json(v->name) : NULL, "revoked", v->revoked,
			 "n_said", (int)v->n_said, "n_needed", (int)v->n_needed, "by", by);
}

static json_t *waiting_json(const struct control *c)
{
	json_t *list = json_array();
	struct said_view v;

	for (size_t i = 0; node_said(c->grant.node, i, &v); i++) {
		(void)json_array_append_new(list, said_json(&v));
	}
	return list;
}

void control_trust(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const struct control *c = userdata;
	struct control_now now;
	int r = control_read_clocks(c, &now);

	(void)parameters;
	if (r < 0) {
		control_fail(call, r);
		return;
	}
	json_t *knocks = control_knocks_json(c, &now);

	varlink_reply(call,
		      json_pack("{s:o,s:o,s:O,s:b,s:b,s:o}", "hosts", hosts_json(c, &now),
				"waiting", waiting_json(c), "refused",
				json_object_get(knocks, "refused"), "pinned",
				c->grant.config->n_member_keys > 0, "masters",
				c->grant.config->n_master_keys > 0, "config",
				control_text_json(c->grant.config->path)),
		      false);
	json_decref(knocks);
}

/* --- Whom an operator means, here or not --- */

/* Who is revoked has left the table.  With @undo only such a host is meant; without it they count,
 * too: whoever says again what he said before must not revoke another of that name. */
static bool find_subject(const struct control *c, struct varlink_call *call, json_t *parameters,
			 bool undo, node_id *ret)
{
	struct host_search s;
	struct revocation_view word;
	struct member_view v;

	if (!control_search(&s, call, parameters)) {
		return false;
	}
	for (size_t i = 0; node_revocation(c->grant.node, i, &word); i++) {
		if (word.host.word.revoked) {
			(void)control_offer(&s, word.host.word.id, word.host.name);
		}
	}
	if (!undo || s.n == 0) {
		control_offer_members(&s, c, &v);
		for (size_t i = 0; i < c->grant.config->n_member_keys; i++) { /* here or not */
			(void)control_offer(&s, id_from_key(c->grant.config->member_keys[i]), "");
		}
	}
	if (s.is_id && s.wanted != 0 && s.n == 0) { /* it was perhaps never here; 0 is nobody */
		(void)control_offer(&s, s.wanted, "");
	}
	*ret = s.found;
	return control_search_end(&s, call);
}

static void answer_refused(struct varlink_call *call, enum order_verdict v)
{
	if (v == ORDER_NOT_ALLOWED) {
		varlink_error(call, "net.berkd.OwnIdentity", NULL);
	} else if (v == ORDER_NOT_REVOKED) {
		varlink_error(call, "net.berkd.NotRevoked", NULL);
	} else {
		varlink_error(call, "net.berkd.RevokedFull",
			      json_pack("{s:i}", "n_max", REVOKED_MAX));
	}
}

void control_revoke(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const struct control *c = userdata;
	bool undo = json_is_true(json_object_get(parameters, "undo"));
	struct node_event ev = {.order = {.order = undo ? ORDER_RESTORE : ORDER_REVOKE}};
	struct order_outcome o = {.verdict = ORDER_OK};
	struct revocation_view v;

	if (!find_subject(c, call, parameters, undo, &ev.order.peer)) {
		return;
	}
	int r = c->grant.order(c->grant.userdata, &ev, &o);

	if (r < 0) {
		control_fail(call, r);
	} else if (o.verdict != ORDER_OK) {
		answer_refused(call, o.verdict);
	} else if (find_revocation(c, ev.order.peer, &v)) {
		varlink_reply(call, json_pack("{s:o}", "revocation", revocation_json(c, &v)),
			      false);
	} else {
		control_fail(call, -ENOENT);
	}
}
