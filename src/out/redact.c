#include "out/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/email.h"
#include "base/percent.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	NAME_MAX = 64,
	VALUE_MIN = 4, /* shorter ones are flags and counts */
};

/* What is to be replaced. */
struct span {
	size_t at, len;
	const char *by; /* NULL: there is nothing more */
};

/* The first e-mail address that begins at `from` or behind. */
static struct span next_email(const char *text, size_t from)
{
	const char *at;
	size_t len = email_find(text + from, &at);

	return len > 0 ? (struct span){ (size_t)(at - text), len, REDACTED_EMAIL }
		       : (struct span){ .by = NULL };
}

static bool holds(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (strncasecmp(name + i, word, n) == 0)
			return true;
	return false;
}

/* "auth" and "authorization", but not "author". */
static bool is_auth(const char *name, size_t len)
{
	return holds(name, len, "auth") && (!holds(name, len, "author") || holds(name, len, "authori"));
}

static bool is_secret(const char *name, size_t len)
{
	static const char *const parts[] = { "session", "sessid",  "token",      "secret",
					     "passw",   "jwt",     "csrf",       "xsrf",
					     "apikey",  "api_key", "credential", "signature" };
	static const char *const words[] = { "pwd",       "sid",         "pass",       "sig",
					     "otp",       "pin",         "login",      "username",
					     "user_name", "user_id",     "userid",     "account_id",
					     "accountid", "customer_id", "customerid", "member_id",
					     "memberid",  "phone",       "mobile",     "telephone" };

	for (size_t i = 0; i < COUNT(parts); i++)
		if (holds(name, len, parts[i]))
			return true;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i]) == len && strncasecmp(words[i], name, len) == 0)
			return true;
	return is_auth(name, len);
}

/* Where the name that ends before `end` begins. */
static size_t name_start(const char *text, size_t from, size_t end)
{
	size_t at = end;

	while (at > from && end - at < NAME_MAX &&
	       (isalnum((unsigned char)text[at - 1]) || strchr("_-.", text[at - 1])))
		at--;
	return (size_t)(percent_word(text + from, text + at, text + end) - text);
}

static size_t value_len(const char *value)
{
	static const struct {
		char sign;
		const char *hex;
	} ends[] = { { '&', "26" }, { ';', "3b" }, { '#', "23" }, { '"', "22" },
		     { ' ', "20" }, { ',', "2c" }, { '}', "7d" }, { '?', "3f" } };

	for (size_t n = 0;; n++) {
		if (value[n] == '\0' || value[n] == '\n')
			return n;
		for (size_t i = 0; i < COUNT(ends); i++)
			if (percent_sign_len(value + n, ends[i].sign, ends[i].hex))
				return n;
	}
}

/* Behind a name and `"` that closes it: the length up to the value. */
static size_t colon_len(const char *s)
{
	size_t n = percent_sign_len(s, '"', "22"), colon;

	if (n == 0)
		return 0;
	n += strspn(s + n, " ");
	colon = percent_sign_len(s + n, ':', "3a");
	if (colon == 0)
		return 0;
	n += colon;
	n += strspn(s + n, " ");
	return n + percent_sign_len(s + n, '"', "22");
}

/* The first value behind a name that tells of a secret. */
static struct span next_secret(const char *text, size_t from)
{
	for (size_t i = from; text[i]; i++) {
		size_t skip = 0, start, len;

		if (text[i] == '=' || text[i] == '%')
			skip = percent_sign_len(text + i, '=', "3d");
		if (skip == 0 && (text[i] == '"' || text[i] == '%'))
			skip = colon_len(text + i);
		if (skip == 0)
			continue;
		start = name_start(text, from, i);
		if (start == i || !is_secret(text + start, i - start))
			continue;
		len = value_len(text + i + skip);
		if (len >= VALUE_MIN)
			return (struct span){ i + skip, len, REDACTED_VALUE };
	}
	return (struct span){ .by = NULL };
}

const char *redact(struct arena *a, const char *text, size_t max)
{
	/* Neither shows without one of these. */
	if (!strpbrk(text, "@=%\""))
		return *text ? arena_string(a, text, strnlen(text, max)) : "";
	struct text out = { 0 };
	struct span email = next_email(text, 0), secret = next_secret(text, 0);
	size_t at = 0;
	const char *copy;

	while (email.by || secret.by) {
		bool is_email = email.by && (!secret.by || email.at < secret.at);
		struct span next = is_email ? email : secret;

		text_add(&out, text + at, next.at - at);
		text_adds(&out, next.by);
		at = next.at + next.len;
		if (email.by && email.at < at)
			email = next_email(text, at);
		if (secret.by && secret.at < at)
			secret = next_secret(text, at);
	}
	if (at == 0)
		return *text ? arena_string(a, text, strnlen(text, max)) : "";
	text_adds(&out, text + at);
	copy = out.bad ? "" : arena_string(a, out.at, out.len < max ? out.len : max);
	text_fini(&out);
	return copy;
}
