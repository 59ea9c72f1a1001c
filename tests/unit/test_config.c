/* test_config.c - berkd.conf as it is read: every type, every kind of error with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "berkd/config/doubts.h"
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "berkd/config/reload.h"
#include "berkd/host/as_user.h"
#include "berkd/net/lookup.h"
#include "tests/unit/conf.h"

static void each_type_is_read(void **state)
{
	(void)state;
	assert_int_equal(
		conf_parse(
			"[group]\nquorum = majority\nforget=2h\n[node]\nname = "
			"caf\xc3\xa9\npriority "
			"= 0\n"
			"mode=reference\n[network]\nport=9\nipv6=no\npeers = a b:7, [fd00::1]:8\n  "
			"10.0.0.1\n"
			"[clock]\npoll = 0.25s\nmax_slew = "
			"1%\nmax_drift=50ppm\nstep_threshold=never\n"
			"[virtual]\noffset=-1.5ms\nfreq=-3.25ppm\nwander=1ppb\n[log]\nlevel="
			"debug\n"),
		0);
	assert_string_equal(said, "");
	assert_int_equal(conf.quorum, QUORUM_MAJORITY);
	assert_int_equal(conf.forget_ns, 7200 * NS_PER_S);
	assert_string_equal(conf.node_name, "caf\xc3\xa9");
	assert_int_equal(conf.priority, 0);
	assert_int_equal(conf.mode, MODE_REFERENCE);
	assert_int_equal(conf.port, 9);
	assert_false(conf.ipv6);
	assert_int_equal(conf.n_peers, 4);
	assert_string_equal(conf.peers[2].text, "[fd00::1]:8");
	assert_string_equal(conf.peers[3].text, "10.0.0.1");
	assert_int_equal(conf.poll_ns, 250 * NS_PER_MS);
	assert_int_equal(conf.max_slew_ppb, 10000000);
	assert_int_equal(conf.max_drift_ppb, 50000);
	assert_int_equal(conf.step_threshold_ns, INT64_MAX);
	assert_int_equal(conf.virtual_offset_ns, -1500000);
	assert_true(conf.virtual_freq_ppm == -3.25);
	assert_int_equal(conf.log_level, LEVEL_DEBUG);
}

static void time_stamps_are_chosen_by_name_and_yes_is_auto(void **state)
{
	static const struct {
		const char *text;
		enum config_stamps stamps;
	} choices[] = {{"yes", CONFIG_STAMPS_AUTO},	 {"true", CONFIG_STAMPS_AUTO},
		       {"auto", CONFIG_STAMPS_AUTO},	 {"hardware", CONFIG_STAMPS_HARDWARE},
		       {"kernel", CONFIG_STAMPS_KERNEL}, {"software", CONFIG_STAMPS_KERNEL},
		       {"user", CONFIG_STAMPS_USER},	 {"no", CONFIG_STAMPS_USER},
		       {"off", CONFIG_STAMPS_USER}};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		(void)snprintf(text, sizeof(text), "[network]\ntimestamping = %s\n",
			       choices[i].text);
		assert_int_equal(conf_parse(text), 0);
		assert_int_equal(conf.timestamping, choices[i].stamps);
	}
	assert_int_equal(conf_parse("[network]\ntimestamping = nic\n"), 1);
	assert_string_equal(said, "f:2: [network] timestamping: read \"nic\": allowed is auto (or "
				  "yes), hardware, kernel, or user (or no)\n");
}

static void each_error_names_line_key_value_and_range(void **state)
{
	(void)state;
	assert_int_equal(conf_parse("[clock]\npoll = soon\n"), 1);
	assert_string_equal(said, "f:2: [clock] poll: read \"soon\": allowed is 50ms to 64s\n");
	assert_int_equal(conf_parse("[clock]\npoll = 1h\n"), 1);
	assert_string_equal(said, "f:2: [clock] poll: read \"1h\": allowed is 50ms to 64s\n");
	assert_int_equal(conf_parse("[clock]\npoll = 1\n"), 1); /* a time has a unit */
	assert_int_equal(conf_parse("\n[network]\nport = 70000\n"), 1);
	assert_string_equal(said, "f:3: [network] port: read \"70000\": allowed is 1 to 65535\n");
	assert_int_equal(conf_parse("[network]\nport = 1.5\n"), 1);
	assert_int_equal(conf_parse("[network]\nprot = 1\n"), 1);
	assert_non_null(strstr(said, "f:2: [network] prot: no such key in this section: allowed "
				     "are port, listen, peers,"));
	assert_non_null(strstr(said, ", timestamping\n"));
	assert_int_equal(conf_parse("[group]\npoll = 1s\n"), 1);
	assert_string_equal(said, "f:2: [group] poll: no such key in this section: it belongs in "
				  "[clock]\n");
	assert_int_equal(conf_parse("[netwrok]\nport = 1\n"), 1);
	assert_non_null(strstr(said, "f:1: [netwrok]: no such section"));
	assert_int_equal(conf_parse("[foo]\n"), 1);
	assert_int_equal(conf_parse("port = 1\n"), 1);
	assert_int_equal(conf_parse("[node]\npriority=1\n\npriority=2\n"), 1);
	assert_non_null(strstr(said, "f:4: [node] priority: read \"2\", but it was set in line 2"));
	assert_int_equal(conf_parse("[node]\nmode = boss\n"), 1);
	assert_non_null(strstr(said, "allowed is steer, observe or reference"));
	assert_int_equal(conf_parse("[node]\nname =\n"), 1);
	assert_int_equal(conf_parse("[group]\nmembers = 12ab\n"), 1);
	assert_int_equal(conf_parse("[log]\nlevel =\n"), 1);
	assert_int_equal(conf_parse("[clock\npoll=1s\n"), 1);
}

