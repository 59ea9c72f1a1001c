/* test_doctor.c - faults planted in a healthy host: `berkctl doctor` finds each, and nothing else,
 * and names its remedy; in the healthy host it finds nothing. */
#include "tests/unit/doctor_host.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ETH0 1 /* its index */

struct fault {
	const char *what;
	/* In the files, before they are seen; in what was seen.  One of them may be NULL. */
	void (*plant)(struct doctor_host *);
	void (*bend)(struct doctor_facts *);
	const char *check, *grade, *remedy; /* a part of it */
	bool root;			    /* only root can plant it */
};

/* --- Configuration --- */

static void unknown_key(struct doctor_host *h)
{
	doctor_host_append(h, "/berkd.conf", "[node]\npritority = 3\n");
}

static void bad_dropin(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/bad.conf", "[network]\nport = 70000\n");
}

static void odd_dropin(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/peers.conf.bak", "[network]\npeers = beta\n");
}

static void no_config(struct doctor_host *h)
{
	doctor_host_remove(h, "/berkd.conf");
}

static void poll_beyond_skew(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/poll.conf", "[clock]\npoll = 64s\n");
}

static void no_key(struct doctor_host *h)
{
	doctor_host_remove(h, "/group.key");
}

static void key_for_all(struct doctor_host *h)
{
	assert_int_equal(chmod(doctor_host_path(h, "/group.key"), 0644), 0);
}

static void key_of_zeros(struct doctor_host *h)
{
	doctor_host_write(h, "/group.key", "%064d\n", 0);
}

static void open_group(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/open.conf", "[group]\nkey_file =\n");
}

static void is_open(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "open_group", json_true());
}

static void no_user(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/user.conf", "[node]\nuser = no-such-user\n");
}

/* Of whom the state directory is, is another fault. */
static void is_ours(struct doctor_facts *f)
{
	f->disk.ours = true;
}

static void other_user(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/user.conf", "[node]\nuser = nobody\n");
}

static void secret_config(struct doctor_host *h)
{
	other_user(h);
	assert_int_equal(chmod(doctor_host_path(h, "/group.key"), 0600), 0);
	assert_int_equal(chmod(h->config, 0600), 0);
}

static void key_is_fine(struct doctor_facts *f)
{
	is_ours(f);
	f->config.as_user_key = 0;
}

/* --- Daemon --- */

static void not_enabled(struct doctor_host *h)
{
	doctor_host_remove(h, "/etc/systemd/system/multi-user.target.wants/berkd.service");
}

static void silence(struct doctor_facts *f, int error)
{
	f->daemon.error = error;
	json_decref(f->daemon.status);
	json_decref(f->daemon.members);
	json_decref(f->daemon.knocks);
	f->daemon.status = f->daemon.members = f->daemon.knocks = NULL;
}

static void not_running(struct doctor_facts *f)
{
	silence(f, -ENOENT);
	f->net.n_sockets = 0;
	f->clock.n_rivals = 0;
}

static void hangs(struct doctor_facts *f)
{
	silence(f, -ETIMEDOUT);
	f->net.n_sockets = 0;
	f->clock.n_rivals = 0;
}

static void port_taken(struct doctor_facts *f)
{
	not_running(f);
	f->daemon.error = -EACCES;
	f->net.n_sockets = 1;
}

static void old_version(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "version", json_string("0.0.9"));
}

static void other_skew(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/z.conf", "[clock]\nmax_skew = 6ms\n");
}

static void other_peers(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/z.conf", "[network]\npeers = 192.0.2.9\n");
}

static void one_more_peer(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/z.conf", "[network]\npeers = localhost 192.0.2.9\n");
}

static void other_mode(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/z.conf", "[node]\nmode = reference\n");
}

/* --- Network --- */

static void other_listen(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/listen.conf", "[network]\nlisten = 192.0.2.77\n");
}

static void own_listen(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/listen.conf",
			  "[network]\nlisten = 192.0.2.1 127.0.0.1 0.0.0.0\n");
}

static void other_interface(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/if.conf", "[network]\ninterfaces = eth0 eth9\n");
}

static void own_interface(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/if.conf", "[network]\ninterfaces = eth0\n");
}

static void is_down(struct doctor_facts *f)
{
	f->net.interface[ETH0].up = f->net.interface[ETH0].carrier = false;
}

static void no_carrier(struct doctor_facts *f)
{
	f->net.interface[ETH0].carrier = false;
}

