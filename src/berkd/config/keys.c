/* keys.c - the keys of berkd.conf: names, types, ranges.  berkd.conf(5) says the same in
 * prose. */
#include "berkd/config/keys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARS                                                                                 \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._" /* of a host */
#define FIELD(f) offsetof(struct config, f), sizeof(((struct config *)0)->f)

static void *field(struct config *c, const struct config_key *k)
{
	return (char *)c + k->offset;
}

/* --- Types --- */

/* A number and one of @unit (name, factor); true when all of @text was used. */
struct unit {
	const char *name;
	double factor;
};

static bool number(const char *text, const struct unit *unit, double *ret)
{
	char *end;

	errno = 0;
	double v = strtod(text, &end);

	if (end == text || errno == ERANGE || !(v > -1e18 && v < 1e18)) {
		return false;
	}
	while (*end == ' ') {
		end++;
	}
	for (; unit->name; unit++) {
		if (strcmp(end, unit->name) == 0) {
			*ret = v * unit->factor;
			return *ret > -9e18 && *ret < 9e18;
		}
	}
	return false;
}

static const struct unit times[] = {{"ns", 1},	   {"us", 1e3},	  {"ms", 1e6}, {"s", 1e9},
				    {"min", 60e9}, {"h", 3600e9}, {NULL, 0}};
static const struct unit parts[] = {{"ppb", 1}, {"ppm", 1e3}, {"%", 1e7}, {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

static const char *take_scaled(struct config *c, const struct config_key *k, const char *value,
			       const struct unit *unit)
{
	double v;

	if (!number(value, unit, &v) || v < (double)k->min || v > (double)k->max) {
		return k->allowed;
	}
	*(int64_t *)field(c, k) = ns_from_double(v);
	return NULL;
}

static const char *take_time(struct config *c, const struct config_key *k, const char *value)
{
	return take_scaled(c, k, value, times);
}

/* A time, or "never". */
static const char *take_time_or_never(struct config *c, const struct config_key *k,
				      const char *value)
{
	if (strcmp(value, "never") == 0) {
		*(int64_t *)field(c, k) = INT64_MAX;
		return NULL;
	}
	return take_time(c, k, value);
}

static const char *take_part(struct config *c, const struct config_key *k, const char *value)
{
	return take_scaled(c, k, value, parts);
}

/* Parts per million as double, for the virtual oscillator. */
static const char *take_ppm(struct config *c, const struct config_key *k, const char *value)
{
	double v;

	if (!number(value, parts, &v) || v < (double)k->min || v > (double)k->max) {
		return k->allowed;
	}
	*(double *)field(c, k) = v / 1e3;
	return NULL;
}

static bool whole(const struct config_key *k, const char *value, int64_t *ret)
{
	double v;

	if (!number(value, plain, &v) || v < (double)k->min || v > (double)k->max) {
		return false;
	}
	*ret = (int64_t)v;
	return (double)*ret == v;
}

static const char *take_u8(struct config *c, const struct config_key *k, const char *value)
{
	int64_t v;

	if (!whole(k, value, &v)) {
		return k->allowed;
	}
	*(uint8_t *)field(c, k) = (uint8_t)v;
	return NULL;
}

static const char *take_u16(struct config *c, const struct config_key *k, const char *value)
{
	int64_t v;

	if (!whole(k, value, &v)) {
		return k->allowed;
	}
	*(uint16_t *)field(c, k) = (uint16_t)v;
	return NULL;
}

static const char *take_unsigned(struct config *c, const struct config_key *k, const char *value)
{
	int64_t v;

	if (!whole(k, value, &v)) {
		return k->allowed;
	}
	*(unsigned *)field(c, k) = (unsigned)v;
	return NULL;
}

static const char *take_seed(struct config *c, const struct config_key *k, const char *value)
{
	int64_t v;

	if (!whole(k, value, &v)) {
		return k->allowed;
	}
	*(uint64_t *)field(c, k) = (uint64_t)v;
	return NULL;
}

static bool yesno(const char *value, bool *ret)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*ret = i % 2;
			return true;
		}
	}
	return false;
}

