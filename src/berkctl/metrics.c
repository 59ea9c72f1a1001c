/* metrics.c - see metrics.h. */
#include "berkctl/metrics.h"

#include "berkctl/view.h"

struct metric {
	const char *key, *name, *type, *help;
	double scale; /* to Prometheus' base units */
};

/* The name of each is berkd_ and then this. */
static const struct metric own[] = {
	{"synced", "synced", "gauge", "1 when the clock follows group time.", 1},
	{"settled", "settled", "gauge", "1 when this host may count in the average.", 1},
	{"island", "island", "gauge", "1 when no majority is in sight.", 1},
	{"date_confirmed", "date_confirmed", "gauge",
	 "1 when a clock that may be right agrees with the date.", 1},
	{"tripped", "held", "gauge", "1 when others have moved the clock too far: it is held.", 1},
	{"bound_ns", "bound_seconds", "gauge", "The clock is within this of group time.", 1e-9},
	{"est_error_ns", "estimated_error_seconds", "gauge", "Probable error of the clock.", 1e-9},
	{"offset_ns", "offset_seconds", "gauge", "The clock less group time.", 1e-9},
	{"freq_ppb", "frequency_ratio", "gauge", "What the clock is steered by.", 1e-9},
	{"oscillator_ppb", "oscillator_ratio", "gauge", "The free oscillator against group time.",
	 1e-9},
	{"spread_ns", "spread_seconds", "gauge", "Between the averaged clocks, on the master.",
	 1e-9},
	{"max_skew_ns", "max_skew_seconds", "gauge",
	 "Alarm when twice the bound is above this; 0: there is no such limit.", 1e-9},
	{"heard_ago_ns", "heard_ago_seconds", "gauge", "Since the last word of the master.", 1e-9},
	{"term", "term", "gauge", "Elections so far, as the term counts them.", 1},
	{"n_table", "hosts", "gauge", "Hosts of the group.", 1},
	{"n_alive", "hosts_alive", "gauge", "Of them, heard lately.", 1},
	{"n_used", "hosts_averaged", "gauge", "Of them, averaged, on the master.", 1},
	{"n_rx", "packets_received_total", "counter", "Packets received.", 1},
	{"n_tx", "packets_sent_total", "counter", "Packets sent.", 1},
	{"n_bad", "packets_refused_total", "counter", "Packets refused.", 1},
	{"n_steps", "steps_total", "counter", "Steps of the clock by berkd.", 1},
	{"clock_epoch", "clock_steps_total", "counter", "Steps of the clock by anyone.", 1},
	{"n_corrections", "corrections_total", "counter", "Corrections applied.", 1},
	{"n_refused", "corrections_refused_total", "counter", "Corrections refused.", 1},
	{"chat_stable", "chat_lines_total", "counter", "Lines of the chat.", 1},
};

static const struct metric each[] = {
	{"offset_ns", "member_offset_seconds", "gauge",
	 "A host's clock less group time, as last seen.", 1e-9},
	{"bound_ns", "member_bound_seconds", "gauge",
	 "A host's clock is within this of group time.", 1e-9},
	{"delay_ns", "member_delay_seconds", "gauge", "Smallest round trip.", 1e-9},
	{"closure_ns", "member_closure_seconds", "gauge",
	 "Around master, deputy and the host: 0 but for asymmetric paths.", 1e-9},
	{"weight_ppm", "member_weight_ratio", "gauge", "Share of the average.", 1e-6},
};

static void print_head(FILE *to, const struct metric *m)
{
	(void)fprintf(to, "# HELP berkd_%s %s\n# TYPE berkd_%s %s\n", m->name, m->help, m->name,
		      m->type);
}

/* The value of a label: its backslashes, quotes and line ends are escaped. */
static void print_label(FILE *to, const char *text)
{
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
static void print_fact(FILE *to, const struct metric *m, const json_t *status)
{
	print_head(to, m);
	(void)fprintf(to, "berkd_%s{%s=\"", m->name, m->key);
	print_label(to, view_raw(status, m->key));
	(void)fputs("\"} 1\n", to);
}

void metrics_print(FILE *to, const json_t *status, const json_t *members)
{
	static const struct metric up = {NULL, "up", "gauge", "1 when the daemon answers.", 1};
	static const struct metric role = {"role", "role", "gauge", "1 for the role of this host.",
					   1};
	static const struct metric build = {"version", "build_info", "gauge",
					    "1, with the version of the daemon.", 1};
	size_t k;
	const json_t *m;

	print_head(to, &up);
	(void)fprintf(to, "berkd_up %d\n", status != NULL);
	if (!status) {
		return;
	}
	print_fact(to, &build, status);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (json_object_get(status, own[i].key)) {
			print_head(to, &own[i]);
			print_value(to, &own[i], status, NULL);
		}
	}
	print_fact(to, &role, status);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		print_head(to, &each[i]);
		json_array_foreach(members, k, m)
		{
			print_value(to, &each[i], m, m);
		}
	}
}
