/* test_config_keys.c - each key of the table, where it must be known too: in the shipped file,
 * in the manual page, and in the core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "berkd/config/keys.h"
#include "berkd/config/load.h"
#include "berkd/config/node.h"
#include "tests/unit/conf.h"

static bool differs(const struct config_key *k, struct config *a, struct config *b)
{
	return memcmp(config_key_field(a, k), config_key_field(b, k), k->size) != 0;
}

/* conf must hold the defaults, as berkd.conf says that it shows them. */
static void assert_defaults(struct config *defaults)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		if (differs(k, &conf, defaults)) {
			fail_msg("[%s] %s: berkd.conf has another default than config_defaults()",
				 k->section, k->name);
		}
	}
	assert_memory_equal(&conf, defaults, sizeof(conf));
}

static void shipped_file_is_all_defaults(void **state)
{
	const char *dir = getenv("srcdir");
	char path[512];
	static struct config defaults;

	(void)state;
	config_defaults(&defaults);
	(void)snprintf(path, sizeof(path), "%s/conf/berkd.conf", dir ? dir : ".");
	assert_int_equal(config_load(path, &conf, conf_hear, NULL), 0);
	assert_string_equal(said, "");
	memcpy(defaults.path, conf.path, sizeof(conf.path));
	assert_defaults(&defaults);
}

/* The text of a file of the source tree. */
static void source(const char *name, char *out, size_t size)
{
	const char *dir = getenv("srcdir");
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : ".", name);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	out[fread(out, 1, size - 1, f)] = '\0';
	(void)fclose(f);
}

/* @text between @head and the next line that begins with @stop. */
static char *part(const char *text, const char *head, const char *stop, char *out, size_t size)
{
	const char *from = strstr(text, head);

	if (!from) {
		fail_msg("no %s", head);
	}
	from += strlen(head);
	const char *to = strstr(from, stop);

	(void)snprintf(out, size, "%.*s", (int)(to ? (size_t)(to - from) : strlen(from)), from);
	return out;
}

/* Cut off what follows a key's entry, which may have a list of words of its own. */
static void cut_after_entry(char *entry)
{
	for (char *at = entry; (at = strstr(at, "\n.It Cm ")); at++) {
		size_t len = strcspn(at + 1, "\n");
		const char *is_key = strstr(at, " No =");

		if (is_key && is_key < at + 1 + len) {
			*at = '\0';
			return;
		}
	}
}

static void manual_knows_each_key_and_whether_it_is_live(void **state)
{
	static char page[65536], section[32768], entry[32768];
	char head[64];

	(void)state;
	source("conf/berkd.conf.5", page, sizeof(page));
	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		(void)snprintf(head, sizeof(head), ".Ss [%s]", k->section);
		part(page, head, "\n.Ss ", section, sizeof(section));
		(void)snprintf(head, sizeof(head), ".It Cm %s No =", k->name);
		part(section, head, "\n.Ss ", entry, sizeof(entry));
		cut_after_entry(entry);
		if (!strstr(entry, k->live ? "; live." : "; restart.")) {
			fail_msg("[%s] %s: not as live as berkd.conf(5) says", k->section, k->name);
		}
	}
}

static void shipped_comments_are_the_defaults(void **state)
{
	static char shipped[16384];
	static struct config defaults;
	unsigned n = 0;

	(void)state;
	config_defaults(&defaults);
	source("conf/berkd.conf", shipped, sizeof(shipped));
	for (char *p = shipped; (p = strstr(p, "\n#")) != NULL; p++) {
		const char *equals = strchr(p + 1, '='), *end = strchr(p + 1, '\n');

		/* "#key = value"; "# words" and "#key =" stay; the key's file is an example. */
		if (p[2] != ' ' && equals && equals + 2 < end && strncmp(p + 2, "key_file", 8)) {
			memmove(p + 1, p + 2, strlen(p + 1));
			n++;
		}
	}
	assert_int_equal(conf_parse(shipped), 0);
	assert_string_equal(said, "");
	assert_true(n > 25);
	assert_defaults(&defaults);
}

/* The keys that are the shell's own: the core is told nothing of them. */
static const struct {
	const char *section, *names;
} shells_own[] = {
	{"node", " user "},
	{"network", " port listen peers ipv4 ipv6 interfaces asymmetry netlink timestamping "},
	{"clock", " driver allow_rivals "},
	{"virtual", " offset freq wander seed truth "},
	{"control", " enable socket status_socket group "},
	{"wait", " max_bound hosts timeout "},
	{"log", " target level "},
	{"state", " enable directory history "},
};

static bool is_shells_own(const struct config_key *k)
{
	char name[64];

	(void)snprintf(name, sizeof(name), " %s ", k->name);
	for (size_t i = 0; i < sizeof(shells_own) / sizeof(shells_own[0]); i++) {
		if (strcmp(k->section, shells_own[i].section) == 0) {
			return strstr(shells_own[i].names, name) != NULL;
		}
	}
	return false;
}

/* Give @k in conf a valid value that is not its default, the rest the defaults. */
static void set_another_value(const struct config_key *k, const char *key_file)
{
	const char *const values[] = {
		key_file,
		"no",
		"yes",
		"7",
		"60ms",
		"20s",
		"50ppm",
		"user",
		"ignore",
		"stderr",
		"debug",
		"observe",
		"majority",
		"10.0.0.1",
		"eth0=1us",
		"1M",
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
	};
	static struct config defaults;
	char text[512];

	config_defaults(&defaults);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		config_defaults(&conf);
		(void)snprintf(text, sizeof(text), "[%s]\n%s = %s\n", k->section, k->name,
			       values[i]);
		if (conf_parse(text) == 0 && differs(k, &conf, &defaults)) {
			return;
		}
	}
	fail_msg("[%s] %s: this test has no other valid value for it: add one", k->section,
		 k->name);
}

static void each_key_is_handed_to_the_core_or_is_the_shells_own(void **state)
{
	static const uint8_t secret[KEY_LEN] = {1};
	char path[] = "/tmp/berkd-key-XXXXXX";
	struct node_config before, after;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	conf_write(path, "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66\n");
	assert_int_equal(config_to_node(&conf, secret, &before, conf_hear, NULL), 0);
	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *k = &config_keys[i];

		set_another_value(k, path);
		assert_int_equal(config_to_node(&conf, secret, &after, conf_hear, NULL), 0);
		bool told = memcmp(&before, &after, sizeof(before)) != 0;

		if (told && is_shells_own(k)) {
			fail_msg("[%s] %s is in shells_own[], but config_to_node() hands it to "
				 "the core",
				 k->section, k->name);
		}
		if (!told && !is_shells_own(k)) {
			fail_msg("[%s] %s: config_to_node() does not hand it to the core, and it "
				 "is not in shells_own[]",
				 k->section, k->name);
		}
	}
	(void)unlink(path);
}

#define T(f) cmocka_unit_test_setup(f, conf_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(shipped_file_is_all_defaults),
		T(manual_knows_each_key_and_whether_it_is_live),
		T(shipped_comments_are_the_defaults),
		T(each_key_is_handed_to_the_core_or_is_the_shells_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