static const char *take_bool(struct config *c, const struct config_key *k, const char *value)
{
	return yesno(value, field(c, k)) ? NULL : k->allowed;
}

/* Words that stand for 0, 1, 2 ...; the enum's size is int. */
static const char *take_word(struct config *c, const struct config_key *k, const char *value,
			     const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(value, words[i]) == 0) {
			*(int *)field(c, k) = i;
			return NULL;
		}
	}
	return k->allowed;
}

static const char *take_quorum(struct config *c, const struct config_key *k, const char *value)
{
	return take_word(c, k, value, (const char *const[]){"island", "majority", NULL});
}

static const char *take_mode(struct config *c, const struct config_key *k, const char *value)
{
	return take_word(c, k, value, (const char *const[]){"steer", "observe", "reference", NULL});
}

static const char *take_driver(struct config *c, const struct config_key *k, const char *value)
{
	return take_word(c, k, value, (const char *const[]){"kernel", "virtual", "observe", NULL});
}

/* The key was yes or no before there were hardware stamps. */
static const char *take_stamps(struct config *c, const struct config_key *k, const char *value)
{
	bool yes;

	if (yesno(value, &yes)) {
		value = yes ? "auto" : "no";
	}
	return take_word(c, k, value,
			 (const char *const[]){"no", "software", "auto", "hardware", NULL});
}

static const char *take_target(struct config *c, const struct config_key *k, const char *value)
{
	return take_word(c, k, value, (const char *const[]){"auto", "journal", "stderr", NULL});
}

/* syslog's numbers: error 3 .. debug 7. */
static const char *take_level(struct config *c, const struct config_key *k, const char *value)
{
	const char *bad = take_word(c, k, value,
				    (const char *const[]){"", "", "", "error", "warning", "notice",
							  "info", "debug", NULL});

	return *value ? bad : k->allowed;
}

/* Text that fits; k->min 1: not empty. */
static const char *take_text(struct config *c, const struct config_key *k, const char *value)
{
	size_t len = strlen(value);

	if (len >= k->size || len < (size_t)k->min || (len && !wire_text_valid(value, len))) {
		return k->allowed;
	}
	memset(field(c, k), 0, k->size);
	memcpy(field(c, k), value, len);
	return NULL;
}

/* Where something lies whatever the working directory is. */
static const char *take_path(struct config *c, const struct config_key *k, const char *value)
{
	return *value && *value != '/' ? k->allowed : take_text(c, k, value);
}

/* --- Lists: words between blanks or commas --- */

static bool next_word(const char **at, char *word, size_t size, bool *ret_fits)
{
	const char *p = *at + strspn(*at, " \t,");
	size_t len = strcspn(p, " \t,");

	*at = p + len;
	*ret_fits = len < size;
	if (len == 0 || !*ret_fits) {
		return len > 0;
	}
	memcpy(word, p, len);
	word[len] = '\0';
	return true;
}

static bool port_number(const char *text, uint16_t *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || v < 1 || v > UINT16_MAX) {
		return false;
	}
	*ret = (uint16_t)v;
	return true;
}

/* ADDRESS, ADDRESS:PORT, [V6]:PORT; @port is the default. */
static bool numeric_address(const char *text, uint16_t port, struct addr *ret)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	struct addr a = {.port = port};
	const char *close = bracket ? strchr(text, ']') : NULL;
	size_t len = strlen(text);

	if (bracket) {
		if (!close || (close[1] && close[1] != ':')) {
			return false;
		}
		colon = close[1] ? close + 1 : NULL;
		text++;
		len = (size_t)(close - text);
	} else if (colon && strchr(text, ':') == colon) {
		len = (size_t)(colon - text);
	} else {
		colon = NULL;
	}
	if (len == 0 || len >= sizeof(host)) {
		return false;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	if (colon && !port_number(colon + 1, &a.port)) {
		return false;
	}
	a.ip[10] = a.ip[11] = 0xff;
	if (inet_pton(AF_INET, host, a.ip + 12) != 1 && inet_pton(AF_INET6, host, a.ip) != 1) {
		return false;
	}
	*ret = a;
	return true;
}

