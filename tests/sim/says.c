/* says.c - what `berkctl check` says on a simulated host: the daemon's own views as JSON, and
 * berkctl's own verdict of them. */
#include "tests/sim/says.h"

#include "berkctl/check.h"
#include "berkd/control/views.h"

#include <stdio.h>

/* Host @i has @peers in peers =; a name that does not resolve has no address. */
static void configure(struct config *c, const struct world *w, unsigned i, uint64_t peers)
{
	c->max_skew_ns = w->host[i].config.max_skew_ns;
	c->mode = w->host[i].config.mode;
	c->n_peers = 0;
	for (unsigned k = 0; k < w->n; k++) {
		struct config_peer *p = &c->peers[c->n_peers];
		bool known = w->host[i].contacts >> k & 1;

		if (!(peers >> k & 1)) {
			continue;
		}
		(void)snprintf(p->text, sizeof(p->text), "h%u", k);
		p->addr[0] = host_addr(k);
		p->n_addr = known;
		p->state = known ? CONFIG_PEER_RESOLVED : CONFIG_PEER_MISSING;
		c->n_peers++;
	}
}

bool says_ok(const struct world *w, unsigned i, uint64_t peers)
{
	static struct config config; /* it is large */
	static struct control control;
	const struct control_now now = {.mono = host_clock_boot(&w->host[i].clock, w->now),
					.pair = host_pair(w, i)};

	configure(&config, w, i, peers);
	control.grant = (struct control_grant){.node = w->host[i].node,
					       .config = &config,
					       .clock = "virtual"};
	json_t *status = control_status_json(&control, &now);
	json_t *members = control_members_json(&control, &now);
	json_t *knocks = control_knocks_json(&control, &now);
	json_t *findings = check_findings(status, members, knocks);
	bool ok = json_array_size(findings) == 0;

	json_decref(status);
	json_decref(members);
	json_decref(knocks);
	json_decref(findings);
	return ok;
}
