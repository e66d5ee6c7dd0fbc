/* What the files of TLS share. */
#ifndef DECRYPT_TLS_PARTS_H
#define DECRYPT_TLS_PARTS_H

#include "decrypt/app.h"
#include "decrypt/crypto.h"
#include "decrypt/tls_conn.h"

enum { RECORD_CCS = 20, RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, RECORD_DATA = 23, RECORD_HEARTBEAT = 24 };

#define RECORD_HEAD 5
#define RECORD_SEALED_MIN                                                                                    \
	22 /* bytes of a sealed one, with its head: what a gap may have held is counted in these */
#define RECORD_MAX (16384 + 2048) /* RFC 5246 6.2.3 */
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

/* Whose keys a direction uses, in the order in which they come. */
enum epoch {
	EPOCH_CLEAR,
	EPOCH_EARLY,
	EPOCH_HANDSHAKE,
	EPOCH_TRAFFIC,
	EPOCH_TLS12,
};

struct record {
	uint8_t type;
	struct bytes head, body;
	struct when at;
};

struct tls_way {
	struct buf piece;     /* of a record that is not whole; after a gap, of where one is looked for */
	struct buf handshake; /* a message that is not whole */
	struct when at;       /* the first byte of piece */
	uint64_t skip;        /* bytes still to come of a record that lost some */
	bool is_gapped;       /* the number of the next record is not known */
	uint64_t gap_bytes;   /* that may have held records */
	uint32_t trials_left;

	enum epoch epoch;
	struct opener opener;
	uint64_t number;            /* of the next record */
	uint8_t secret[SECRET_MAX]; /* of TLS 1.3 */
	uint8_t secret_len;
	uint8_t mac_key[DIGEST_MAX]; /* of CBC in TLS 1.2 */
	bool is_encrypt_then_mac;
	const struct suite *suite; /* that the keys are of */
};

struct held {
	struct held *next;
	enum { HELD_DATA, HELD_GAP, HELD_END } kind;
	enum way way;
	struct when at;
	uint64_t lost;
	size_t len;
	uint8_t data[];
};

struct tls_conn {
	struct shared *shared;
	struct decrypt_flow flow;
	struct trial_share trials;
	struct tls_way way[WAY_COUNT];
	bool is_flipped;                    /* the ClientHello came from the other side */
	bool is_started, is_done, has_lost; /* lost: bytes */
	bool began_before, is_mid_flow;     /* the capture; its hellos were not seen */

	bool has_hello, has_ech, is_early_offered, has_server_hello;
	uint8_t client_random[RANDOM_LEN], server_random[RANDOM_LEN];
	uint16_t version;
	const struct suite *suite;
	bool is_encrypt_then_mac;

	struct secrets secrets;
	bool is_counted; /* as one with keys */
	bool has_secrets;
	uint8_t n_tries;     /* of secrets that are not known to be its own */
	uint64_t generation; /* of the key log, when it was asked last */

	struct conn_facts facts;
	bool is_early_rejected;
	struct app_conn *app, *early_app; /* early_app: takes early data that was refused */

	bool is_holding, was_held;
	int64_t held_since_ns;
	size_t held_bytes;
	struct held *held, **held_end;
	struct tls_conn *older, *newer; /* that hold */
};

/* tls_record.c: from a stream to records, over holes. */
void tls_stream_data(struct tls_conn *c, enum way w, struct bytes data, struct when at);
void tls_stream_gap(struct tls_conn *c, enum way w, uint64_t lost);

/* tls_open.c: one record, in clear or sealed. */
void tls_record(struct tls_conn *c, enum way w, const struct record *r);

/* Room that sealing takes in a record of the direction's keys. */
size_t tls_overhead(const struct tls_way *d);

/* tls_handshake.c: bytes of handshake messages, in clear or opened. */
void tls_handshake_data(struct tls_conn *c, enum way w, struct bytes data);

/* The start of a ClientHello whose end was lost: its random is enough to find the secrets. */
void tls_cut_client_hello(struct tls_conn *c, struct bytes record);

/* tls13.c */
bool tls13_enter(struct tls_conn *c, enum way w, enum epoch e);          /* false: its secret is not known */
bool tls13_next_generation(const struct tls_conn *c, struct tls_way *d); /* KeyUpdate */
/* With these keys the number that a record was sealed with can be made out of its tag: in TLS 1.3 with
 * AES-GCM. returns: false if it was not sealed with this key. */
bool tls13_has_numbers(const struct tls_way *d);
bool tls13_find_number(const struct tls_conn *c, const struct tls_way *d, const struct record *r,
		       uint64_t *ret);
int tls13_open(const struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r,
	       uint8_t *out);

/* tls_trial.c: with a sealed record. Sets the keys and the number of its direction, if they are found. */
bool tls_try_secrets(struct tls_conn *c, enum way w, const struct record *r);
bool tls_may_try(const struct tls_conn *c); /* with this record or a later one */

/* tls12.c */
void tls12_activate(struct tls_conn *c, enum way w);
int tls12_open(const struct tls_conn *c, struct tls_way *d, uint64_t number, const struct record *r,
	       uint8_t *out);

/* tls_conn.c: asks the key log (again). returns: whether anything is known. */
bool tls_find_secrets(struct tls_conn *c);

/* Early data was refused: it is kept apart from what the client sends in its place. */
void tls_reject_early(struct tls_conn *c);

void tls_hold(struct tls_conn *c);

#endif