static const char *take_listen(struct config *c, const struct config_key *k, const char *value)
{
	char word[64];
	bool fits;

	while (next_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_listen == CONFIG_INTERFACES_MAX ||
		    !numeric_address(word, 0, &c->listen[c->n_listen])) {
			return k->allowed;
		}
		c->n_listen++;
	}
	return NULL;
}

/* NAME, V4, both with :PORT; V6, [V6], [V6]:PORT, each with %INTERFACE.  getaddrinfo() takes more,
 * and cuts a port to 16 bits. */
static bool peer_valid(const char *text)
{
	char host[sizeof(((struct config_peer *)0)->text)];
	const char *first = strchr(text, ':'), *last = strrchr(text, ':');
	bool bracket = text[0] == '[', ipv6 = bracket || first != last;
	size_t len = strlen(text);
	uint8_t ip[16];
	uint16_t port;

	memcpy(host, text + bracket, len + 1 - bracket);
	char *end = bracket ? strchr(host, ']') : ipv6 || !first ? NULL : strchr(host, ':');
	if ((bracket && !end) || (end && end[bracket] && end[bracket] != ':') ||
	    (end && end[bracket] && !port_number(end + bracket + 1, &port))) {
		return false;
	}
	if (end) {
		*end = '\0';
	}
	if (ipv6) {
		host[strcspn(host, "%")] = '\0';
		return inet_pton(AF_INET6, host, ip) == 1;
	}
	if (host[strspn(host, "0123456789.")] == '\0') {
		return inet_pton(AF_INET, host, ip) == 1;
	}
	return host[0] != '-' && host[strspn(host, NAME_CHARS)] == '\0';
}

static const char *take_peers(struct config *c, const struct config_key *k, const char *value)
{
	char word[sizeof(c->peers[0].text)];
	bool fits;

	while (next_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_peers == CONFIG_PEERS_MAX || !peer_valid(word)) {
			return k->allowed;
		}
		struct config_peer *p = &c->peers[c->n_peers++];

		*p = (struct config_peer){0};
		memcpy(p->text, word, sizeof(word));
	}
	return NULL;
}

static const char *take_interfaces(struct config *c, const struct config_key *k, const char *value)
{
	char word[sizeof(c->interfaces[0])];
	bool fits;

	while (next_word(&value, word, sizeof(word), &fits)) {
		if (!fits || c->n_interfaces == CONFIG_INTERFACES_MAX) {
			return k->allowed;
		}
		memcpy(c->interfaces[c->n_interfaces++], word, sizeof(word));
	}
	return NULL;
}

/* WHERE=TIME: of an interface, or of a numeric address. */
static const char *take_asymmetry(struct config *c, const struct config_key *k, const char *value)
{
	char word[96];
	bool fits;

	while (next_word(&value, word, sizeof(word), &fits)) {
		struct config_asymmetry *a = &c->asymmetries[c->n_asymmetries];
		char *time = strchr(word, '=');
		double ns;

		if (!fits || c->n_asymmetries == CONFIG_ASYMMETRIES_MAX || !time ||
		    !number(time + 1, times, &ns) || ns < (double)k->min || ns > (double)k->max) {
			return k->allowed;
		}
		*time = '\0';
		*a = (struct config_asymmetry){.longer_ns = ns_from_double(ns)};
		if (!numeric_address(word, 0, &a->addr)) {
			if (word[0] == '\0' || strlen(word) >= sizeof(a->interface)) {
				return k->allowed;
			}
			memcpy(a->interface, word, strlen(word) + 1);
		}
		c->n_asymmetries++;
	}
	return NULL;
}

