/* test_contacts.c - answers about names become contacts of the core, and one line each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "berkd/contacts.h"
#include "core/node/lease.h"
#include "tests/world/node.h"
#include "tests/world/stage.h"

static struct stage stage;
static struct daemon *daemon_;
static int log_fd, err_fd;

static struct addr addr_of(unsigned last)
{
	return (struct addr){.ip = {[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)last}, .port = 5252};
}

/* Two names, each known to have both addresses, and what is logged goes into a file. */
static int set_up(void **state)
{
	struct node_config config = node_config_default();
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	log_fd = dup(fileno(f));
	(void)fclose(f);
	err_fd = dup(STDERR_FILENO);
	assert_true(log_fd >= 0 && err_fd >= 0 && dup2(log_fd, STDERR_FILENO) >= 0);
	memset(&stage, 0, sizeof(stage));
	stage_open(&stage, &config, 1, 16);
	daemon_ = calloc(1, sizeof(*daemon_));
	assert_non_null(daemon_);
	daemon_->node = stage.node;
	daemon_->config.n_peers = 2;
	for (unsigned i = 0; i < 2; i++) {
		struct config_peer *p = &daemon_->config.peers[i];

		(void)snprintf(p->text, sizeof(p->text), "name%u", i);
		p->addr[0] = addr_of(1);
		p->addr[1] = addr_of(2 + i);
		p->n_addr = 2;
		p->state = CONFIG_PEER_RESOLVED;
	}
	contacts_add(daemon_);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	assert_true(dup2(err_fd, STDERR_FILENO) >= 0);
	(void)close(err_fd);
	(void)close(log_fd);
	stage_close(&stage);
	free(daemon_);
	return 0;
}

/* An answer about name @i: that address, or with 0 none. */
static void answer(size_t i, unsigned last)
{
	struct lookup l = {.addr = {addr_of(last)}, .n_addr = last ? 1 : 0, .error = EAI_NONAME};

	contacts_found(daemon_, i, &l);
}

/* Which addresses the core calls when it tries all: bit 1 for that with the last byte 1, ... */
static unsigned called(void)
{
	struct node_event ev = {.type = EV_LINK};
	unsigned set = 0;

	stage_wait(&stage, NS_PER_S);
	stage_event(&stage, &ev);
	for (size_t i = 0; i < stage.fx.n; i++) {
		if (stage.fx.fx[i].type == FX_SEND) {
			set |= 1U << stage.fx.fx[i].send.to.ip[15];
		}
	}
	return set;
}

