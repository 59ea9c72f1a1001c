/* test_metrics.c - each figure for Prometheus: its name, its unit, and that none is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkctl/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No two figures are the same. */
static const char status_text[] =
	"{'version': '1.2', 'role': 'master', 'synced': true, 'settled': false, 'island': true,"
	" 'date_confirmed': false, 'tripped': true, 'bound_ns': 1000, 'est_error_ns': 2000,"
	" 'offset_ns': -3000, 'freq_ppb': -4000, 'oscillator_ppb': 5000, 'spread_ns': 6000,"
	" 'max_skew_ns': 7000000000, 'heard_ago_ns': 800000000, 'term': 9, 'n_table': 10,"
	" 'n_alive': 11, 'n_used': 12, 'n_rx': 13, 'n_tx': 14, 'n_bad': 15, 'n_steps': 16,"
	" 'clock_epoch': 17, 'n_corrections': 18, 'n_refused': 19, 'chat_stable': 20}";
static const char members_text[] =
	"[{'name': 'a', 'id': 'b', 'state': 'settled', 'offset_ns': 1000, 'bound_ns': 2000,"
	"  'delay_ns': 3000, 'closure_ns': -4000, 'weight_ppm': 250000}]";
static const char wanted[] = "berkd_up 1\n"
			     "berkd_problems 2\n"
			     "berkd_build_info{version=\"1.2\"} 1\n"
			     "berkd_synced 1\n"
			     "berkd_settled 0\n"
			     "berkd_island 1\n"
			     "berkd_date_confirmed 0\n"
			     "berkd_tripped 1\n"
			     "berkd_bound_seconds 1e-06\n"
			     "berkd_estimated_error_seconds 2e-06\n"
			     "berkd_offset_seconds -3e-06\n"
			     "berkd_frequency_ratio -4e-06\n"
			     "berkd_oscillator_ratio 5e-06\n"
			     "berkd_spread_seconds 6e-06\n"
			     "berkd_max_skew_seconds 7\n"
			     "berkd_heard_ago_seconds 0.8\n"
			     "berkd_term 9\n"
			     "berkd_hosts 10\n"
			     "berkd_hosts_alive 11\n"
			     "berkd_hosts_averaged 12\n"
			     "berkd_packets_received_total 13\n"
			     "berkd_packets_sent_total 14\n"
			     "berkd_packets_refused_total 15\n"
			     "berkd_steps_total 16\n"
			     "berkd_clock_steps_total 17\n"
			     "berkd_corrections_total 18\n"
			     "berkd_corrections_refused_total 19\n"
			     "berkd_chat_lines_total 20\n"
			     "berkd_held 0\n"
			     "berkd_clock_error 0\n"
			     "berkd_state_error 0\n"
			     "berkd_cloned 0\n"
			     "berkd_role{role=\"master\"} 1\n"
			     "berkd_member_offset_seconds{host=\"a\",id=\"b\"} 1e-06\n"
			     "berkd_member_bound_seconds{host=\"a\",id=\"b\"} 2e-06\n"
			     "berkd_member_delay_seconds{host=\"a\",id=\"b\"} 3e-06\n"
			     "berkd_member_closure_seconds{host=\"a\",id=\"b\"} -4e-06\n"
			     "berkd_member_weight_ratio{host=\"a\",id=\"b\"} 0.25\n";

/* What stands there in single quotes. */
static json_t *parse(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; (c = strchr(c, '\''));) {
		*c = '"';
	}
	json_t *j = json_loads(copy, 0, NULL);

	assert_non_null(j);
	free(copy);
	return j;
}

/* Lines that are figures; the caller frees them. */
static char *figures(const json_t *status, const json_t *findings)
{
	json_t *members = parse(members_text);
	char *text, *lines = NULL, *rest;
	size_t len;
	FILE *to = open_memstream(&text, &len), *out = open_memstream(&lines, &len);

	metrics_print(to, status, members, findings, METRICS_TEXT);
	(void)fclose(to);
	for (char *l = strtok_r(text, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest)) {
		if (l[0] != '#') {
			(void)fprintf(out, "%s\n", l);
		}
	}
	(void)fclose(out);
	free(text);
	json_decref(members);
	return lines;
}

static void each_figure_has_its_name_and_unit(void **state)
{
	json_t *status = parse(status_text), *findings = parse("['x', 'y']");
	char *text = figures(status, findings);

	(void)state;
	assert_string_equal(text, wanted);
	free(text);
	json_decref(status);
	json_decref(findings);
}

static void what_is_out_of_order_is_1(void **state)
{
	static const char *const faults[][2] = {
		{"{'hold': {'left_ns': 1}}", "\nberkd_held 1\n"},
		{"{'clock_error': 'x'}", "\nberkd_clock_error 1\n"},
		{"{'state_error': 'x'}", "\nberkd_state_error 1\n"},
		{"{'clone': 'x'}", "\nberkd_cloned 1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		json_t *status = parse(faults[i][0]);
		char *text = figures(status, NULL);

		assert_non_null(strstr(text, faults[i][1]));
		assert_non_null(strstr(text, "\nberkd_problems 0\n"));
		free(text);
		json_decref(status);
	}
}

static void who_does_not_answer_has_no_figures(void **state)
{
	char *text = figures(NULL, NULL);

	(void)state;
	assert_string_equal(text, "berkd_up 0\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_figure_has_its_name_and_unit),
		cmocka_unit_test(what_is_out_of_order_is_1),
		cmocka_unit_test(who_does_not_answer_has_no_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