static void all_errors_are_found_at_once(void **state)
{
	(void)state;
	assert_int_equal(conf_parse(
				 "[clock]\npoll=x\nmax_slew=y\n[bad]\na=b\n[node]\npriority=-1\n"),
			 4);
}

static void lines_that_are_no_key_hide_no_other_error(void **state)
{
	(void)state;
	assert_int_equal(
		conf_parse("[clock]\npoll soon\nmax_slew=y\n[node\npriority=-1\n[node]\njunk\n"),
		4);
	assert_non_null(strstr(said, "f:2: poll soon: neither [section]"));
	assert_non_null(strstr(said, "f:3: [clock] max_slew"));
	assert_non_null(strstr(said, "f:4: [node: a section's name ends with ]"));
	assert_non_null(strstr(said, "f:7: junk: neither"));
	assert_int_equal(conf_parse("  [netwrok]\nport = 1\n"), 1);
	assert_non_null(strstr(said, "f:1: [netwrok]: no such section"));
	assert_int_equal(conf_parse("\xef\xbb\xbf[netwrok]\nport = 1\n"), 1);
	assert_int_equal(conf_parse("\xef\xbb\xbf[network]\nport = 1\n"), 0);
	assert_int_equal(conf_parse("[node]\npriority = 1\n  mode = observe\n"), 1);
	assert_non_null(strstr(said, "f:3: [node] priority: an indented line"));
}

static void peer_that_no_lookup_can_mend_is_an_error(void **state)
{
	static const char *const bad[] = {"10.0.0.256",	 "a:70000",    "a:0",	"a:",
					  "[fd00::1",	 "[fd00::1]8", "[a]:1", "fd00::g",
					  "10.0.0.1:+1", "$x",	       "a/b"};
	static const char *const good[] = {
		"a",	     "a.b-c_d:1",	"10.0.0.1:65535", "fe80::1%eth0",
		"[fd00::1]", "[fe80::1%eth0]:7"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "[network]\npeers = %s\n", bad[i]);
		assert_int_equal(conf_parse(text), 1);
		assert_non_null(strstr(said, bad[i]));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text), "[network]\npeers = %s\n", good[i]);
		assert_int_equal(conf_parse(text), 0);
		assert_string_equal(conf.peers[0].text, good[i]);
	}
	assert_int_equal(conf_parse("[control]\nsocket = control\n"), 1); /* relative to what? */
}

static void errors_of_a_file_have_an_end_and_no_control_characters(void **state)
{
	static char text[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 4) {
		memcpy(text + i, "a=b\n", 4);
	}
	said[0] = '\0';
	assert_int_equal(config_parse(&conf, "f", text, sizeof(text), conf_hear, NULL), 101);
	assert_int_equal(conf_parse("[node]\nname = a\x1b[31m\n"), 1);
	assert_null(strchr(said, 0x1b));
	assert_int_equal(conf_parse("[node]\nname = caf\xe9\n"), 1);
	assert_non_null(strstr(said, "f:2: a control character, or a byte that is not UTF-8"));
}

