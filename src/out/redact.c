#include "out/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LOCAL_MAX = 64, /* of an e-mail address before the '@' */
	DOMAIN_MAX = 253,
	NAME_MAX = 64,
	VALUE_MIN = 4, /* shorter ones are flags and counts */
};

/* What is to be replaced. */
struct span {
	size_t at, len;
	const char *by; /* NULL: there is nothing more */
};

/* A character, or its percent-encoding, however often that was encoded again. returns: its length, 0 if it is
 * not there.
 */
static size_t sign_len(const char *s, char sign, const char *hex)
{
	size_t n = 1;

	if (*s == sign)
		return 1;
	if (*s != '%')
		return 0;
	while (s[n] == '2' && s[n + 1] == '5')
		n += 2;
	return strncasecmp(s + n, hex, 2) == 0 ? n + 2 : 0;
}

static bool is_local_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._-+'", c));
}

/* The length of a domain that ends in a label of letters, 0 if it is none. */
static size_t domain_len(const char *s)
{
	size_t n = 0, last = 0; /* last: where a top-level label may begin */

	while (n < DOMAIN_MAX &&
	       (isalnum((unsigned char)s[n]) || s[n] == '-' || (s[n] == '.' && n > 0 && s[n - 1] != '.'))) {
		if (s[n] == '.')
			last = n + 1;
		n++;
	}
	if (last == n && n > 0) { /* a dot that ends the sentence */
		n--;
		for (last = n; last > 0 && s[last - 1] != '.'; last--)
			;
	}
	if (last == 0 || n - last < 2)
		return 0;
	for (size_t i = last; i < n; i++)
		if (!isalpha((unsigned char)s[i]))
			return 0;
	return n;
}

/* "icon@2x.png" is none. */
static bool is_file(const char *domain, size_t len)
{
	static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".gif", ".webp",
					       ".svg", ".css", ".js",   ".mjs" };

	for (size_t i = 0; i < COUNT(endings); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strncasecmp(domain + len - n, endings[i], n) == 0)
			return true;
	}
	return false;
}

/* The first e-mail address that begins at `from` or behind. */
static struct span next_email(const char *text, size_t from)
{
	for (const char *s = text + from; (s = strpbrk(s, "@%")); s++) {
		size_t at_len = sign_len(s, '@', "40"), domain;
		const char *start = s;

		if (at_len == 0)
			continue;
		while (start > text + from && is_local_char(start[-1]) && s - start < LOCAL_MAX)
			start--;
		/* What stands before a percent-encoded sign ("mail%3Dx%40y") is no part of the name. */
		if (start > text + from && start[-1] == '%') {
			while (s - start > 2 && start[0] == '2' && start[1] == '5')
				start += 2;
			start += s - start > 2 ? 2 : 0;
		}
		domain = domain_len(s + at_len);
		if (start < s && domain > 0 && !is_file(s + at_len, domain))
			return (struct span){ (size_t)(start - text), (size_t)(s - start) + at_len + domain,
					      REDACTED_EMAIL };
	}
	return (struct span){ .by = NULL };
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
	/* The digits of a percent-encoded sign before it. */
	if (at > from && text[at - 1] == '%') {
		while (end - at > 2 && text[at] == '2' && text[at + 1] == '5')
			at += 2;
		at += end - at > 2 ? 2 : 0;
	}
	return at;
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
			if (sign_len(value + n, ends[i].sign, ends[i].hex))
				return n;
	}
}

/* Behind a name and `"` that closes it: the length up to the value. */
static size_t colon_len(const char *s)
{
	size_t n = sign_len(s, '"', "22"), colon;

	if (n == 0)
		return 0;
	n += strspn(s + n, " ");
	colon = sign_len(s + n, ':', "3a");
	if (colon == 0)
		return 0;
	n += colon;
	n += strspn(s + n, " ");
	return n + sign_len(s + n, '"', "22");
}

/* The first value behind a name that tells of a secret. */
static struct span next_secret(const char *text, size_t from)
{
	for (size_t i = from; text[i]; i++) {
		size_t skip = 0, start, len;

		if (text[i] == '=' || text[i] == '%')
			skip = sign_len(text + i, '=', "3d");
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
