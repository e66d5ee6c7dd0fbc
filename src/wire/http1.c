#include "wire/http1.h"

#include <string.h>

#include "base/addr.h"

static const char *const methods[] = {
	"GET",      "POST",        "HEAD",        "PUT",          "DELETE",    "OPTIONS",   "CONNECT",
	"PATCH",    "TRACE",       "PROPFIND",    "PROPPATCH",    "MKCOL",     "COPY",      "MOVE",
	"LOCK",     "UNLOCK",      "REPORT",      "SEARCH",       "NOTIFY",    "SUBSCRIBE", "M-POST",
	"M-SEARCH", "UNSUBSCRIBE", "RPC_IN_DATA", "RPC_OUT_DATA", "BITS_POST", "PURGE",     "MERGE",
	"CHECKOUT", "MKACTIVITY",  "QUERY",
};
enum { METHOD_MAX = 12 };

/* Whether the bytes begin with a method and a blank, or could with more. */
static enum parse method(struct bytes b, size_t *ret_len)
{
	enum parse got = PARSE_BAD;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]), n = len < b.len ? len : b.len;
		if (memcmp(b.at, methods[i], n) != 0)
			continue;
		if (b.len <= len) {
			got = PARSE_MORE;
		} else if (b.at[len] == ' ') {
			*ret_len = len;
			return PARSE_OK;
		}
	}
	return got;
}

static struct bytes trim(struct bytes b)
{
	while (b.len > 0 && (b.at[0] == ' ' || b.at[0] == '\t'))
		b.at++, b.len--;
	while (b.len > 0 && (b.at[b.len - 1] == ' ' || b.at[b.len - 1] == '\t'))
		b.len--;
	return b;
}

/* The next line without its end; CR LF, or LF alone. returns: false if its end is not here. */
static bool next_line(struct bytes *b, struct bytes *ret_line)
{
	const uint8_t *end = b->len ? memchr(b->at, '\n', b->len) : NULL;
	if (!end)
		return false;
	size_t len = (size_t)(end - b->at);
	*ret_line = (struct bytes){ b->at, len > 0 && b->at[len - 1] == '\r' ? len - 1 : len };
	b->at += len + 1;
	b->len -= len + 1;
	return true;
}

static bool starts_with(struct bytes b, const char *prefix)
{
	size_t n = strlen(prefix);
	return b.len >= n && strncasecmp((const char *)b.at, prefix, n) == 0;
}

static uint16_t port_of(struct bytes b)
{
	uint32_t port = 0;
	for (size_t i = 0; i < b.len; i++) {
		if (b.at[i] < '0' || b.at[i] > '9' || port > 65535)
			return 0;
		port = port * 10 + (uint32_t)(b.at[i] - '0');
	}
	return port > 65535 ? 0 : (uint16_t)port;
}

static bool is_address(struct bytes host)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;
	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = 0;
	return addr_parse(text, &a);
}

/* host, host:port, [address]:port. spec: RFC 3986 3.2 */
static void authority(struct bytes b, struct http1_head *ret)
{
	const uint8_t *user = b.len ? memrchr(b.at, '@', b.len) : NULL;
	if (user)
		b = (struct bytes){ user + 1, b.len - (size_t)(user + 1 - b.at) };
	struct bytes host = b, rest = { 0 };
	bool is_bracketed = b.len > 0 && b.at[0] == '[';
	const uint8_t *end = b.len ? memchr(b.at, is_bracketed ? ']' : ':', b.len) : NULL;
	if (end) {
		size_t before = (size_t)(end - b.at);
		host = is_bracketed ? (struct bytes){ b.at + 1, before - 1 } : (struct bytes){ b.at, before };
		size_t skip = is_bracketed ? before + 2 : before + 1;
		if (skip <= b.len)
			rest = (struct bytes){ b.at + skip, b.len - skip };
	}
	ret->host.len = 0;
	ret->host.text[0] = 0;
	ret->literal = (struct bytes){ 0 };
	ret->port = port_of(rest);
	if (is_address(host))
		ret->literal = host;
	else
		hostname_parse(host, &ret->host);
}