static void junk_is_an_error_and_nothing_worse(void **state)
{
	static char line[4096];
	char nul[] = "[node]\nname = a\0b\npriority = 3\n";

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	assert_true(conf_parse(line) > 0);
	said[0] = '\0';
	assert_true(config_parse(&conf, "f", nul, sizeof(nul) - 1, conf_hear, NULL) > 0);
	assert_non_null(strstr(said, "NUL"));
	for (unsigned seed = 1; seed < 2000; seed++) {
		char text[200];
		uint64_t z = seed;

		for (size_t i = 0; i < sizeof(text); i++) {
			z = z * 6364136223846793005U + 1442695040888963407U;
			text[i] = "[]=\n #;,abpoll1s-.\t\xff"[(z >> 40) % 21];
		}
		config_defaults(&conf);
		said[0] = '\0';
		(void)config_parse(&conf, "f", text, sizeof(text), conf_hear, NULL);
	}
}

/* O8 */
static void quotes_and_comments_behind_a_value_are_errors(void **state)
{
	(void)state;
	assert_int_equal(conf_parse("[group]\nname = \"lab\"\n[node]\nname = 'a'\n[control]\ngroup "
				    "= adm # all\n"
				    "[network]\ninterfaces = eth0\t# the fast one\n"),
			 4);
	assert_non_null(
		strstr(said,
		       "f:2: [group] name: read \"\"lab\"\": allowed is a value without quotes"));
	assert_non_null(strstr(said, "f:4: [node] name: read \"'a'\""));
	assert_non_null(
		strstr(said,
		       "f:6: [control] group: read \"adm # all\": allowed is a comment on a line"));
	assert_non_null(strstr(said, "f:8: [network] interfaces"));
	assert_int_equal(conf_parse("[group]\nname = lab#1\n[node]\nname = Anna's ; here\n"), 0);
	assert_string_equal(conf.group_name, "lab#1");
	assert_string_equal(conf.node_name, "Anna's");
}

/* P11 */
static void a_poll_too_long_for_max_skew_is_told(void **state)
{
	(void)state;
	config_doubts(&conf, conf_hear, NULL);
	assert_string_equal(said, "");
	conf.poll_ns = 64 * NS_PER_S;
	config_doubts(&conf, conf_hear, NULL);
	assert_non_null(strstr(said,
			       "warning: [clock] max_skew: with 10.0 ms the alarm is on above a "
			       "bound of 5.00 ms, but "
			       "with poll = 64.0 s and max_drift each bound grows by 12.8 ms"));
	said[0] = '\0';
	conf.max_skew_ns = 0;
	config_doubts(&conf, conf_hear, NULL);
	conf.max_skew_ns = 30 * NS_PER_MS;
	config_doubts(&conf, conf_hear, NULL);
	assert_string_equal(said, "");
}

static int try_open(void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : close(fd);
}

/* O8: root can read anything. */
static void what_another_user_cannot_read_is_found(void **state)
{
	char path[] = "/tmp/berkd-key-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(as_user("no such user", try_open, path), -ESRCH);
	if (geteuid() == 0) {
		assert_int_equal(as_user("nobody", try_open, path), -EACCES);
		assert_int_equal(as_user("root", try_open, path), 0);
		assert_int_equal(chmod(path, 0604), 0);
		assert_int_equal(as_user("nobody", try_open, path), 0);
	}
	(void)unlink(path);
	if (geteuid() == 0) {
		assert_int_equal(as_user("root", try_open, path), -ENOENT);
	}
}

