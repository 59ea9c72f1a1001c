/* test_invite.c - what brings a host into a group: the token, the two messages, and the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pty.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkctl/join/introduction.h"
#include "berkctl/join/invitation.h"
#include "berkctl/join/token.h"
#include "berkctl/join/welcome.h"
#include "berkd/config/load.h"

static const uint8_t secret[TOKEN_SECRET_LEN] = "no one knows me";

/* --- The token --- */

static struct token token_of(unsigned n4, unsigned n6)
{
	struct token t = {.n_addr = n4 + n6};

	memcpy(t.secret, secret, sizeof(secret));
	for (unsigned i = 0; i < t.n_addr; i++) {
		struct addr *a = &t.addr[i];

		*a = (struct addr){.port = 5252};
		randombytes_buf(a->ip, sizeof(a->ip));
		memcpy(a->ip, (uint8_t[12]){[10] = 0xff, [11] = 0xff}, i < n4 ? 12 : 0);
	}
	return t;
}

static void a_token_comes_back(void **state)
{
	char word[TOKEN_TEXT_MAX];
	struct token back;

	(void)state;
	for (unsigned n4 = 0; n4 <= TOKEN_ADDRS_MAX; n4++) {
		for (unsigned n6 = n4 == 0; n4 + n6 <= TOKEN_ADDRS_MAX; n6++) {
			struct token t = token_of(n4, n6);

			token_write(&t, word);
			assert_null(token_read(word, &back));
			assert_memory_equal(back.secret, t.secret, TOKEN_SECRET_LEN);
			assert_int_equal(back.n_addr, t.n_addr);
			for (unsigned i = 0; i < t.n_addr; i++) {
				assert_true(addr_equal(&back.addr[i], &t.addr[i]));
			}
			for (char *c = word; *c; c++) { /* as somebody may type it */
				*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
			}
			assert_null(token_read(word, &back));
			memcpy(word + strlen(word), "a", 2);
			assert_non_null(token_read(word, &back));
		}
	}
}

/* No secret is asked for at a wrong address, and who mistypes is told so. */
static void a_slip_of_the_hand_is_told(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 -=1";
	const struct token t = token_of(1, 1);
	char word[TOKEN_TEXT_MAX], wrong[TOKEN_TEXT_MAX];
	unsigned n_taken = 0, n_tried = 0;
	struct token back;

	(void)state;
	token_write(&t, word);
	for (size_t i = 0; i < strlen(word); i++) {
		for (const char *d = digits; *d; d++) {
			memcpy(wrong, word, sizeof(word));
			wrong[i] = *d;
			n_tried += *d != word[i];
			n_taken += *d != word[i] && !token_read(wrong, &back);
		}
		(void)snprintf(wrong, i + 1, "%s", word);
		assert_non_null(token_read(wrong, &back));
	}
	assert_true(n_tried > 2000 && n_taken <= 2); /* of 65536 one passes */
	(void)snprintf(wrong, sizeof(wrong), "%sAAAAAAAA", word);
	assert_non_null(token_read(wrong, &back));
	memset(wrong, 'A', sizeof(wrong));
	memcpy(wrong, "BERK1", 5);
	wrong[sizeof(wrong) - 1] = '\0';
	assert_non_null(token_read(wrong, &back));
	assert_non_null(strstr(token_read("https://example.org", &back), "begins with BERK1"));
}

/* What token_take() makes of what somebody @pastes into its terminal, when @given is the argument;
 * what it leaves there goes to @ret_left: the shell would take it as a command. */
static const char *paste(const char *given, const char *pastes, struct token *ret,
			 char ret_left[static 64])
{
	int ours, theirs;

	assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
	FILE *in = fdopen(theirs, "r");

	assert_int_equal(write(ours, pastes, strlen(pastes)), strlen(pastes));
	const char *wrong = token_take(given, in, ret);

	assert_int_equal(fcntl(theirs, F_SETFL, O_NONBLOCK), 0);
	ssize_t n = read(theirs, ret_left, 63);

	ret_left[n > 0 ? n : 0] = '\0';
	fclose(in);
	close(ours);
	return wrong;
}

