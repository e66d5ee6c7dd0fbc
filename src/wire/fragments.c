#include "wire/fragments.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/lru.h"
#include "base/time.h"

enum {
	HEADER_MAX = 60,
	DATA_MAX = 65535,
};

struct key {
	struct addr src, dst;
	uint32_t id;
	uint32_t proto; /* 0 for IPv6: RFC 8200 4.5 does not tell datagrams apart by it */
};

struct entry {
	uint8_t *data; /* HEADER_MAX bytes for the header, then the data */
	uint32_t capacity;
	uint32_t len; /* of the whole data; 0: the last fragment is not here */
	uint32_t wire_len;
	uint8_t header_len, proto; /* header_len 0: the first fragment is not here */
	bool is_refused;           /* what comes after an overlap is thrown away too */
	uint16_t n_pieces;
	struct {
		uint32_t from, to;
	} pieces[FRAGMENTS_GAPS_MAX]; /* ordered, apart */
};

struct fragments {
	struct lru *table;
	uint8_t *whole; /* the datagram handed out last */
	struct fragments_counts counts;
};

static void drop(void *ctx, void *value, enum lru_why why)
{
	struct fragments *f = ctx;
	struct entry *e = value;
	if (why != LRU_REMOVED)
		f->counts.evicted++;
	free(e->data);
}

struct fragments *fragments_new(size_t max, struct hash_key key)
{
	struct fragments *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->table = lru_new(&(struct lru_spec){
	    .capacity = max,
	    .key_size = sizeof(struct key),
	    .value_size = sizeof(struct entry),
	    .hash_key = key,
	    .drop = drop,
	    .ctx = f,
	});
	if (!f->table) {
		free(f);
		return NULL;
	}
	return f;
}

void fragments_free(struct fragments *f)
{
	if (!f)
		return;
	lru_free(f->table);
	free(f->whole);
	free(f);
}

void fragments_counts(const struct fragments *f, struct fragments_counts *ret_counts)
{
	*ret_counts = f->counts;
}

static bool grow(struct entry *e, uint32_t need)
{
	if (need <= e->capacity)
		return true;
	uint32_t capacity = 4096;
	while (capacity < need)
		capacity *= 2;
	uint8_t *data = realloc(e->data, HEADER_MAX + capacity);
	if (!data)
		return false;
	e->data = data;
	e->capacity = capacity;
	return true;
}

/* Notes from..to as present. returns: false if it overlaps what is there. */
static bool note(struct entry *e, uint32_t from, uint32_t to)
{
	uint16_t i = 0;
	while (i < e->n_pieces && e->pieces[i].to < from)
		i++;
	bool joins_left = i < e->n_pieces && e->pieces[i].to == from;
	uint16_t right = (uint16_t)(i + joins_left);
	if (right < e->n_pieces && e->pieces[right].from < to)
		return false;
	bool joins_right = right < e->n_pieces && e->pieces[right].from == to;
	if (joins_left && joins_right) {
		e->pieces[i].to = e->pieces[right].to;
		e->n_pieces--;
		memmove(&e->pieces[right], &e->pieces[right + 1],
			(size_t)(e->n_pieces - right) * sizeof(e->pieces[0]));
	} else if (joins_left) {
		e->pieces[i].to = to;
	} else if (joins_right) {
		e->pieces[right].from = from;
	} else {
		if (e->n_pieces == FRAGMENTS_GAPS_MAX)
			return false;
		memmove(&e->pieces[i + 1], &e->pieces[i], (size_t)(e->n_pieces - i) * sizeof(e->pieces[0]));
		e->pieces[i].from = from;
		e->pieces[i].to = to;
		e->n_pieces++;
	}
	return true;
}

/* The same bytes again, as a mirror port that sees a packet twice gives them. */
static bool is_repeated(const struct entry *e, uint32_t from, struct bytes data)
{
	for (uint16_t i = 0; i < e->n_pieces; i++)
		if (e->pieces[i].from <= from && from + data.len <= e->pieces[i].to)
			return memcmp(e->data + HEADER_MAX + from, data.at, data.len) == 0;
	return false;
}

static bool keep(struct entry *e, const struct fragment *piece)
{
	uint32_t from = piece->offset, to = from + (uint32_t)piece->data.len;
	bool is_odd = piece->has_more ? piece->data.len % 8 != 0 || (e->len && to >= e->len)
				      : e->len != 0 || (e->n_pieces && e->pieces[e->n_pieces - 1].to > to);
	if (is_odd || piece->data.len == 0 || piece->header.len > HEADER_MAX)
		return false;
	if (!grow(e, to) || !note(e, from, to))
		return false;
	memcpy(e->data + HEADER_MAX + from, piece->data.at, piece->data.len);
	if (!piece->has_more)
		e->len = to;
	if (from == 0) {
		e->header_len = (uint8_t)piece->header.len;
		e->proto = piece->proto;
		memcpy(e->data + HEADER_MAX - e->header_len, piece->header.at, e->header_len);
	}
	e->wire_len += piece->wire_len;
	return true;
}

static void put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* Takes the memory out of e. */
static void hand_out(struct fragments *f, struct entry *e, bool is_v6, struct fragments_whole *ret)
{
	free(f->whole);
	f->whole = e->data;
	e->data = NULL;
	uint8_t *ip = f->whole + HEADER_MAX - e->header_len;
	if (is_v6) {
		put16(ip + 4, e->len);
		ip[6] = e->proto;
	} else {
		uint32_t total = e->header_len + e->len;
		put16(ip + 2, total > DATA_MAX ? DATA_MAX : total);
		put16(ip + 6, 0);
	}
	*ret = (struct fragments_whole){
		.datagram = { ip, e->header_len + e->len },
		.header_len = e->header_len,
		.proto = e->proto,
		.wire_len = e->wire_len,
	};
}

bool fragments_add(struct fragments *f, const struct fragment *piece, struct fragments_whole *ret_whole)
{
	lru_expire(f->table, piece->ts_ns - FRAGMENTS_WAIT_S * NS_PER_S);
	if (piece->offset + piece->data.len > DATA_MAX) {
		f->counts.refused++;
		return false;
	}
	struct key key = { piece->src, piece->dst, piece->id, piece->is_v6 ? 0 : piece->proto };
	bool is_new;
	struct entry *e = lru_touch(f->table, &key, piece->ts_ns, &is_new);
	if (!e->is_refused && is_repeated(e, piece->offset, piece->data))
		return false;
	if (e->is_refused || !keep(e, piece)) {
		e->is_refused = true;
		f->counts.refused++;
		return false;
	}
	f->counts.kept++;
	if (!e->len || !e->header_len || e->n_pieces != 1)
		return false;
	hand_out(f, e, piece->is_v6, ret_whole);
	lru_remove(f->table, &key);
	f->counts.assembled++;
	return true;
}