static void dropins_override_in_the_order_of_their_names(void **state)
{
	char dir[] = "/tmp/berkd-test-XXXXXX", path[128], sub[160], file[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/berkd.conf", dir);
	(void)snprintf(sub, sizeof(sub), "%s.d", path);
	assert_int_equal(mkdir(sub, 0700), 0);
	conf_write(path, "[node]\npriority = 1\n[network]\npeers = a b\n");
	(void)snprintf(file, sizeof(file), "%s/20.conf", sub);
	conf_write(file, "[node]\npriority = 3\n[network]\npeers = c\n");
	(void)snprintf(file, sizeof(file), "%s/10.conf", sub);
	conf_write(file, "[node]\npriority = 2\n");
	(void)snprintf(file, sizeof(file), "%s/30.conf~", sub);
	conf_write(file, "junk");
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), 0);
	assert_int_equal(conf.priority, 3);
	assert_int_equal(conf.n_peers, 1);
	assert_string_equal(conf.peers[0].text, "c");
	(void)snprintf(file, sizeof(file), "%s/10.conf", sub);
	conf_write(file, "[clock]\nmax_skew = 1us\n");
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), 0);
	assert_non_null(strstr(said, "warning: [clock] max_skew"));
	conf_write(file, "[clock]\npoll = 100ms\n"); /* poll_min is 250 ms */
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), -EINVAL);
	assert_non_null(strstr(said, "poll_min"));
	(void)snprintf(file, sizeof(file), "rm -r %s", dir);
	assert_int_equal(system(file), 0);
	assert_int_equal(config_load("/nowhere/berkd.conf", &conf, conf_hear, NULL), -ENOENT);
}

static void sizes_have_units_of_1024_and_a_range(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 1: refused */
	} sizes[] = {{"0", 0},	      {"65536", 65536}, {"64K", 65536}, {"1.5M", 1572864},
		     {"1G", 1 << 30}, {"1", 1},		{"63K", 1},	{"1.1G", 1},
		     {"-64K", 1},     {"64k", 1},	{"0.3K", 1},	{"64KB", 1},
		     {"", 1},	      {"nan", 1},	{"65536.5", 1}};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		config_defaults(&conf);
		(void)snprintf(text, sizeof(text), "[state]\nhistory = %s\n", sizes[i].text);
		assert_int_equal(conf_parse(text), sizes[i].bytes == 1);
		if (sizes[i].bytes != 1) {
			assert_true(conf.history_bytes == sizes[i].bytes);
		}
	}
}

static void what_cannot_change_live_is_named_and_left(void **state)
{
	static struct config wanted;

	(void)state;
	wanted = conf;
	wanted.port = 1;
	wanted.poll_ns = 2 * NS_PER_S;
	assert_int_equal(config_report_restart(&conf, &wanted, conf_hear, NULL), 1);
	assert_non_null(strstr(said, "[network] port"));
	config_take_live(&conf, &wanted);
	assert_int_equal(conf.port, 5252);
	assert_int_equal(conf.poll_ns, 2 * NS_PER_S);
}

#define GOOD_KEY  "00112233445566778899AABBCCDDEEFF0123456789abcdeffedcba98765432ff"
#define OTHER_KEY "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66"

static void group_key_comes_from_its_file_or_its_name(void **state)
{
	char path[] = "/tmp/berkd-key-XXXXXX";
	static const uint8_t secret[32] = {1};
	struct node_config a, b;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), 0);
	assert_non_null(strstr(said, "key_file is not set"));
	strcpy(conf.group_name, "other");
	assert_int_equal(config_to_node(&conf, secret, &b, conf_hear, NULL), 0);
	assert_memory_not_equal(a.group_key, b.group_key, KEY_LEN);
	assert_true(a.open_group && !a.insecure);
	assert_non_null(strstr(said, "others may move this clock by 5 s in all"));
	assert_non_null(strstr(said, "berkctl keygen /etc/berkd/group.key"));
	conf.insecure = true;
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), 0);
	assert_true(a.open_group && a.insecure);
	assert_non_null(strstr(said, "insecure = yes"));
	strcpy(conf.key_file, path);
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -EINVAL);
	conf_write(path, GOOD_KEY "\n");
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), 0);
	assert_int_equal(a.group_key[31], 0xff);
	assert_false(a.open_group);
	(void)unlink(path);
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -ENOENT);
	assert_int_equal(a.secret[0], 0);
}

static void key_of_zeros_or_of_no_file_is_refused(void **state)
{
	char path[] = "/tmp/berkd-key-XXXXXX";
	static const uint8_t secret[32] = {1};
	struct node_config a;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	strcpy(conf.key_file, path);
	conf_write(path, "0000000000000000000000000000000000000000000000000000000000000000\n");
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -EINVAL);
	assert_non_null(strstr(said, "a key of zeros"));
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)alarm(10); /* to open it for reading would wait for a writer */
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -EINVAL);
	assert_non_null(strstr(said, "not a regular file, but a folder, a pipe or a device: name"));
	(void)alarm(0);
	(void)unlink(path);
	said[0] = '\0';
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -ENOENT);
	assert_non_null(strstr(said, "copy the key of another host there, or, for the first one"));
	strcpy(conf.key_file, "/dev/zero");
	assert_int_equal(config_to_node(&conf, secret, &a, conf_hear, NULL), -EINVAL);
}

