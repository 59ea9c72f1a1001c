/* metrics.c - see metrics.h. */
#include "berkctl/metrics.h"

#include "berkctl/view.h"
#include "common/text.h"

#include <string.h>
#include <unistd.h>

enum metric_kind { METRIC_GAUGE, METRIC_COUNTER, METRIC_INFO };

/* A family of OpenMetrics has the name of its lines without this end. */
static const struct {
	const char *word, *end;
} kinds[] = {[METRIC_GAUGE] = {"gauge", ""},
	     [METRIC_COUNTER] = {"counter", "_total"},
	     [METRIC_INFO] = {"info", "_info"}};

struct metric {
	const char *key, *name;
	enum metric_kind kind;
	const char *help;
	double scale; /* to Prometheus' base units */
};

/* The name of each is berkd_ and then this. */
static const struct metric own[] = {
	{"synced", "synced", METRIC_GAUGE, "1 when the clock follows group time.", 1},
	{"settled", "settled", METRIC_GAUGE, "1 when this host may count in the average.", 1},
	{"island", "island", METRIC_GAUGE, "1 when no majority is in sight.", 1},
	{"date_confirmed", "date_confirmed", METRIC_GAUGE,
	 "1 when a clock that may be right agrees with the date.", 1},
	{"tripped", "tripped", METRIC_GAUGE,
	 "1 when masters have moved the clock too far, so that berkd does not steer it.", 1},
	{"bound_ns", "bound_seconds", METRIC_GAUGE, "The clock is within this of group time.",
	 1e-9},
	{"est_error_ns", "estimated_error_seconds", METRIC_GAUGE, "Probable error of the clock.",
	 1e-9},
	{"offset_ns", "offset_seconds", METRIC_GAUGE, "The clock less group time.", 1e-9},
	{"freq_ppb", "frequency_ratio", METRIC_GAUGE, "What the clock is steered by.", 1e-9},
	{"oscillator_ppb", "oscillator_ratio", METRIC_GAUGE,
	 "The free oscillator against group time.", 1e-9},
	{"uptime_ns", "uptime_seconds", METRIC_GAUGE, "Time since berkd started.", 1e-9},
	{"spread_ns", "spread_seconds", METRIC_GAUGE,
	 "Spread of the averaged clocks, on the master.", 1e-9},
	{"max_skew_ns", "max_skew_seconds", METRIC_GAUGE,
	 "Alarm when twice the bound is above this; 0: there is no such limit.", 1e-9},
	{"heard_ago_ns", "heard_ago_seconds", METRIC_GAUGE,
	 "Time since the last packet of the master.", 1e-9},
	{"term", "term", METRIC_GAUGE, "Elections so far, as the term counts them.", 1},
	{"n_table", "hosts", METRIC_GAUGE, "Hosts of the group.", 1},
	{"n_alive", "hosts_alive", METRIC_GAUGE, "Hosts heard lately.", 1},
	{"n_used", "hosts_averaged", METRIC_GAUGE, "Hosts in the average, on the master.", 1},
	{"n_rx", "packets_received_total", METRIC_COUNTER, "Packets received.", 1},
	{"n_tx", "packets_sent_total", METRIC_COUNTER, "Packets sent.", 1},
	{"n_bad", "packets_refused_total", METRIC_COUNTER, "Packets refused.", 1},
	{"n_steps", "steps_total", METRIC_COUNTER, "Steps of the clock by berkd.", 1},
	{"clock_epoch", "clock_steps_total", METRIC_COUNTER, "Steps of the clock by anyone.", 1},
	{"n_corrections", "corrections_total", METRIC_COUNTER, "Corrections applied.", 1},
	{"n_refused", "corrections_refused_total", METRIC_COUNTER, "Corrections refused.", 1},
	{"chat_stable", "chat_lines_total", METRIC_COUNTER, "Lines of the chat.", 1},
};

/* 1 while Status has a member of this name, whatever it is; else 0. */
static const struct metric flags[] = {
	{"hold", "held", METRIC_GAUGE, "1 while an operator holds the group.", 1},
	{"clock_error", "clock_error", METRIC_GAUGE,
	 "1 when the clock cannot be set, so that berkd does not steer it.", 1},
	{"state_error", "state_error", METRIC_GAUGE,
	 "1 when the state directory cannot be written.", 1},
	{"clone", "cloned", METRIC_GAUGE, "1 when another host has the identity of this one.", 1},
};

static const struct metric each[] = {
	{"offset_ns", "member_offset_seconds", METRIC_GAUGE,
	 "A host's clock less group time, as last seen.", 1e-9},
	{"bound_ns", "member_bound_seconds", METRIC_GAUGE,
	 "A host's clock is within this of group time.", 1e-9},
	{"delay_ns", "member_delay_seconds", METRIC_GAUGE, "Smallest round trip.", 1e-9},
	{"closure_ns", "member_closure_seconds", METRIC_GAUGE,
	 "Around master, deputy and the host: 0 unless a path is asymmetric.", 1e-9},
	{"weight_ppm", "member_weight_ratio", METRIC_GAUGE, "Share of the average.", 1e-6},
};

