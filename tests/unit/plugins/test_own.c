/* The test person's own data in what is sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "plugins/disclosure/own.h"

static struct scratch scratch;

static struct own *load(const char *text)
{
	char path[] = "/tmp/own-XXXXXX", err[256] = "";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	struct own *o = own_load(path, err, sizeof(err));
	unlink(path);
	if (!o)
		fail_msg("%s", err);
	return o;
}

/* Hashes were made with coreutils and openssl: printf %s jo.bloggs@example.org | sha256sum */
static void test_forms(void **state)
{
	(void)state;
	struct own *o = load(
	    "# mine\n\nJo.Bloggs@Example.org \nphone: 020 7946 0123\nname: Jo Bloggs\npostcode: SW1A 1AA\n");
	static const struct {
		const char *text, *told; /* told NULL: nothing */
	} rows[] = {
		{ "jo.bloggs@example.org", "your e-mail address" },
		{ "x=jo.bloggs%40example.org", "your e-mail address" },
		{ "x=jo.bloggs%2540EXAMPLE.org", "your e-mail address" },
		{ "950f5c766bfbec5ae7660e8def6d37c5b3fec3aa35fa736d05d22aee59526ca9",
		  "your e-mail address, hashed (SHA-256)" },
		{ "v1_65E76391C6BC0C6C4B13A810B44EC5C2EF3E73C2", "your e-mail address, hashed (SHA-1)" },
		{ "159f2569bd16819cb8f6caf7b0f2b085", "your e-mail address, hashed (MD5)" },
		{ "lQ9cdmv77FrnZg6N7203xbP+w6o1+nNtBdIq7llSbKk=", "your e-mail address, hashed (SHA-256)" },
		{ "tv.1~em.lQ9cdmv77FrnZg6N7203xbP-w6o1-nNtBdIq7llSbKk",
		  "your e-mail address, hashed (SHA-256)" },
		{ "am8uYmxvZ2dzQGV4YW1wbGUub3Jn", "your e-mail address, in base64" },
		{ "+442079460123", "your phone number" },
		{ "02079460123", "your phone number" },
		{ "13745d12e37fafef7863b39f53fe5e43f3861156b0bac7bb322b71efb9414ea9",
		  "your phone number, hashed (SHA-256)" },
		{ "Jo%20Bloggs", "your name" },
		{ "q=sw1a 1aa", "your postcode" },
		{ "someone@example.org", NULL },
		{ "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", NULL },
		{ "Jocelyn", NULL },
		{ "", NULL },
	};
	scratch_init(&scratch, 1 << 16);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *told = own_find(o, rows[i].text, &scratch);
		if (!rows[i].told != !told || (told && strcmp(told, rows[i].told) != 0))
			fail_msg("%s: %s", rows[i].text, told ? told : "nothing");
	}
	scratch_fini(&scratch);
	own_free(o);
}

static void test_files(void **state)
{
	(void)state;
	char err[256] = "";
	assert_null(own_load("/nonexistent/file", err, sizeof(err)));
	assert_non_null(strstr(err, "/nonexistent/file"));
	struct own *o = load("# nothing\n\nab\n");
	scratch_init(&scratch, 1 << 12);
	assert_null(own_find(o, "ab", &scratch)); /* too short to be told from chance */
	scratch_fini(&scratch);
	own_free(o);
	own_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
