/* fuzz_exporter.c - berkd-exporter reads two headers of anybody's request, Host and Accept, an
 * address of an operator, and whatever a daemon answers.
 *
 * Input: an opening brace begins an object with `status`, `members` and `knocks`, as the daemon
 * answers them; whatever else is either header, and an address to listen on. */
#include "berkctl/check.h"
#include "berkctl/metrics.h"
#include "exporter/accept.h"
#include "exporter/history.h"
#include "exporter/listen.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a name says stays within its label: each line has its value behind its last blank. */
static void look_at_metrics(const json_t *all, enum metrics_format format)
{
	const json_t *status = json_object_get(all, "status");
	const json_t *members = json_object_get(all, "members");
	char *text = NULL, *line, *rest;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to) {
		return;
	}
	json_t *findings = check_findings(status, members, json_object_get(all, "knocks"));

	metrics_print(to, status, members, findings, format);
	json_decref(findings);
	if (fclose(to) == 0) {
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			if (line[0] != '#' && strncmp(line, "berkd_", strlen("berkd_")) != 0) {
				abort();
			}
		}
	}
	free(text);
}

static void look_at_history(const json_t *all)
{
	struct history *h = history_new();

	for (int64_t now_ms = HISTORY_STEP_MS;
	     h && now_ms <= (int64_t)3 * HISTORY_STEP_MS * HISTORY_STEPS;
	     now_ms += (int64_t)HISTORY_STEP_MS * HISTORY_STEPS / 2) {
		(void)history_note(h, now_ms, json_object_get(all, "members"));
		history_note_past(h, now_ms, HISTORY_STEP_MS, all);
		json_decref(history_json(h, now_ms, 0));
	}
	history_free(h);
}

/* Who is on loopback is named by loopback. */
static void look_at_name(const char *text)
{
	static bool opened;
	struct listen_address a;
	bool is_local = listen_host_is_local(text);

	if (!listen_parse(text, &a)) {
		return;
	}
	if (is_local != listen_is_local(&a)) {
		abort();
	}
	if (is_local && !opened) {
		int fd = listen_open(&a), again = fd < 0 ? -1 : listen_open(&a); /* it is taken */

		opened = fd >= 0;
		(void)close(opened ? fd : -1);
		(void)close(again >= 0 ? again : -1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (!text) {
		return 0;
	}
	if (size > 0) {
		memcpy(text, data, size);
	}
	if (text[0] == '{') {
		json_t *all = json_loads(text, 0, NULL);

		look_at_metrics(all, METRICS_TEXT);
		look_at_metrics(all, METRICS_OPEN);
		look_at_history(all);
		json_decref(all);
	} else {
		look_at_name(text);
		(void)accept_has_openmetrics(text);
	}
	free(text);
	return 0;
}
