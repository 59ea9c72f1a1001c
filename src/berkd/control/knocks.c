/* knocks.c - the configured peers, present or not, and who is not let in. */
#include "berkd/control/knocks.h"

#include "berkd/control/json.h"
#include "berkd/control/views.h"
#include "common/format.h"
#include "common/words.h"

/* Of several addresses of a peer one is enough: the more it says, the higher. */
static int weight_of(enum knock state)
{
	switch (state) {
	case KNOCK_SELF:
		return 5;
	case KNOCK_MET:
		return 4;
	case KNOCK_NO_ANSWER:
	case KNOCK_LEFT:
		return 2;
	case KNOCK_NEVER_MET:
		return 1;
	case KNOCK_NO_ADDRESS:
		return 0;
	default:
		return 3; /* a refusal, which says why */
	}
}

/* How the peer @p is: the view of its address that says most. */
static struct knock_view view_peer(const struct control *c, const struct config_peer *p, mono_t now)
{
	struct knock_view best = {.state = KNOCK_NO_ADDRESS, .last_ago_ns = INT64_MAX}, v;

	for (unsigned i = 0; i < p->n_addr; i++) {
		if (config_is_own_addr(c->grant.config, &p->addr[i])) {
			v = (struct knock_view){.addr = p->addr[i],
						.state = KNOCK_SELF,
						.last_ago_ns = INT64_MAX};
		} else if (!node_contact(c->grant.node, &p->addr[i], now, &v)) {
			v = (struct knock_view){.addr = p->addr[i],
						.state = KNOCK_TABLE_FULL,
						.last_ago_ns = INT64_MAX};
		}
		if (weight_of(v.state) > weight_of(best.state)) {
			best = v;
		}
	}
	if (best.state == KNOCK_NO_ADDRESS && p->forgiven) {
		best.state = KNOCK_FORGOTTEN;
	}
	return best;
}

static json_t *peer_json(const struct config_peer *p, const struct knock_view *v, mono_t now)
{
	bool missing = !p->numeric && p->state == CONFIG_PEER_MISSING;
	char addr[FORMAT_ADDR_MAX];

	return json_pack("{s:o,s:s*,s:s,s:s,s:o*,s:o*,s:o*}", "peer", control_text_json(p->text),
			 "address", v->addr.port ? format_addr(&v->addr, addr) : NULL, "state",
			 words_name(words_knock, (int)v->state), "text",
			 words_name(texts_knock, (int)v->state), "id",
			 v->id ? control_id_json(v->id) : NULL, "heard_ago_ns",
			 v->last_ago_ns != INT64_MAX ? json_integer(v->last_ago_ns) : NULL,
			 "unresolved_ago_ns",
			 missing ? json_integer(mono_sub(now, p->since)) : NULL);
}

static json_t *refused_json(const struct knock_view *v)
{
	char addr[FORMAT_ADDR_MAX];

	return json_pack("{s:s,s:s,s:s,s:b,s:I,s:I,s:I}", "address", format_addr(&v->addr, addr),
			 "reason", words_name(words_knock, (int)v->state), "text",
			 words_name(texts_knock, (int)v->state), "configured", v->configured,
			 "n_packets", (json_int_t)v->n_packets, "first_ago_ns",
			 (json_int_t)v->first_ago_ns, "last_ago_ns", (json_int_t)v->last_ago_ns);
}

json_t *control_knocks_json(const struct control *c, const struct control_now *now)
{
	json_t *peers = json_array(), *refused = json_array();
	const struct config *config = c->grant.config;
	struct knock_view v;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->n_peers; i++) {
		v = view_peer(c, &config->peers[i], now->mono);
		r = json_array_append_new(peers, peer_json(&config->peers[i], &v, now->mono));
	}
	for (size_t i = 0; r == 0 && node_knock(c->grant.node, i, now->mono, &v); i++) {
		r = json_array_append_new(refused, refused_json(&v));
	}
	if (r < 0) {
		json_decref(peers);
		json_decref(refused);
		return NULL;
	}
	return json_pack("{s:o,s:o}", "peers", peers, "refused", refused);
}

void control_knocks(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control_now now;
	int r = control_read_clocks(userdata, &now);

	(void)parameters;
	if (r < 0) {
		control_fail(call, r);
		return;
	}
	varlink_reply(call, control_knocks_json(userdata, &now), false);
}