static void no_multicast(struct doctor_facts *f)
{
	f->net.interface[ETH0].multicast = false;
}

static void not_joined(struct doctor_facts *f)
{
	memset(f->net.interface[ETH0].joined, 0, sizeof(f->net.interface[ETH0].joined));
}

static void other_asymmetry(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/as.conf", "[network]\nasymmetry = eth7=3us\n");
}

static void unresolved(struct doctor_facts *f)
{
	f->net.name[0] = (struct facts_name){.error = EAI_NONAME};
}

static void ipv6_only(struct doctor_facts *f)
{
	f->net.name[0] = (struct facts_name){.ipv6 = true};
	f->config.config.ipv6 = false;
}

static void ipv6_off(struct doctor_facts *f)
{
	f->net.name[0] = (struct facts_name){.ipv6 = true};
	f->config.config.ipv4 = false;
	f->net.ipv6_off = true;
	f->net.interface[ETH0].has_joined = false;
}

static void port_closed(struct doctor_facts *f)
{
	f->net.n_sockets = 0;
}

static void dropped(struct doctor_host *h)
{
	doctor_host_append(h, "/proc/net/udp6",
			   "  10: 00000000000000000000000000000000:1484 "
			   "00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 "
			   "00000000     0        0 1236 2 0000000000000000 4711\n");
}

static void firewall(struct doctor_host *h)
{
	doctor_host_write(h, "/etc/ufw/ufw.conf", "# x\nENABLED=yes\n");
}

static void nothing_came(struct doctor_facts *f);

static void closed_chain(struct doctor_facts *f)
{
	f->net.input_drops = true;
	nothing_came(f);
}

static void open_chain(struct doctor_facts *f)
{
	f->net.input_drops = f->net.names_port = true;
	nothing_came(f);
}

static void nothing_came(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "n_rx", json_integer(0));
}

/* --- Group --- */

static void not_synced(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "synced", json_false());
	(void)json_object_set_new(f->daemon.status, "lack_text",
				  json_string("no master: see berkctl members --all"));
}

static void cloned(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "clone", json_string("192.0.2.9:5252"));
}

static json_t *beta(struct doctor_facts *f)
{
	return json_array_get(json_object_get(f->daemon.members, "members"), 1);
}

static void same_name(struct doctor_facts *f)
{
	(void)json_object_set_new(beta(f), "name", json_string("alpha"));
}

static void no_answer(struct doctor_facts *f)
{
	json_t *peer = json_array_get(json_object_get(f->daemon.knocks, "peers"), 0);

	(void)json_object_set_new(peer, "state", json_string("no-answer"));
	(void)json_object_set_new(
		peer, "text",
		json_string("see that berkd runs there, and that UDP port 5252 is open"));
}

static void no_state_disk(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "state_error",
				  json_string("cannot be written: No space left on device"));
}

static void slow_oscillator(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "oscillator_ppb", json_integer(-210000));
}

static void far_oscillator(struct doctor_facts *f)
{
	(void)json_object_set_new(f->daemon.status, "oscillator_ppb", json_integer(-110000));
}

static void slow_path(struct doctor_facts *f)
{
	(void)json_object_set_new(beta(f), "delay_ns", json_integer(300000000));
}

static void lopsided(struct doctor_facts *f)
{
	(void)json_object_set_new(beta(f), "closure_ns", json_integer(-60000));
}

static void user_stamps(struct doctor_facts *f)
{
	(void)json_object_set_new(beta(f), "stamps", json_string("user"));
}

/* --- Clock --- */

static void chronyd(struct doctor_host *h)
{
	doctor_host_write(h, "/proc/77/comm", "chronyd\n");
	doctor_host_write(h, "/proc/77/status", PROCESS_OF_ROOT);
}

static void second_berkd(struct doctor_host *h)
{
	doctor_host_write(h, "/proc/78/comm", "berkd\n");
	doctor_host_write(h, "/proc/78/status", PROCESS_OF_ROOT);
}

static void timesyncd(struct doctor_host *h)
{
	doctor_host_write(h, "/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service",
			  "\n");
}

#define SOURCE "/sys/devices/system/clocksource/clocksource0/"

static void hpet_before_tsc(struct doctor_host *h)
{
	doctor_host_write(h, SOURCE "current_clocksource", "hpet\n");
}

static void hpet_alone(struct doctor_host *h)
{
	hpet_before_tsc(h);
	doctor_host_write(h, SOURCE "available_clocksource", "hpet tsc-early acpi_pm\n");
}

