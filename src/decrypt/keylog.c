#include "decrypt/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "decrypt/secrets.h"

#define KEYLOG_LINE_MAX 512
#define NO_ENTRY UINT32_MAX

struct entry {
	uint8_t random[RANDOM_LEN];
	struct secrets secrets;
	uint32_t next_in_bucket;
};

/* The entries are a ring in the order of their first lines: a full one forgets the oldest. */
struct keylog {
	pthread_mutex_t mutex;
	struct hash_key hash_key;
	struct entry *entries; /* mapped, kept out of core dumps; pages that were never used cost nothing */
	uint32_t *buckets;
	size_t max, n_buckets, n_added; /* n_added: ever; the next one goes to n_added % max */
	_Atomic size_t count;
	_Atomic uint64_t generation, bad_lines;
	int fd;                     /* of the file that is followed, -1: none */
	char rest[KEYLOG_LINE_MAX]; /* a line of it that is not whole */
	size_t n_rest;
	bool is_rest_too_long;
};

void secrets_wipe(struct secrets *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
}

static void *map_private(size_t len)
{
	void *at =
	    mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	madvise(at, len, MADV_DONTDUMP);
	return at;
}

struct keylog *keylog_new(size_t entries_max)
{
	struct keylog *k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	pthread_mutex_init(&k->mutex, NULL);
	k->fd = -1;
	k->max = entries_max ? entries_max : 1;
	k->n_buckets = 64;
	while (k->n_buckets < k->max)
		k->n_buckets *= 2;
	k->entries = map_private(k->max * sizeof(*k->entries));
	k->buckets = malloc(k->n_buckets * sizeof(*k->buckets));
	if (!k->entries || !k->buckets || RAND_bytes((uint8_t *)&k->hash_key, sizeof(k->hash_key)) != 1) {
		keylog_free(k);
		return NULL;
	}
	memset(k->buckets, 0xff, k->n_buckets * sizeof(*k->buckets));
	return k;
}

void keylog_free(struct keylog *k)
{
	if (!k)
		return;
	if (k->entries) {
		OPENSSL_cleanse(k->entries,
				(k->n_added < k->max ? k->n_added : k->max) * sizeof(*k->entries));
		munmap(k->entries, k->max * sizeof(*k->entries));
	}
	free(k->buckets);
	if (k->fd >= 0)
		close(k->fd);
	pthread_mutex_destroy(&k->mutex);
	OPENSSL_cleanse(k, sizeof(*k));
	free(k);
}

static uint32_t *bucket_of(struct keylog *k, const uint8_t random[RANDOM_LEN])
{
	return &k->buckets[hash_bytes(k->hash_key, random, RANDOM_LEN) & (k->n_buckets - 1)];
}

static struct entry *find(struct keylog *k, const uint8_t random[RANDOM_LEN])
{
	uint32_t i = *bucket_of(k, random);
	while (i != NO_ENTRY && memcmp(k->entries[i].random, random, RANDOM_LEN) != 0)
		i = k->entries[i].next_in_bucket;
	return i == NO_ENTRY ? NULL : &k->entries[i];
}

