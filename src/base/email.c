#include "base/email.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/percent.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LOCAL_MAX = 64, /* before the '@' */
	DOMAIN_MAX = 253,
};

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

size_t email_find(const char *text, const char **ret_at)
{
	for (const char *s = text; (s = strpbrk(s, "@%")); s++) {
		size_t at_len = percent_sign_len(s, '@', "40"), domain;
		const char *start = s;

		if (at_len == 0)
			continue;
		while (start > text && is_local_char(start[-1]) && s - start < LOCAL_MAX)
			start--;
		start = percent_word(text, start, s);
		while (start < s && !isalnum((unsigned char)*start))
			start++;
		domain = domain_len(s + at_len);
		if (start < s && domain > 0 && !is_file(s + at_len, domain)) {
			*ret_at = start;
			return (size_t)(s - start) + at_len + domain;
		}
	}
	return 0;
}