/* Its owner could change it, whatever the mode says. */
static void configuration_of_a_stranger_is_refused(void **state)
{
	char path[] = "/tmp/berkd-conf-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	said[0] = '\0';
	assert_int_equal(fchmod(fd, 0646), 0);
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), -EPERM);
	assert_non_null(strstr(said, "others may write it"));
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), 0);
	if (geteuid() == 0) {
		assert_int_equal(fchown(fd, 12345, 0), 0);
		assert_int_equal(config_load(path, &conf, conf_hear, NULL), -EPERM);
	}
	(void)close(fd);
	(void)unlink(path);
}

/* An empty file that only its owner can read, in conf. */
static void key_file_begin(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	strcpy(conf.key_file, path);
}

static int read_keys(struct node_config *ret)
{
	static const uint8_t secret[32] = {1};

	said[0] = '\0';
	return config_to_node(&conf, secret, ret, conf_hear, NULL);
}

static void key_that_is_a_pattern_is_refused(void **state)
{
	static const char *const patterns[] = {
		"1111111111111111111111111111111111111111111111111111111111111111",
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0",
		"0000000000000000000000000000000000000000000000000000000000000001",
	};
	char path[] = "/tmp/berkd-key-XXXXXX";
	struct node_config a;

	(void)state;
	key_file_begin(path);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		conf_write(path, patterns[i]);
		assert_int_equal(read_keys(&a), -EINVAL);
		assert_non_null(strstr(said, "a pattern"));
		assert_non_null(strstr(said, "berkctl keygen"));
	}
	conf_write(path, GOOD_KEY);
	assert_int_equal(read_keys(&a), 0);
	(void)unlink(path);
}

static void key_file_that_others_can_read_or_write_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		int r;
	} modes[] = {{0600, 0},	      {0640, 0},       {0400, 0},
		     {0644, -EINVAL}, {0604, -EINVAL}, {0602, -EINVAL},
		     {0601, -EINVAL}, {0660, -EINVAL}, {0666, -EINVAL}};
	char path[] = "/tmp/berkd-key-XXXXXX";
	struct node_config a;

	(void)state;
	key_file_begin(path);
	conf_write(path, GOOD_KEY);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i].mode), 0);
		assert_int_equal(read_keys(&a), modes[i].r);
		assert_true(modes[i].r == 0 || strstr(said, "chmod 640"));
	}
	if (geteuid() == 0) {
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_int_equal(read_keys(&a), -EINVAL);
		assert_non_null(strstr(said, "it belongs to another user"));
	}
	(void)unlink(path);
}

static void key_file_holds_several_keys_and_the_first_is_sent(void **state)
{
	char path[] = "/tmp/berkd-key-XXXXXX", text[10 * 80] = "";
	struct node_config a, b;

	(void)state;
	key_file_begin(path);
	conf_write(path, "# new\n" GOOD_KEY "\r\n\n# old\n" OTHER_KEY "\n");
	assert_int_equal(read_keys(&a), 0);
	assert_int_equal(a.n_other_group_keys, 1);
	conf_write(path, OTHER_KEY);
	assert_int_equal(read_keys(&b), 0);
	assert_int_equal(b.n_other_group_keys, 0);
	assert_memory_equal(a.other_group_keys[0], b.group_key, KEY_LEN);
	assert_memory_not_equal(a.group_key, b.group_key, KEY_LEN);
	conf_write(path, GOOD_KEY "\n" OTHER_KEY "0\n"); /* one bad line spoils all */
	assert_int_equal(read_keys(&a), -EINVAL);
	assert_true(sodium_is_zero(a.group_key, KEY_LEN));
	assert_non_null(strstr(said, ":2: no key: allowed is 64 hex digits in each line"));
	assert_null(strstr(said, OTHER_KEY)); /* it goes to the journal */
	conf_write(path, "# none\n");
	assert_int_equal(read_keys(&a), -EINVAL);
	assert_non_null(strstr(said, ": it holds no key: allowed is 64 hex digits"));
	for (unsigned i = 0; i <= GROUP_KEYS_MAX; i++) {
		strcat(text, OTHER_KEY "\n");
	}
	conf_write(path, text);
	assert_int_equal(read_keys(&a), -EINVAL);
	assert_non_null(strstr(said, ":9: one key too many: allowed is up to 8"));
	(void)unlink(path);
}