/* The unit is the last word of a name, where it is one; the text format has no line for it. */
static void print_unit(FILE *to, const char *name, int len)
{
	static const char *const units[] = {"seconds", "ratio"};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *at = strstr(name, units[i]);

		if (at && at[strlen(units[i])] == '\0') {
			(void)fprintf(to, "# UNIT berkd_%.*s %s\n", len, name, units[i]);
		}
	}
}

/* The text format names the family as its lines, and has no type info. */
static void print_head(FILE *to, const struct metric *m, enum metrics_format format)
{
	bool open = format == METRICS_OPEN;
	const char *word = open || m->kind != METRIC_INFO ? kinds[m->kind].word : "gauge";
	int len = (int)(strlen(m->name) - (open ? strlen(kinds[m->kind].end) : 0));

	(void)fprintf(to, "# HELP berkd_%.*s %s\n# TYPE berkd_%.*s %s\n", len, m->name, m->help,
		      len, m->name, word);
	if (open) {
		print_unit(to, m->name, len);
	}
}

/* The value of a label: its backslashes, quotes and line ends are escaped.  A terminal shows "?" in
 * the place of what would move its cursor: any host of the group may have chosen the text. */
static void print_label(FILE *to, const char *text)
{
	if (isatty(fileno(to)) == 1 && !text_is_plain(text)) {
		text = "?";
	}
	for (; *text; text++) {
		if (*text == '\\' || *text == '"') {
			(void)fputc('\\', to);
		}
		if (*text == '\n') {
			(void)fputs("\\n", to);
		} else {
			(void)fputc(*text, to);
		}
	}
}

/* A line of @m, with the value that @from has; @host NULL: without labels. */
static void print_value(FILE *to, const struct metric *m, const json_t *from, const json_t *host)
{
	const json_t *v = json_object_get(from, m->key);

	if (!json_is_integer(v) && !json_is_boolean(v)) {
		return;
	}
	double number = json_is_integer(v) ? (double)json_integer_value(v) * m->scale
					   : (double)json_is_true(v);

	(void)fprintf(to, "berkd_%s", m->name);
	if (host) {
		(void)fputs("{host=\"", to);
		print_label(to, view_raw(host, "name"));
		(void)fputs("\",id=\"", to);
		print_label(to, view_raw(host, "id"));
		(void)fputs("\"}", to);
	}
	(void)fprintf(to, " %.12g\n", number);
}

/* A figure that is 1, and whose label says what is so. */
static void print_fact(FILE *to, const struct metric *m, const json_t *status,
		       enum metrics_format format)
{
	print_head(to, m, format);
	(void)fprintf(to, "berkd_%s{%s=\"", m->name, m->key);
	print_label(to, view_raw(status, m->key));
	(void)fputs("\"} 1\n", to);
}

static void print_number(FILE *to, const struct metric *m, size_t number,
			 enum metrics_format format)
{
	print_head(to, m, format);
	(void)fprintf(to, "berkd_%s %zu\n", m->name, number);
}

static void print_figures(FILE *to, const json_t *status, const json_t *members,
			  enum metrics_format format)
{
	static const struct metric role = {"role", "role", METRIC_GAUGE,
					   "1 for the role of this host.", 1};
	static const struct metric build = {"version", "build_info", METRIC_INFO,
					    "1, with the version of the daemon.", 1};
	size_t k;
	const json_t *m;

	print_fact(to, &build, status, format);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (json_object_get(status, own[i].key)) {
			print_head(to, &own[i], format);
			print_value(to, &own[i], status, NULL);
		}
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		print_number(to, &flags[i], json_object_get(status, flags[i].key) != NULL, format);
	}
	print_fact(to, &role, status, format);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		print_head(to, &each[i], format);
		json_array_foreach(members, k, m)
		{
			if (view_is_here(m)) {
				print_value(to, &each[i], m, m);
			}
		}
	}
}

void metrics_print(FILE *to, const json_t *status, const json_t *members, const json_t *findings,
		   enum metrics_format format)
{
	static const struct metric up = {NULL, "up", METRIC_GAUGE, "1 when the daemon answers.", 1};
	static const struct metric problems = {NULL, "problems", METRIC_GAUGE,
					       "Problems that berkctl check names.", 1};

	print_number(to, &up, status != NULL, format);
	if (status) {
		print_number(to, &problems, json_array_size(findings), format);
		print_figures(to, status, members, format);
	}
	if (format == METRICS_OPEN) {
		(void)fputs("# EOF\n", to);
	}
}
