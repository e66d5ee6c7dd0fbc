#include "values.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_host_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

bool url_parse(const char *text, struct url *ret_url)
{
	if (strncasecmp(text, "https:", 6) == 0)
		text += 6;
	else if (strncasecmp(text, "http:", 5) == 0)
		text += 5;
	if (strncmp(text, "//", 2) != 0)
		return false;
	struct url u = { .host = text + 2 };
	while (is_host_char(u.host[u.host_len]))
		u.host_len++;
	if (u.host_len < 4 || u.host_len > 253 || !memchr(u.host, '.', u.host_len) || u.host[0] == '.')
		return false;
	const char *s = u.host + u.host_len;
	if (*s == ':')
		s += 1 + strspn(s + 1, "0123456789");
	if (*s && !strchr("/?#", *s))
		return false;
	u.path = s;
	u.path_len = strcspn(s, "#");
	*ret_url = u;
	return true;
}

bool url_has_more(const struct url *u)
{
	return u->path_len > 1 || (u->path_len == 1 && u->path[0] != '/');
}

bool host_is_below(const char *host, size_t host_len, const char *site)
{
	size_t n = strlen(site);
	if (n == 0 || n > host_len || strncasecmp(host + host_len - n, site, n) != 0)
		return false;
	return n == host_len || host[host_len - n - 1] == '.';
}

const char *hash_form(const char *text)
{
	size_t hex = strspn(text, "0123456789abcdefABCDEF");
	if (text[hex] == '\0') {
		if (hex == 64)
			return "SHA-256";
		if (hex == 40)
			return "SHA-1";
		if (hex == 32)
			return "MD5";
		return NULL;
	}
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
	bool is_whole = text[n] == '\0' || (text[n] == '=' && text[n + 1] == '\0');
	return n == 43 && is_whole ? "SHA-256" : NULL;
}

bool may_be_hash(const char *text)
{
	enum { SHORTEST = 22 }; /* MD5 in base64 */
	for (const char *s = text; *s; s++) {
		size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
		if (n >= SHORTEST)
			return true;
		s += n;
		if (!*s)
			break;
	}
	return false;
}

static bool is_same_letter(char a, char b)
{
	return ((a ^ b) & ~32) == 0; /* letters of either case differ in one bit */
}

bool name_holds(const char *name, const char *part)
{
	size_t len = strlen(part);
	for (const char *s = name; *s; s++)
		if (is_same_letter(*s, *part) && strncasecmp(s, part, len) == 0)
			return true;
	return false;
}

bool is_one_of(const char *name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_same_letter(name[0], words[i][0]) && strcasecmp(name, words[i]) == 0)
			return true;
	return false;
}

bool is_contact_name(const char *name)
{
	static const char *const words[] = { "em",   "he",     "hem",  "eh",  "ph",    "hph",   "phone",
					     "mail", "sha256", "sha1", "md5", "hmail", "u_hem", "pd[em]" };
	static const char *const parts[] = { "email", "e_mail",    "e-mail",
					     "phone", "hashed_em", "mobile_number" };
	if (is_one_of(name, words, COUNT(words)))
		return true;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (name_holds(name, parts[i]))
			return true;
	return false;
}

bool is_nothing(const char *text)
{
	static const char *const words[] = {
		"", "null", "undefined", "none", "(not set)", "[]", "{}", "NaN"
	};
	return is_one_of(text, words, COUNT(words));
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

size_t base64_decode(const char *text, size_t len, unsigned char *out, size_t out_max)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		int d = base64_digit(text[i]);
		if (d < 0 && text[i] == '=')
			break;
		if (d < 0)
			return 0;
		bits = (bits << 6 | (unsigned)d) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n == out_max)
				return n;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}
