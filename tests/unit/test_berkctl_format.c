/* test_berkctl_format.c - figures read as people write them, foreign text cannot play tricks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "berk/time.h"
#include "berkctl/table.h"
#include "berkctl/view.h"
#include "common/format.h"
#include "common/text.h"

static void interval_has_three_digits_and_a_unit_that_fits(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0"},
		{1, "1 ns"},
		{999, "999 ns"},
		{1000, "1.00 us"},
		{9994, "9.99 us"},
		{9996, "10.0 us"},
		{12345, "12.3 us"},
		{99960, "100 us"},
		{999499, "999 us"},
		{999500, "1.00 ms"},
		{1234567, "1.23 ms"},
		{999500000, "1.00 s"},
		{59 * NS_PER_S, "59.0 s"},
		{200 * NS_PER_S, "3 min 20 s"},
		{7500 * NS_PER_S, "2 h 5 min"},
		{100 * 3600 * NS_PER_S, "4 d 4 h"},
		{-12345, "-12.3 us"},
		{-INT64_MAX, "unknown"},
		{INT64_MAX, "unknown"},
	};
	char buf[FORMAT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(format_interval(cases[i].ns, buf), cases[i].text);
	}
}

static void offset_shows_its_sign_but_zero_has_none(void **state)
{
	char buf[FORMAT_MAX];

	(void)state;
	assert_string_equal(format_offset(1500, buf), "+1.50 us");
	assert_string_equal(format_offset(-1500, buf), "-1.50 us");
	assert_string_equal(format_offset(0, buf), "0");
	assert_string_equal(format_ppm(-12345, buf), "-12.345 ppm");
	assert_string_equal(format_reach(0xf1, buf), "11110001");
}

static void interval_is_read_with_its_unit_and_plain_as_seconds(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"250us", 250000},
		{"1.5 ms", 1500000},
		{"10", 10 * NS_PER_S},
		{".5s", NS_PER_S / 2},
		{"2min", 120 * NS_PER_S},
		{"1h", 3600 * NS_PER_S},
		{"1d", 86400 * NS_PER_S},
		{"0", 0},
		{"", -1},
		{"ms", -1},
		{"-1s", -1},
		{"1 fortnight", -1},
		{"1s2", -1},
		{"nan", -1},
		{"inf", -1},
		{"1e30", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse_interval(cases[i].text), cases[i].ns);
	}
}

static void escaped_text_has_no_control_characters_and_stays_itself_else(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"hello, gr\xc3\xbc\xc3\x9f \xe2\x98\x82",
		 "hello, gr\xc3\xbc\xc3\x9f \xe2\x98\x82"},
		{"a\x1b[31mb", "a\\x1b[31mb"},
		{"line\nline\r\t\x7f", "line\\x0aline\\x0d\\x09\\x7f"},
		{"back\\slash", "back\\\\slash"},
		{"\xc2\x9b"
		 "31m",
		 "\\xc2\\x9b31m"}, /* C1: CSI */
		{"\xe2\x80\xae"
		 "evil",
		 "\\u{202e}evil"},			      /* right to left */
		{"\xff\xc3", "\\xff\\xc3"},		      /* no UTF-8 */
		{"\xc0\xaf", "\\xc0\\xaf"},		      /* not the shortest form */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	      /* a surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = text_escape(cases[i].in, strlen(cases[i].in), out, sizeof(out));

		assert_string_equal(out, cases[i].out);
		assert_int_equal(n, strlen(cases[i].out));
	}
}

static size_t put_utf8(uint32_t c, char out[static 4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; --i > 0; c >>= 6) {
		out[i] = (char)(0x80 | (c & 0x3f));
	}
	out[0] = (char)((0xf00U >> n & 0xff) | c);
	return n;
}

/* Each character that nobody sees or that turns what follows, whole ranges by their ends; and
 * neighbours, which are shown. */