static void key_comes_from_the_credential_where_no_file_is_named(void **state)
{
	char folder[] = "/tmp/berkd-cred-XXXXXX", path[64];
	struct node_config open, a, b;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/berkd.key", folder);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_int_equal(read_keys(&open), 0);
	assert_non_null(strstr(said, "an open group"));
	conf_write(path, GOOD_KEY "\n");
	assert_int_equal(chmod(path, 0440), 0); /* as systemd makes it */
	assert_int_equal(read_keys(&a), 0);
	assert_string_equal(said, "");
	assert_memory_not_equal(a.group_key, open.group_key, KEY_LEN);
	strcpy(conf.key_file, path); /* a file that is named comes first */
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1), 0);
	assert_int_equal(read_keys(&b), 0);
	assert_memory_equal(a.group_key, b.group_key, KEY_LEN);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void fifo_as_configuration_is_refused_at_once(void **state)
{
	char path[] = "/tmp/berkd-conf-XXXXXX", dropins[64], fifo[80];
	static struct config wanted;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(dropins, sizeof(dropins), "%s.d", path);
	(void)snprintf(fifo, sizeof(fifo), "%s/a.conf", dropins);
	assert_int_equal(mkdir(dropins, 0700), 0);
	assert_int_equal(config_load(path, &wanted, conf_hear, NULL), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	(void)alarm(10);
	assert_int_equal(config_load(path, &wanted, conf_hear, NULL), -EINVAL);
	assert_non_null(strstr(said, "a.conf: cannot be read: not a regular file"));
	(void)alarm(0);
	(void)unlink(fifo);
	(void)rmdir(dropins);
	(void)unlink(path);
}

/* In the folder of a configuration, which is emptied at the end. */
static int load_with(const char *const files[][2], size_t n, mode_t folder, mode_t file)
{
	char path[] = "/tmp/berkd-conf-XXXXXX", dropins[64], name[128];
	static struct config got;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	(void)snprintf(dropins, sizeof(dropins), "%s.d", path);
	assert_int_equal(mkdir(dropins, 0700), 0);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", dropins, files[i][0]);
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0 && write(fd, files[i][1], strlen(files[i][1])) >= 0);
		assert_int_equal(fchmod(fd, file), 0);
		assert_true(getuid() != 0 ||
			    fchown(fd, 0, 1) == 0); /* a group that is not root's */
		(void)close(fd);
	}
	assert_true(getuid() != 0 || chown(dropins, 0, 1) == 0);
	assert_int_equal(chmod(dropins, folder), 0);
	said[0] = '\0';
	int r = config_load(path, &got, conf_hear, NULL);

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s/%s", dropins, files[i][0]);
		(void)unlink(name);
	}
	(void)rmdir(dropins);
	(void)unlink(path);
	return r;
}

static void what_others_can_write_is_no_configuration(void **state)
{
	static const char *const files[][2] = {{"a.conf", "[node]\npriority = 1\n"}};

	(void)state;
	assert_int_equal(load_with(files, 1, 0755, 0644), 0);
	assert_int_equal(load_with(files, 1, 0755, 0664), -EINVAL);
	assert_non_null(strstr(said, "a.conf: cannot be read: others may write it"));
	assert_int_equal(load_with(files, 1, 0775, 0644), -EINVAL);
	assert_non_null(strstr(said, ".d: others may write it"));
	assert_int_equal(load_with(files, 1, 0777, 0644), -EINVAL);
}

static void more_dropins_than_are_read_are_an_error(void **state)
{
	static const char *files[257][2];
	static char names[257][16];

	(void)state;
	for (size_t i = 0; i < 257; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%03zu.conf", i);
		files[i][0] = names[i];
		files[i][1] = "";
	}
	assert_int_equal(load_with((const char *const(*)[2])files, 256, 0755, 0644), 0);
	assert_int_equal(load_with((const char *const(*)[2])files, 257, 0755, 0644), -EINVAL);
	assert_non_null(strstr(said, "more than 256 files"));
}

