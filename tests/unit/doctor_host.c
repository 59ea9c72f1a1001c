/* doctor_host.c - see doctor_host.h. */
#include "tests/unit/doctor_host.h"

#include <arpa/inet.h>
#include <config.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#define KEY "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66\n"
#define UDP                                                                                        \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "      \
	"timeout inode ref pointer drops\n"
#define SEEN (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE)

static const char *user_name(void)
{
	const struct passwd *pw = getpwuid(geteuid());

	assert_non_null(pw);
	return pw->pw_name;
}

const char *doctor_host_path(const struct doctor_host *h, const char *path)
{
	static char buf[512];

	(void)snprintf(buf, sizeof(buf), "%s%s", h->root, path);
	return buf;
}

static FILE *open_below(const struct doctor_host *h, const char *path, const char *mode)
{
	char buf[512];

	(void)snprintf(buf, sizeof(buf), "%s", doctor_host_path(h, path));
	for (char *at = buf + strlen(h->root) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		(void)mkdir(buf, 0755);
		*at = '/';
	}
	FILE *f = fopen(buf, mode);

	assert_non_null(f);
	return f;
}

void doctor_host_write(const struct doctor_host *h, const char *path, const char *format, ...)
{
	FILE *f = open_below(h, path, "we");
	va_list ap;

	va_start(ap, format);
	(void)vfprintf(f, format, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

void doctor_host_append(const struct doctor_host *h, const char *path, const char *text)
{
	FILE *f = open_below(h, path, "ae");

	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void doctor_host_remove(const struct doctor_host *h, const char *path)
{
	assert_int_equal(unlink(doctor_host_path(h, path)), 0);
}

void doctor_host_open(struct doctor_host *h)
{
	*h = (struct doctor_host){.root = "/tmp/berkd-doctor-XXXXXX"};
	assert_non_null(mkdtemp(h->root));
	assert_int_equal(chmod(h->root, 0755), 0);
	(void)snprintf(h->config, sizeof(h->config), "%s/berkd.conf", h->root);
	doctor_host_write(h, "/group.key", KEY);
	assert_int_equal(chmod(doctor_host_path(h, "/group.key"), 0600), 0);
	doctor_host_write(h, "/berkd.conf",
			  "[group]\nkey_file = %s/group.key\n[node]\nname = alpha\nuser = %s\n"
			  "[network]\npeers = localhost\n[state]\ndirectory = %s/state\n",
			  h->root, user_name(), h->root);
	doctor_host_write(h, "/berkd.conf.d/max.conf", "[clock]\nmax_skew = 5ms\n");
	doctor_host_write(h, "/state/identity", "x");
	assert_int_equal(chmod(doctor_host_path(h, "/state/identity"), 0600), 0);
	assert_int_equal(chmod(doctor_host_path(h, "/state"), 0700), 0);
	doctor_host_write(h, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
	doctor_host_write(h, "/lib/systemd/system/berkd.service", "[Unit]\n");
	doctor_host_write(h, "/etc/systemd/system/multi-user.target.wants/berkd.service", "\n");
	doctor_host_write(h, "/etc/adjtime", "0.0 0 0.0\n0\nUTC\n");
	doctor_host_write(h, "/sys/class/rtc/rtc0/since_epoch", "%lld\n", (long long)time(NULL));
	doctor_host_write(h, "/proc/driver/rtc", "rtc_time\t: 1\nbatt_status\t: okay\n");
	doctor_host_write(h, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
			  "tsc\n");
	doctor_host_write(h, "/sys/devices/system/clocksource/clocksource0/available_clocksource",
			  "tsc hpet acpi_pm \n");
	doctor_host_write(h, "/proc/1/comm", "systemd\n");
	doctor_host_write(h, "/proc/1/status", "Name:\tsystemd\nCapBnd:\t000001ffffffffff\n");
	doctor_host_write(h, "/proc/50/comm", "berkd\n");
	doctor_host_write(h, "/proc/50/status", PROCESS_OF_ROOT);
	doctor_host_write(h, "/proc/net/if_inet6", "\n");
	/* Port 5252 is 1484 in hex. */
	doctor_host_write(h, "/proc/net/udp",
			  UDP "  10: 00000000:1484 00000000:0000 07 00000000:00000000 00:00000000 "
			      "00000000     0        0 1234 2 0000000000000000 0\n"
			      "  11: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 "
			      "00000000     0        0 1235 2 0000000000000000 77\n");
	doctor_host_write(h, "/proc/net/udp6", UDP);
}

void doctor_host_close(struct doctor_host *h)
{
	char command[128];

	json_decref(h->list);
	facts_free(h->facts);
	(void)snprintf(command, sizeof(command), "rm -r %s", h->root);
	assert_int_equal(system(command), 0);
}

/* --- What no file says --- */

static const char status[] =
	"{'version':'" PACKAGE_VERSION "','name':'alpha','id':'00112233445566aa','public_key':"
	"'aa112233445566778899aabbccddeeff00112233445566778899aabbccddeeff','may_vote':true,"
	"'open_group':false,'clock':'kernel','mode':'steer','role':'member','master':"
	"'00112233445566bb','master_name':'beta','term':3,'round':9,'island':false,'synced':true,"
	"'date_confirmed':true,'tripped':false,'settled':true,'bound_ns':40000,'est_error_ns':9000,"
	"'offset_ns':100,'freq_ppb':-4000,'oscillator_ppb':4000,'poll_ns':1000000000,"
	"'max_skew_ns':5000000,'heard_ago_ns':300000000,'n_table':2,'n_alive':2,'n_rx':500,"
	"'n_tx':510,'n_bad':0}";
static const char members[] =
	"{'members':[{'name':'alpha','id':'00112233445566aa','state':'settled','reason':'none',"
	"'self':true,'exact':false,'master':false},"
	"{'name':'beta','id':'00112233445566bb','address':'192.0.2.2:5252','state':'settled',"
	"'reason':'none','self':false,'master':true,'exact':false,'delay_ns':200000,'jitter_ns':"
	"2000,"
	"'closure_ns':3000,'stamps':'kernel'}]}";

static json_t *parse(const char *text)
{
	char buf[4096];

	(void)snprintf(buf, sizeof(buf), "%s", text);
	for (char *at = buf; (at = strchr(at, '\'')) != NULL;) {
		*at = '"';
	}
	json_t *j = json_loads(buf, 0, NULL);

	assert_non_null(j);
	return j;
}

static void replace_network(struct facts_net *f)
{
	f->has_addrs = true;
	f->n_addrs = 1;
	f->addr[0] = (struct addr){.ip = {[10] = 0xff, 0xff, 192, 0, 2, 1}};
	f->n_interfaces = 2;
	f->interface[0] = (struct facts_interface){
		.name = "lo", .up = true, .carrier = true, .loopback = true, .phc = -1};
	f->interface[1] = (struct facts_interface){.name = "eth0",
						   .up = true,
						   .carrier = true,
						   .multicast = true,
						   .has_stamps = true,
						   .stamps = SEEN,
						   .phc = -1,
						   .joined = {true, true},
						   .has_joined = true};
}

void doctor_host_look(struct doctor_host *h)
{
	const struct look_at at = {.root = h->root, .config = h->config, .socket = "/nonexistent"};

	h->facts = look_around(&at);
	assert_non_null(h->facts);
	assert_int_not_equal(h->facts->daemon.error, 0);
	h->facts->daemon.error = 0;
	h->facts->daemon.pid = 50;
	h->facts->daemon.status = parse(status);
	h->facts->daemon.members = parse(members);
	h->facts->daemon.knocks =
		parse("{'peers':[{'peer':'localhost','state':'self','text':''}],'refused':[]}");
	h->facts->config.is_root = true;
	/* Under valgrind, what was written is old by the time that it is read. */
	if (h->facts->rtc.ahead_s < 0 && h->facts->rtc.ahead_s > -60) {
		h->facts->rtc.ahead_s = 0;
	}
	replace_network(&h->facts->net);
	h->facts->clock.read_ns = 40;
	(void)strcpy(h->facts->clock.release, "6.1.0-18-amd64");
}

void doctor_host_judge(struct doctor_host *h)
{
	h->list = doctor_judge(h->facts);
	assert_non_null(h->list);
}