static const char *logged(unsigned *ret_n_lines)
{
	static char text[4096];
	ssize_t n = pread(log_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	*ret_n_lines = 0;
	for (const char *p = text; (p = strchr(p, '\n')); p++) {
		(*ret_n_lines)++;
	}
	return text;
}

static void address_that_a_name_has_no_longer_is_called_no_more(void **state)
{
	unsigned n;

	(void)state;
	assert_int_equal(called(), 1U << 1 | 1U << 2 | 1U << 3);
	answer(0, 1);
	assert_int_equal(called(), 1U << 1 | 1U << 3);
	const char *text = logged(&n);

	assert_int_equal(n, 1);
	assert_non_null(strstr(text, "name0"));
	assert_non_null(strstr(text, "from 10.0.0.2:5252"));
	assert_non_null(strstr(text, "to 10.0.0.1:5252 now"));
}

static void address_that_another_name_has_is_still_called(void **state)
{
	(void)state;
	answer(0, 2);
	assert_int_equal(called(), 1U << 1 | 1U << 2 | 1U << 3);
}

static void name_that_vanishes_is_still_called_and_told_once(void **state)
{
	unsigned n;

	(void)state;
	answer(0, 0);
	answer(0, 0);
	assert_int_equal(called(), 1U << 1 | 1U << 2 | 1U << 3);
	const char *text = logged(&n);

	assert_int_equal(n, 1);
	assert_non_null(strstr(text, "keeping 10.0.0.1:5252 and 10.0.0.2:5252"));
	assert_non_null(strstr(text, "/etc/hosts"));
}

static mono_t stage_now(void)
{
	return host_clock_boot(&stage.clock, stage.now);
}

static bool is_here(void)
{
	bool here[2] = {false, false};

	contacts_look(daemon_, stage_now(), here);
	assert_false(here[1]);
	return here[0];
}

static void peer_is_here_while_one_of_its_addresses_answers(void **state)
{
	(void)state;
	daemon_->config.peers[0].addr[1] = stage.puppet[0].addr;
	assert_false(is_here());
	assert_true(stage_try_call(&stage, 0));
	assert_true(is_here());
	stage_wait(&stage, 60 * NS_PER_S);
	assert_false(is_here());
}

/* Until it is here, whatever its name leads to meanwhile; the other one counts. */
static void a_forgotten_peer_counts_no_more_until_it_is_here(void **state)
{
	struct knock_view v;

	(void)state;
	daemon_->config.peers[0].n_addr = daemon_->config.peers[1].n_addr = 0;
	for (unsigned k = 1; k <= 3; k++) {
		const struct addr a = addr_of(k);

		node_remove_contact(stage.node, &a);
	}
	contacts_add(daemon_);
	assert_int_equal(electorate(stage.node), 3);
	assert_true(contacts_forgive_peer(daemon_, 0, true));
	assert_int_equal(electorate(stage.node), 3);
	assert_true(contacts_forgive_peer(daemon_, 0, false));
	assert_int_equal(electorate(stage.node), 2);
	answer(0, 0); /* asked again */
	assert_int_equal(electorate(stage.node), 2);
	daemon_->config.peers[0].addr[0] = addr_of(7); /* and found */
	daemon_->config.peers[0].n_addr = 1;
	contacts_add(daemon_);
	assert_int_equal(electorate(stage.node), 2);
	const struct addr found = addr_of(7);

	assert_true(node_contact(stage.node, &found, stage_now(), &v));
	assert_int_equal(v.state, KNOCK_FORGOTTEN);
	daemon_->config.peers[0].addr[0] = stage.puppet[0].addr;
	contacts_add(daemon_);
	assert_true(stage_try_call(&stage, 0));
	contacts_add(daemon_);
	assert_false(daemon_->config.peers[0].forgiven);
	assert_int_equal(electorate(stage.node), 3);
	contacts_forgotten(daemon_, 0);
	assert_int_equal(electorate(stage.node), 2);
}

/* Its address is no name, so nobody looks who is here; the core knows. */
static void an_order_to_forget_ends_once_though_nobody_has_looked(void **state)
{
	struct config_peer *p = &daemon_->config.peers[0];

	(void)state;
	p->numeric = true;
	p->addr[0] = stage.puppet[0].addr;
	p->n_addr = 1;
	contacts_add(daemon_);
	assert_true(contacts_forgive_peer(daemon_, 0, false));
	contacts_add(daemon_); /* a reload */
	assert_true(p->forgiven);
	assert_true(stage_try_call(&stage, 0));
	stage_wait(&stage, 60 * NS_PER_S); /* out of sight again, without an order */
	contacts_add(daemon_);
	assert_false(p->forgiven);
}

/* As Debian's /etc/hosts has it for a host's own name: in a list that is the same on all hosts. */
static void an_own_name_that_leads_to_loopback_is_this_host(void **state)
{
	struct config *c = &daemon_->config;
	struct addr v6 = {.ip = {[15] = 1}, .port = 5252}, other = {.ip = {[15] = 1}, .port = 5253};
	unsigned before = electorate(stage.node);
	bool here[3] = {false};

	(void)state;
	c->port = 5252;
	c->n_peers = 3;
	c->peers[2] = (struct config_peer){.addr = {addr_of(1)}, .n_addr = 1};
	c->peers[2].addr[0].ip[12] = 127;
	contacts_add(daemon_);
	assert_int_equal(electorate(stage.node), before);
	contacts_look(daemon_, stage_now(), here);
	assert_true(here[2]);
	assert_false(contacts_forgive_peer(daemon_, 2, false));
	assert_true(config_is_own_addr(c, &v6));
	assert_false(config_is_own_addr(c, &other) || config_is_own_addr(c, &stage.puppet[0].addr));
	c->listen[0] = v6; /* there may be another host at 127.0.1.1, as in a test */
	c->n_listen = 1;
	assert_false(config_is_own_addr(c, &c->peers[2].addr[0]));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, take_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(address_that_a_name_has_no_longer_is_called_no_more),
		T(address_that_another_name_has_is_still_called),
		T(name_that_vanishes_is_still_called_and_told_once),
		T(peer_is_here_while_one_of_its_addresses_answers),
		T(a_forgotten_peer_counts_no_more_until_it_is_here),
		T(an_order_to_forget_ends_once_though_nobody_has_looked),
		T(an_own_name_that_leads_to_loopback_is_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
