/* status.c - methods that show something and change nothing. */
#include "berkd/control/status.h"

#include "berkd/control/hosts.h"
#include "berkd/control/json.h"
#include "berkd/control/views.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS_DEFAULT 16
#define WHY_MAX	       512 /* bytes of the longest reason with its remedy; test_words asserts it */

void control_status(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control_now now;
	int r = control_read_clocks(userdata, &now);

	(void)parameters;
	if (r < 0) {
		control_fail(call, r);
		return;
	}
	varlink_reply(call, json_pack("{s:o}", "status", control_status_json(userdata, &now)),
		      false);
}

void control_members(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control_now now;
	int r = control_read_clocks(userdata, &now);

	(void)parameters;
	if (r < 0) {
		control_fail(call, r);
		return;
	}
	varlink_reply(call, json_pack("{s:o}", "members", control_members_json(userdata, &now)),
		      false);
}

/* Append @text to the @used bytes of @out, with a capital letter and a dot. */
static size_t write_sentence(const char *text, char *out, size_t size, size_t used)
{
	int len = snprintf(out + used, size - used, "%s%s.", used > 0 ? "  " : "", text);
	char *first = out + used + (used > 0 ? 2 : 0);

	*first = (char)toupper((unsigned char)*first);
	return used + (size_t)len;
}

/* Does it count, and if not, what stands in the way, and what is to be done?  A host that is not
 * corrected yet, or is not heard, has no reason but its state. */
static void write_why(const struct member_view *v, char *out, size_t size)
{
	bool judged = v->state == MEMBER_NEW || v->state == MEMBER_SETTLED;
	bool by_state = v->reason == REASON_NONE || !judged;
	size_t used =
		write_sentence(by_state ? member_state_text(v->state) : reason_text(v->reason), out,
			       size, 0);

	(void)write_sentence(by_state ? member_state_remedy(v->state) : reason_remedy(v->reason),
			     out, size, used);
}

void control_why(struct varlink_call *call, json_t *parameters, void *userdata)
{
	struct control *c = userdata;
	struct member_view v = {0};
	struct control_now now;
	char text[WHY_MAX];
	int r = control_read_clocks(c, &now);

	if (r < 0) {
		control_fail(call, r);
		return;
	}
	if (!control_find_host(c, call, parameters, &v)) {
		return;
	}
	node_id id = v.id; /* it was looked up without the time */

	(void)node_member_of(c->grant.node, id, now.mono, now.pair, &v);
	bool counts = v.state == MEMBER_SETTLED &&
		      (v.reason == REASON_NONE || v.reason == REASON_TRIMMED);

	write_why(&v, text, sizeof(text));
	varlink_reply(call,
		      json_pack("{s:o,s:b,s:s}", "member", control_member_json(&v), "counts",
				counts, "text", text),
		      false);
}

void control_rounds(struct varlink_call *call, json_t *parameters, void *userdata)
{
	const struct control *c = userdata;
	int64_t limit = ROUNDS_DEFAULT;
	struct control_now now = {0};
	struct node_status s;
	struct round_view v;
	int r = control_read_clocks(c, &now);

	if (!control_get_int(call, parameters, "limit", 0, &limit)) {
		return;
	}
	if (r < 0) {
		control_fail(call, r);
		return;
	}
	json_t *list = json_array();

	for (size_t i = 0; r == 0 && (int64_t)i < limit && node_round(c->grant.node, i, &v); i++) {
		r = json_array_append_new(list, control_round_json(&v, now.mono));
	}
	if (r < 0) {
		json_decref(list);
		control_fail(call, r);
		return;
	}
	node_status(c->grant.node, now.mono, now.pair, &s);
	varlink_reply(call,
		      json_pack("{s:b,s:o}", "leading", s.role == ROLE_MASTER, "rounds", list),
		      false);
}
