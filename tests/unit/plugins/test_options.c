/* The extractor's options, and parts that have no test of their own: values, digests, memory. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "expect.h"
#include "plugins/disclosure/digest.h"
#include "plugins/disclosure/memory.h"
#include "plugins/disclosure/values.h"

static void *open_with(const char *const *settings)
{
	char err[OL_ERR_MAX] = "";
	void *x = collect_open(settings, err);
	if (!x)
		fail_msg("%s", err);
	return x;
}

static const char PIXEL[] =
    "https://www.facebook.com/tr/?id=1&ev=PageView&dl=https%3A%2F%2Fwww.x.uk%2F&udff[em]="
    "836f82db99121b3481011f16b49dfa5fbc714a0d1b1b9f784a1ebbbf5b39577f";

static void test_my_data(void **state)
{
	(void)state;
	char path[] = "/tmp/mine-XXXXXX", setting[64];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "foo@bar.com\n", 12), 12);
	close(fd);
	snprintf(setting, sizeof(setting), "my-data=%s", path);
	const char *const settings[] = { setting, NULL };
	void *x = open_with(settings);
	unlink(path);
	/* 0c7e…: SHA-256 of foo@bar.com */
	const struct collected *c = collect_request(
	    x,
	    "https://www.facebook.com/tr/"
	    "?id=1&ev=PageView&udff[em]=0c7e6a405862e402eb76a70f8a26fc732d07c32931e9fae9ab15829"
	    "11d2e8a3b",
	    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "(your e-mail address, hashed (SHA-256))");
	c = collect_request(x, PIXEL, collect_asked_by("https://www.x.uk/"));
	expect_lacks(c, 0, "your e-mail");
	/* Also where no rule expects it. */
	c = collect_request(x, "https://px.unlisted.example/?z=Zm9vQGJhci5jb20",
			    collect_asked_by("https://www.x.uk/"));
	assert_int_equal(c->n, 1);
	expect_has(c, 0, "z=Zm9vQGJhci5jb20 (your e-mail address, in base64)");
	collect_close(x);

	const char *const missing[] = { "my-data=/nonexistent/file", NULL };
	char err[OL_ERR_MAX] = "";
	assert_null(collect_open(missing, err));
	assert_non_null(strstr(err, "/nonexistent/file"));
}

static void test_reveal(void **state)
{
	(void)state;
	static const char *const reveal[] = { "reveal=1", NULL };
	struct ol_request r = collect_asked_by("https://www.x.uk/");
	r.cookie = "c_user=100012345678901";
	void *x = open_with(reveal);
	expect_has(collect_request(x, PIXEL, r), 0, "account-id c_user=100012345678901");
	collect_close(x);
	x = open_with(NULL);
	expect_has(collect_request(x, PIXEL, r), 0, "account-id c_user=#15");
	collect_close(x);
}

/* The same value gives the same digest with one salt, another with another. */
static void test_digest(void **state)
{
	(void)state;
	struct scratch s;
	assert_true(scratch_init(&s, 4096));
	struct digester *salt = digester_new("salt"), *other = digester_new("other");
	const char *a = digest_of(salt, "100012345678901", 15, &s),
		   *d = digest_of(salt, "100012345678902", 15, &s),
		   *b = digest_of(salt, "100012345678901", 15, &s),
		   *c = digest_of(other, "100012345678901", 15, &s);
	assert_string_equal(a, "13d86fbc");
	char text[300];
	memset(text, 'x', sizeof(text));
	/* Too long to be remembered, and remembered. */
	assert_string_equal(digest_of(salt, text, 300, &s), "e7b36f62");
	assert_string_equal(digest_of(salt, text, 240, &s), "b3f5f0f1");
	assert_string_equal(digest_of(salt, text, 240, &s), "b3f5f0f1");
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	assert_string_not_equal(a, d);
	digester_free(salt);
	digester_free(other);
	scratch_fini(&s);
}

