/* host.c - one simulated host: feeds its node events, carries out the effects in their order, and
 * lives, stops, sleeps and dies.  The shell's duties (src/berkd/daemon.c) in small. */
#include "common/notice.h"
#include "tests/world/check.h"
#include "tests/world/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAT_SAVED_NS (250 * NS_PER_MS) /* as the daemon takes at most, on a disk that works */
#define TX_LATENCY_NS 3000		/* from the system call to the transmit stamp */
#define READ_ERROR_NS 50		/* bracket of a pair reading */
#define BOOTTIME_NS   NS_PER_S		/* BOOTTIME of a machine when its berkd starts */

struct addr host_addr(unsigned i)
{
	struct addr a = {.port = 5252};

	a.ip[10] = a.ip[11] = 0xff;
	a.ip[12] = 10;
	a.ip[13] = (uint8_t)(i >> 16);
	a.ip[14] = (uint8_t)(i >> 8);
	a.ip[15] = (uint8_t)i;
	return a;
}

unsigned host_of_addr(const struct addr *a)
{
	return (unsigned)a->ip[13] << 16 | (unsigned)a->ip[14] << 8 | a->ip[15];
}

bool host_runs(const struct host *h)
{
	return h->up && !h->stopped && !h->asleep;
}

struct clock_pair host_pair(const struct world *w, unsigned i)
{
	const struct host *h = &w->host[i];

	return (struct clock_pair){.raw = raw_add(host_clock_raw(&h->clock, w->now), h->lie.raw_ns),
				   .wall = wall_add(host_clock_wall(&h->clock, w->now),
						    h->lie.wall_ns)};
}

raw_t host_stamp(const struct world *w, unsigned i)
{
	raw_t r = host_pair(w, i).raw;

	if (w->net.grain_ns > 1) {
		r.ns -= r.ns % w->net.grain_ns;
	}
	return r;
}

/* --- Effects --- */

static void send_packet(struct world *w, unsigned i, const struct effect *e, unsigned to)
{
	for (unsigned k = 0; k < e->send.len; k += 8) {
		uint64_t v = 0;

		memcpy(&v, e->send.data + k, e->send.len - k < 8 ? e->send.len - k : 8U);
		world_mix(w, v);
	}
	queue_push(&w->queue,
		   (struct happening){.at = w->now + TX_LATENCY_NS,
				      .what = AT_TX,
				      .host = i,
				      .peer = to,
				      .packet = packet_take(w, e->send.data, e->send.len),
				      .id = e->type == FX_SEND ? e->send.tx_id : 0,
				      .value = w->host[i].boot});
}

static void send_to_group(struct world *w, unsigned i, const struct effect *e)
{
	const struct host *h = &w->host[i];

	for (unsigned to = h->group_first; to < h->group_first + h->group_n; to++) {
		if (to != i) {
			send_packet(w, i, e, to);
		}
	}
}

static void print_notice(const struct world *w, unsigned i, const struct notice *n)
{
	char text[NOTICE_TEXT_MAX];

	if (w->verbose > (n->level == LEVEL_DEBUG)) {
		printf("%14.6f h%u %s\n", (double)w->now / 1e9, i,
		       notice_text(n, NULL, text, sizeof(text)));
	}
}

static void save_table(struct host *h, const struct effect *e)
{
	struct node_row row;

	if (!h->disk.row) {
		h->disk.row = calloc(DISK_ROWS_MAX, sizeof(*h->disk.row));
	}
	if (!h->disk.row) {
		abort();
	}
	h->disk.n_table = e->table.n_table;
	h->disk.guest = e->table.guest;
	h->disk.n_row = 0;
	while (h->disk.n_row < DISK_ROWS_MAX && node_row(h->node, h->disk.n_row, &row)) {
		h->disk.row[h->disk.n_row++] = row;
	}
}

static void save_revoked(struct host *h)
{
	struct revocation_view v;

	h->disk.n_revoked = 0;
	while (node_revocation(h->node, h->disk.n_revoked, &v)) {
		h->disk.revoked[h->disk.n_revoked++] = v.host;
	}
}

/* What was given to the disk long enough ago is on it. */
static void settle_chat(const struct world *w, struct chat_disk *d)
{
	if (d->due && w->now >= d->due) {
		d->last = d->next_last;
		d->stable = d->next_stable;
		d->due = 0;
	}
}

