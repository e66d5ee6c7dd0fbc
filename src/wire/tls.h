/* TLS hellos, without any state of a connection. spec: RFC 8446 4.1, RFC 5246 7.4.1, RFC 6066 3 (SNI), RFC
 * 7301 (ALPN), RFC 8701 (GREASE), draft-ietf-tls-esni (ECH)
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hostname.h"
#include "wire/parse.h"

enum {
	TLS_LIST_MAX = 128, /* entries kept of a list; more are counted */
	TLS_ALPN_MAX = 8,
	TLS_HELLO_MAX = 1 << 16, /* bytes of a hello with its record headers; longer ones are not read */
};

struct tls_list {
	uint16_t at[TLS_LIST_MAX];
	uint16_t n, n_all;
};

/* memory: views are into the bytes parsed. */
struct client_hello {
	uint16_t legacy_version;
	struct bytes random, session_id;
	struct hostname server_name; /* len 0: none */
	bool has_server_name; /* the extension was there: with server_name.len 0 it held no host name (an
				 address) */
	struct bytes literal; /* what it held then; borrowed */
	struct tls_list ciphers, extensions, groups, signature_algorithms,
	    versions; /* in order, GREASE included */
	struct bytes alpn[TLS_ALPN_MAX];
	uint8_t n_alpn;
	bool has_psk, has_early_data, has_ticket; /* ticket: a TLS 1.2 session ticket that is not empty */
	struct bytes ticket;
	bool has_ech;     /* outer encrypted_client_hello */
	struct bytes ech; /* its body */
	bool has_esni;    /* encrypted_server_name, its forerunner: then there is no server_name */
};

/* message: a handshake message from its type byte on. An extension whose inside contradicts itself is as if
 * it were not there. returns: PARSE_OK; PARSE_MORE if message is a true prefix: then *ret holds what the
 * prefix gives (with server_name.len its name); PARSE_BAD: *ret says nothing.
 */
enum parse tls_client_hello(struct bytes message, struct client_hello *ret);

/* stream: the start of a TCP stream, records and all. The handshake message is put together from as many
 * records as it takes, into scratch (TLS_HELLO_MAX bytes) if it spans more than one; ret's views are into
 * scratch or stream. ret_used: bytes of stream that it took, set with PARSE_OK; may be NULL. returns: as
 * tls_client_hello.
 */
enum parse tls_stream_client_hello(struct bytes stream, uint8_t *scratch, struct client_hello *ret,
				   size_t *ret_used);

struct server_hello {
	uint16_t version; /* negotiated: supported_versions, else legacy_version */
	uint16_t cipher;
	struct bytes random;
	bool is_retry; /* HelloRetryRequest */
	bool has_psk;  /* a TLS 1.3 session was resumed */
	struct bytes session_id;
	struct bytes alpn; /* of TLS 1.2; empty: none */
	bool is_encrypt_then_mac, is_extended_master_secret;
};

enum parse tls_server_hello(struct bytes message, struct server_hello *ret);
enum parse tls_stream_server_hello(struct bytes stream, uint8_t *scratch, struct server_hello *ret);

struct encrypted_extensions {
	struct bytes alpn; /* the protocol chosen */
	bool has_alpn, has_early_data;
};

/* body: of the message, behind its header. What is broken gives what came before. spec: RFC 8446 4.3.1 */
void tls_encrypted_extensions(struct bytes body, struct encrypted_extensions *ret);

/* A hash of what tells programs apart in a hello: versions, ciphers, extensions as a set, ALPN, groups and
 * signature algorithms, without GREASE, PSK (41), padding (21), early_data (42), cookie (44), SNI and key
 * shares. 0 is never returned.
 */
uint32_t tls_hello_class(const struct client_hello *hello);

bool tls_is_grease(uint16_t value);

#endif