static void slow_reading(struct doctor_facts *f)
{
	f->clock.read_ns = 2100;
}

static void no_capability(struct doctor_host *h)
{
	doctor_host_write(h, "/proc/1/status", "CapBnd:\t000001fffdffffff\n");
}

static void old_kernel(struct doctor_facts *f)
{
	(void)strcpy(f->clock.release, "5.5.19");
}

static void virtual_clock(struct doctor_facts *f)
{
	f->config.config.driver = CONFIG_CLOCK_VIRTUAL;
	(void)json_object_set_new(f->daemon.status, "clock", json_string("virtual"));
}

/* --- Time stamps --- */

static void no_stamps(struct doctor_facts *f)
{
	f->net.interface[ETH0].stamps = SOF_TIMESTAMPING_RX_SOFTWARE;
}

static void no_hardware(struct doctor_facts *f)
{
	f->config.config.timestamping = CONFIG_STAMPS_HARDWARE;
}

static void no_ptp(struct doctor_facts *f)
{
	f->net.interface[ETH0].stamps |=
		SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE;
	f->net.interface[ETH0].phc = 0;
}

static void shut_ptp(struct doctor_facts *f)
{
	no_ptp(f);
	f->net.interface[ETH0].phc_there = true;
}

static void shut_vmclock(struct doctor_facts *f)
{
	f->clock.vmclock = true;
}

/* --- Hardware clock --- */

#define RTC "/sys/class/rtc/rtc0/since_epoch"

static void no_rtc(struct doctor_host *h)
{
	doctor_host_remove(h, RTC);
}

static void empty_battery(struct doctor_host *h)
{
	doctor_host_write(h, "/proc/driver/rtc", "rtc_time\t: 1\nbatt_status\t: dead\n");
}

static void local_rtc(struct doctor_host *h)
{
	doctor_host_write(h, "/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n");
}

static void wrong_rtc(struct doctor_host *h)
{
	doctor_host_write(h, RTC, "1000000000\n");
}

/* --- State and identity --- */

static void state_of_other(struct doctor_host *h)
{
	assert_int_equal(chown(doctor_host_path(h, "/state"), 65534, 65534), 0);
}

static void state_for_all(struct doctor_host *h)
{
	assert_int_equal(chmod(doctor_host_path(h, "/state"), 0777), 0);
}

static void no_state(struct doctor_host *h)
{
	doctor_host_remove(h, "/state/identity");
	assert_int_equal(rmdir(doctor_host_path(h, "/state")), 0);
}

static void state_is_file(struct doctor_host *h)
{
	no_state(h);
	doctor_host_write(h, "/state", "x");
}

static void identity_for_all(struct doctor_host *h)
{
	assert_int_equal(chmod(doctor_host_path(h, "/state/identity"), 0640), 0);
}

static void damaged(struct doctor_host *h)
{
	doctor_host_write(h, "/state/table.damaged", "x");
}

static void disk_full(struct doctor_facts *f)
{
	f->disk.free_bytes = (4 << 20) - 1;
}

static void no_inodes(struct doctor_facts *f)
{
	f->disk.free_files = 15;
}

static void read_only(struct doctor_facts *f)
{
	f->disk.read_only = true;
}

static void no_machine(struct doctor_host *h)
{
	doctor_host_write(h, "/etc/machine-id", "uninitialized\n");
}

static void is_localhost(struct doctor_facts *f)
{
	(void)strcpy(f->config.config.node_name, "localhost");
	(void)json_object_set_new(f->daemon.status, "name", json_string("localhost"));
}

static void no_state_kept(struct doctor_facts *f)
{
	f->config.config.state = false;
}

static void not_pinned(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/pins.conf",
			  "[group]\nmembers = "
			  "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeefe\n");
}

