/* web.c - see web.h. */
#include "exporter/web.h"

#include "berkctl/client.h"
#include "common/text.h"
#include "exporter/accept.h"
#include "exporter/guests.h"
#include "exporter/pages.h"
#include "exporter/say.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAY_EACH_MS 60000

struct web {
	struct MHD_Daemon *daemon;
	struct store *store;
	const char *address;
	bool is_local;
	/* When a fault was said last, and that there is no room; of the thread of the daemon. */
	int64_t fault_ms, full_ms;
	struct guests *guests;
	unsigned n_max; /* of them */
};

/* A page that is always the same: /, /page.js and so on. */
struct asset {
	const char *path, *type, *text;
	size_t len;
};

static const struct asset assets[] = {
	{"/", "text/html; charset=utf-8", page_html, sizeof(page_html) - 1},
	{"/page.css", "text/css; charset=utf-8", page_css, sizeof(page_css) - 1},
	{"/page.js", "text/javascript; charset=utf-8", page_js, sizeof(page_js) - 1},
	{"/icon.svg", "image/svg+xml", page_svg, sizeof(page_svg) - 1},
};

/* --- Answers --- */

/* Nothing comes from elsewhere, nothing runs that is not /page.js, nobody frames the page or reads
 * it from another site, and nothing is kept. */
static const char *const headers[][2] = {
	{"Content-Security-Policy",
	 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	 "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cache-Control", "no-store"},
};

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned status, const char *type,
				     struct MHD_Response *response)
{
	enum MHD_Result r = MHD_NO;

	if (response) {
		(void)MHD_add_response_header(response, "Content-Type", type);
		if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
			(void)MHD_add_response_header(response, "Allow", "GET, HEAD");
		}
		for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
			(void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
		}
		r = MHD_queue_response(c, status, response);
		MHD_destroy_response(response);
	}
	return r;
}

