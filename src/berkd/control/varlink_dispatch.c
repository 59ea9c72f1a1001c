/* varlink_dispatch.c - which call goes where, and what every varlink service answers. */
#include "berkd/control/varlink_dispatch.h"

#include "berkd/control/varlink_call.h"
#include "berkd/control/varlink_private.h"

#include <assert.h>
#include <string.h>

static const char standard_description[] =
	"# What every varlink service answers\n"
	"interface org.varlink.service\n\n"
	"method GetInfo() -> (vendor: string, product: string, version: string, url: string,\n"
	"                     interfaces: []string)\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n"
	"error PermissionDenied ()\n"
	"error ExpectedMore ()\n";

static void describe_interface(struct varlink_call *call, const struct varlink_service *s)
{
	const char *name =
		json_string_value(json_object_get(call->request.parameters, "interface"));

	if (!name) {
		varlink_invalid_parameter(call, "interface");
		return;
	}
	const char *text = NULL;

	if (strcmp(name, s->interface) == 0) {
		text = s->description;
	} else if (strcmp(name, "org.varlink.service") == 0) {
		text = standard_description;
	}
	if (!text) {
		varlink_error(call, "org.varlink.service.InterfaceNotFound",
			      json_pack("{s:s}", "interface", name));
		return;
	}
	varlink_reply(call, json_pack("{s:s}", "description", text), false);
}

/* True when the call was one of org.varlink.service. */
static bool run_standard(struct varlink_call *call, const struct varlink_service *s)
{
	const char *method = call->request.method;

	if (strcmp(method, "org.varlink.service.GetInfo") == 0) {
		json_t *info = json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", s->vendor,
					 "product", s->product, "version", s->version, "url",
					 s->url, "interfaces", "org.varlink.service", s->interface);

		varlink_reply(call, info, false);
		return true;
	}
	if (strcmp(method, "org.varlink.service.GetInterfaceDescription") == 0) {
		describe_interface(call, s);
		return true;
	}
	return false;
}

static void answer_not_found(struct varlink_call *call, const struct varlink_service *s)
{
	const char *method = call->request.method, *dot = strrchr(method, '.');
	size_t len = (size_t)(dot - method);
	bool known = (len == strlen(s->interface) && strncmp(method, s->interface, len) == 0) ||
		     strncmp(method, "org.varlink.service.", len + 1) == 0;

	if (known) {
		varlink_error(call, "org.varlink.service.MethodNotFound",
			      json_pack("{s:s}", "method", method));
	} else {
		varlink_error(call, "org.varlink.service.InterfaceNotFound",
			      json_pack("{s:s%}", "interface", method, len));
	}
}

void varlink_dispatch(struct varlink_call *call)
{
	const struct varlink_client *c = call->client;
	const struct varlink_service *s = c->server->service;
	const struct varlink_method *m = s->methods;

	assert(call->active && !call->held);
	if (run_standard(call, s)) {
		return;
	}
	while (m->name && strcmp(m->name, call->request.method) != 0) {
		m++;
	}
	if (!m->name) {
		answer_not_found(call, s);
	} else if (m->flags & VARLINK_CONTROL && c->read_only) {
		varlink_error(call, "net.berkd.NotPermitted",
			      json_pack("{s:s}", "method", call->request.method));
	} else if (m->flags & VARLINK_STREAM && !call->request.more) {
		varlink_error(call, "org.varlink.service.ExpectedMore", NULL);
	} else {
		m->run(call, call->request.parameters, c->server->userdata);
		assert(!call->active || call->held);
	}
}
