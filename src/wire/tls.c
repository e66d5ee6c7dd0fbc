#include "wire/tls.h"

#include <string.h>

#include "base/addr.h"
#include "wire/tls_parts.h"

enum {
	CONTENT_HANDSHAKE = 22,
	RECORD_MAX = (1 << 14) + 2048,
	HELLO_CLIENT = 1,
};

bool tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* A vector with an n-byte length. One that runs past the end is clipped, and says so: in the first part of a
 * hello that is no error.
 */
static struct reader vector(struct reader *r, size_t n, bool *is_clipped)
{
	uint32_t len = reader_uint(r, n);
	if (r->bad || len > r->left) {
		*is_clipped = true;
		len = (uint32_t)r->left;
	}
	return reader_of(reader_take(r, len));
}

static void list(struct reader r, struct tls_list *ret)
{
	*ret = (struct tls_list){ 0 };
	while (r.left >= 2) {
		uint16_t value = (uint16_t)reader_uint(&r, 2);
		if (ret->n < TLS_LIST_MAX)
			ret->at[ret->n++] = value;
		ret->n_all++;
	}
}

static void inner_list(struct reader r, size_t length_size, struct tls_list *ret)
{
	struct reader sub = reader_block(&r, length_size);
	if (!sub.bad)
		list(sub, ret);
}

/* Of an address, or of something that no web host is called. */
static bool is_literal(struct bytes name, struct hostname *ret_host)
{
	struct hostname host;
	struct addr a;
	if (!hostname_parse(name, &host))
		return true;
	char last = host.text[host.len - 1];
	if (last >= '0' && last <= '9' && addr_parse(host.text, &a))
		return true;
	*ret_host = host;
	return false;
}

static void server_name(struct reader r, struct client_hello *ret)
{
	struct reader names = reader_block(&r, 2);
	while (names.left > 0) {
		uint32_t type = reader_uint(&names, 1);
		struct bytes name = reader_take(&names, reader_uint(&names, 2));
		if (names.bad)
			return;
		if (type != 0)
			continue;
		ret->has_server_name = true;
		if (is_literal(name, &ret->server_name))
			ret->literal = name;
		return;
	}
}

static void alpn(struct reader r, struct client_hello *ret)
{
	struct reader names = reader_block(&r, 2);
	ret->n_alpn = 0;
	while (names.left > 0 && ret->n_alpn < TLS_ALPN_MAX) {
		struct bytes name = reader_take(&names, reader_uint(&names, 1));
		if (names.bad)
			return;
		ret->alpn[ret->n_alpn++] = name;
	}
}

static void extension(uint16_t type, struct bytes body, struct client_hello *ret)
{
	struct reader r = reader_of(body);
	switch (type) {
	case EXT_SERVER_NAME:
		if (!ret->has_server_name)
			server_name(r, ret);
		break;
	case EXT_GROUPS:
		inner_list(r, 2, &ret->groups);
		break;
	case EXT_SIGNATURE_ALGORITHMS:
		inner_list(r, 2, &ret->signature_algorithms);
		break;
	case EXT_VERSIONS:
		inner_list(r, 1, &ret->versions);
		break;
	case EXT_ALPN:
		alpn(r, ret);
		break;
	case EXT_TICKET:
		ret->has_ticket = body.len > 0;
		ret->ticket = body;
		break;
	case EXT_PRE_SHARED_KEY:
		ret->has_psk = true;
		break;
	case EXT_EARLY_DATA:
		ret->has_early_data = true;
		break;
	case EXT_ECH: /* outer; the inner form is a type byte of 1 and is never seen in clear */
		ret->has_ech = body.len > 0 && body.at[0] == 0;
		ret->ech = body;
		break;
	case EXT_ESNI:
		ret->has_esni = true;
		break;
	default:
		break;
	}
}

/* returns: false if it ends within something. */
static bool client_body(struct reader r, struct client_hello *ret)
{
	bool is_clipped = false;
	ret->legacy_version = (uint16_t)reader_uint(&r, 2);
	ret->random = reader_take(&r, 32);
	struct reader session = vector(&r, 1, &is_clipped);
	ret->session_id = (struct bytes){ session.at, session.left };
	list(vector(&r, 2, &is_clipped), &ret->ciphers);
	vector(&r, 1, &is_clipped); /* compression */
	if (is_clipped || r.bad)
		return false;
	if (r.left == 0) /* before extensions */
		return true;
	struct reader extensions = vector(&r, 2, &is_clipped);
	while (extensions.left > 0) {
		uint16_t type = (uint16_t)reader_uint(&extensions, 2);
		struct bytes body = reader_take(&extensions, reader_uint(&extensions, 2));
		if (extensions.bad)
			return false;
		if (ret->extensions.n < TLS_LIST_MAX)
			ret->extensions.at[ret->extensions.n++] = type;
		ret->extensions.n_all++;
		extension(type, body, ret);
	}
	return !is_clipped;
}