static struct entry *make(struct keylog *k, const uint8_t random[RANDOM_LEN])
{
	uint32_t slot = (uint32_t)(k->n_added % k->max);
	struct entry *e = &k->entries[slot];
	if (k->n_added >= k->max) {
		uint32_t *at = bucket_of(k, e->random);
		while (*at != slot)
			at = &k->entries[*at].next_in_bucket;
		*at = e->next_in_bucket;
		OPENSSL_cleanse(e, sizeof(*e));
	} else {
		k->count++;
	}
	k->n_added++;
	memcpy(e->random, random, RANDOM_LEN);
	uint32_t *bucket = bucket_of(k, random);
	e->next_in_bucket = *bucket;
	*bucket = slot;
	return e;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* returns: bytes written, or -1 if it is not all hexadecimal or longer than max. */
static int read_hex(struct bytes text, uint8_t *out, size_t max)
{
	if (text.len % 2 || text.len / 2 > max)
		return -1;
	for (size_t i = 0; i < text.len / 2; i++) {
		int high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(text.len / 2);
}

static const struct {
	const char *label;
	enum secret secret; /* SECRET_COUNT: known, of no use here */
} LABELS[] = {
	{ "CLIENT_RANDOM", SECRET_MASTER },
	{ "CLIENT_EARLY_TRAFFIC_SECRET", SECRET_EARLY },
	{ "CLIENT_HANDSHAKE_TRAFFIC_SECRET", SECRET_CLIENT_HANDSHAKE },
	{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", SECRET_SERVER_HANDSHAKE },
	{ "CLIENT_TRAFFIC_SECRET_0", SECRET_CLIENT_TRAFFIC },
	{ "SERVER_TRAFFIC_SECRET_0", SECRET_SERVER_TRAFFIC },
	{ "CLIENT_TRAFFIC_SECRET_N",
	  SECRET_COUNT }, /* of OpenSSL, for later ones: they follow from the first */
	{ "SERVER_TRAFFIC_SECRET_N", SECRET_COUNT },
	{ "EARLY_EXPORTER_SECRET", SECRET_COUNT },
	{ "EXPORTER_SECRET", SECRET_COUNT },
	{ "ECH_SECRET", SECRET_COUNT },
	{ "ECH_CONFIG", SECRET_COUNT },
	{ "RSA", SECRET_COUNT },
};

/* The labels of early QUIC tools are those of TLS behind this. */
#define QUIC_PREFIX "QUIC_"

static int label_of(struct bytes text)
{
	size_t prefix = sizeof(QUIC_PREFIX) - 1;
	if (text.len > prefix && memcmp(text.at, QUIC_PREFIX, prefix) == 0)
		text = (struct bytes){ text.at + prefix, text.len - prefix };
	for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
		if (text.len == strlen(LABELS[i].label) && memcmp(text.at, LABELS[i].label, text.len) == 0)
			return (int)i;
	}
	return -1;
}

/* The next word, without the blanks around it. */
static struct bytes take_word(struct bytes *line)
{
	while (line->len && (line->at[0] == ' ' || line->at[0] == '\t'))
		*line = (struct bytes){ line->at + 1, line->len - 1 };
	size_t n = 0;
	while (n < line->len && line->at[n] != ' ' && line->at[n] != '\t' && line->at[n] != '\r')
		n++;
	struct bytes word = { line->at, n };
	*line = (struct bytes){ line->at + n, line->len - n };
	return word;
}

static bool is_secret_len(enum secret secret, int len)
{
	return len == 48 || (len == 32 && secret != SECRET_MASTER);
}

/* With the mutex held. */
static void add_line(struct keylog *k, struct bytes line)
{
	struct bytes label = take_word(&line);
	if (!label.len || label.at[0] == '#')
		return;
	int i = label_of(label);
	if (i >= 0 && LABELS[i].secret == SECRET_COUNT)
		return;
	uint8_t random[RANDOM_LEN], secret[SECRET_MAX];
	struct bytes first = take_word(&line), second = take_word(&line);
	while (second.len && hex_digit(second.at[second.len - 1]) < 0)
		second.len--; /* some tools write a mark behind it */
	int len = read_hex(second, secret, sizeof(secret));
	if (i < 0 || read_hex(first, random, sizeof(random)) != RANDOM_LEN ||
	    !is_secret_len(LABELS[i].secret, len)) {
		k->bad_lines++;
		OPENSSL_cleanse(secret, sizeof(secret));
		return;
	}
	enum secret s = LABELS[i].secret;
	struct entry *e = find(k, random);
	if (!e)
		e = make(k, random);
	if (e->secrets.len[s] != len || memcmp(e->secrets.at[s], secret, (size_t)len) != 0)
		k->generation++;
	e->secrets.len[s] = (uint8_t)len;
	memcpy(e->secrets.at[s], secret, (size_t)len);
	OPENSSL_cleanse(secret, sizeof(secret));
}

/* All whole lines. returns: the bytes behind the last one. */
static struct bytes add_lines(struct keylog *k, struct bytes text)
{
	for (const uint8_t *lf; text.len && (lf = memchr(text.at, '\n', text.len));) {
		struct bytes line = { text.at, (size_t)(lf - text.at) };
		text = (struct bytes){ lf + 1, text.len - line.len - 1 };
		add_line(k, line);
	}
	return text;
}

void keylog_add(struct keylog *k, struct bytes text)
{
	pthread_mutex_lock(&k->mutex);
	add_line(k, add_lines(k, text));
	pthread_mutex_unlock(&k->mutex);
}

bool keylog_open(struct keylog *k, const char *path, struct err *err)
{
	if (k->fd >= 0)
		close(k->fd);
	k->n_rest = 0;
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return err_set(err, "cannot open key log '%s': %s", path, strerror(errno));
	char probe;
	if (pread(k->fd, &probe, 0, 0) < 0)
		return err_set(err, "cannot read key log '%s': %s", path, strerror(errno));
	keylog_poll(k);
	/* A file that is complete may end without a line end; of a line that is still being written the whole
	 * one takes its place later.
	 */
	uint64_t bad_lines = k->bad_lines;
	pthread_mutex_lock(&k->mutex);
	add_line(k, (struct bytes){ (const uint8_t *)k->rest, k->n_rest });
	pthread_mutex_unlock(&k->mutex);
	k->bad_lines = bad_lines;
	return true;
}

/* A piece of the file behind what is kept of the last one. */
static void add_piece(struct keylog *k, struct bytes piece)
{
	const uint8_t *lf = memchr(piece.at, '\n', piece.len);
	size_t n = lf ? (size_t)(lf - piece.at) + 1 : piece.len;
	if (k->n_rest + n > sizeof(k->rest)) {
		k->is_rest_too_long = true;
		k->n_rest = 0;
	} else if (!k->is_rest_too_long) {
		memcpy(k->rest + k->n_rest, piece.at, n);
		k->n_rest += n;
	}
	if (!lf)
		return;
	if (k->is_rest_too_long)
		k->bad_lines++;
	else
		add_lines(k, (struct bytes){ (const uint8_t *)k->rest, k->n_rest });
	k->n_rest = 0;
	k->is_rest_too_long = false;
	struct bytes rest = add_lines(k, (struct bytes){ piece.at + n, piece.len - n });
	if (rest.len)
		add_piece(k, rest);
}

void keylog_poll(struct keylog *k)
{
	if (k->fd < 0)
		return;
	uint8_t piece[16384];
	ssize_t n;
	pthread_mutex_lock(&k->mutex);
	while ((n = read(k->fd, piece, sizeof(piece))) > 0)
		add_piece(k, (struct bytes){ piece, (size_t)n });
	pthread_mutex_unlock(&k->mutex);
	OPENSSL_cleanse(piece, sizeof(piece));
}

size_t keylog_count(const struct keylog *k)
{
	return k->count;
}

uint64_t keylog_bad_lines(const struct keylog *k)
{
	return k->bad_lines;
}

uint64_t keylog_generation(const struct keylog *k)
{
	return k->generation;
}

/* How many entries were ever made before this one. */
static uint64_t place_of(const struct keylog *k, const struct entry *e)
{
	size_t slot = (size_t)(e - k->entries), next = k->n_added % k->max;
	return k->n_added - (slot < next ? next - slot : next + k->max - slot);
}

bool keylog_find(struct keylog *k, const uint8_t random[RANDOM_LEN], struct secrets *ret, uint64_t *ret_place)
{
	pthread_mutex_lock(&k->mutex);
	const struct entry *e = find(k, random);
	if (e) {
		*ret = e->secrets;
		*ret_place = place_of(k, e);
	}
	pthread_mutex_unlock(&k->mutex);
	return e != NULL;
}

bool keylog_has(struct keylog *k, const uint8_t random[RANDOM_LEN])
{
	pthread_mutex_lock(&k->mutex);
	bool has = find(k, random) != NULL;
	pthread_mutex_unlock(&k->mutex);
	return has;
}

/* Of the places from first to before end, the i-th nearest to `at`; or from both ends inwards. returns: end
 * if there is none. */
static uint64_t near(uint64_t first, uint64_t end, uint64_t at, uint64_t i)
{
	if (at == KEYLOG_NOWHERE)
		return i >= end - first ? end : i % 2 ? first + i / 2 : end - 1 - i / 2;
	if (at < first)
		at = first;
	uint64_t below = at - first, above = end - at - 1, both = below < above ? below : above;
	if (i >= below + above)
		return end;
	if (i < 2 * both)
		return i % 2 ? at - 1 - i / 2 : at + 1 + i / 2;
	return above > both ? at + 1 + (i - both) : at - 1 - (i - both);
}

bool keylog_near(struct keylog *k, uint64_t place, size_t i, struct secrets *ret,
		 uint8_t ret_random[RANDOM_LEN])
{
	pthread_mutex_lock(&k->mutex);
	uint64_t end = k->n_added, at = near(end - k->count, end, place, i);
	if (at != end) {
		const struct entry *e = &k->entries[at % k->max];
		*ret = e->secrets;
		memcpy(ret_random, e->random, RANDOM_LEN);
	}
	pthread_mutex_unlock(&k->mutex);
	return at != end;
}