static int hex_digit(char h)
{
	const char *digits = "0123456789abcdef";
	const char *at = h ? strchr(digits, h | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool config_key_from_hex(const char *text, uint8_t out[static 32])
{
	for (unsigned i = 0; i < 32; i++) {
		int hi = hex_digit(text[2 * i]), lo = hi < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (lo < 0) {
			return false;
		}
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return text[64] == '\0';
}

static const char *keys_add(uint8_t keys[][32], size_t *n, const char *value, const char *allowed)
{
	char word[80];
	bool fits;

	while (next_word(&value, word, sizeof(word), &fits)) {
		if (!fits || *n == CONFIG_KEYS_MAX || !config_key_from_hex(word, keys[*n])) {
			return allowed;
		}
		(*n)++;
	}
	return NULL;
}

static const char *take_members(struct config *c, const struct config_key *k, const char *value)
{
	return keys_add(c->member_keys, &c->n_member_keys, value, k->allowed);
}

static const char *take_masters(struct config *c, const struct config_key *k, const char *value)
{
	return keys_add(c->master_keys, &c->n_master_keys, value, k->allowed);
}

/* --- The table --- */

#define MS	NS_PER_MS
#define S	NS_PER_S
#define H	(3600 * S)
#define YESNO	"yes or no"
#define LIVE	true, false
#define RESTART false, false

const struct config_key config_keys[] = {
	{"group", "name", take_text, FIELD(group_name), 1, 0, RESTART, "1 to 63 bytes of UTF-8"},
	{"group", "key_file", take_path, FIELD(key_file), 0, 0, RESTART,
	 "an absolute path of up to 255 bytes"},
	{"group", "quorum", take_quorum, FIELD(quorum), 0, 0, LIVE, "island or majority"},
	{"group", "max_liars", take_unsigned, FIELD(max_liars), 0, 100, LIVE, "0 to 100"},
	{"group", "forget", take_time, FIELD(forget_ns), 10 * S, 720 * H, LIVE, "10s to 720h"},
	{"group", "members", take_members, FIELD(member_keys), 0, 0, true, true,
	 "up to 256 public keys of 64 hex digits"},
	{"group", "masters", take_masters, FIELD(master_keys), 0, 0, true, true,
	 "up to 256 public keys of 64 hex digits"},
	{"node", "name", take_text, FIELD(node_name), 1, 0, RESTART, "1 to 63 bytes of UTF-8"},
	{"node", "priority", take_u8, FIELD(priority), 0, 255, LIVE, "0 (never master) to 255"},
	{"node", "mode", take_mode, FIELD(mode), 0, 0, RESTART, "steer, observe or reference"},
	{"network", "port", take_u16, FIELD(port), 1, 65535, RESTART, "1 to 65535"},
	{"network", "listen", take_listen, FIELD(listen), 0, 0, false, true,
	 "up to 16 numeric addresses"},
	{"network", "peers", take_peers, FIELD(peers), 0, 0, true, true,
	 "up to 256 of HOST, HOST:PORT or [ADDRESS]:PORT"},
	{"network", "ipv4", take_bool, FIELD(ipv4), 0, 0, RESTART, YESNO},
	{"network", "ipv6", take_bool, FIELD(ipv6), 0, 0, RESTART, YESNO},
	{"network", "discovery", take_bool, FIELD(discovery), 0, 0, RESTART, YESNO},
	{"network", "interfaces", take_interfaces, FIELD(interfaces), 0, 0, false, true,
	 "up to 16 interface names"},
	{"network", "asymmetry", take_asymmetry, FIELD(asymmetries), -S, S, false, true,
	 "up to 64 of INTERFACE=TIME or ADDRESS=TIME, -1s to 1s"},
	{"network", "netlink", take_bool, FIELD(netlink), 0, 0, RESTART, YESNO},
	{"network", "timestamping", take_stamps, FIELD(timestamping), 0, 0, RESTART,
	 "auto (or yes), hardware, software or no"},
	{"clock", "driver", take_driver, FIELD(driver), 0, 0, RESTART,
	 "kernel, virtual or observe"},
	{"clock", "allow_rivals", take_bool, FIELD(allow_rivals), 0, 0, RESTART, YESNO},
	{"clock", "poll", take_time, FIELD(poll_ns), 50 * MS, 64 * S, LIVE, "50ms to 64s"},
	{"clock", "poll_min", take_time, FIELD(poll_ns_min), 20 * MS, 64 * S, LIVE,
	 "20ms to 64s, at most poll"},
	{"clock", "precision", take_time, FIELD(precision_ns), 0, S, LIVE,
	 "0s (the best that poll gives) to 1s"},
	{"clock", "step_threshold", take_time_or_never, FIELD(step_threshold_ns), MS, 1000000 * H,
	 LIVE, "1ms or more, or never"},
	{"clock", "max_slew", take_part, FIELD(max_slew_ppb), 1000, 80000000, LIVE,
	 "1ppm to 80000ppm"},
	{"clock", "max_drift", take_part, FIELD(max_drift_ppb), 1000, 1000000, LIVE,
	 "1ppm to 1000ppm"},
	{"clock", "max_correction", take_time, FIELD(max_correction_ns), MS, 1000000 * H, LIVE,
	 "1ms or more"},
	{"clock", "max_accumulated", take_time, FIELD(max_accumulated_ns), MS, 1000000 * H, LIVE,
	 "1ms or more"},
	{"clock", "max_delay", take_time, FIELD(max_delay_ns), MS / 10, 10 * S, LIVE,
	 "100us to 10s"},
	{"clock", "max_skew", take_time, FIELD(max_skew_ns), 0, H, LIVE, "0s (no alarm) to 1h"},
	{"virtual", "offset", take_time, FIELD(virtual_offset_ns), -1000000 * H, 1000000 * H,
	 RESTART, "a time with its unit"},
	{"virtual", "freq", take_ppm, FIELD(virtual_freq_ppm), -1000000, 1000000, RESTART,
	 "-1000ppm to 1000ppm"},
	{"virtual", "wander", take_ppm, FIELD(virtual_wander_ppm), 0, 1000000, RESTART,
	 "0ppm to 1000ppm"},
	{"virtual", "seed", take_seed, FIELD(virtual_seed), 0, INT64_C(1) << 53, RESTART,
	 "0 to 9007199254740992"},
	{"virtual", "truth", take_path, FIELD(virtual_truth), 0, 0, RESTART,
	 "an absolute path of up to 255 bytes"},
	{"control", "enable", take_bool, FIELD(control), 0, 0, RESTART, YESNO},
	{"control", "socket", take_path, FIELD(control_path), 1, 0, RESTART,
	 "an absolute path of up to 107 bytes"},
	{"control", "status_socket", take_path, FIELD(status_path), 1, 0, RESTART,
	 "an absolute path of up to 107 bytes"},
	{"control", "group", take_text, FIELD(control_group), 0, 0, RESTART,
	 "a group's name, or empty"},
	{"log", "target", take_target, FIELD(log_target), 0, 0, RESTART, "auto, journal or stderr"},
	{"log", "level", take_level, FIELD(log_level), 0, 0, LIVE,
	 "error, warning, notice, info or debug"},
	{"state", "enable", take_bool, FIELD(state), 0, 0, RESTART, YESNO},
	{"state", "directory", take_path, FIELD(state_dir), 1, 0, RESTART,
	 "an absolute path of up to 255 bytes"},
};
const size_t config_n_keys = sizeof(config_keys) / sizeof(config_keys[0]);

_Static_assert(sizeof(enum quorum) == sizeof(int) && sizeof(enum clock_mode) == sizeof(int) &&
		       sizeof(enum config_clock) == sizeof(int) &&
		       sizeof(enum config_stamps) == sizeof(int) &&
		       sizeof(enum config_log) == sizeof(int),
	       "take_word() writes an int");

const struct config_key *config_key_find(const char *section, const char *name,
					 bool *ret_section_known)
{
	*ret_section_known = false;
	for (size_t i = 0; i < config_n_keys; i++) {
		if (strcmp(config_keys[i].section, section) == 0) {
			*ret_section_known = true;
			if (strcmp(config_keys[i].name, name) == 0) {
				return &config_keys[i];
			}
		}
	}
	return NULL;
}
