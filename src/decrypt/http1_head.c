/* Heads of HTTP/1 messages: from lines to headers. */
#include <string.h>

#include "decrypt/http1_parts.h"

#define METHOD_MAX 20

size_t http1_head_len(struct bytes text, size_t from)
{
	size_t at = from > 3 ? from - 3 : 0;
	while (at < text.len) {
		const uint8_t *lf = memchr(text.at + at, '\n', text.len - at);
		if (!lf)
			return 0;
		at = (size_t)(lf - text.at) + 1;
		if (at < text.len && text.at[at] == '\n')
			return at + 1;
		if (at + 1 < text.len && text.at[at] == '\r' && text.at[at + 1] == '\n')
			return at + 2;
	}
	return 0;
}

bool http1_begins(enum way w, struct bytes text)
{
	static const char status[] = "HTTP/1.";
	if (w == WAY_DOWN) {
		size_t n = text.len < sizeof(status) - 1 ? text.len : sizeof(status) - 1;
		return memcmp(text.at, status, n) == 0;
	}
	size_t n = 0;
	while (n < text.len && n <= METHOD_MAX &&
	       ((text.at[n] >= 'A' && text.at[n] <= 'Z') || (n && (text.at[n] == '-' || text.at[n] == '_'))))
		n++;
	if (n == text.len)
		return n <= METHOD_MAX;
	return n >= 3 && n <= METHOD_MAX && text.at[n] == ' ' && (n + 1 == text.len || text.at[n + 1] > ' ');
}

static void add(struct message *m, struct teller *t, const char *name, struct bytes value)
{
	message_header(m, t, (struct bytes){ (const uint8_t *)name, strlen(name) }, value);
}

/* The next line, without its end. */
static struct bytes take_line(struct bytes *text)
{
	const uint8_t *lf = text->len ? memchr(text->at, '\n', text->len) : NULL;
	size_t n = lf ? (size_t)(lf - text->at) : text->len;
	struct bytes line = bytes_head(*text, n);
	*text = bytes_tail(*text, lf ? n + 1 : n);
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "http://host/path", as to a proxy: RFC 9112 3.2.2. */
static bool split_absolute(struct bytes target, struct bytes *ret_authority, struct bytes *ret_path)
{
	static const struct bytes root = { (const uint8_t *)"/", 1 };
	const uint8_t *sep = target.len ? memmem(target.at, target.len, "://", 3) : NULL;
	if (!sep || target.at[0] == '/' || sep - target.at > 8)
		return false;
	struct bytes rest = bytes_tail(target, (size_t)(sep - target.at) + 3);
	const uint8_t *slash = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
	*ret_authority = slash ? bytes_head(rest, (size_t)(slash - rest.at)) : rest;
	*ret_path = slash ? bytes_tail(rest, (size_t)(slash - rest.at)) : root;
	return true;
}

static bool read_request_line(struct bytes line, struct message *m, struct teller *t)
{
	const uint8_t *first = line.len ? memchr(line.at, ' ', line.len) : NULL;
	const uint8_t *last = first ? memrchr(line.at, ' ', line.len) : NULL;
	if (!first || first == last)
		return false;
	struct bytes method = bytes_head(line, (size_t)(first - line.at));
	struct bytes version = bytes_tail(line, (size_t)(last + 1 - line.at));
	struct bytes target = { first + 1, (size_t)(last - first) - 1 }, authority, path;
	if (version.len != 8 || memcmp(version.at, "HTTP/1.", 7) != 0 || !target.len)
		return false;
	add(m, t, ":method", method);
	if (http1_is_value(method, "connect")) {
		add(m, t, ":authority", target);
	} else if (split_absolute(target, &authority, &path)) {
		add(m, t, ":authority", authority);
		add(m, t, ":path", path);
	} else {
		add(m, t, ":path", target);
	}
	return true;
}

static bool read_status_line(struct bytes line, struct message *m)
{
	if (line.len < 12 || memcmp(line.at, "HTTP/1.", 7) != 0 || line.at[8] != ' ')
		return false;
	uint32_t status = 0;
	for (size_t i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return false;
		status = status * 10 + (uint32_t)(line.at[i] - '0');
	}
	m->status = status;
	return true;
}

static struct bytes trim(struct bytes b)
{
	while (b.len && (b.at[0] == ' ' || b.at[0] == '\t'))
		b = bytes_tail(b, 1);
	while (b.len && (b.at[b.len - 1] == ' ' || b.at[b.len - 1] == '\t'))
		b.len--;
	return b;
}

bool http1_read_head(enum way w, struct bytes head, struct message *m, struct teller *t)
{
	struct bytes line = take_line(&head);
	if (!(w == WAY_UP ? read_request_line(line, m, t) : read_status_line(line, m)))
		return false;
	while (head.len) {
		line = take_line(&head);
		const uint8_t *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
		if (!line.len)
			break;
		if (!colon || colon == line.at || line.at[0] == ' ' || line.at[0] == '\t') {
			m->has_unknown = true; /* folded or broken: left out */
			continue;
		}
		struct bytes name = trim(bytes_head(line, (size_t)(colon - line.at)));
		message_header(m, t, name, trim(bytes_tail(line, (size_t)(colon - line.at) + 1)));
	}
	return true;
}

bool http1_is_value(struct bytes value, const char *lower_case)
{
	return value.len == strlen(lower_case) &&
	       strncasecmp((const char *)value.at, lower_case, value.len) == 0;
}

/* Is the last coding chunked? */
static bool is_chunked(struct bytes value)
{
	const uint8_t *comma = value.len ? memrchr(value.at, ',', value.len) : NULL;
	if (comma)
		value = bytes_tail(value, (size_t)(comma + 1 - value.at));
	return http1_is_value(trim(value), "chunked");
}

static bool read_number(struct bytes value, uint64_t *ret)
{
	uint64_t n = 0;
	if (!value.len || value.len > 18)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(value.at[i] - '0');
	}
	*ret = n;
	return true;
}

struct http1_framing http1_framing_of(const struct message *m)
{
	struct bytes coding = message_value(m, "transfer-encoding");
	struct http1_framing f = { .body = HTTP1_BODY_UNTIL_CLOSE };
	if (coding.len) {
		if (is_chunked(coding))
			f.body = HTTP1_BODY_CHUNKED;
	} else if (read_number(message_value(m, "content-length"), &f.len)) {
		f.body = f.len ? HTTP1_BODY_COUNTED : HTTP1_BODY_NONE;
	}
	return f;
}

bool http1_chunk_size(struct bytes line, uint64_t *ret_size)
{
	uint64_t size = 0;
	size_t n = 0;
	for (; n < line.len; n++) {
		uint8_t c = line.at[n];
		unsigned digit = c >= '0' && c <= '9'                     ? (unsigned)(c - '0')
				 : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a') + 10
									  : 16;
		if (digit == 16)
			break;
		if (size >> 56)
			return false;
		size = size << 4 | digit;
	}
	if (!n || (n < line.len && line.at[n] != ';' && line.at[n] != ' ' && line.at[n] != '\t'))
		return false;
	*ret_size = size;
	return true;
}