static void a_token_is_taken_with_line_ends_inside(void **state)
{
	const struct token t = token_of(2, 2);
	char word[TOKEN_TEXT_MAX], pasted[2 * TOKEN_TEXT_MAX], left[64];
	struct token back;

	(void)state;
	token_write(&t, word);
	(void)snprintf(pasted, sizeof(pasted), " %.20s \n  %.9s\r\n%s \n\nreboot\n", word,
		       word + 20, word + 29);
	assert_null(paste(NULL, pasted, &back, left));
	assert_memory_equal(back.secret, t.secret, TOKEN_SECRET_LEN);
	assert_string_equal(left, ""); /* nor does it answer the question that follows */

	pasted[21] = '\0'; /* of a command line that was pasted, the shell gives the first line */
	assert_null(paste(pasted, pasted + 22, &back, left));
	assert_memory_equal(back.secret, t.secret, TOKEN_SECRET_LEN);
	assert_string_equal(left, "");
}

static void the_rest_of_what_is_no_token_is_no_command(void **state)
{
	char word[TOKEN_TEXT_MAX], pasted[2 * TOKEN_TEXT_MAX], left[64];
	const struct token t = token_of(1, 1);
	struct token back;

	(void)state;
	token_write(&t, word);
	(void)snprintf(pasted, sizeof(pasted), "%.20s\n%s\nreboot\n", word, word + 21);
	assert_non_null(strstr(paste(NULL, pasted, &back, left), "cut short"));
	assert_string_equal(left, "");
	memset(pasted, 'A', sizeof(pasted));
	for (size_t i = 0; i < sizeof(pasted) - 1; i += 64) {
		pasted[i] = '\n';
	}
	memcpy(pasted, "BERK1", 5);
	pasted[sizeof(pasted) - 2] = '\n';
	pasted[sizeof(pasted) - 1] = '\0';
	assert_non_null(paste(NULL, pasted, &back, left));
	assert_string_equal(left, "");
	assert_non_null(paste(NULL, "\n", &back, left));
}

/* --- The two messages --- */

static void who_knows_the_secret_gets_the_text(void **state)
{
	static uint8_t ask[INTRODUCTION_ASK_LEN], answer[INTRODUCTION_LEN];
	static char name[INTRODUCTION_NAME_LEN], text[INTRODUCTION_TEXT_LEN];
	struct introduction i;

	(void)state;
	introduction_ask(&i, secret, "gamma", ask);
	assert_true(introduction_answer(secret, ask, "the text", name, answer));
	assert_string_equal(name, "gamma");
	assert_true(introduction_read(&i, answer, text));
	assert_string_equal(text, "the text");
	assert_true(sodium_is_zero((const uint8_t *)&i, sizeof(i)));
	/* Nothing of it is on the wire. */
	assert_null(memmem(answer, sizeof(answer), "the text", 8));
	assert_null(memmem(ask, sizeof(ask), "gamma", 5));
}

static void who_does_not_know_it_gets_nothing(void **state)
{
	static uint8_t ask[INTRODUCTION_ASK_LEN], answer[INTRODUCTION_LEN], other[TOKEN_SECRET_LEN];
	static char name[INTRODUCTION_NAME_LEN], text[INTRODUCTION_TEXT_LEN];
	struct introduction i, later;

	(void)state;
	introduction_ask(&i, other, "gamma", ask);
	assert_false(introduction_answer(secret, ask, "the text", name, answer));
	/* Nor is it believed. */
	assert_true(introduction_answer(other, ask, "the text", name, answer));
	introduction_ask(&i, secret, "gamma", ask);
	assert_false(introduction_read(&i, answer, text));
	/* Each bit counts, of both. */
	for (size_t bit = 0; bit < 8 * sizeof(ask); bit += 7) {
		introduction_ask(&i, secret, "gamma", ask);
		ask[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(introduction_answer(secret, ask, "t", name, answer));
	}
	/* Who asks again what was asked gets an answer that he cannot read, nor is an old answer
	 * taken for a new one. */
	introduction_ask(&i, secret, "gamma", ask);
	assert_true(introduction_answer(secret, ask, "the text", name, answer));
	introduction_ask(&later, secret, "gamma", ask);
	assert_false(introduction_read(&later, answer, text));
	assert_true(introduction_read(&i, answer, text));
}

/* --- Who waits for questions --- */

static struct desk_of_test {
	struct invitation invitation;
	struct sockaddr_in addr;
	unsigned n_given, n_wrong;
} desk;

static void count(bool good, const char *sentence)
{
	assert_non_null(sentence);
	desk.n_given += good;
	desk.n_wrong += !good;
}

static void *serve(void *arg)
{
	invitation_serve(&desk.invitation, NS_PER_S, count);
	return arg;
}

static void open_on_loopback(void)
{
	socklen_t len = sizeof(desk.addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	desk.addr = (struct sockaddr_in){.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)&desk.addr, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&desk.addr, &len), 0);
	desk.invitation = (struct invitation){.listener = fd, .text = "the text"};
	memcpy(desk.invitation.token.secret, secret, sizeof(secret));
}

