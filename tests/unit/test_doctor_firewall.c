/* test_doctor_firewall.c - the kernel's words on chains and rules: a policy that drops what comes in
 * is seen, and a rule that names the port; what is cut or garbled is read to its end and no
 * further. */
#include "berkctl/doctor/look_parts.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char buf[1024];
static size_t len;

static void put(const void *data, size_t size)
{
	memcpy(buf + len, data, size);
	len += NLA_ALIGN(size);
}

static size_t begin_message(unsigned type)
{
	size_t at = len;
	struct nlmsghdr h = {.nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type)};
	struct nfgenmsg g = {.nfgen_family = NFPROTO_INET};

	put(&h, sizeof(h));
	put(&g, sizeof(g));
	return at;
}

static void end_message(size_t at)
{
	uint32_t size = (uint32_t)(len - at);

	memcpy(buf + at, &size, sizeof(size));
}

static size_t begin_attribute(unsigned type)
{
	size_t at = len;
	struct nlattr a = {.nla_type = (uint16_t)type};

	put(&a, sizeof(a));
	return at;
}

static void end_attribute(size_t at, size_t size)
{
	uint16_t v = (uint16_t)(NLA_HDRLEN + size);

	memcpy(buf + at, &v, sizeof(v));
}

static void put_attribute(unsigned type, const void *data, size_t size)
{
	size_t at = begin_attribute(type);

	put(data, size);
	end_attribute(at, size);
}

static void put_number(unsigned type, uint32_t v)
{
	uint32_t big = htonl(v);

	put_attribute(type, &big, sizeof(big));
}

static void put_chain(uint32_t hooknum, uint32_t policy)
{
	size_t m = begin_message(NFT_MSG_NEWCHAIN), h;

	put_attribute(NFTA_CHAIN_TABLE, "filter", 7);
	put_attribute(NFTA_CHAIN_NAME, "in", 3);
	h = begin_attribute(NFTA_CHAIN_HOOK | NLA_F_NESTED);
	put_number(NFTA_HOOK_HOOKNUM, hooknum);
	put_number(NFTA_HOOK_PRIORITY, 0);
	end_attribute(h, len - h - NLA_HDRLEN);
	put_number(NFTA_CHAIN_POLICY, policy);
	end_message(m);
}

static void put_rule(uint16_t port)
{
	size_t m = begin_message(NFT_MSG_NEWRULE);
	uint16_t big = htons(port);

	put_attribute(NFTA_RULE_CHAIN, "in", 3);
	put_attribute(NFTA_DATA_VALUE, &big, sizeof(big));
	end_message(m);
}

static int begin(void **state)
{
	(void)state;
	memset(buf, 0, sizeof(buf));
	len = 0;
	return 0;
}

static struct facts_net taken(void)
{
	struct facts_net *f = calloc(1, sizeof(*f)), copy;

	assert_non_null(f);
	assert_true(look_firewall_take(f, 5252, buf, len));
	copy = *f;
	free(f);
	return copy;
}

static void a_chain_that_drops_what_comes_in_is_seen(void **state)
{
	(void)state;
	put_chain(NF_INET_FORWARD, NF_DROP);
	put_chain(NF_INET_LOCAL_IN, NF_ACCEPT);
	assert_false(taken().input_drops);
	put_chain(NF_INET_LOCAL_IN, NF_DROP);
	assert_true(taken().input_drops);
	assert_false(taken().names_port);
}

static void a_rule_that_names_the_port_is_seen(void **state)
{
	(void)state;
	put_chain(NF_INET_LOCAL_IN, NF_DROP);
	put_rule(5253);
	assert_false(taken().names_port);
	put_rule(5252);
	assert_true(taken().names_port);
}

static void what_is_cut_is_read_to_its_end(void **state)
{
	struct facts_net *f = calloc(1, sizeof(*f));

	(void)state;
	assert_non_null(f);
	put_chain(NF_INET_LOCAL_IN, NF_DROP);
	put_rule(5252);
	for (size_t n = 0; n < len; n++) { /* in memory of its own, for a sanitizer to see */
		char *part = malloc(n + 1);

		assert_non_null(part);
		memcpy(part, buf, n);
		(void)look_firewall_take(f, 5252, part, n);
		free(part);
	}
	for (size_t n = 0; n < len; n++) {
		char was = buf[n];

		buf[n] = (char)0xff;
		(void)look_firewall_take(f, 5252, buf, len);
		buf[n] = was;
	}
	free(f);
}

static void the_end_and_an_error_end_it(void **state)
{
	struct nlmsghdr h = {.nlmsg_len = sizeof(h), .nlmsg_type = NLMSG_DONE};
	struct facts_net *f = calloc(1, sizeof(*f));

	(void)state;
	assert_non_null(f);
	put(&h, sizeof(h));
	put_chain(NF_INET_LOCAL_IN, NF_DROP);
	assert_false(look_firewall_take(f, 5252, buf, len));
	h.nlmsg_type = NLMSG_ERROR;
	memcpy(buf, &h, sizeof(h));
	assert_false(look_firewall_take(f, 5252, buf, len));
	assert_false(f->input_drops);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_chain_that_drops_what_comes_in_is_seen, begin),
		cmocka_unit_test_setup(a_rule_that_names_the_port_is_seen, begin),
		cmocka_unit_test_setup(what_is_cut_is_read_to_its_end, begin),
		cmocka_unit_test_setup(the_end_and_an_error_end_it, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