enum parse tls_message_body(struct bytes message, uint8_t type, struct reader *ret_body)
{
	if (message.len > 0 && message.at[0] != type)
		return PARSE_BAD;
	struct reader r = reader_of(message);
	reader_uint(&r, 1);
	uint32_t len = reader_uint(&r, 3);
	if (r.bad) {
		*ret_body = (struct reader){ 0 };
		return PARSE_MORE;
	}
	if (len > TLS_HELLO_MAX - 4 || len < 38 || (r.left > 0 && r.at[0] != 3 && r.at[0] != 0x7f))
		return PARSE_BAD;
	enum parse whole = r.left < len ? PARSE_MORE : PARSE_OK;
	*ret_body = reader_of(reader_take(&r, whole == PARSE_OK ? len : r.left));
	return whole;
}

enum parse tls_client_hello(struct bytes message, struct client_hello *ret)
{
	struct reader body;
	memset(ret, 0, sizeof(*ret));
	enum parse whole = tls_message_body(message, HELLO_CLIENT, &body);
	if (whole == PARSE_BAD)
		return PARSE_BAD;
	if (!client_body(body, ret) && whole == PARSE_OK)
		return PARSE_BAD;
	return whole;
}

enum parse tls_first_message(struct bytes stream, uint8_t *scratch, struct bytes *ret_message,
			     size_t *ret_used)
{
	struct reader r = reader_of(stream);
	struct bytes message = { 0 };
	for (;;) {
		*ret_message = message;
		if (r.left < 5) {
			bool is_other =
			    (r.left > 0 && r.at[0] != CONTENT_HANDSHAKE) || (r.left > 1 && r.at[1] != 3);
			return is_other ? PARSE_BAD : PARSE_MORE;
		}
		uint32_t type = reader_uint(&r, 1), major = reader_uint(&r, 2) >> 8, len = reader_uint(&r, 2);
		if (type != CONTENT_HANDSHAKE || major != 3 || len == 0 || len > RECORD_MAX)
			return PARSE_BAD;
		struct bytes part = reader_take(&r, len < r.left ? len : r.left);
		if (message.len == 0) {
			message = part;
		} else {
			if (message.len + part.len > TLS_HELLO_MAX)
				return PARSE_BAD;
			if (message.at != scratch)
				memcpy(scratch, message.at, message.len);
			memcpy(scratch + message.len, part.at, part.len);
			message = (struct bytes){ scratch, message.len + part.len };
		}
		*ret_message = message;
		if (message.len >= 4) {
			size_t need =
			    4 + ((size_t)message.at[1] << 16 | (size_t)message.at[2] << 8 | message.at[3]);
			if (message.len >= need) {
				*ret_used = stream.len - r.left;
				return PARSE_OK;
			}
			if (need > TLS_HELLO_MAX)
				return PARSE_BAD;
		}
		if (part.len < len)
			return PARSE_MORE;
	}
}

enum parse tls_stream_client_hello(struct bytes stream, uint8_t *scratch, struct client_hello *ret,
				   size_t *ret_used)
{
	struct bytes message;
	size_t used = 0;
	memset(ret, 0, sizeof(*ret));
	if (tls_first_message(stream, scratch, &message, &used) == PARSE_BAD)
		return PARSE_BAD;
	enum parse got = tls_client_hello(message, ret);
	if (got == PARSE_OK && ret_used)
		*ret_used = used;
	return got;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t mix_list(uint64_t h, const struct tls_list *l)
{
	for (uint16_t i = 0; i < l->n; i++)
		if (!tls_is_grease(l->at[i]))
			h = mix(h, l->at[i]);
	return mix(h, UINT64_C(1) << 32);
}

static bool is_in_class(uint16_t extension_type)
{
	switch (extension_type) {
	case EXT_SERVER_NAME:
	case EXT_PADDING:
	case EXT_PRE_SHARED_KEY:
	case EXT_EARLY_DATA:
	case EXT_COOKIE:
		return false;
	default:
		return !tls_is_grease(extension_type);
	}
}

uint32_t tls_hello_class(const struct client_hello *hello)
{
	uint64_t h = mix_list(mix(1, hello->legacy_version), &hello->versions);
	h = mix_list(h, &hello->ciphers);
	uint64_t set = 0; /* a sum: browsers shuffle extensions */
	for (uint16_t i = 0; i < hello->extensions.n; i++)
		if (is_in_class(hello->extensions.at[i]))
			set += mix(mix(2, hello->extensions.at[i]), 3);
	h = mix(h, set);
	for (uint8_t i = 0; i < hello->n_alpn; i++) {
		for (size_t k = 0; k < hello->alpn[i].len; k++)
			h = mix(h, hello->alpn[i].at[k]);
		h = mix(h, UINT64_C(1) << 33);
	}
	h = mix_list(mix_list(h, &hello->groups), &hello->signature_algorithms);
	uint32_t folded = (uint32_t)(h ^ h >> 32);
	return folded ? folded : 1;
}
