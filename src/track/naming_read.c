#include "track/naming_read.h"

#include <stdlib.h>
#include <string.h>

#include "track/ech.h"
#include "wire/ja4.h"
#include "wire/socks.h"

_Static_assert(JA4_TEXT_MAX == JA4_MAX, "one length");

#define ECH_NAMES_MAX 8192u
#define FINGERPRINTS 1024u /* a power of two */

/* Browsers send the same hello again and again, but for keys and names: its fingerprints need not be computed
 * anew. */
struct fingerprint {
	uint64_t of; /* 0: none */
	uint32_t class;
	char ja4[JA4_TEXT_MAX];
};

struct reading {
	struct dnscache *dns;
	struct hash_key key;
	struct quic_cipher *cipher;
	struct ech_seen *ech;
	struct fingerprint seen[FINGERPRINTS];
	struct client_hello hello;
	bool has_hello; /* whole */
	uint8_t scratch[TLS_HELLO_MAX];
};

struct reading *reading_new(struct dnscache *dns, struct hash_key key)
{
	struct reading *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->dns = dns;
	r->key = key;
	r->cipher = quic_cipher_new();
	r->ech = ech_seen_new(ECH_NAMES_MAX, key);
	if (!r->cipher || !r->ech) {
		reading_free(r);
		return NULL;
	}
	return r;
}

void reading_free(struct reading *r)
{
	if (!r)
		return;
	quic_cipher_free(r->cipher);
	ech_seen_free(r->ech);
	free(r);
}

uint64_t reading_evicted_ech(const struct reading *r)
{
	return ech_seen_evicted(r->ech);
}

/* ---- fingerprints ---- */

