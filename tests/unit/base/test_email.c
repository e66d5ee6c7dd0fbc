#include "check.h"

#include <string.h>

#include "base/email.h"

static void test_find(void **state)
{
	(void)state;
	static const struct {
		const char *text, *email;
	} rows[] = {
		{ "jo@x.uk", "jo@x.uk" },
		{ "a=jo.b+c%40mail.x.uk&d", "jo.b+c%40mail.x.uk" },
		{ "mail%3Djo%40x.uk", "jo%40x.uk" },
		{ "mail%253Djo%2540x.uk", "jo%2540x.uk" },
		{ "\"jo@x.uk.\"", "jo@x.uk" },
		{ "'jo@x.uk'", "jo@x.uk" },
		{ "-._@x.uk, jo@x.uk", "jo@x.uk" },
		{ "icon@2x.png", NULL },
		{ "@x.uk", NULL },
		{ "jo@x", NULL },
		{ "jo@x.u1", NULL },
		{ "@@@@@@", NULL },
		{ "", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *at = NULL;
		size_t len = email_find(rows[i].text, &at);
		assert_int_equal(len, rows[i].email ? strlen(rows[i].email) : 0);
		if (len)
			assert_memory_equal(at, rows[i].email, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_find) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