static void pinned(struct doctor_host *h)
{
	doctor_host_write(h, "/berkd.conf.d/pins.conf",
			  "[group]\nmembers = "
			  "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeefe "
			  "aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
}

/* --- The tests --- */

#define FAILURE "failure"
#define WARNING "warning"
static const struct fault faults[] = {
	{"a key that there is not", unknown_key, NULL, "config", FAILURE, "--check-config", false},
	{"a port that there is not", bad_dropin, NULL, "config", FAILURE, "--check-config", false},
	{"no configuration", no_config, is_ours, "no-config", FAILURE, "conf/berkd.conf", false},
	{"a drop-in by another name", odd_dropin, NULL, "drop-in-ignored", WARNING, ".conf", false},
	{"polls too rare for max_skew", poll_beyond_skew, NULL, "doubt", WARNING, "berkd.conf(5)",
	 false},
	{"no key file", no_key, NULL, "key", FAILURE, "berkctl keygen", false},
	{"a key that all can read", key_for_all, NULL, "key", FAILURE, "chmod 640", false},
	{"a key of zeros", key_of_zeros, NULL, "key", FAILURE, "berkctl keygen", false},
	{"an open group", open_group, is_open, "open-group", WARNING, "berkctl keygen", false},
	{"no user", no_user, is_ours, "user", FAILURE, "systemd-sysusers", false},
	{"a key that its user cannot read", other_user, is_ours, "key-as-user", FAILURE,
	 "chgrp nobody", true},
	{"a configuration that its user cannot read", secret_config, key_is_fine, "as-user",
	 FAILURE, "chgrp nobody", true},
	{"berkd does not run", NULL, not_running, "not-running", FAILURE, "journalctl -u berkd",
	 false},
	{"berkd hangs", NULL, hangs, "mute", FAILURE, "systemctl restart berkd", false},
	{"an old berkd runs", NULL, old_version, "version", WARNING, "systemctl restart berkd",
	 false},
	{"berkd is not enabled", not_enabled, NULL, "not-enabled", WARNING,
	 "systemctl enable berkd", false},
	{"a max_skew that is not taken over", other_skew, NULL, "stale", WARNING, "berkctl reload",
	 false},
	{"peers that are not", other_peers, NULL, "stale", WARNING, "berkctl reload", false},
	{"a peer more", one_more_peer, NULL, "stale", WARNING, "berkctl reload", false},
	{"another mode", other_mode, NULL, "stale", WARNING, "berkctl reload", false},
	{"an address of nobody", other_listen, NULL, "listen", FAILURE, "ip -brief address", false},
	{"an interface that there is not", other_interface, NULL, "interface", FAILURE,
	 "ip -brief link", false},
	{"an interface that is down", own_interface, is_down, "interface-down", FAILURE,
	 "ip link set eth0 up", false},
	{"no link", own_interface, no_carrier, "no-carrier", FAILURE, "cable", false},
	{"no link anywhere", NULL, no_carrier, "no-interface", WARNING, "ip link set", false},
	{"no multicast", own_interface, no_multicast, "no-multicast", FAILURE,
	 "ip link set eth0 multicast on", false},
	{"groups not joined", NULL, not_joined, "not-joined", WARNING, "ip maddress show dev eth0",
	 false},
	{"an asymmetry of no interface", other_asymmetry, NULL, "asymmetry", WARNING,
	 "ip -brief link", false},
	{"a name of nobody", NULL, unresolved, "name", FAILURE, "getent ahosts", false},
	{"a name without IPv4", NULL, ipv6_only, "family", FAILURE, "Allow that family", false},
	{"IPv6 alone, and switched off", NULL, ipv6_off, "ipv6-off", FAILURE, "disable_ipv6=0",
	 false},
	{"the port is closed", NULL, port_closed, "port-closed", FAILURE, "systemctl restart berkd",
	 false},
	{"the port is another's", NULL, port_taken, "port-taken", FAILURE, "ss -ulpn", false},
	{"packets dropped", dropped, NULL, "dropped", WARNING, "top", false},
	{"a firewall", firewall, nothing_came, "firewall", WARNING, "ufw allow 5252/udp", false},
	{"a chain that drops", NULL, closed_chain, "firewall", WARNING,
	 "nft add rule inet filter input udp dport 5252 accept", false},
	{"nothing comes in through a firewall that is open", NULL, open_chain, "nothing-came",
	 FAILURE, "tcpdump", false},
	{"nothing comes in", NULL, nothing_came, "nothing-came", FAILURE, "tcpdump", false},
	{"not synchronised", NULL, not_synced, "check", FAILURE, "berkctl members --all", false},
	{"a clone", NULL, cloned, "check", FAILURE, "Do what that says", false},
	{"two hosts of one name", NULL, same_name, "check", FAILURE, "Do what that says", false},
	{"a peer that does not answer", NULL, no_answer, "check", FAILURE, "Do what that says",
	 false},
	{"a state that cannot be written", NULL, no_state_disk, "check", FAILURE,
	 "Do what that says", false},
	{"an oscillator beyond max_drift", NULL, slow_oscillator, "oscillator", FAILURE,
	 "max_drift", false},
	{"an oscillator that may be", NULL, far_oscillator, "oscillator-far", WARNING, "max_drift",
	 false},
	{"a slow path", NULL, slow_path, "delay", WARNING, "tracepath", false},
	{"a lopsided path", NULL, lopsided, "asymmetry", WARNING, "asymmetry in [network]", false},
	{"stamps of user space", NULL, user_stamps, "stamps", WARNING, "time stamps", false},
	{"chronyd", chronyd, NULL, "rival", FAILURE, "systemctl disable --now chrony", false},
	{"a second berkd", second_berkd, NULL, "rival", FAILURE, "one berkd is enough", false},
	{"timesyncd, enabled", timesyncd, NULL, "rival-enabled", WARNING,
	 "systemctl disable systemd-timesyncd", false},
	{"hpet beside tsc", hpet_before_tsc, NULL, "clocksource-left", WARNING, "echo tsc", false},
	{"hpet alone", hpet_alone, NULL, "clocksource", WARNING, "kvm-clock", false},
	{"slow readings", NULL, slow_reading, "slow-reading", WARNING, "clocksource", false},
	{"no CAP_SYS_TIME", no_capability, NULL, "may-not-set", FAILURE, "driver = observe", false},
	{"an old kernel", NULL, old_kernel, "kernel", WARNING, "Update the kernel", false},
	{"a virtual clock", NULL, virtual_clock, "virtual", WARNING, "driver = kernel", false},
	{"a driver without stamps", NULL, no_stamps, "no-software", WARNING, "ethtool -T eth0",
	 false},
	{"hardware stamps wanted", NULL, no_hardware, "no-hardware", FAILURE, "timestamping = auto",
	 false},
	{"a NIC without its device", NULL, no_ptp, "no-phc", WARNING, "modprobe ptp", false},
	{"a NIC's clock that its user cannot read", NULL, shut_ptp, "phc-shut", WARNING,
	 "SUBSYSTEM==\"ptp\"", false},
	{"a vmclock that its user cannot read", NULL, shut_vmclock, "vmclock", WARNING,
	 "udevadm trigger", false},
	{"no hardware clock", no_rtc, NULL, "no-rtc", WARNING, "berkctl settime", false},
	{"an empty battery", empty_battery, NULL, "battery", WARNING, "Replace the battery", false},
	{"local time on the board", local_rtc, NULL, "local", WARNING, "set-local-rtc 0", false},
	{"a wrong board's clock", wrong_rtc, NULL, "rtc-off", WARNING, "berkd --save-rtc", false},
	{"a state of another", state_of_other, NULL, "owner", FAILURE, "chown -R", true},
	{"a state that all can write", state_for_all, NULL, "open", FAILURE, "chmod 700", false},
	{"no state directory", no_state, NULL, "no-state", WARNING, "enable --now berkd", false},
	{"a file in its place", state_is_file, NULL, "no-folder", FAILURE, "Move it", false},
	{"an identity for all", identity_for_all, NULL, "identity-open", FAILURE, "chmod 600",
	 false},
	{"a damaged file", damaged, NULL, "damaged", WARNING, "/table.damaged", false},
	{"a full disk", NULL, disk_full, "full", FAILURE, "df -h", false},
	{"no inodes", NULL, no_inodes, "no-inodes", FAILURE, "df -i", false},
	{"a disk that is read-only", NULL, read_only, "read-only", FAILURE, "remount,rw", false},
	{"no machine id", no_machine, NULL, "machine-id", WARNING, "systemd-machine-id-setup",
	 false},
	{"localhost", NULL, is_localhost, "name", WARNING, "hostnamectl", false},
	{"no state kept", NULL, no_state_kept, "state-off", WARNING, "systemctl restart berkd",
	 false},
	{"not pinned", not_pinned, NULL, "not-pinned", WARNING, "berkctl trust pin aa1122", false},
};
#define N_FAULTS (sizeof(faults) / sizeof(faults[0]))

static const char *text_of(const json_t *f, const char *key)
{
	const char *v = json_string_value(json_object_get(f, key));

	return v ? v : "";
}

/* The findings are that fault, and what could not be looked at for it. */
static bool is_found(const struct doctor_host *h, const struct fault *f)
{
	const json_t *one;
	size_t i, n = 0;
	bool good = true;

	json_array_foreach(h->list, i, one)
	{
		const char *grade = text_of(one, "grade");

		if (strcmp(grade, "ok") == 0 || strcmp(grade, "unknown") == 0) {
			continue;
		}
		n++;
		good = good && strcmp(text_of(one, "check"), f->check) == 0 &&
		       strcmp(grade, f->grade) == 0 && strstr(text_of(one, "remedy"), f->remedy);
	}
	if (n != 1 || !good) {
		char *all = json_dumps(h->list, JSON_INDENT(1));

		(void)fprintf(stderr, "%s:\n%s\n", f->what, all);
		free(all);
	}
	return n == 1 && good;
}

static void each_fault_is_found_with_its_remedy_and_alone(void **state)
{
	unsigned n_bad = 0;

	(void)state;
	assert_true(N_FAULTS >= 30);
	for (size_t i = 0; i < N_FAULTS; i++) {
		const struct fault *f = &faults[i];
		struct doctor_host h;

		if (f->root && geteuid() != 0) {
			continue;
		}
		doctor_host_open(&h);
		if (f->plant) {
			f->plant(&h);
		}
		doctor_host_look(&h);
		if (f->bend) {
			f->bend(h.facts);
		}
		doctor_host_judge(&h);
		n_bad += !is_found(&h, f);
		doctor_host_close(&h);
	}
	assert_int_equal(n_bad, 0);
}

static void assert_healthy(struct doctor_host *h)
{
	const json_t *f;
	size_t i;

	doctor_host_judge(h);
	json_array_foreach(h->list, i, f)
	{
		if (strcmp(text_of(f, "grade"), "ok") != 0) {
			fail_msg("%s: %s", text_of(f, "check"), text_of(f, "text"));
		}
		assert_string_equal(text_of(f, "remedy"), "");
	}
	assert_int_equal(json_array_size(h->list), 9); /* one for each area */
}

static void a_healthy_host_has_none(void **state)
{
	static void (*const fine[])(struct doctor_host *) = {NULL, own_listen, own_interface,
							     pinned, firewall};

	(void)state;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct doctor_host h;

		doctor_host_open(&h);
		if (fine[i]) {
			fine[i](&h);
		}
		doctor_host_look(&h);
		assert_healthy(&h);
		doctor_host_close(&h);
	}
}