#define A_KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde5"

static void a_list_that_a_later_file_empties_is_told(void **state)
{
	static const char *const files[][2] = {{"a.conf", "[group]\nmembers = " A_KEY
							  "\nmasters = " A_KEY "\n"},
					       {"b.conf", "[group]\nmembers =\n"},
					       {"c.conf", "[group]\nmasters =\n"}};

	(void)state;
	assert_int_equal(load_with(files, 1, 0755, 0644), 0);
	assert_null(strstr(said, "it is empty"));
	assert_int_equal(load_with(files, 2, 0755, 0644), 0);
	assert_non_null(strstr(said, "b.conf: [group] members: it is empty"));
	assert_int_equal(load_with(files, 3, 0755, 0644), 0);
	assert_non_null(strstr(said, "c.conf: [group] masters: it is empty"));
}

static void numeric_peers_resolve_at_once(void **state)
{
	(void)state;
	assert_int_equal(conf_parse(
				 "[network]\npeers = 10.1.2.3 [fd00::5]:99 fd00::6 10.1.2.4:77\n"),
			 0);
	lookup_numeric(&conf);
	assert_int_equal(conf.peers[0].addr[0].ip[15], 3);
	assert_int_equal(conf.peers[0].addr[0].port, 5252);
	assert_int_equal(conf.peers[1].addr[0].port, 99);
	assert_int_equal(conf.peers[2].addr[0].ip[15], 6);
	assert_int_equal(conf.peers[3].addr[0].port, 77);
}

static void asymmetries_are_of_interfaces_and_addresses(void **state)
{
	(void)state;
	assert_int_equal(conf_parse("[network]\nasymmetry = wwan0=340us 10.0.7.2=-12us\n"
				    "  fd00::6=1s\n"),
			 0);
	assert_int_equal(conf.n_asymmetries, 3);
	assert_string_equal(conf.asymmetries[0].interface, "wwan0");
	assert_int_equal(conf.asymmetries[0].longer_ns, 340000);
	assert_int_equal(conf.asymmetries[1].addr.ip[15], 2);
	assert_int_equal(conf.asymmetries[1].longer_ns, -12000);
	assert_string_equal(conf.asymmetries[2].interface, "");
	assert_int_equal(conf.asymmetries[2].addr.ip[15], 6);
	assert_int_equal(conf_parse("[network]\nasymmetry = eth0\n"), 1);
	assert_int_equal(conf_parse("[network]\nasymmetry = eth0=1001ms\n"), 1);
	assert_int_equal(conf_parse("[network]\nasymmetry = =1us\n"), 1);
	assert_int_equal(conf_parse("[network]\nasymmetry = a_name_that_is_too_long=1us\n"), 1);
	assert_non_null(strstr(said, "-1s to 1s"));
}

#define T(f) cmocka_unit_test_setup(f, conf_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_type_is_read),
		T(time_stamps_are_chosen_by_name_and_yes_is_auto),
		T(each_error_names_line_key_value_and_range),
		T(all_errors_are_found_at_once),
		T(lines_that_are_no_key_hide_no_other_error),
		T(peer_that_no_lookup_can_mend_is_an_error),
		T(errors_of_a_file_have_an_end_and_no_control_characters),
		T(junk_is_an_error_and_nothing_worse),
		T(quotes_and_comments_behind_a_value_are_errors),
		T(a_poll_too_long_for_max_skew_is_told),
		T(what_another_user_cannot_read_is_found),
		T(what_others_can_write_is_no_configuration),
		T(more_dropins_than_are_read_are_an_error),
		T(a_list_that_a_later_file_empties_is_told),
		T(dropins_override_in_the_order_of_their_names),
		T(sizes_have_units_of_1024_and_a_range),
		T(what_cannot_change_live_is_named_and_left),
		T(group_key_comes_from_its_file_or_its_name),
		T(key_that_is_a_pattern_is_refused),
		T(key_file_that_others_can_read_or_write_is_refused),
		T(key_file_holds_several_keys_and_the_first_is_sent),
		T(key_comes_from_the_credential_where_no_file_is_named),
		T(key_of_zeros_or_of_no_file_is_refused),
		T(configuration_of_a_stranger_is_refused),
		T(fifo_as_configuration_is_refused_at_once),
		T(numeric_peers_resolve_at_once),
		T(asymmetries_are_of_interfaces_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
