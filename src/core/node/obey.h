/* obey.h - whose orders are taken: on which other hosts an operator may order what concerns us. */
#pragma once

#include "core/node/state.h"

/* Why an order that is given on @host is not taken here; DEAF_NOT: it is.  On ourselves one always
 * is. */
enum deaf obey_why_not(const struct node *, node_id host);
/* The same of an order to step. */
enum deaf obey_deaf_to(const struct node *, node_id host);
/* Are there other hosts of which orders are taken here? */
bool obey_takes_any(const struct node *);
/* Our master, or a host whose order came to us as master, orders @what, and we do not take it:
 * people are told, once a minute. */
void obey_tell_refused(struct node *, node_id host, enum order what, enum deaf why);
/* As master: who does not take an order that @host gives, we among them; if it is to step, all
 * must come along. */
void obey_list_deaf(const struct node *, node_id host, bool step, struct deaf_hosts *ret);
