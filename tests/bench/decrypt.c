/* What decryption costs, without files and flows: bulk TLS 1.3 in large records, and many small HTTP/2
 * requests.
 *
 * Prints Gbit/s and requests a second of one core's CPU time. With an argument "check" it fails below the
 * bars (10 Gbit/s, 150,000 requests a second).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decrypt/decrypt.h"
#include "mktls.h"

enum { BULK_RECORDS = 4000, RECORD_PLAIN = 16384, SEGMENT = 1448, REQUESTS = 60000 };

static unsigned n_requests;

static void request(void *ctx, const struct request *r)
{
	(void)ctx, (void)r;
	n_requests++;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct run {
	struct mktls *tls;
	struct keylog *keys;
	struct decrypt *decrypt;
	struct decrypt_conn *conn;
};

static struct run begin(uint16_t suite)
{
	struct run r = { .tls = mktls_new(suite), .keys = keylog_new(10) };
	struct when at = { 1, 1 };
	const char *keys = mktls_keys(r.tls);
	keylog_add(r.keys, (struct bytes){ (const uint8_t *)keys, strlen(keys) });
	r.decrypt = decrypt_new(&(struct decrypt_spec){
	    .keys = r.keys, .limits = DECRYPT_LIMITS_DEFAULT, .sink = { .request = request } });
	r.conn = decrypt_conn_new(r.decrypt, &(struct decrypt_flow){ .id = 1 }, DECRYPT_TLS, false);
	decrypt_conn_data(r.conn, WAY_UP, mktls_client_hello(r.tls), at);
	decrypt_conn_data(r.conn, WAY_DOWN, mktls_server_flight(r.tls), at);
	decrypt_conn_data(r.conn, WAY_UP, mktls_client_finished(r.tls), at);
	return r;
}

static void end(struct run *r)
{
	decrypt_conn_free(r->conn);
	decrypt_free(r->decrypt);
	keylog_free(r->keys);
	mktls_free(r->tls);
}

/* One answer of 64 MB, in segments as on Ethernet. */
static double bulk_gbit_s(uint16_t suite)
{
	struct run r = begin(suite);
	struct when at = { 1, 1 };
	static struct mkhttp2 up, down;
	static uint8_t plain[RECORD_PLAIN];
	up.len = down.len = up.n_indexed = down.n_indexed = 0;
	memset(up.index_of, 0, sizeof(up.index_of));
	memset(down.index_of, 0, sizeof(down.index_of));
	mkhttp2_preface(&up);
	mkhttp2_request(&up, 1, "a.example", "/");
	decrypt_conn_data(r.conn, WAY_UP, mktls_data(r.tls, WAY_UP, (struct bytes){ up.at, up.len }), at);
	size_t len = 0, capacity = (size_t)BULK_RECORDS * (RECORD_PLAIN + 22);
	uint8_t *wire = malloc(capacity);
	if (!wire)
		exit(1);
	for (int i = 0; i < BULK_RECORDS; i++) {
		struct mkhttp2 *d = &down;
		d->len = 0;
		mkhttp2_data_head(d, 1, RECORD_PLAIN - 9);
		memcpy(plain, d->at, d->len);
		struct bytes b = mktls_data(r.tls, WAY_DOWN, (struct bytes){ plain, sizeof(plain) });
		memcpy(wire + len, b.at, b.len);
		len += b.len;
	}
	double start = now();
	for (size_t i = 0; i < len; i += SEGMENT)
		decrypt_conn_data(r.conn, WAY_DOWN,
				  (struct bytes){ wire + i, len - i < SEGMENT ? len - i : SEGMENT }, at);
	double took = now() - start;
	if (decrypt_counts(r.decrypt)->records_bad || decrypt_counts(r.decrypt)->records_ok < BULK_RECORDS)
		exit(1);
	free(wire);
	end(&r);
	return (double)len * 8 / took / 1e9;
}

static double requests_s(void)
{
	struct run r = begin(0x1301);
	struct when at = { 1, 1 };
	static struct mkhttp2 up, down;
	struct chunk {
		size_t len;
		uint8_t data[800];
	} *chunks = calloc(2 * REQUESTS, sizeof(*chunks));
	if (!chunks)
		exit(1);
	mkhttp2_preface(&up);
	up.n_indexed = 0;
	memset(up.index_of, 0, sizeof(up.index_of));
	memset(down.index_of, 0, sizeof(down.index_of));
	down.n_indexed = 0;
	for (uint32_t i = 0; i < REQUESTS; i++) {
		char path[200];
		snprintf(path, sizeof(path),
			 "/tr/?id=%u&ev=PageView&dl=https%%3A%%2F%%2Fshop.example%%2Fproducts&ts=%u", i, i);
		if (i)
			up.len = 0;
		down.len = 0;
		mkhttp2_request(&up, 2 * i + 1, "pixel.example", path);
		mkhttp2_answer(&down, 2 * i + 1, 43);
		struct bytes b = mktls_data(r.tls, WAY_UP, (struct bytes){ up.at, up.len });
		chunks[2 * i].len = b.len;
		if (b.len > sizeof(chunks->data))
			exit(1);
		memcpy(chunks[2 * i].data, b.at, b.len);
		b = mktls_data(r.tls, WAY_DOWN, (struct bytes){ down.at, down.len });
		chunks[2 * i + 1].len = b.len;
		memcpy(chunks[2 * i + 1].data, b.at, b.len);
	}
	n_requests = 0;
	double start = now();
	for (size_t i = 0; i < 2 * (size_t)REQUESTS; i++)
		decrypt_conn_data(r.conn, i % 2 ? WAY_DOWN : WAY_UP,
				  (struct bytes){ chunks[i].data, chunks[i].len }, at);
	double took = now() - start;
	if (n_requests != REQUESTS)
		exit(1);
	free(chunks);
	end(&r);
	return REQUESTS / took;
}

int main(int argc, char **argv)
{
	double gcm = bulk_gbit_s(0x1301), gcm256 = bulk_gbit_s(0x1302), chacha = bulk_gbit_s(0x1303),
	       small = requests_s();
	printf("bulk AES-128-GCM %.1f Gbit/s, AES-256-GCM %.1f, ChaCha20 %.1f; small h2 requests %.0f/s\n",
	       gcm, gcm256, chacha, small);
	return argc > 1 && strcmp(argv[1], "check") == 0 && (gcm < 10 || small < 150000);
}
