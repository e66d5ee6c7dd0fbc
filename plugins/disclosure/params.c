#include "params.h"

#include <string.h>

void params_init(struct params *p, struct scratch *scratch)
{
	p->scratch = scratch;
	p->n = 0;
	p->left_out = 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

size_t percent_decode(char *text, size_t len, bool plus)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%' && len - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
			c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		text[n++] = c ? c : ' ';
	}
	return n;
}

static struct param *add(struct params *p, enum source source, unsigned group, const char *name,
			 size_t name_len, const char *value, size_t value_len, bool decode)
{
	if (name_len > PARAM_NAME_MAX * 3)
		name_len = PARAM_NAME_MAX * 3;
	size_t kept = value_len < PARAM_VALUE_MAX ? value_len : PARAM_VALUE_MAX;
	char *text = p->n < PARAMS_MAX ? scratch_take(p->scratch, name_len + kept + 2) : NULL;
	if (!text) {
		p->left_out++;
		return NULL;
	}
	if (name_len > 0)
		memcpy(text, name, name_len);
	size_t n = decode ? percent_decode(text, name_len, true) : name_len;
	n = n < PARAM_NAME_MAX ? n : PARAM_NAME_MAX;
	text[n] = '\0';
	char *at = text + n + 1;
	if (kept > 0)
		memcpy(at, value, kept);
	if (decode)
		kept = percent_decode(at, kept, true);
	for (size_t i = 0; i < kept; i++)
		at[i] = at[i] ? at[i] : ' ';
	at[kept] = '\0';
	struct param *param = &p->at[p->n++];
	*param =
	    (struct param){ text, at, (uint32_t)kept, (uint32_t)value_len, (uint16_t)group, (uint8_t)source,
			    NULL };
	return param;
}

void params_add(struct params *p, enum source source, unsigned group, const char *name, size_t name_len,
		const char *value, size_t value_len)
{
	add(p, source, group, name, name_len, value, value_len, false);
}

static size_t run_until(const char *text, size_t len, char c)
{
	const char *at = len ? memchr(text, c, len) : NULL;
	return at ? (size_t)(at - text) : len;
}

static void add_pair(struct params *p, enum source source, unsigned group, const char *pair, size_t len)
{
	size_t name_len = run_until(pair, len, '=');
	if (name_len == 0)
		return;
	size_t skip = name_len < len ? name_len + 1 : len;
	add(p, source, group, pair, name_len, pair + skip, len - skip, true);
}

void params_form(struct params *p, enum source source, unsigned group, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = run_until(text, len, '&');
		add_pair(p, source, group, text, n);
		size_t skip = n < len ? n + 1 : n;
		text += skip;
		len -= skip;
	}
}

/* A segment before the first ';': "ibs:dpid=1&dpuuid=2" or "c=1". */
static void add_segment(struct params *p, const char *segment, size_t len)
{
	size_t equal = run_until(segment, len, '=');
	if (equal == len)
		return;
	size_t colon = run_until(segment, equal, ':');
	size_t skip = colon < equal ? colon + 1 : 0;
	params_form(p, SOURCE_PATH, 0, segment + skip, len - skip);
}

void params_path(struct params *p, const char *path, size_t len)
{
	size_t head = run_until(path, len, ';');
	for (size_t at = 0; at < head;) {
		size_t n = run_until(path + at, head - at, '/');
		add_segment(p, path + at, n);
		at += n + 1;
	}
	while (head < len) {
		path += head + 1;
		len -= head + 1;
		head = run_until(path, len, ';');
		if (run_until(path, head, '=') < head)
			add_pair(p, SOURCE_PATH, 0, path, head);
	}
}

/* The value of a header parameter such as boundary="x" or name="x". returns: its length, 0 if there is none.
 */
static size_t header_param(const char *header, size_t len, const char *name, const char **ret_at)
{
	size_t name_len = strlen(name);
	for (size_t i = 0; i + name_len + 1 < len; i++) {
		bool starts = i > 0 && (header[i - 1] == ';' || header[i - 1] == ' ');
		if (!starts || strncmp(header + i, name, name_len) != 0 || header[i + name_len] != '=')
			continue;
		const char *at = header + i + name_len + 1;
		size_t left = len - (i + name_len + 1);
		bool quoted = left > 0 && *at == '"';
		*ret_at = at + quoted;
		if (quoted)
			return run_until(at + 1, left - 1, '"');
		size_t n = run_until(at, left, ';');
		size_t line = run_until(at, left, '\r');
		return n < line ? n : line;
	}
	return 0;
}

void params_multipart(struct params *p, const char *content_type, const char *body, size_t len)
{
	char mark[80] = "--";
	const char *boundary = NULL;
	size_t n = header_param(content_type, strlen(content_type), "boundary", &boundary);
	if (n == 0 || n > 70)
		return;
	memcpy(mark + 2, boundary, n);
	size_t mark_len = n + 2;
	const char *at = len >= mark_len ? memmem(body, len, mark, mark_len) : NULL;
	const char *end = body + len;
	while (at && (size_t)(end - at) > mark_len + 2) {
		at += mark_len;
		const char *next = memmem(at, (size_t)(end - at), mark, mark_len);
		const char *stop = next ? next : end;
		const char *blank = memmem(at, (size_t)(stop - at), "\r\n\r\n", 4);
		const char *name = NULL;
		size_t name_len = blank ? header_param(at, (size_t)(blank - at), "name", &name) : 0;
		if (name_len > 0) {
			const char *value = blank + 4;
			size_t value_len = (size_t)(stop - value);
			if (value_len >= 2 && memcmp(stop - 2, "\r\n", 2) == 0)
				value_len -= 2;
			params_add(p, SOURCE_FORM, 0, name, name_len, value, value_len);
		}
		at = next;
	}
}

void params_cookies(struct params *p, const char *cookie)
{
	while (*cookie) {
		cookie += strspn(cookie, " ;");
		size_t n = strcspn(cookie, ";");
		size_t equal = run_until(cookie, n, '=');
		if (equal > 0 && equal < n)
			params_add(p, SOURCE_COOKIE, 0, cookie, equal, cookie + equal + 1, n - equal - 1);
		cookie += n;
	}
}
