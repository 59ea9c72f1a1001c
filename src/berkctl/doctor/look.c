/* look.c - see look.h. */
#include "berkctl/doctor/look.h"

#include "berkctl/doctor/look_parts.h"

#include <stdlib.h>

struct doctor_facts *look_around(const struct look_at *at)
{
	struct doctor_facts *f = calloc(1, sizeof(*f));

	if (f) {
		const struct config *c = &f->config.config;

		look_at_config(at, &f->config);
		look_at_daemon(at, c, &f->daemon);
		look_at_net(at, c, &f->net);
		if (!at->root[0]) {
			look_at_firewall(c, &f->net);
		}
		look_at_names(c, f->net.name);
		look_at_clock(at, c, &f->clock);
		look_at_rtc(at, &f->rtc);
		look_at_disk(at, c, &f->disk);
	}
	return f;
}

struct doctor_facts *facts_free(struct doctor_facts *f)
{
	if (f) {
		json_decref(f->config.errors);
		json_decref(f->config.warnings);
		json_decref(f->config.key_errors);
		json_decref(f->config.odd);
		json_decref(f->daemon.status);
		json_decref(f->daemon.members);
		json_decref(f->daemon.knocks);
		json_decref(f->clock.enabled);
		json_decref(f->disk.damaged);
		free(f);
	}
	return NULL;
}