static void what_nobody_sees_is_escaped(void **state)
{
	static const uint32_t hidden[] = {0xad,	   0x34f,   0x61c,   0x115f,  0x1160,  0x17b4,
					  0x17b5,  0x180b,  0x180e,  0x180f,  0x200b,  0x200d,
					  0x200e,  0x200f,  0x2028,  0x2029,  0x202a,  0x202e,
					  0x2060,  0x2064,  0x2066,  0x2069,  0x206f,  0x2800,
					  0x3164,  0xfe00,  0xfe0f,  0xfeff,  0xffa0,  0xfff0,
					  0xfff9,  0xfffb,  0x13430, 0x1343f, 0x1bca0, 0x1bca3,
					  0x1d173, 0x1d17a, 0xe0000, 0xe0001, 0xe0020, 0xe007f,
					  0xe0100, 0xe01ef, 0xe0fff};
	static const uint32_t seen[] = {0x41,	0xac,	0xae,	0x115e, 0x1161,	 0x2010,  0x203a,
					0x27ff, 0x2801, 0x3163, 0x3165, 0xfffd,	 0x1f600, 0x1d172,
					0x5d0,	0x627,	0x4e00, 0xfe10, 0xe1000, 0xdffff};
	char in[4], out[32], want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		(void)snprintf(want, sizeof(want), "\\u{%04x}", (unsigned)hidden[i]);
		text_escape(in, put_utf8(hidden[i], in), out, sizeof(out));
		assert_string_equal(out, want);
	}
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		size_t n = put_utf8(seen[i], in);

		assert_int_equal(text_escape(in, n, out, sizeof(out)), n);
		assert_memory_equal(in, out, n);
	}
}

static void escaped_text_is_cut_between_characters(void **state)
{
	char out[8];

	(void)state;
	for (size_t size = 1; size <= sizeof(out); size++) {
		size_t n = text_escape("\xe2\x98\x82\x01\xe2\x98\x82", 7, out, size);

		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		assert_true(n == 0 || n == 3 || n == 7);
	}
	assert_int_equal(text_escape("", 0, out, 1), 0);
}

/* Print @t with @fd as standard output. */
static void print_to(const struct table *t, bool colour, int fd)
{
	(void)fflush(stdout);
	int saved = dup(STDOUT_FILENO);

	assert_true(saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	table_print(t, colour);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
}

/* What table_print() writes. */
static void printed(const struct table *t, bool colour, char *out, size_t size)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	print_to(t, colour, fileno(f));
	rewind(f);
	out[fread(out, 1, size - 1, f)] = '\0';
	fclose(f);
}

static void table_columns_are_as_wide_as_their_widest_cell(void **state)
{
	static const char *const heads[] = {"HOST", ">N", "WHY"};
	struct table *t = table_new(heads, 3);
	char out[512];

	(void)state;
	table_cell(t, COLOUR_NONE, "alpha");
	table_cell(t, COLOUR_NONE, "1");
	table_cell(t, COLOUR_NONE, "");
	table_cell(t, COLOUR_NONE, "b");
	table_cell(t, COLOUR_GOOD, "1234");
	table_cell(t, COLOUR_NONE, "x y");
	printed(t, false, out, sizeof(out));
	assert_string_equal(out, "HOST      N  WHY\n"
				 "alpha     1  \n"
				 "b      1234  x y\n");
	printed(t, true, out, sizeof(out));
	assert_non_null(strstr(out, "\033[32m1234\033[0m"));
	table_free(t);
}