static void save_chat(const struct world *w, unsigned i)
{
	struct host *h = &w->host[i];
	struct chat_disk *d = &h->disk.chat;

	settle_chat(w, d);
	d->due = d->due ? d->due : w->now + CHAT_SAVED_NS;
	(void)node_chat_log(h->node, 0, &d->next_last, &d->next_stable);
}

static void apply_effect(struct world *w, unsigned i, const struct effect *e)
{
	struct host *h = &w->host[i];

	world_mix(w, (uint64_t)e->type);
	switch (e->type) {
	case FX_SEND:
		send_packet(w, i, e, host_of_addr(&e->send.to));
		break;
	case FX_DISCOVER:
		send_to_group(w, i, e);
		break;
	case FX_ADJ_FREQ:
		world_mix(w, (uint64_t)e->freq_ppb);
		check_freq(w, i, e->freq_ppb);
		host_clock_freq(&h->clock, w->now, e->freq_ppb);
		break;
	case FX_STEP:
		world_mix(w, (uint64_t)e->step_ns);
		check_step(w, i, e->step_ns);
		host_clock_step(&h->clock, w->now, e->step_ns);
		break;
	case FX_STATUS:
		world_mix(w, (uint64_t)e->status.max_error_ns);
		break;
	case FX_SAVE_TERM:
		world_mix(w, e->term);
		check_save_term(w, i, e->term);
		h->disk.term = e->term;
		break;
	case FX_SAVE_DRIFT:
		h->disk.freq_ppb = e->freq_ppb;
		h->disk.has_freq = true;
		break;
	case FX_SAVE_LINE:
		h->disk.line = e->line;
		world_mix(w, h->disk.line.era);
		break;
	case FX_SAVE_BUDGET:
		h->disk.budget = e->budget;
		break;
	case FX_SAVE_TIME:
		h->disk.time = e->time.at.ns;
		h->disk.unconfirmed = e->time.unconfirmed;
		h->disk.told = e->time.told;
		h->disk.n_table = h->disk.row ? h->disk.n_table : e->time.n_table;
		break;
	case FX_SAVE_TABLE:
		save_table(h, e);
		break;
	case FX_SAVE_REVOKED:
		save_revoked(h);
		break;
	case FX_ORDERED:
		world_mix(w, (uint64_t)e->ordered.verdict);
		break;
	case FX_SAVE_CHAT:
		save_chat(w, i);
		break;
	case FX_CHAT:
		world_mix(w, e->chat->origin_seq);
		check_chat(w, i, e->chat);
		break;
	case FX_PRIVATE:
		world_mix(w, e->chat->origin_seq);
		break;
	case FX_PRIVATE_DONE:
	case FX_FORGOTTEN:
		world_mix(w, (uint64_t)e->private_done.outcome);
		break;
	case FX_NOTICE:
		print_notice(w, i, &e->notice);
		break;
	}
}

/* In order, each done before the next: what precedes a crash has happened, what follows has not. */
static void apply_all(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];

	for (size_t k = 0; k < w->fx.n; k++) {
		if (h->dies_in > 0 && --h->dies_in == 0) {
			host_crash(w, i);
			return;
		}
		apply_effect(w, i, &w->fx.fx[k]);
		if (w->scenario.effect) {
			w->scenario.effect(w, i, &w->fx.fx[k]);
		}
	}
}

/* --- Events --- */

static void timer_arm(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];

	h->deadline = w->fx.deadline;
	h->timer++;
	if (mono_is_never(h->deadline)) {
		return;
	}
	int64_t at = host_clock_when(&h->clock, w->now, h->deadline);

	if (w->timer_late_ns > 0) {
		at += (int64_t)(rng_exp(&w->rng) * (double)w->timer_late_ns);
	}
	queue_push(&w->queue,
		   (struct happening){.at = at, .what = AT_TIMER, .host = i, .value = h->timer});
}

void host_event(struct world *w, unsigned i, struct node_event *ev)
{
	struct host *h = &w->host[i];

	ev->now = host_clock_boot(&h->clock, w->now);
	ev->pair = host_pair(w, i);
	ev->read_error_ns = READ_ERROR_NS;
	ev->leap = w->host[i].leap;
	ev->chat_is_read = !w->host[i].chat_unread;
	for (unsigned k = 0; k < NODE_RAND_LEN; k += 8) {
		uint64_t v = rng_u64(&w->rng);

		memcpy(ev->rnd + k, &v, 8);
	}
	world_mix(w, (uint64_t)w->now);
	world_mix(w, (uint64_t)i << 8 | (uint64_t)ev->type);
	w->n_events++;
	h->n_steps_second++;
	check_before(w, i);
	node_step(h->node, ev, &w->fx);
	apply_all(w, i);
	if (h->up) {
		timer_arm(w, i);
	}
	check_after(w, i);
}

