/* What the server answers. */
#include "wire/tls.h"

#include <string.h>

#include "wire/tls_parts.h"

enum { HELLO_SERVER = 2 };

/* SHA-256 of "HelloRetryRequest", RFC 8446 4.1.3. */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void server_extension(uint16_t type, struct bytes body, struct server_hello *ret)
{
	struct reader r = reader_of(body);
	switch (type) {
	case EXT_VERSIONS:
		if (body.len == 2)
			ret->version = (uint16_t)reader_uint(&r, 2);
		break;
	case EXT_PRE_SHARED_KEY:
		ret->has_psk = true;
		break;
	case EXT_ALPN: {
		struct reader names = reader_block(&r, 2);
		struct bytes name = reader_take(&names, reader_uint(&names, 1));
		if (!names.bad)
			ret->alpn = name;
		break;
	}
	case EXT_ENCRYPT_THEN_MAC:
		ret->is_encrypt_then_mac = true;
		break;
	case EXT_EXTENDED_MASTER_SECRET:
		ret->is_extended_master_secret = true;
		break;
	default:
		break;
	}
}

enum parse tls_server_hello(struct bytes message, struct server_hello *ret)
{
	struct reader r;
	*ret = (struct server_hello){ 0 };
	enum parse whole = tls_message_body(message, HELLO_SERVER, &r);
	if (whole != PARSE_OK)
		return whole;
	ret->version = (uint16_t)reader_uint(&r, 2);
	ret->random = reader_take(&r, 32);
	ret->is_retry = ret->random.len == 32 && memcmp(ret->random.at, retry_random, 32) == 0;
	bool is_old_draft = ret->version >> 8 == 0x7f; /* of TLS 1.3 up to 21: no session, no compression */
	if (!is_old_draft)
		ret->session_id = reader_take(&r, reader_uint(&r, 1));
	ret->cipher = (uint16_t)reader_uint(&r, 2);
	if (!is_old_draft)
		reader_uint(&r, 1);
	if (r.bad)
		return PARSE_BAD;
	if (r.left == 0)
		return PARSE_OK;
	struct reader extensions = reader_block(&r, 2);
	while (extensions.left > 0) {
		uint16_t type = (uint16_t)reader_uint(&extensions, 2);
		struct bytes body = reader_take(&extensions, reader_uint(&extensions, 2));
		if (!extensions.bad)
			server_extension(type, body, ret);
	}
	return extensions.bad ? PARSE_BAD : PARSE_OK;
}

enum parse tls_stream_server_hello(struct bytes stream, uint8_t *scratch, struct server_hello *ret)
{
	struct bytes message;
	size_t used;
	*ret = (struct server_hello){ 0 };
	if (tls_first_message(stream, scratch, &message, &used) == PARSE_BAD)
		return PARSE_BAD;
	return tls_server_hello(message, ret);
}

void tls_encrypted_extensions(struct bytes body, struct encrypted_extensions *ret)
{
	struct reader r = reader_of(body), all = reader_block(&r, 2);
	*ret = (struct encrypted_extensions){ .has_alpn = false };
	while (all.left && !all.bad) {
		uint32_t type = reader_uint(&all, 2);
		struct reader x = reader_block(&all, 2);
		if (type == EXT_EARLY_DATA) {
			ret->has_early_data = true;
		} else if (type == EXT_ALPN) {
			struct reader list = reader_block(&x, 2), name = reader_block(&list, 1);
			ret->has_alpn = true;
			ret->alpn = (struct bytes){ name.at, name.left };
		}
	}
}