static void test_memory(void **state)
{
	(void)state;
	struct memory *m = memory_new();
	struct remembered r;
	memory_note(m, 1, "x.uk", "_ga", "GA1.1.859.1795466824");
	memory_note(m, 1, "x.uk", "lang", "en");
	memory_note(m, 1, "y.uk", "id", "a1b2c3d4e5f6");
	assert_true(memory_find(m, 1, "www.x.uk", "859.1795466824", &r));
	assert_string_equal(r.cookie, "_ga");
	assert_string_equal(r.site, "x.uk");
	assert_false(memory_find(m, 1, "www.y.uk", "859.1795466824", &r));
	assert_false(memory_find(m, 1, "www.x.uk", "en", &r)); /* no identifier */
	assert_true(memory_find(m, 1, "y.uk", "a1b2c3d4e5f6", &r));
	/* However many come, the table keeps its size, and the newest is there. */
	char value[32];
	for (int i = 0; i < 20000; i++) {
		snprintf(value, sizeof(value), "value-%08d", i);
		memory_note(m, 1, "z.uk", "v", value);
	}
	assert_true(memory_find(m, 1, "z.uk", value, &r));
	assert_false(memory_find(m, 1, "www.x.uk", "859.1795466824", &r)); /* the oldest */
	/* Each client has values of its own, and others do not push them out. */
	memory_note(m, 2, "x.uk", "_ga", "859.1795466824");
	assert_false(memory_find(m, 3, "x.uk", "859.1795466824", &r));
	for (uint64_t client = 10; client < 2000; client++)
		memory_note(m, client, "x.uk", "id", "a1b2c3d4e5f6");
	assert_true(memory_find(m, 2, "x.uk", "859.1795466824", &r));
	assert_true(memory_find(m, 1, "z.uk", value, &r));
	/* Of too many clients the one that was silent longest is forgotten. */
	for (uint64_t client = 10000; client < 20000; client++)
		memory_note(m, client << 20, "x.uk", "id", "a1b2c3d4e5f6");
	assert_false(memory_find(m, 2, "x.uk", "859.1795466824", &r));
	assert_true(memory_find(m, 19999ULL << 20, "x.uk", "a1b2c3d4e5f6", &r));
	memory_free(m);
}

static void test_urls(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host; /* host NULL: no address */
		bool has_more;
	} rows[] = {
		{ "https://www.x.uk/", "www.x.uk", false },
		{ "https://www.x.uk", "www.x.uk", false },
		{ "HTTP://X.uk/a", "X.uk", true },
		{ "//cdn.x.uk/a?b", "cdn.x.uk", true },
		{ "https://x.uk:8443/?q", "x.uk", true },
		{ "https://x.uk/#top", "x.uk", false },
		{ "ftp://x.uk/", NULL, false },
		{ "https:/x.uk", NULL, false },
		{ "https://", NULL, false },
		{ "https://localhost/", NULL, false },
		{ "https://x.uk@evil/", NULL, false },
		{ "", NULL, false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url u;
		assert_int_equal(url_parse(rows[i].text, &u), rows[i].host != NULL);
		if (!rows[i].host)
			continue;
		assert_int_equal(u.host_len, strlen(rows[i].host));
		assert_memory_equal(u.host, rows[i].host, u.host_len);
		assert_int_equal(url_has_more(&u), rows[i].has_more);
	}
	assert_true(host_is_below("a.x.uk", 6, "x.uk"));
	assert_true(host_is_below("X.UK", 4, "x.uk"));
	assert_false(host_is_below("ax.uk", 5, "x.uk"));
	assert_false(host_is_below("x.uk", 4, ""));
}

static void test_hashes(void **state)
{
	(void)state;
	assert_string_equal(hash_form("900150983cd24fb0d6963f7d28e17f72"), "MD5");
	assert_string_equal(hash_form("A9993E364706816ABA3E25717850C26C9CD0D89D"), "SHA-1");
	assert_string_equal(hash_form("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="), "SHA-256");
	assert_null(hash_form("900150983cd24fb0d6963f7d28e17f7"));
	assert_null(hash_form(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_my_data), cmocka_unit_test(test_reveal), cmocka_unit_test(test_digest),
		cmocka_unit_test(test_memory),  cmocka_unit_test(test_urls),   cmocka_unit_test(test_hashes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