/* The clock may have been slowed since the timer was set: then it is not time yet. */
void host_timer(struct world *w, unsigned i, uint64_t generation)
{
	struct host *h = &w->host[i];
	struct node_event ev = {.type = EV_TIMER};

	if (!host_runs(h) || h->timer != generation || mono_is_never(h->deadline)) {
		return;
	}
	if (host_clock_boot(&h->clock, w->now).ns < h->deadline.ns) {
		queue_push(&w->queue,
			   (struct happening){.at = host_clock_when(&h->clock, w->now, h->deadline),
					      .what = AT_TIMER,
					      .host = i,
					      .value = generation});
		return;
	}
	host_event(w, i, &ev);
}

enum order_verdict host_order(struct world *w, unsigned i, enum order order, node_id peer,
			      const char *text, size_t len)
{
	struct node_event ev = {.type = EV_ORDER};

	ev.order.order = order;
	ev.order.peer = peer;
	ev.order.text = text;
	ev.order.text_len = len;
	if (order == ORDER_STEP) {
		w->host[i].may_step = true;
	}
	host_event(w, i, &ev);
	enum order_verdict verdict = w->fx.ordered.verdict;

	if (order == ORDER_CHAT && verdict == ORDER_OK) {
		check_said(w, i, text, len);
	}
	return verdict;
}

static enum order_verdict order_time(struct world *w, unsigned i, struct node_event ev,
				     bool dry_run, uint32_t uid)
{
	ev.type = EV_ORDER;
	ev.order.order = ORDER_SET_TIME;
	ev.order.dry_run = dry_run;
	ev.order.uid = uid;
	host_event(w, i, &ev);
	return w->fx.ordered.verdict;
}

enum order_verdict host_set_time(struct world *w, unsigned i, wall_t to, bool dry_run, uint32_t uid)
{
	struct node_event ev = {.order.set_time = {.to = to, .step = true}};

	return order_time(w, i, ev, dry_run, uid);
}

enum order_verdict host_move_time(struct world *w, unsigned i, int64_t by_ns, bool step,
				  bool dry_run, uint32_t uid)
{
	struct node_event ev = {
		.order.set_time = {.relative = true, .shift_ns = by_ns, .step = step}};

	return order_time(w, i, ev, dry_run, uid);
}

/* --- Life --- */

void host_boot(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];
	struct node_config config = h->config;
	struct node_saved saved = {.term = h->disk.term,
				   .freq_ppb = h->disk.freq_ppb,
				   .has_freq = h->disk.has_freq,
				   .line = h->disk.line,
				   .budget = h->disk.budget,
				   .chat_last = h->disk.chat.last,
				   .chat_stable = h->disk.chat.stable,
				   .n_table = h->disk.n_table,
				   .guest = h->disk.guest,
				   .unconfirmed = h->disk.unconfirmed,
				   .told = h->disk.told,
				   .row = h->disk.row,
				   .n_row = h->disk.n_row,
				   .n_revoked = h->disk.n_revoked};
	struct node_event ev = {.type = EV_START};

	memcpy(saved.revoked, h->disk.revoked, sizeof(saved.revoked));

	h->boot++;
	h->up = true;
	h->stopped = false;
	h->may_step = true;
	h->dies_in = 0;
	if (h->clock.boot < BOOTTIME_NS) {
		h->clock.boot = BOOTTIME_NS;
	}
	config.floor.ns = ns_max(config.floor.ns, h->disk.time);
	node_init(h->node, &config, &h->store, &saved, rng_u64(&w->rng));
	for (unsigned k = 0; k < h->group_n && k < CONTACTS_MAX; k++) {
		struct addr a = host_addr(h->group_first + k);

		if (h->contacts >> k & 1) {
			(void)node_add_contact(h->node, &a, (int)k);
		}
	}
	check_boot(w, i);
	host_event(w, i, &ev);
}

void host_link(struct world *w, unsigned i)
{
	struct node_event ev = {.type = EV_LINK};

	if (host_runs(&w->host[i])) {
		host_event(w, i, &ev);
	}
}

