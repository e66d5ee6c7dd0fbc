#include "wire/socks.h"

#include <string.h>

enum {
	VERSION_4 = 4,
	VERSION_5 = 5,
	VERSION_PASSWORD = 1,
	CONNECT = 1,
	TO_IPV4 = 1,
	TO_NAME = 3,
	TO_IPV6 = 4,
	TEXT_MAX = 255,
};

/* A text that ends with a zero byte. returns: PARSE_MORE if the byte is not here. */
static enum parse text(struct reader *r)
{
	size_t reach = r->left < TEXT_MAX + 1 ? r->left : TEXT_MAX + 1;
	const uint8_t *end = reach ? memchr(r->at, 0, reach) : NULL;
	if (!end)
		return reach > TEXT_MAX ? PARSE_BAD : PARSE_MORE;
	reader_take(r, (size_t)(end - r->at) + 1);
	return PARSE_OK;
}

static enum parse version_4(struct reader *r)
{
	uint32_t command = reader_uint(r, 1), port = reader_uint(r, 2), address = reader_uint(r, 4);
	if (r->bad)
		return PARSE_MORE;
	if (command != CONNECT || port == 0)
		return PARSE_BAD;
	enum parse got = text(r);                          /* user */
	bool is_named = address != 0 && address >> 8 == 0; /* 4a: a name follows */
	return got == PARSE_OK && is_named ? text(r) : got;
}

static enum parse version_5(struct reader *r)
{
	struct reader methods = reader_block(r, 1);
	if (methods.bad)
		return PARSE_MORE;
	if (methods.left == 0)
		return PARSE_BAD;
	uint32_t version = reader_uint(r, 1);
	if (!r->bad && version == VERSION_PASSWORD) {
		reader_block(r, 1);
		reader_block(r, 1);
		version = reader_uint(r, 1);
	}
	if (r->bad)
		return PARSE_MORE;
	if (version != VERSION_5)
		return PARSE_BAD;
	uint32_t command = reader_uint(r, 1), reserved = reader_uint(r, 1), kind = reader_uint(r, 1);
	if (r->bad)
		return PARSE_MORE;
	if (command != CONNECT || reserved != 0 || (kind != TO_IPV4 && kind != TO_NAME && kind != TO_IPV6))
		return PARSE_BAD;
	reader_take(r, kind == TO_NAME ? reader_uint(r, 1) : kind == TO_IPV4 ? 4 : 16);
	reader_uint(r, 2); /* port */
	return r->bad ? PARSE_MORE : PARSE_OK;
}

enum parse socks_client(struct bytes stream, size_t *ret_len)
{
	struct reader r = reader_of(stream);
	uint32_t version = reader_uint(&r, 1);
	if (r.bad)
		return PARSE_MORE;
	if (version != VERSION_4 && version != VERSION_5)
		return PARSE_BAD;
	enum parse got = version == VERSION_4 ? version_4(&r) : version_5(&r);
	if (got == PARSE_OK)
		*ret_len = stream.len - r.left;
	return got;
}