static void each_row_is_a_block_on_a_terminal_too_narrow_for_the_table(void **state)
{
	static const char *const heads[] = {"HOST", "WHY", "ADDRESS"};
	struct winsize narrow = {.ws_col = 20, .ws_row = 5};
	struct table *t = table_new(heads, 3);
	char shown[512] = "";
	int master, terminal;
	struct termios raw = {0};

	(void)state;
	table_cell(t, COLOUR_GOOD, "alpha");
	table_cell(t, COLOUR_NONE, "a long reason, longer than the line");
	table_cell(t, COLOUR_NONE, "[2001:db8::1]:5252");
	cfmakeraw(&raw);
	assert_int_equal(openpty(&master, &terminal, NULL, &raw, &narrow), 0);
	print_to(t, false, terminal);
	assert_true(read(master, shown, sizeof(shown) - 1) > 0);
	assert_string_equal(shown, "alpha\n"
				   "  WHY      a long reason, longer than the line\n"
				   "  ADDRESS  [2001:db8::1]:5252\n");
	close(master);
	close(terminal);
	table_free(t);
}

static void table_takes_escaped_and_wide_text_as_it_is(void **state)
{
	static const char *const heads[] = {"HOST", "N"};
	struct table *t = table_new(heads, 2);
	char out[512];

	(void)state;
	if (!setlocale(LC_ALL, "C.UTF-8")) {
		skip();
	}
	table_cell(t, COLOUR_NONE, "a\\x1bb");
	table_cell(t, COLOUR_NONE, "1");
	table_cell(t, COLOUR_NONE, "gr\xc3\xbc\xc3\x9f");
	table_cell(t, COLOUR_NONE, "2");
	table_cell(t, COLOUR_NONE, "\xe6\x97\xa5\xe6\x9c\xac"); /* two characters of two columns */
	table_cell(t, COLOUR_NONE, "3");
	printed(t, false, out, sizeof(out));
	assert_string_equal(out, "HOST    N\n"
				 "a\\x1bb  1\n"
				 "gr\xc3\xbc\xc3\x9f    2\n"
				 "\xe6\x97\xa5\xe6\x9c\xac    3\n");
	table_free(t);
	(void)setlocale(LC_ALL, "C");
}

static void table_shows_the_bytes_of_text_that_the_locale_cannot_read(void **state)
{
	static const char *const heads[] = {"HOST", "N"};
	struct table *t = table_new(heads, 2);
	char out[512];

	(void)state;
	(void)setlocale(LC_ALL, "C"); /* of cron, and of a service */
	(void)alarm(10);	      /* libsmartcols never came back */
	table_cell(t, COLOUR_NONE, "b\xdd\xab[2J");
	table_cell(t, COLOUR_NONE, "1");
	printed(t, false, out, sizeof(out));
	(void)alarm(0);
	assert_string_equal(out, "HOST          N\n"
				 "b\\xdd\\xab[2J  1\n");
	table_free(t);
}

/* Its buffer is not left as it was, for some print that. */
static void a_text_that_is_missing_is_in_its_buffer_too(void **state)
{
	char buf[VIEW_MAX] = "what was here before";
	json_t *j = json_pack("{s:s}", "name", "a\nb");

	(void)state;
	assert_ptr_equal(view_text(j, "id", "?", buf), buf);
	assert_string_equal(buf, "?");
	assert_string_equal(view_text(j, "name", "?", buf), "a\\x0ab");
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval_has_three_digits_and_a_unit_that_fits),
		cmocka_unit_test(offset_shows_its_sign_but_zero_has_none),
		cmocka_unit_test(interval_is_read_with_its_unit_and_plain_as_seconds),
		cmocka_unit_test(escaped_text_has_no_control_characters_and_stays_itself_else),
		cmocka_unit_test(what_nobody_sees_is_escaped),
		cmocka_unit_test(escaped_text_is_cut_between_characters),
		cmocka_unit_test(table_columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(each_row_is_a_block_on_a_terminal_too_narrow_for_the_table),
		cmocka_unit_test(table_takes_escaped_and_wide_text_as_it_is),
		cmocka_unit_test(table_shows_the_bytes_of_text_that_the_locale_cannot_read),
		cmocka_unit_test(a_text_that_is_missing_is_in_its_buffer_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