void host_add_contact(struct world *w, unsigned i, unsigned k)
{
	struct host *h = &w->host[i];
	struct addr a = host_addr(h->group_first + k);

	h->contacts |= (uint16_t)(1U << k);
	if (host_runs(h)) {
		(void)node_add_contact(h->node, &a, (int)k);
		host_link(w, i);
	}
}

int64_t host_floor(const struct world *w, unsigned i)
{
	return ns_max(WORLD_BUILD, w->host[i].disk.time);
}

static void backlog_drop(struct world *w, struct host *h)
{
	for (unsigned k = 0; k < h->n_backlog; k++) {
		if (h->backlog[k].what == AT_RX) {
			packet_give(w, h->backlog[k].packet);
		}
	}
	h->n_backlog = 0;
}

void host_crash(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];

	settle_chat(w, &h->disk.chat);
	h->disk.chat.due = 0;
	h->up = false;
	h->dies_in = 0;
	h->timer++;
	h->boot++; /* stamps of packets under way are for nobody */
	backlog_drop(w, h);
}

void host_power_cycle(struct world *w, unsigned i, int64_t wall_error_ns)
{
	struct host *h = &w->host[i];
	struct host_clock was = h->clock;

	host_clock_init(&h->clock, w->now, 0, host_clock_wall(&was, w->now).ns + wall_error_ns,
			was.freq);
	h->clock.wander = was.wander;
	h->clock.limit = was.limit;
	h->clock.deaf = was.deaf;
	h->asleep = false;
	h->disk.budget.any = false;
	h->disk.line.any = false; /* RAW begins anew */
}

void host_new_disk(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];

	free(h->disk.row);
	memset(&h->disk, 0, sizeof(h->disk));
	for (unsigned k = 0; k < KEY_LEN; k++) {
		h->config.secret[k] = (uint8_t)rng_u64(&w->rng);
	}
}

void host_stop(struct world *w, unsigned i)
{
	w->host[i].stopped = true;
}

/* All that waited is there at once, stamped when it came; the timer is overdue. */
void host_continue(struct world *w, unsigned i)
{
	struct host *h = &w->host[i];

	h->stopped = false;
	for (unsigned k = 0; k < h->n_backlog; k++) {
		h->backlog[k].at = w->now;
		queue_push(&w->queue, h->backlog[k]);
	}
	h->n_backlog = 0;
	queue_push(&w->queue, (struct happening){.at = w->now + (int64_t)rng_below(&w->rng, 2) - 1,
						 .what = AT_TIMER,
						 .host = i,
						 .value = h->timer});
}

void host_sleep(struct world *w, unsigned i)
{
	w->host[i].asleep = true;
	host_clock_sleep(&w->host[i].clock, w->now);
}

void host_wake(struct world *w, unsigned i, int64_t slept_ns)
{
	struct host *h = &w->host[i];
	struct node_event ev = {.type = EV_CLOCK_STEPPED};

	h->asleep = false;
	h->disk.budget.any = false;
	h->disk.line.any = false; /* RAW stood still */
	host_clock_wake(&h->clock, w->now);
	if (h->up) {
		ev.stepped.suspend_ns = slept_ns;
		h->may_step = true;
		check_wall_moved(w, i);
		host_event(w, i, &ev);
	}
}

void host_foreign_step(struct world *w, unsigned i, int64_t step_ns)
{
	struct host *h = &w->host[i];
	struct node_event ev = {.type = EV_CLOCK_STEPPED};

	h->clock.wall += step_ns; /* a deaf clock too: it is berkd that it does not hear */
	ev.stepped.step_ns = step_ns;
	h->may_step = true;
	check_wall_moved(w, i);
	if (step_ns >= CLOCK_TOLD_NS || step_ns <= -CLOCK_TOLD_NS) {
		host_event(w, i, &ev);
	}
}

void host_interrupt(struct world *w, unsigned i, enum interruption what, int64_t jump_ns,
		    double freq)
{
	struct node_event ev = {.type = EV_CLOCK_STEPPED, .stepped.machine = what};
	struct host *h = &w->host[i];

	host_clock_move(&h->clock, w->now, jump_ns, freq);
	h->disk.budget.any = false;
	h->disk.line.any = false;
	h->may_step = true;
	check_wall_moved(w, i);
	host_event(w, i, &ev);
}
