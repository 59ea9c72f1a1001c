/* test_whom.c - which host a person means: by a name as DNS has it, by an id or a key, in capitals
 * or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/whom.h"

#define ID  "00ab12cdef345678"
#define KEY "5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b66"

static bool means(const char *typed)
{
	return whom_means(typed, "Beta", ID, KEY);
}

static void a_name_is_as_dns_has_it(void **state)
{
	(void)state;
	assert_true(means("Beta") && means("beta") && means("BETA") && means("beta."));
	assert_false(means("bet") || means("betas") || means("beta..") || means(""));
	assert_true(whom_same_name("a.Lan.", "A.lan"));
	assert_false(whom_same_name("", "") || whom_same_name(".", ""));
	assert_false(whom_same_name("\xc3\xa4", "\xc3\x84")); /* ASCII alone has capitals there */
	assert_false(whom_means("-", "", ID, ""));
}

static void an_id_is_its_first_digits_in_any_case(void **state)
{
	(void)state;
	assert_true(means(ID) && means("00AB12CDEF345678") && means("00ab") && means("00AB1"));
	assert_false(means("00a") || means("00ac") || means("00ab12cdef3456789"));
	assert_true(means("5DC21A0F1BA1AC0E8B6F3AB2F8C6A4E19D3C70FB42B1A0D6C9E85F1743D20B66"));
	assert_false(means("5dc21a0f1ba1ac0e8b6f3ab2f8c6a4e19d3c70fb42b1a0d6c9e85f1743d20b67"));
	assert_false(whom_means(KEY, "Beta", ID, "")); /* it is not known */
}

/* Who gives himself the id of another as a name does not stand for that other. */
static void a_whole_id_means_nobody_of_that_name(void **state)
{
	(void)state;
	assert_false(whom_means(ID, ID, "1122334455667788", ""));
	assert_false(whom_means(KEY, KEY, "1122334455667788", ""));
	assert_true(whom_means("00ab", "00AB", "1122334455667788", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_as_dns_has_it),
		cmocka_unit_test(an_id_is_its_first_digits_in_any_case),
		cmocka_unit_test(a_whole_id_means_nobody_of_that_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