/* How many bytes come back. */
static size_t ask_there(const uint8_t *ask)
{
	static uint8_t answer[INTRODUCTION_LEN + 1];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t n = 0;
	ssize_t got = 1;

	assert_int_equal(connect(fd, (struct sockaddr *)&desk.addr, sizeof(desk.addr)), 0);
	assert_int_equal(write(fd, ask, INTRODUCTION_ASK_LEN), INTRODUCTION_ASK_LEN);
	while (got > 0) {
		got = read(fd, answer + n, sizeof(answer) - n);
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return n;
}

/* Else the journal would tell, as often as somebody likes, that a host was given the key. */
static void a_recorded_question_is_no_second_one(void **state)
{
	uint8_t ask[INTRODUCTION_ASK_LEN], other[INTRODUCTION_ASK_LEN];
	struct introduction i;
	pthread_t thread;

	(void)state;
	open_on_loopback();
	introduction_ask(&i, secret, "gamma", ask);
	introduction_ask(&i, secret, "gamma", other);
	assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
	assert_int_equal(ask_there(ask), INTRODUCTION_LEN);
	assert_int_equal(ask_there(ask), 0);
	assert_int_equal(ask_there(ask), 0);
	assert_int_equal(ask_there(other), INTRODUCTION_LEN);
	memset(ask, 1, sizeof(ask));
	for (unsigned k = 0; k < 20; k++) {
		assert_int_equal(ask_there(ask), 0);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(desk.n_given, 2);
	assert_int_equal(desk.n_wrong, 1); /* told once in ten seconds */
	invitation_close(&desk.invitation);
}

/* --- What is told, and the files --- */

static void hear(void *userdata, const char *message)
{
	(void)userdata;
	print_message("%s\n", message);
}

static struct welcome welcome_of_test(void)
{
	struct welcome w = {.group = "ship seven",
			    .n_keys = 2,
			    .port = 1234,
			    .quorum = QUORUM_MAJORITY,
			    .max_liars = 2,
			    .min_hosts = 3};

	randombytes_buf(w.key, sizeof(w.key));
	memset(w.key[2], 0, sizeof(w.key) - 2 * KEY_LEN);
	return w;
}

static void a_drop_in_says_what_the_group_has(void **state)
{
	const struct welcome w = welcome_of_test();
	char text[WELCOME_TEXT_MAX], before[64];
	static struct config c;

	(void)state;
	config_defaults(&c);
	strcpy(c.peers[c.n_peers++].text, "beta");
	strcpy(c.group_name, "other");
	assert_true(welcome_dropin(&w, &c, "/etc/berkd/group.key", "10.0.0.1:1234",
				   "chrony.service", text));
	assert_int_equal(config_parse(&c, "group.conf", text, strlen(text), hear, NULL), 0);
	assert_string_equal(c.group_name, "ship seven");
	assert_string_equal(c.key_file, "/etc/berkd/group.key");
	assert_int_equal(c.port, 1234);
	assert_int_equal(c.quorum, QUORUM_MAJORITY);
	assert_int_equal(c.max_liars, 2);
	assert_int_equal(c.min_hosts, 3);
	assert_int_equal(c.n_peers, 2);
	assert_string_equal(c.peers[0].text, "10.0.0.1:1234");
	assert_string_equal(c.peers[1].text, "beta");
	assert_null(welcome_differs(&w, &c, "/etc/berkd/group.key", "10.0.0.1:1234"));
	assert_true(welcome_before(text, before, sizeof(before)));
	assert_string_equal(before, "chrony.service");
	assert_false(welcome_before("[group]\n", before, sizeof(before)));
}

/* It is found out before berkd starts with it. */
static void what_another_file_says_otherwise_is_named(void **state)
{
	const struct welcome w = welcome_of_test();
	static struct config good, c;

	(void)state;
	config_defaults(&good);
	strcpy(good.group_name, w.group);
	strcpy(good.key_file, "/k");
	good.port = w.port;
	good.quorum = w.quorum;
	good.max_liars = w.max_liars;
	good.min_hosts = w.min_hosts;
	assert_null(welcome_differs(&w, &good, "/k", NULL));
	assert_string_equal(welcome_differs(&w, &good, "/other", NULL), "[group] key_file");
	assert_string_equal(welcome_differs(&w, &good, "/k", "10.0.0.1"), "[network] peers");
	c = good;
	c.port++;
	assert_string_equal(welcome_differs(&w, &c, "/k", NULL), "[network] port");
	c = good;
	c.min_hosts++;
	assert_string_equal(welcome_differs(&w, &c, "/k", NULL), "[group] min_hosts");
	c = good;
	c.max_liars++;
	assert_string_equal(welcome_differs(&w, &c, "/k", NULL), "[group] max_liars");
	c = good;
	c.quorum = QUORUM_ISLAND;
	assert_string_equal(welcome_differs(&w, &c, "/k", NULL), "[group] quorum");
	c = good;
	strcpy(c.group_name, "x");
	assert_string_equal(welcome_differs(&w, &c, "/k", NULL), "[group] name");
}

static void a_welcome_comes_back(void **state)
{
	const struct welcome w = welcome_of_test();
	char text[WELCOME_TEXT_MAX], keys[WELCOME_TEXT_MAX];
	struct welcome back;

	(void)state;
	welcome_write(&w, text);
	assert_true(welcome_read(text, &back));
	assert_string_equal(back.group, w.group);
	assert_memory_equal(back.key, w.key, sizeof(w.key));
	assert_int_equal(back.n_keys, 2);
	assert_int_equal(back.port, 1234);
	assert_int_equal(back.quorum, QUORUM_MAJORITY);
	welcome_key_file(&w, keys);
	assert_int_equal(strlen(keys), 2 * (2 * KEY_LEN + 1));
}

/* It writes files of root's: no line of another key, and nothing without end. */
static void a_welcome_that_is_none_is_refused(void **state)
{
#define KEY  "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define REST "\"port\":1,\"quorum\":\"island\",\"max_liars\":1,\"min_hosts\":2}"
	static const char *const bad[] = {
		"",
		"{}",
		"[1]",
		"{\"group\":\"a\\n[node]\\nuser = root\",\"keys\":[" KEY "]," REST,
		"{\"group\":\"\",\"keys\":[" KEY "]," REST,
		"{\"group\":\"a\",\"keys\":[]," REST,
		"{\"group\":\"a\",\"keys\":[1]," REST,
		"{\"group\":\"a\",\"keys\":[\"00\"]," REST,
		"{\"group\":\"a\",\"keys\":{}," REST,
		"{\"group\":\"a\",\"keys\":[" KEY "," KEY "," KEY "," KEY "," KEY "," KEY "," KEY
		"," KEY "," KEY "]," REST,
		"{\"group\":\"a\",\"keys\":[" KEY
		"],\"port\":65536,\"quorum\":\"island\",\"max_liars\":1,\"min_hosts\":2}",
		"{\"group\":\"a\",\"keys\":[" KEY
		"],\"port\":1,\"quorum\":\"all\",\"max_liars\":1,\"min_hosts\":2}",
		"{\"group\":\"a\",\"keys\":[" KEY
		"],\"port\":1,\"quorum\":\"island\",\"max_liars\":-1,\"min_hosts\":2}"};
	struct welcome w;

	(void)state;
	assert_true(welcome_read("{\"group\":\"a\",\"keys\":[" KEY "]," REST, &w));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(welcome_read(bad[i], &w));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_comes_back),
		cmocka_unit_test(a_slip_of_the_hand_is_told),
		cmocka_unit_test(a_token_is_taken_with_line_ends_inside),
		cmocka_unit_test(the_rest_of_what_is_no_token_is_no_command),
		cmocka_unit_test(who_knows_the_secret_gets_the_text),
		cmocka_unit_test(who_does_not_know_it_gets_nothing),
		cmocka_unit_test(a_recorded_question_is_no_second_one),
		cmocka_unit_test(a_drop_in_says_what_the_group_has),
		cmocka_unit_test(what_another_file_says_otherwise_is_named),
		cmocka_unit_test(a_welcome_comes_back),
		cmocka_unit_test(a_welcome_that_is_none_is_refused),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
