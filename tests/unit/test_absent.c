/* test_absent.c - what the configuration names and the host has not is told once, and when it
 * comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "berkd/net/absent.h"
#include "berkd/net/sockaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct config config;
static struct absent absent;

/* What a look at the host logs. */
static const char *look(void)
{
	static char said[2048];
	FILE *log = tmpfile();
	int err = dup(STDERR_FILENO);

	assert_true(log && err >= 0 && dup2(fileno(log), STDERR_FILENO) >= 0);
	absent_refresh(&absent, &config);
	assert_true(dup2(err, STDERR_FILENO) >= 0);
	(void)close(err);
	rewind(log);
	said[fread(said, 1, sizeof(said) - 1, log)] = '\0';
	(void)fclose(log);
	return said;
}

static void listen_on(const char *v4)
{
	struct in_addr ip;

	assert_int_equal(inet_pton(AF_INET, v4, &ip), 1);
	addr_set_ipv4(&config.listen[0], ip);
	config.listen[0].port = 5252;
	config.n_listen = 1;
}

static int set_up(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	memset(&absent, 0, sizeof(absent));
	config.discovery = true;
	return 0;
}

static void address_of_another_host_is_told_until_it_comes(void **state)
{
	(void)state;
	listen_on("192.0.2.77"); /* of RFC 5737: nobody's */
	assert_string_equal(look(), "[network] listen: this host has no address 192.0.2.77; until "
				    "it has, nothing comes in there\n");
	assert_string_equal(look(), "");
	listen_on("127.0.0.1");
	assert_string_equal(look(), "[network] listen: the address 127.0.0.1 is here now\n");
	assert_string_equal(look(), "");
}

static void interface_that_is_mistyped_is_told(void **state)
{
	(void)state;
	config.n_interfaces = 2;
	(void)snprintf(config.interfaces[0], sizeof(config.interfaces[0]), "lo");
	(void)snprintf(config.interfaces[1], sizeof(config.interfaces[1]), "eht0");
	assert_string_equal(look(), "[network] interfaces: this host has no interface eht0; until "
				    "it has, no host is looked for there\n");
	(void)snprintf(config.interfaces[1], sizeof(config.interfaces[1]), "lo");
	assert_string_equal(look(), "[network] interfaces: the interface lo is here now\n");
}

static void only_what_is_used_is_told(void **state)
{
	(void)state;
	config.discovery = false;
	config.n_interfaces = 1;
	(void)snprintf(config.interfaces[0], sizeof(config.interfaces[0]), "eht0");
	config.n_asymmetries = 2; /* the first is of an address, which may be of any host */
	(void)snprintf(config.asymmetries[1].interface, sizeof(config.asymmetries[1].interface),
		       "eht1");
	assert_string_equal(look(), "[network] asymmetry: this host has no interface eht1; until "
				    "it has, no stamp is corrected for it\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(address_of_another_host_is_told_until_it_comes, set_up),
		cmocka_unit_test_setup(interface_that_is_mistyped_is_told, set_up),
		cmocka_unit_test_setup(only_what_is_used_is_told, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
