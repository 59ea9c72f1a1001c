/* keys.c - the keys of berkd.conf: names, types, ranges.  berkd.conf(5) says the same in prose. */
#include "berkd/config/keys.h"

#include "berkd/config/lists.h"
#include "berkd/config/values.h"
#include "common/words.h"

#include <string.h>

/* --- Words, in the order of their enums --- */

static const char *take_quorum(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value, words_quorum);
}

static const char *take_orders(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value, words_orders_of);
}

static const char *take_mode(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value, words_clock_mode);
}

static const char *take_driver(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value,
				(const char *const[]){"kernel", "virtual", "observe", NULL});
}

static const char *take_leap(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value, (const char *const[]){"slew", "ignore", NULL});
}

/* The words are those of the stamps that result.  The key was yes or no before there were hardware
 * stamps, and "software" was its word for the kernel's. */
static const char *take_stamps(struct config *c, const struct config_key *k, const char *value)
{
	bool yes;

	if (config_read_bool(value, &yes)) {
		value = yes ? "auto" : "user";
	} else if (strcmp(value, "software") == 0) {
		value = "kernel";
	}
	return config_take_word(c, k, value,
				(const char *const[]){"user", "kernel", "auto", "hardware", NULL});
}

static const char *take_target(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value,
				(const char *const[]){"auto", "journal", "stderr", NULL});
}

static const char *take_level(struct config *c, const struct config_key *k, const char *value)
{
	return config_take_word(c, k, value, words_level);
}

/* --- The table --- */

#define FIELD(f) offsetof(struct config, f), sizeof(((struct config *)0)->f)
#define COUNT(f) offsetof(struct config, f)
#define MS	 NS_PER_MS
#define S	 NS_PER_S
#define H	 (3600 * S)
#define YESNO	 "yes or no"
#define LIVE	 true, 0
#define RESTART	 false, 0