/* @text stays where it is. */
static enum MHD_Result send_static(struct MHD_Connection *c, unsigned status, const char *type,
				   const char *text, size_t len)
{
	union { /* MHD only reads it, but says so nowhere */
		const char *in;
		void *out;
	} u = {.in = text};

	return send_response(c, status, type,
			     MHD_create_response_from_buffer(len, u.out, MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status, const char *why)
{
	return send_static(c, status, "text/plain; charset=utf-8", why, strlen(why));
}

/* @text is taken over. */
static enum MHD_Result send_made(struct MHD_Connection *c, const char *type, char *text, size_t len)
{
	if (!text) {
		return refuse(c, MHD_HTTP_SERVICE_UNAVAILABLE, "There is no memory; try again.\n");
	}
	return send_response(c, MHD_HTTP_OK, type,
			     MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result send_metrics(struct MHD_Connection *c, struct store *store)
{
	const char *accept =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool open = accept && accept_has_openmetrics(accept);
	size_t len;
	char *text = store_metrics(store, open ? METRICS_OPEN : METRICS_TEXT, &len);

	return send_made(c, open ? METRICS_OPEN_TYPE : METRICS_TEXT_TYPE, text, len);
}

static enum MHD_Result send_history(struct MHD_Connection *c, struct store *store)
{
	const char *text = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "since");
	char *end = NULL;
	size_t len;

	errno = 0;
	long long since = text ? strtoll(text, &end, 10) : 0;

	if (text && (end == text || *end != '\0' || errno != 0 || since < 0)) {
		return refuse(c, MHD_HTTP_BAD_REQUEST,
			      "since: allowed is a whole number, 0 or more\n");
	}
	char *history = store_history(store, since, &len);

	return send_made(c, "application/json", history, len);
}

static enum MHD_Result send_page(struct web *w, struct MHD_Connection *c, const char *path)
{
	char *text;
	size_t len;

	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
		const struct asset *a = &assets[i];

		if (strcmp(path, a->path) == 0) {
			return send_static(c, MHD_HTTP_OK, a->type, a->text, a->len);
		}
	}
	if (strcmp(path, "/metrics") == 0) {
		return send_metrics(c, w->store);
	}
	if (strcmp(path, "/api/state") == 0) {
		text = store_state(w->store, &len);
		return send_made(c, "application/json", text, len);
	}
	if (strcmp(path, "/api/history") == 0) {
		return send_history(c, w->store);
	}
	return refuse(c, MHD_HTTP_NOT_FOUND, "There are: / /metrics /api/state /api/history\n");
}

/* Called when the headers of a request are there.  It is answered at once: a body is not read. */
static enum MHD_Result on_request(void *userdata, struct MHD_Connection *c, const char *path,
				  const char *method, const char *version, const char *body,
				  size_t *body_len, void **request)
{
	struct web *w = userdata;
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	(void)version;
	(void)body;
	(void)body_len;
	(void)request;
	if (w->is_local && !(host && listen_host_is_local(host))) {
		return refuse(c, MHD_HTTP_FORBIDDEN,
			      "Here the address is http://localhost or that of this host itself, "
			      "127.0.0.1 or [::1], and no other name.\n");
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		return refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "Allowed are GET and HEAD.\n");
	}
	return send_page(w, c, path);
}

/* --- Connections --- */

/* Once a minute; @last_ms is when it was said last. */
static bool may_say(int64_t *last_ms)
{
	int64_t now_ms = client_now_ms();
	bool may = *last_ms == 0 || now_ms - *last_ms >= SAY_EACH_MS;

	*last_ms = may ? now_ms : *last_ms;
	return may;
}

/* One comes, or goes: its file is closed after this. */
static void on_connection(void *userdata, struct MHD_Connection *c, void **note,
			  enum MHD_ConnectionNotificationCode what)
{
	struct web *w = userdata;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	bool comes = what == MHD_CONNECTION_NOTIFY_STARTED;

	(void)note;
	if (info && !comes) {
		guests_go(w->guests, info->connect_fd);
	} else if (info && !guests_come(w->guests, info->connect_fd) && may_say(&w->full_ms)) {
		say_warning("Limit: on %s there are %u connections; more wait for their end, %d s "
			    "at most",
			    w->address, w->n_max, WEB_CONNECTION_S);
	}
}

/* What MHD complains of: clients that break off, and limits that trip.  Said once in a minute. */
static void on_fault(void *userdata, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void on_fault(void *userdata, const char *format, va_list args)
{
	struct web *w = userdata;
	char raw[256], text[512];

	if (!may_say(&w->fault_ms)) {
		return;
	}
	(void)vsnprintf(raw, sizeof(raw), format, args);
	text_escape(raw, strcspn(raw, "\n"), text, sizeof(text));
	say_info("On %s: %s", w->address, text);
}

static struct MHD_Daemon *start(struct web *w, int fd)
{
	return MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
				on_request, w, MHD_OPTION_EXTERNAL_LOGGER, on_fault, w,
				MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, w->n_max,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_REQUEST_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WEB_SILENT_S,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
				on_connection, w, MHD_OPTION_END);
}

struct web *web_new(int fd, const struct listen_address *address, unsigned n_max,
		    struct store *store)
{
	struct web *w = calloc(1, sizeof(*w));

	if (!w) {
		close(fd);
		return NULL;
	}
	*w = (struct web){.store = store,
			  .address = address->text,
			  .is_local = listen_is_local(address),
			  .guests = guests_new(n_max, WEB_CONNECTION_S * 1000),
			  .n_max = n_max};
	w->daemon = w->guests ? start(w, fd) : NULL;
	if (!w->daemon) {
		if (!w->guests) {
			close(fd);
		}
		say_error("%s: no thread that serves it", address->text);
		return web_free(w);
	}
	return w;
}

struct web *web_free(struct web *w)
{
	if (w) {
		if (w->daemon) {
			MHD_stop_daemon(w->daemon);
		}
		guests_free(w->guests);
		free(w);
	}
	return NULL;
}
