/* QUIC packets as far as they can be read without secrets: headers, and Initials, whose keys come from the
 * connection ID. spec: RFC 8999, RFC 9000 17, RFC 9001 5.2, RFC 9369 (version 2), drafts 22 to 34, Google's
 * Q046, Q050 and T051
 */
#ifndef WIRE_QUIC_H
#define WIRE_QUIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/parse.h"

enum {
	QUIC_CID_MAX = 20,
	QUIC_CRYPTO_MAX = 16384, /* bytes of CRYPTO stream that are put together */
	QUIC_PIECES_MAX = 64,
};

enum quic_type {
	QUIC_INITIAL,
	QUIC_ZERO_RTT,
	QUIC_HANDSHAKE,
	QUIC_RETRY,
	QUIC_VERSION_NEGOTIATION,
	QUIC_SHORT,
	QUIC_GOOGLE, /* gQUIC, with a CHLO in clear */
};

struct quic_header {
	enum quic_type type;
	uint32_t version;        /* long headers */
	struct bytes dcid, scid; /* dcid of a short header: unknown length, empty */
	struct bytes token;
	struct bytes packet; /* the whole packet, without the coalesced ones behind it */
	size_t number_at;    /* offset of the protected packet number in packet */
};

/* The first packet of a datagram. Greased fixed bits are let through where the version is known. returns:
 * PARSE_OK, PARSE_BAD.
 */
enum parse quic_header(struct bytes datagram, struct quic_header *ret);
bool quic_version_known(uint32_t version);

/* The CRYPTO stream of Initials of one direction, put together over packets and order. All zero at the start.
 */
struct quic_crypto {
	uint32_t version;
	uint8_t cid[QUIC_CID_MAX],
	    cid_len; /* that the keys come from: destination of the client's first Initial */
	bool has_keys;
	uint8_t key[16], iv[12], hp[16];
	uint16_t n_pieces;
	struct {
		uint32_t from, to;
	} pieces[QUIC_PIECES_MAX]; /* ordered, apart */
	uint8_t *data;             /* heap, grown as needed up to QUIC_CRYPTO_MAX */
	uint32_t capacity;
};
void quic_crypto_fini(struct quic_crypto *c);

/* What a datagram of the client gave. */
struct quic_found {
	uint32_t n_initials, n_bad; /* decrypted; not decryptable */
	bool has_zero_rtt, has_retry;
};

/* One datagram from the client: decrypts every Initial in it with c's keys (made from the first one; made
 * anew if the destination changes before the hello is whole, as after a Retry) and adds the CRYPTO frames.
 * cipher: one context that the caller keeps for all, from quic_cipher_new. returns: PARSE_OK when the
 * client's hello is whole: then *ret_hello is the handshake message, a view into c; PARSE_MORE: no hello yet;
 * PARSE_BAD: not QUIC.
 */
struct quic_cipher;
struct quic_cipher *quic_cipher_new(void); /* NULL if out of memory */
void quic_cipher_free(struct quic_cipher *cipher);
enum parse quic_client_datagram(struct quic_crypto *c, struct quic_cipher *cipher, struct bytes datagram,
				struct quic_found *ret_found, struct bytes *ret_hello);

/* The SNI of a gQUIC CHLO (Q043 and before in clear; Q046, Q050 as above). returns: as tls parsers. */
enum parse quic_google_server_name(struct bytes datagram, struct bytes *ret_name);

#endif