const struct config_key config_keys[] = {
	{"group", "name", config_take_text, FIELD(group_name), 1, 0, RESTART,
	 "1 to 63 bytes of UTF-8"},
	{"group", "key_file", config_take_path, FIELD(key_file), 0, 0, LIVE,
	 "an absolute path of up to 255 bytes"},
	{"group", "insecure", config_take_bool, FIELD(insecure), 0, 0, LIVE, YESNO},
	{"group", "quorum", take_quorum, FIELD(quorum), 0, 0, LIVE, "island or majority"},
	{"group", "max_liars", config_take_whole, FIELD(max_liars), 0, 100, LIVE, "0 to 100"},
	{"group", "forget", config_take_time, FIELD(forget_ns), 10 * S, 720 * H, LIVE,
	 "10s to 720h"},
	{"group", "min_hosts", config_take_whole, FIELD(min_hosts), 1, NODE_PEERS_MAX, LIVE,
	 "1 to 512"},
	{"group", "members", config_take_hex_keys, FIELD(member_keys), 0, 0, true,
	 COUNT(n_member_keys),
	 "up to 256 public keys of 64 hex digits, as `berkctl members -v` shows them"},
	{"group", "masters", config_take_hex_keys, FIELD(master_keys), 0, 0, true,
	 COUNT(n_master_keys),
	 "up to 256 public keys of 64 hex digits, as `berkctl members -v` shows them"},
	{"group", "orders", take_orders, FIELD(orders), 0, 0, LIVE, "masters, members or no"},
	{"node", "name", config_take_text, FIELD(node_name), 1, 0, RESTART,
	 "1 to 63 bytes of UTF-8"},
	{"node", "priority", config_take_whole, FIELD(priority), 0, 255, LIVE,
	 "0 (never master) to 255"},
	{"node", "user", config_take_text, FIELD(user), 1, 0, RESTART, "the name of a user"},
	{"node", "mode", take_mode, FIELD(mode), 0, 0, RESTART, "steer, observe or reference"},
	{"network", "port", config_take_whole, FIELD(port), 1, 65535, RESTART, "1 to 65535"},
	{"network", "listen", config_take_listen, FIELD(listen), 0, 0, false, COUNT(n_listen),
	 "up to 16 numeric addresses"},
	{"network", "peers", config_take_peers, FIELD(peers), 0, 0, true, COUNT(n_peers),
	 "up to 256 of HOST, HOST:PORT or [ADDRESS]:PORT"},
	{"network", "ipv4", config_take_bool, FIELD(ipv4), 0, 0, RESTART, YESNO},
	{"network", "ipv6", config_take_bool, FIELD(ipv6), 0, 0, RESTART, YESNO},
	{"network", "discovery", config_take_bool, FIELD(discovery), 0, 0, RESTART, YESNO},
	{"network", "interfaces", config_take_interfaces, FIELD(interfaces), 0, 0, false,
	 COUNT(n_interfaces), "up to 16 interface names"},
	{"network", "asymmetry", config_take_asymmetry, FIELD(asymmetries), -S, S, false,
	 COUNT(n_asymmetries), "up to 64 of INTERFACE=TIME or ADDRESS=TIME, -1s to 1s"},
	{"network", "netlink", config_take_bool, FIELD(netlink), 0, 0, RESTART, YESNO},
	{"network", "timestamping", take_stamps, FIELD(timestamping), 0, 0, RESTART,
	 "auto (or yes), hardware, kernel, or user (or no)"},
	{"clock", "driver", take_driver, FIELD(driver), 0, 0, RESTART,
	 "kernel, virtual or observe"},
	{"clock", "allow_rivals", config_take_bool, FIELD(allow_rivals), 0, 0, RESTART, YESNO},
	{"clock", "poll", config_take_time, FIELD(poll_ns), 50 * MS, 64 * S, LIVE, "50ms to 64s"},
	{"clock", "poll_min", config_take_time, FIELD(poll_ns_min), 20 * MS, 64 * S, LIVE,
	 "20ms to 64s, at most poll"},
	{"clock", "precision", config_take_time, FIELD(precision_ns), 0, S, LIVE,
	 "0s (the best that poll gives) to 1s"},
	{"clock", "step_threshold", config_take_time_or_never, FIELD(step_threshold_ns), MS,
	 1000000 * H, LIVE, "1ms or more, or never"},
	{"clock", "max_first_step", config_take_time, FIELD(max_first_step_ns), S, 1000000 * H,
	 LIVE, "1s or more"},
	{"clock", "leap", take_leap, FIELD(leap), 0, 0, LIVE, "slew or ignore"},
	{"clock", "max_slew", config_take_part, FIELD(max_slew_ppb), 1000, 80000000, LIVE,
	 "1ppm to 80000ppm"},
	{"clock", "max_drift", config_take_part, FIELD(max_drift_ppb), 1000, 1000000, LIVE,
	 "1ppm to 1000ppm"},
	{"clock", "max_correction", config_take_time, FIELD(max_correction_ns), MS, 1000000 * H,
	 LIVE, "1ms or more"},
	{"clock", "max_accumulated", config_take_time, FIELD(max_accumulated_ns), MS, 1000000 * H,
	 LIVE, "1ms or more"},
	{"clock", "max_delay", config_take_time, FIELD(max_delay_ns), MS / 10, 10 * S, LIVE,
	 "100us to 10s"},
	{"clock", "max_skew", config_take_time, FIELD(max_skew_ns), 0, H, LIVE,
	 "0s (no alarm) to 1h"},
	{"virtual", "offset", config_take_time, FIELD(virtual_offset_ns), -1000000 * H, 1000000 * H,
	 RESTART, "a time with its unit"},
	{"virtual", "freq", config_take_ppm, FIELD(virtual_freq_ppm), -1000000, 1000000, RESTART,
	 "-1000ppm to 1000ppm"},
	{"virtual", "wander", config_take_ppm, FIELD(virtual_wander_ppm), 0, 1000000, RESTART,
	 "0ppm to 1000ppm"},
	{"virtual", "seed", config_take_whole, FIELD(virtual_seed), 0, INT64_C(1) << 53, RESTART,
	 "0 to 9007199254740992"},
	{"virtual", "truth", config_take_path, FIELD(virtual_truth), 0, 0, RESTART,
	 "an absolute path of up to 255 bytes"},
	{"control", "enable", config_take_bool, FIELD(control), 0, 0, RESTART, YESNO},
	{"control", "socket", config_take_path, FIELD(control_path), 1, 0, RESTART,
	 "an absolute path of up to 107 bytes"},
	{"control", "status_socket", config_take_path, FIELD(status_path), 1, 0, RESTART,
	 "an absolute path of up to 107 bytes"},
	{"control", "group", config_take_text, FIELD(control_group), 0, 0, RESTART,
	 "a group's name, or empty"},
	{"wait", "max_bound", config_take_time, FIELD(wait_bound_ns), 0, H, LIVE,
	 "0s (any bound) to 1h"},
	{"wait", "hosts", config_take_whole, FIELD(wait_hosts), 1, NODE_PEERS_MAX, LIVE,
	 "1 to 512"},
	{"wait", "timeout", config_take_time, FIELD(wait_timeout_ns), 0, 24 * H, LIVE, "0s to 24h"},
	{"log", "target", take_target, FIELD(log_target), 0, 0, RESTART, "auto, journal or stderr"},
	{"log", "level", take_level, FIELD(log_level), 0, 0, LIVE,
	 "error, warning, notice, info or debug"},
	{"state", "enable", config_take_bool, FIELD(state), 0, 0, RESTART, YESNO},
	{"state", "directory", config_take_path, FIELD(state_dir), 1, 0, RESTART,
	 "an absolute path of up to 255 bytes"},
	{"state", "history", config_take_size, FIELD(history_bytes), 65536, 1 << 30, RESTART,
	 "0 (none) to 1G, 64K or more unless it is 0"},
};
const size_t config_n_keys = sizeof(config_keys) / sizeof(config_keys[0]);

_Static_assert(sizeof(enum quorum) == sizeof(int) && sizeof(enum orders_of) == sizeof(int) &&
		       sizeof(enum clock_mode) == sizeof(int) &&
		       sizeof(enum config_clock) == sizeof(int) &&
		       sizeof(enum config_stamps) == sizeof(int) &&
		       sizeof(enum config_log) == sizeof(int),
	       "config_take_word() writes an int");

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
