/* QUIC packets as far as they can be read without secrets: headers, and Initials, whose keys come from the
 * connection ID.
 *
 * limits: a client's hello of QUIC_CRYPTO_MAX bytes in QUIC_PIECES_MAX pieces that wait for others.
 * spec: RFC 8999, RFC 9000 16 to 19, RFC 9001 5, RFC 9369 (version 2), a draft of version 2, drafts 22 to 34,
 * mvfst, Google's Q050, T050, T051
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
};

struct quic_header {
	enum quic_type type;
	uint32_t version;        /* long headers */
	struct bytes dcid, scid; /* a short header does not say how long its dcid is: empty */
	struct bytes token;
	struct bytes packet; /* the whole packet, without the coalesced ones behind it */
	size_t number_at; /* offset of the protected packet number in packet; not of Retry and negotiation */
	bool is_cut;      /* its length says more than is here: the snap length took the rest */
};

/* The first packet of a datagram. Greased fixed bits are let through where the version is known. returns:
 * PARSE_OK, PARSE_BAD. */
enum parse quic_header(struct bytes datagram, struct quic_header *ret);

#define QUIC_VERSION_1 1U
#define QUIC_VERSION_2 0x6b3343cfU

/* One whose Initials can be decrypted. */
bool quic_version_known(uint32_t version);
#define QUIC_SALT_LEN 20
const uint8_t *quic_salt(uint32_t version); /* of its Initials' keys; NULL: not known */
bool quic_version_is_2(uint32_t version);   /* RFC 9369 or its draft: other labels and packet types */

/* Contexts of the cipher, made once and used for every flow. threads: one each. */
struct quic_cipher;
struct quic_cipher *quic_cipher_new(void); /* NULL if out of memory */
void quic_cipher_free(struct quic_cipher *cipher);

/* The CRYPTO stream of Initials of one direction, put together over packets and order. All zero at the start.
 */
struct quic_crypto {
	uint32_t version;
	bool has_keys;
	uint8_t key[16], iv[12], hp[16];
	uint16_t n_pieces;
	struct {
		uint32_t from, to;
	} pieces[QUIC_PIECES_MAX]; /* in order, apart */
	uint8_t *data;             /* heap, grown as needed up to QUIC_CRYPTO_MAX */
	uint32_t capacity;
};

void quic_crypto_fini(struct quic_crypto *c);

/* What a datagram of the client gave. */
struct quic_found {
	uint32_t n_initials, n_bad; /* decrypted; not decryptable */
	bool has_zero_rtt;
	struct bytes google_name; /* Q050: the server name of a CHLO; a view into c */
};

/* One datagram from the client: decrypts every Initial in it with c's keys (made from the first one; made
 * anew when the old ones do not fit, as after a Retry) and adds the CRYPTO frames. Of an Initial that the
 * snap length cut, what is there counts, though no tag then proves it.
 *
 * ret_hello: a view into c. returns: PARSE_OK when the client's hello is whole: then *ret_hello is the
 * handshake message; PARSE_MORE: not yet, *ret_hello is its first part or empty; PARSE_BAD: not QUIC, or no
 * hello of a client.
 */
enum parse quic_client_datagram(struct quic_crypto *c, struct quic_cipher *cipher, struct bytes datagram,
				struct quic_found *ret_found, struct bytes *ret_hello);

/* The server name of a Google QUIC CHLO in clear (Q046 and before). returns: PARSE_OK, PARSE_MORE (Google
 * QUIC, but no CHLO with a name in it), PARSE_BAD.
 */
enum parse quic_google_server_name(struct bytes datagram, struct bytes *ret_name);

#endif