static uint64_t mixed(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/* Of a list as a set, as the fingerprints take it: browsers shuffle their extensions. */
static uint64_t set_hash(const struct tls_list *l, uint64_t salt)
{
	uint64_t sum = l->n_all;
	for (uint16_t i = 0; i < l->n; i++)
		if (!tls_is_grease(l->at[i]))
			sum += mixed(salt ^ l->at[i]);
	return mixed(sum ^ salt);
}

/* Of everything that JA4 and the class are made of, and a little more. */
static uint64_t hello_hash(struct hash_key key, const struct client_hello *h, bool is_quic)
{
	struct {
		uint64_t sets[4], ordered[3];
	} k = { .sets = { set_hash(&h->ciphers, 1), set_hash(&h->extensions, 2), set_hash(&h->versions, 3),
			  set_hash(&h->groups, 4) } };
	const struct tls_list *s = &h->signature_algorithms;
	k.ordered[0] = hash_bytes(key, s->at, s->n * sizeof(s->at[0]));
	for (uint8_t i = 0; i < h->n_alpn; i++)
		k.ordered[1] = mixed(k.ordered[1] ^ hash_bytes(key, h->alpn[i].at, h->alpn[i].len));
	k.ordered[2] = (uint64_t)h->legacy_version << 8 | (uint64_t)h->has_server_name << 1 | is_quic;
	uint64_t hash = hash_bytes(key, &k, sizeof(k));
	return hash ? hash : 1;
}

static void set_fingerprints(struct reading *r, bool is_quic, struct named_flow *named)
{
	uint64_t of = hello_hash(r->key, &r->hello, is_quic);
	struct fingerprint *p = &r->seen[of & (FINGERPRINTS - 1)];
	if (p->of != of) {
		p->of = of;
		p->class = tls_hello_class(&r->hello);
		ja4(&r->hello, is_quic, p->ja4);
	}
	named->info.ja4_class = p->class;
	memcpy(named->info.ja4, p->ja4, sizeof(named->info.ja4));
}

/* ---- hellos ---- */

static void set_alpn(struct named_flow *named, struct bytes alpn)
{
	size_t n = alpn.len < ALPN_TEXT_MAX ? alpn.len : 0;
	for (size_t i = 0; i < n; i++)
		if (alpn.at[i] <= ' ' || alpn.at[i] > '~')
			return;
	memcpy(named->info.alpn, alpn.at, n);
	named->info.alpn[n] = '\0';
}

static void from_hello(struct reading *r, bool is_quic, struct named_flow *named)
{
	const struct client_hello *h = &r->hello;
	r->has_hello = true;
	named->info.app = is_quic ? APP_QUIC : APP_TLS;
	if (h->server_name.len) {
		named->host = h->server_name;
		named->info.named_by = is_quic ? NAMED_QUIC : NAMED_SNI;
		named->info.name_conf = 1;
		named->info.unnamed = UNNAMED_NOT;
	} else if (!named->host.len) { /* what asked a proxy for this tunnel may have named it */
		named->info.unnamed = h->has_server_name ? UNNAMED_LITERAL
				      : h->has_esni      ? UNNAMED_ECH
							 : UNNAMED_NO_SNI;
	}
	named->info.has_psk = h->has_psk || h->has_ticket;
	named->info.has_early_data = h->has_early_data;
	named->info.ech =
	    !h->has_ech ? ECH_NONE
	    : ech_is_real(r->ech, &named->info.client, &h->server_name, h->ech, named->info.start_ns)
		? ECH_REAL
		: ECH_GREASE;
	named->info.alpn[0] = '\0';
	if (h->n_alpn)
		set_alpn(named, h->alpn[0]);
	set_fingerprints(r, is_quic, named);
}

/* The rest of the hello may be lost, or cut off: then the name that its first part holds is still the name.
 */
static void from_prefix(struct reading *r, bool is_quic, struct named_flow *named)
{
	if (r->hello.server_name.len == 0)
		return;
	named->host = r->hello.server_name;
	named->info.named_by = is_quic ? NAMED_QUIC : NAMED_SNI;
	named->info.name_conf = 1;
	named->info.unnamed = UNNAMED_NOT;
}

static void from_http(const struct http1_head *h, struct named_flow *named)
{
	named->info.app = APP_HTTP;
	if (h->host.len) {
		named->host = h->host;
		named->info.named_by = NAMED_HTTP;
		named->info.name_conf = 1;
		named->info.unnamed = UNNAMED_NOT;
	} else if (!named->host.len) {
		named->info.unnamed = h->literal.len ? UNNAMED_LITERAL : UNNAMED_NO_SNI;
	}
	if (h->user_agent.len)
		named->info.user_agent =
		    hash_bytes((struct hash_key){ 1, 2 }, h->user_agent.at, h->user_agent.len) | 1;
}

static const char HTTP2_PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static bool is_http2(struct bytes s)
{
	return s.len >= 16 && memcmp(s.at, HTTP2_PREFACE, s.len < 24 ? s.len : 24) == 0;
}

enum app reading_guess(struct bytes s)
{
	if (s.len >= 3 && s.at[0] == 0x16 && s.at[1] == 3 && s.at[2] <= 4)
		return APP_TLS;
	if (s.len >= 1 && s.at[0] >= 'A' && s.at[0] <= 'Z')
		return APP_HTTP;
	return APP_UNKNOWN;
}

static enum parse read_begin(struct reading *r, struct bytes stream, bool is_cut, struct named_flow *named,
			     size_t *ret_used)
{
	if (stream.len < 3)
		return PARSE_MORE;
	if (reading_guess(stream) == APP_TLS) {
		named->info.app = APP_TLS;
		enum parse p = tls_stream_client_hello(stream, r->scratch, &r->hello, ret_used);
		if (p == PARSE_OK)
			from_hello(r, false, named);
		else if (p == PARSE_MORE)
			from_prefix(r, false, named);
		return p;
	}
	if (reading_guess(stream) != APP_HTTP)
		return PARSE_BAD;
	if (is_http2(stream)) {
		named->info.app = APP_HTTP;
		if (!named->host.len)
			named->info.unnamed = UNNAMED_NO_SNI;
		memcpy(named->info.alpn, "h2c", 4);
		return PARSE_OK;
	}
	struct http1_head head;
	enum parse p = http1_head(stream, is_cut, &head);
	if (p != PARSE_BAD)
		named->info.app = APP_HTTP;
	if (p == PARSE_OK) {
		from_http(&head, named);
		*ret_used = head.len;
	}
	return p;
}

/* What a SOCKS client asks of its proxy comes first; the tunnel behind it says more. */
enum parse reading_stream(struct reading *r, struct bytes stream, bool is_cut, struct named_flow *named,
			  size_t *ret_used)
{
	*ret_used = 0;
	r->has_hello = false;
	size_t before = 0;
	enum parse p = socks_client(stream, &before);
	if (p == PARSE_MORE)
		return PARSE_MORE;
	if (p == PARSE_OK)
		stream = (struct bytes){ stream.at + before, stream.len - before };
	p = read_begin(r, stream, is_cut, named, ret_used);
	*ret_used += before;
	return p;
}

const struct client_hello *reading_hello(const struct reading *r)
{
	return r->has_hello ? &r->hello : NULL;
}

/* A name that Google QUIC sends in clear, or in an Initial of its own form. */
static bool from_google(struct bytes name, struct named_flow *named)
{
	if (!hostname_parse(name, &named->host))
		return false;
	named->info.named_by = NAMED_QUIC;
	named->info.name_conf = 1;
	named->info.unnamed = UNNAMED_NOT;
	return true;
}

enum parse reading_datagram(struct reading *r, struct quic_crypto *c, struct bytes datagram,
			    struct named_flow *named)
{
	struct quic_header h;
	struct quic_found found = { 0 };
	struct bytes hello, name;
	r->has_hello = false;
	enum parse p = quic_google_server_name(datagram, &name);
	if (p != PARSE_BAD) {
		named->info.app = APP_QUIC;
		return p == PARSE_OK && !from_google(name, named) ? PARSE_BAD : p;
	}
	if (quic_header(datagram, &h) != PARSE_OK)
		return PARSE_BAD;
	named->info.app = APP_QUIC;
	p = quic_client_datagram(c, r->cipher, datagram, &found, &hello);
	if (found.google_name.len && from_google(found.google_name, named))
		return PARSE_OK;
	if (p == PARSE_OK) {
		p = tls_client_hello(hello, &r->hello);
		if (p == PARSE_OK)
			from_hello(r, true, named);
	} else if (p == PARSE_MORE && hello.len && tls_client_hello(hello, &r->hello) == PARSE_MORE) {
		from_prefix(r, true, named);
	}
	return p;
}

/* ---- what DNS adds ---- */

static bool is_equal(const struct hostname *a, const struct hostname *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The outer hello's name is the provider's; which of its customers was meant only DNS can tell. */
static void look_behind_ech(struct reading *r, struct named_flow *named)
{
	if (named->info.ech == ECH_NONE || !named->host.len || named->outer_host.len)
		return;
	if (named->info.ech == ECH_GREASE &&
	    !dnscache_has_ech(r->dns, &named->info.client, &named->host, named->info.start_ns))
		return;
	named->info.ech = ECH_REAL;
	named->outer_host = named->host;
	named->host = (struct hostname){ 0 };
	named->info.named_by = NAMED_NONE;
	named->info.unnamed = UNNAMED_ECH;
	named->info.name_conf = 0;
}

static void name_by_dns(struct reading *r, struct named_flow *named)
{
	struct dns_name names[DNS_NAMES_MAX];
	uint32_t n =
	    dnscache_names(r->dns, &named->info.client, &named->info.server, named->info.start_ns, names);
	for (uint32_t i = 0; i < n; i++) {
		if (is_equal(&names[i].host, &named->outer_host))
			continue;
		named->host = names[i].host;
		named->operator_host = names[i].operator_host;
		named->info.dns_frame = names[i].frame;
		named->info.named_by = NAMED_DNS;
		named->info.name_conf = names[i].conf;
		named->info.unnamed = UNNAMED_NOT;
		return;
	}
}

void reading_finish(struct reading *r, struct named_flow *named)
{
	struct dns_name name;
	look_behind_ech(r, named);
	if (!named->host.len)
		name_by_dns(r, named);
	else if (dnscache_answer(r->dns, &named->info.client, &named->info.server, &named->host,
				 named->info.start_ns, &name)) {
		named->info.dns_frame = name.frame;
		named->operator_host = name.operator_host;
	}
}
