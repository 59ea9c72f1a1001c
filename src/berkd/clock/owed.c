/* owed.c - see owed.h. */
#include "berkd/clock/owed.h"

#include "berkd/clock/setter.h"
#include "berkd/host/log.h"
#include "common/format.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RETRY_NS NS_PER_S
/* By then the core may have slewed a part of it, so it would go too far. */
#define STEP_NS	 (10 * NS_PER_S)

static bool owes(const struct owed *o)
{
	return o->freq || o->step_ns != 0 || o->status;
}

/* What nobody will ever set: it is no use to ask again. */
static bool is_refusal(int r)
{
	return r == -EPERM || r == -ERANGE || r == -EINVAL;
}

static const char *remedy(int r)
{
	return !setter_is_other()   ? r == -EPERM ? "it needs CAP_SYS_TIME" : "look at: dmesg"
	       : is_refusal(r)	    ? "it says why: journalctl -u berkd-clock"
	       : r == -ENAMETOOLONG ? "give " SETTER_ENV " a path of up to 107 bytes"
				    : "look at: systemctl status berkd-clock";
}

static void note_failure(struct owed *o, const char *what, int r, mono_t now)
{
	o->tried = now;
	if (r != o->error) {
		(void)snprintf(o->text, sizeof(o->text), "%s: %s; %s", what,
			       r == -ETIMEDOUT && setter_is_other() ? "berkd-clock does not answer"
								    : strerror(-r),
			       remedy(r));
	}
	if (o->error == 0) {
		o->since = now;
		log_err(CAUSE_CLOCK, "The clock is not steered: %s%s", o->text,
			owes(o) ? "; it is tried again each second" : "");
	}
	o->error = r;
}

static void note_success(struct owed *o, mono_t now)
{
	char after[FORMAT_MAX];

	if (o->error != 0 && !owes(o)) {
		log_warning(CAUSE_CLOCK, "The clock is steered again, after %s",
			    format_interval(mono_sub(now, o->since), after));
		o->error = 0;
	}
}

static bool pay_freq(struct owed *o, mono_t now)
{
	int r = clock_adj_freq(o->clock, o->freq_ppb);

	o->freq = r < 0;
	if (r < 0) {
		note_failure(o, "its frequency cannot be set", r, now);
	} else {
		note_success(o, now);
	}
	return r == 0;
}

/* Was it done all the same?  A setter that was ended before it could answer, say.  @before: how far
 * WALL was from RAW. */
static bool was_stepped(struct owed *o, const struct clock_pair *before, int64_t step_ns)
{
	struct clock_pair after;
	int64_t width;

	if (o->clock->ops->read(o->clock, &after, &width) < 0) {
		return false;
	}
	int64_t since_ns = raw_sub(after.raw, before->raw);
	double rate = 1e-9 * (double)o->clock->ops->freq_ppb(o->clock);
	int64_t free_ns = ns_add(since_ns, ns_from_double(rate * (double)since_ns));
	int64_t by_ns = ns_sub(wall_sub(after.wall, before->wall), free_ns);

	return ns_abs(ns_sub(by_ns, step_ns)) < ns_abs(step_ns) / 2;
}

static bool pay_step(struct owed *o, mono_t now)
{
	int64_t step_ns = o->step_ns, width;
	struct clock_pair before;
	char by[FORMAT_MAX];
	int r = o->clock->ops->read(o->clock, &before, &width);
	bool late = mono_sub(now, o->step_since) >= STEP_NS;

	if (r == 0 && !late) {
		r = clock_step_wall(o->clock, step_ns);
		if (r < 0 && !is_refusal(r) && was_stepped(o, &before, step_ns)) {
			r = 0;
		}
	}
	o->step_ns = r == 0 || late || is_refusal(r) ? 0 : step_ns;
	if (r < 0) {
		note_failure(o, "it cannot be stepped", r, now);
	}
	if (late || is_refusal(r)) {
		log_err(CAUSE_CLOCK,
			"The step of the clock by %s was not made; if it is still off, run: "
			"berkctl step",
			format_offset(step_ns, by));
	}
	if (r == 0 && !late) {
		note_success(o, now);
	}
	return r == 0 && !late;
}

static void pay_status(struct owed *o, mono_t now)
{
	int r = clock_set_status(o->clock, &o->word);

	o->status = r < 0 && !o->word.synced;
	if (r < 0) {
		note_failure(o, "its status cannot be kept", r, now);
	} else {
		note_success(o, now);
	}
}

void owed_init(struct owed *o, struct clock *clock, int64_t freq_ppb)
{
	*o = (struct owed){.clock = clock, .freq_ppb = freq_ppb};
}

bool owed_freq(struct owed *o, int64_t freq_ppb, mono_t now)
{
	o->freq_ppb = freq_ppb;
	return pay_freq(o, now);
}

bool owed_step(struct owed *o, int64_t step_ns, mono_t now)
{
	o->step_ns = step_ns; /* one that is owed is in it, as the clock was read since */
	o->step_since = now;
	return o->step_ns != 0 && pay_step(o, now);
}

void owed_status(struct owed *o, const struct wall_status *word, mono_t now)
{
	o->word = *word;
	pay_status(o, now);
}

void owed_look(struct owed *o, enum clock_touched *ret, int64_t *ret_value, mono_t now)
{
	int r = clock_check(o->clock, ret, ret_value);

	if (r < 0) {
		note_failure(o, "its settings cannot be read", r, now);
	}
}

void owed_drop_step(struct owed *o)
{
	o->step_ns = 0;
	if (!owes(o)) {
		o->error = 0; /* nothing is wanted any more that could not be set */
	}
}

mono_t owed_due(const struct owed *o)
{
	return owes(o) ? mono_add(o->tried, RETRY_NS) : MONO_NEVER;
}

bool owed_retry(struct owed *o, mono_t now)
{
	bool changed = false;

	if (now.ns < owed_due(o).ns) {
		return false;
	}
	o->tried = now;
	if (o->status) {
		pay_status(o, now);
	}
	if (o->step_ns != 0) {
		changed = pay_step(o, now);
	}
	if (o->freq) {
		changed = pay_freq(o, now) || changed;
	}
	return changed;
}

const char *owed_error(const struct owed *o)
{
	return o->error != 0 ? o->text : NULL;
}
