#include "wire/ja4.h"

#include "wire/digest.h"

enum {
	HASH_DIGITS = 12,
	VALUES_MAX = 2 * TLS_LIST_MAX,
};

static const char digits[] = "0123456789abcdef";

static const char *version_text(const struct client_hello *hello)
{
	uint16_t version = 0;
	for (uint16_t i = 0; i < hello->versions.n; i++)
		if (!tls_is_grease(hello->versions.at[i]) && hello->versions.at[i] > version)
			version = hello->versions.at[i];
	if (version == 0)
		version = hello->legacy_version;
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	default:
		return "00";
	}
}

static bool is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* First and last character of the first protocol; of its hexadecimal form if either is no letter or digit. */
static void alpn_text(const struct client_hello *hello, char ret[2])
{
	ret[0] = ret[1] = '0';
	if (hello->n_alpn == 0 || hello->alpn[0].len == 0)
		return;
	uint8_t first = hello->alpn[0].at[0], last = hello->alpn[0].at[hello->alpn[0].len - 1];
	bool is_text = is_alphanumeric(first) && is_alphanumeric(last);
	ret[0] = is_text ? (char)first : digits[first >> 4];
	ret[1] = is_text ? (char)last : digits[last & 15];
}

/* The list in order of value, without GREASE; of extensions also without server_name and ALPN, which are
 * counted. */
static uint16_t take(const struct tls_list *l, bool are_extensions, uint16_t ret[TLS_LIST_MAX],
		     unsigned *ret_count)
{
	uint16_t n = 0;
	unsigned count = 0;
	for (uint16_t i = 0; i < l->n; i++) {
		uint16_t value = l->at[i];
		if (tls_is_grease(value))
			continue;
		count++;
		if (are_extensions && (value == 0 || value == 16))
			continue;
		uint16_t k = n++;
		for (; k > 0 && ret[k - 1] > value; k--)
			ret[k] = ret[k - 1];
		ret[k] = value;
	}
	*ret_count = count;
	return n;
}

/* "1301,1302" */
static size_t write_list(char *out, const uint16_t *values, uint16_t n)
{
	size_t len = 0;
	for (uint16_t i = 0; i < n; i++) {
		if (i)
			out[len++] = ',';
		for (int shift = 12; shift >= 0; shift -= 4)
			out[len++] = digits[values[i] >> shift & 15];
	}
	return len;
}

/* The first digits of the hash; zeros for no text. */
static char *write_hash(char *out, const char *text, size_t len)
{
	uint8_t digest[SHA256_LEN] = { 0 };
	if (len > 0)
		digest_sha256((struct bytes){ (const uint8_t *)text, len }, digest);
	for (int i = 0; i < HASH_DIGITS / 2; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	return out;
}

static char *write_count(char *out, unsigned count)
{
	if (count > 99)
		count = 99;
	*out++ = (char)('0' + count / 10);
	*out++ = (char)('0' + count % 10);
	return out;
}

void ja4(const struct client_hello *hello, bool is_quic, char ret_text[JA4_MAX])
{
	uint16_t ciphers[TLS_LIST_MAX], extensions[TLS_LIST_MAX];
	unsigned n_ciphers, n_extensions;
	uint16_t kept_ciphers = take(&hello->ciphers, false, ciphers, &n_ciphers);
	uint16_t kept_extensions = take(&hello->extensions, true, extensions, &n_extensions);
	const char *version = version_text(hello);
	char *out = ret_text;

	*out++ = is_quic ? 'q' : 't';
	*out++ = version[0];
	*out++ = version[1];
	*out++ = hello->has_server_name ? 'd' : 'i';
	out = write_count(out, n_ciphers);
	out = write_count(out, n_extensions);
	alpn_text(hello, out);
	out += 2;

	char text[VALUES_MAX * 5 + 1];
	*out++ = '_';
	out = write_hash(out, text, write_list(text, ciphers, kept_ciphers));

	size_t len = write_list(text, extensions, kept_extensions);
	uint16_t algorithms[TLS_LIST_MAX], n_algorithms = 0; /* in their own order */
	for (uint16_t i = 0; i < hello->signature_algorithms.n; i++)
		if (!tls_is_grease(hello->signature_algorithms.at[i]))
			algorithms[n_algorithms++] = hello->signature_algorithms.at[i];
	if (n_algorithms > 0) {
		text[len++] = '_';
		len += write_list(text + len, algorithms, n_algorithms);
	}
	*out++ = '_';
	out = write_hash(out, text, n_extensions ? len : 0);
	*out = 0;
}