static void who_may_read_goes_by_owner_group_and_mode(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool root, nobody;
	} files[] = {
		{0, 0, 0600, true, false},	   {0, 0, 0640, true, false},
		{0, 0, 0644, true, true},	   {0, 65534, 0640, true, true},
		{0, 65534, 0604, true, false},	   {65534, 0, 0400, true, true},
		{65534, 65534, 0044, true, false},
	};
	struct doctor_host h;

	(void)state;
	if (geteuid() != 0) {
		skip();
	}
	doctor_host_open(&h);
	const struct look_at at = {.root = h.root};

	doctor_host_write(&h, "/dev/x", "x");
	assert_false(look_is_readable(&at, "/dev/y", "root"));
	assert_false(look_is_readable(&at, "/dev/x", "no-such-user"));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(chown(doctor_host_path(&h, "/dev/x"), files[i].uid, files[i].gid),
				 0);
		assert_int_equal(chmod(doctor_host_path(&h, "/dev/x"), files[i].mode), 0);
		assert_int_equal(look_is_readable(&at, "/dev/x", "root"), files[i].root);
		assert_int_equal(look_is_readable(&at, "/dev/x", "nobody"), files[i].nobody);
	}
	doctor_host_close(&h);
}

/* A daemon that was taken over may answer anything. */
static void what_a_daemon_says_moves_no_cursor(void **state)
{
	json_t *all = json_array(), *f;

	(void)state;
	finding_add(all, GRADE_WARNING, "daemon", "clock", "its clock is %s.\nstop %s", "\x1b[2J",
		    "\xc2\x9b"
		    "2J");
	f = json_array_get(all, 0);
	assert_string_equal(json_string_value(json_object_get(f, "text")),
			    "its clock is \\x1b[2J.");
	assert_string_equal(json_string_value(json_object_get(f, "remedy")), "stop \\xc2\\x9b2J");
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_daemon_says_moves_no_cursor),
		cmocka_unit_test(a_healthy_host_has_none),
		cmocka_unit_test(who_may_read_goes_by_owner_group_and_mode),
		cmocka_unit_test(each_fault_is_found_with_its_remedy_and_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