/* returns: whether the target names the host. */
static bool target_authority(struct http1_head *ret)
{
	struct bytes t = ret->target;
	if (ret->is_connect) {
		authority(t, ret);
		return true;
	}
	size_t scheme = starts_with(t, "http://") ? 7 : starts_with(t, "https://") ? 8 : 0;
	if (scheme == 0)
		return false;
	ret->is_absolute = true;
	t = (struct bytes){ t.at + scheme, t.len - scheme };
	size_t len = 0;
	while (len < t.len && t.at[len] != '/' && t.at[len] != '?' && t.at[len] != '#')
		len++;
	authority((struct bytes){ t.at, len }, ret);
	return true;
}

/* METHOD SP target SP HTTP/1.x */
static bool request_line(struct bytes line, size_t method_len, struct http1_head *ret)
{
	line = trim(line);
	const uint8_t *blank = memrchr(line.at, ' ', line.len);
	if (!blank || blank < line.at + method_len)
		return false;
	struct bytes version = { blank + 1, line.len - (size_t)(blank + 1 - line.at) };
	if (!starts_with(version, "HTTP/1."))
		return false;
	ret->method = (struct bytes){ line.at, method_len };
	if (blank > line.at + method_len)
		ret->target = trim(
		    (struct bytes){ line.at + method_len + 1, (size_t)(blank - line.at) - method_len - 1 });
	ret->is_connect = method_len == 7 && memcmp(line.at, "CONNECT", 7) == 0;
	return ret->target.len > 0;
}

struct field {
	struct bytes name, value;
};

/* Name and value of a line; the value of a line that is empty so far may stand in the next (obs-fold). */
static bool field(struct bytes line, struct field *f)
{
	if (line.at[0] == ' ' || line.at[0] == '\t') {
		if (f->value.len == 0)
			f->value = trim(line);
		return f->name.len > 0;
	}
	const uint8_t *colon = memchr(line.at, ':', line.len);
	if (!colon) {
		f->name.len = 0;
		return false;
	}
	size_t len = (size_t)(colon - line.at);
	f->name = trim((struct bytes){ line.at, len });
	f->value = trim((struct bytes){ colon + 1, line.len - len - 1 });
	return true;
}

static bool is_named(const struct field *f, const char *name)
{
	return f->name.len == strlen(name) && starts_with(f->name, name);
}

enum parse http1_head(struct bytes stream, bool is_cut, struct http1_head *ret)
{
	struct bytes b = stream, line;
	memset(ret, 0, sizeof(*ret));
	while (b.len > 0 && (b.at[0] == '\r' || b.at[0] == '\n') && stream.len - b.len < 4)
		b.at++, b.len--; /* RFC 9112 2.2: a server should ignore empty lines before it */
	size_t method_len;
	enum parse got = method(b, &method_len);
	if (got != PARSE_OK)
		return got;
	if (!next_line(&b, &line))
		return stream.len > HTTP1_HEAD_MAX ? PARSE_BAD : PARSE_MORE;
	if (!request_line(line, method_len, ret))
		return PARSE_BAD;
	bool saw_host = target_authority(ret);
	struct field f = { 0 };
	while (next_line(&b, &line)) {
		if (line.len == 0) {
			ret->len = stream.len - b.len;
			return ret->len > HTTP1_HEAD_MAX ? PARSE_BAD : PARSE_OK;
		}
		if (!field(line, &f) || f.value.len == 0)
			continue;
		if (!saw_host && is_named(&f, "Host")) {
			authority(f.value, ret);
			saw_host = true;
		} else if (ret->user_agent.len == 0 && is_named(&f, "User-Agent")) {
			ret->user_agent = f.value;
		}
	}
	if (stream.len > HTTP1_HEAD_MAX)
		return PARSE_BAD;
	return is_cut && saw_host ? PARSE_OK : PARSE_MORE;
}
