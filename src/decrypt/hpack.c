#include "decrypt/hpack.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack_tables.h"

#define ENTRY_OVERHEAD 32 /* RFC 7541 4.1 */
#define TABLE_DEFAULT 4096
#define STRING_MAX 65536

struct entry {
	uint8_t *text; /* name, then value */
	uint32_t name_len, value_len;
};

struct hpack {
	struct teller *teller;
	struct entry *ring; /* capacity is a power of two; newest at head - 1 */
	uint32_t capacity, head, count;
	size_t size, max_size;
	uint32_t n_since_gap; /* entries added after the last gap: only these have a known index */
	bool is_gapped;
	struct buf name, value;
};

struct hpack *hpack_new(struct teller *t)
{
	struct hpack *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->teller = t;
	h->max_size = TABLE_DEFAULT;
	return h;
}

static struct entry *entry_at(const struct hpack *h, uint32_t index)
{
	return &h->ring[(h->head - 1 - index) & (h->capacity - 1)];
}

static size_t entry_size(const struct entry *e)
{
	return (size_t)e->name_len + e->value_len + ENTRY_OVERHEAD;
}

static void evict_until(struct hpack *h, size_t size)
{
	while (h->count && h->size > size) {
		struct entry *e = entry_at(h, h->count - 1);
		h->size -= entry_size(e);
		teller_budget(h->teller)->used -= entry_size(e);
		free(e->text);
		e->text = NULL;
		h->count--;
	}
	if (h->n_since_gap > h->count)
		h->n_since_gap = h->count;
}

void hpack_free(struct hpack *h)
{
	if (!h)
		return;
	evict_until(h, 0);
	buf_fini(&h->name, teller_budget(h->teller));
	buf_fini(&h->value, teller_budget(h->teller));
	free(h->ring);
	free(h);
}

void hpack_gap(struct hpack *h)
{
	h->is_gapped = true;
	h->n_since_gap = 0;
}

static bool grow_ring(struct hpack *h)
{
	if (h->count < h->capacity)
		return true;
	uint32_t capacity = h->capacity ? h->capacity * 2 : 64;
	struct entry *ring = calloc(capacity, sizeof(*ring));
	if (!ring)
		return false;
	for (uint32_t i = 0; i < h->count; i++)
		ring[h->count - 1 - i] = *entry_at(h, i);
	free(h->ring);
	h->ring = ring;
	h->capacity = capacity;
	h->head = h->count;
	return true;
}

/* Memory that runs out leaves the table without the entry: then every older one has another index than the
 * sender means, as after a gap.
 */
static void add_entry(struct hpack *h, struct bytes name, struct bytes value)
{
	size_t size = name.len + value.len + ENTRY_OVERHEAD;
	struct budget *budget = teller_budget(h->teller);
	if (size > h->max_size) { /* RFC 7541 4.4: empties the table */
		evict_until(h, 0);
		return;
	}
	evict_until(h, h->max_size - size);
	uint8_t *text =
	    size <= budget->max - budget->used && grow_ring(h) ? malloc(name.len + value.len + 1) : NULL;
	if (!text) {
		hpack_gap(h);
		return;
	}
	if (name.len)
		memcpy(text, name.at, name.len);
	if (value.len)
		memcpy(text + name.len, value.at, value.len);
	h->ring[h->head & (h->capacity - 1)] =
	    (struct entry){ text, (uint32_t)name.len, (uint32_t)value.len };
	h->head++;
	h->count++;
	h->n_since_gap++;
	h->size += size;
	budget->used += size;
}

/* An integer with an n-bit prefix, RFC 7541 5.1. */
static uint32_t read_int(struct reader *r, unsigned prefix_bits)
{
	uint32_t mask = (1U << prefix_bits) - 1, v = reader_uint(r, 1) & mask;
	if (v < mask)
		return v;
	for (unsigned shift = 0; shift <= 21; shift += 7) {
		uint32_t b = reader_uint(r, 1);
		v += (b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
	r->bad = true;
	return 0;
}

int huffman_decode(struct bytes code, uint8_t *out, size_t max)
{
	uint64_t bits = 0; /* the next ones are the highest of the low n */
	unsigned n = 0;
	size_t len = 0, at = 0;
	for (;;) {
		while (n <= 48 && at < code.len) {
			bits = bits << 8 | code.at[at++];
			n += 8;
		}
		if (n < 5)
			break;
		uint8_t next = (uint8_t)(n >= 8 ? bits >> (n - 8) : bits << (8 - n) | (0xffU >> n));
		struct hpack_short s = HPACK_SHORT[next];
		unsigned used = s.bits;
		uint8_t symbol = s.symbol;
		for (size_t i = 0; !used && i < HPACK_LONG_COUNT && HPACK_LONG[i].bits <= n; i++) {
			const struct hpack_long *l = &HPACK_LONG[i];
			uint32_t v = (uint32_t)(bits >> (n - l->bits) & ((1ULL << l->bits) - 1));
			if (v >= l->first && v - l->first < l->n) {
				used = l->bits;
				symbol = HPACK_LONG_SYMBOLS[l->symbol + (v - l->first)];
			}
		}
		if (!used || used > n)
			break;
		if (len == max)
			return -1;
		out[len++] = symbol;
		n -= used;
	}
	/* RFC 7541 5.2: what is left is less than 8 bits, all ones */
	return n < 8 && (bits & ((1U << n) - 1)) == (1U << n) - 1 ? (int)len : -1;
}

/* A string literal, RFC 7541 5.2: a view of the block, or of *store. */
static struct bytes read_string(struct hpack *h, struct reader *r, struct buf *store)
{
	bool is_huffman = r->left && (r->at[0] & 0x80);
	uint32_t len = read_int(r, 7);
	struct bytes raw = reader_take(r, len);
	if (!is_huffman || r->bad)
		return raw;
	store->len = 0;
	size_t room = raw.len * 8 / 5 + 1; /* no code is shorter than 5 bits */
	if (room > STRING_MAX)
		room = STRING_MAX;
	if (!buf_reserve(store, teller_budget(h->teller), room, STRING_MAX)) {
		r->bad = true;
		return (struct bytes){ 0 };
	}
	int n = huffman_decode(raw, store->at, room);
	if (n < 0) {
		r->bad = true;
		return (struct bytes){ 0 };
	}
	return (struct bytes){ store->at, (size_t)n };
}

/* returns: false if the entry is unknown. */
static bool look_up(const struct hpack *h, uint32_t index, struct bytes *ret_name, struct bytes *ret_value)
{
	if (index >= 1 && index <= HPACK_STATIC_COUNT) {
		const struct hpack_static *s = &HPACK_STATIC[index - 1];
		*ret_name = (struct bytes){ (const uint8_t *)s->name, s->name_len };
		*ret_value = (struct bytes){ (const uint8_t *)s->value, s->value_len };
		return true;
	}
	uint32_t i = index - HPACK_STATIC_COUNT - 1;
	if (!index || i >= h->count || (h->is_gapped && i >= h->n_since_gap))
		return false;
	const struct entry *e = entry_at(h, i);
	*ret_name = (struct bytes){ e->text, e->name_len };
	*ret_value = (struct bytes){ e->text + e->name_len, e->value_len };
	return true;
}

static void note_unknown(struct hpack *h, struct message *m)
{
	m->has_unknown = true;
	teller_counts(h->teller)->unknown_headers++;
}

/* A literal with or without indexing, RFC 7541 6.2. The name of an unknown entry is stored as "?", so that
 * the entries after it keep their indices; its length is not known, so the table may evict at other times
 * than the sender's.
 */
static void read_literal(struct hpack *h, struct reader *r, struct message *m, unsigned prefix_bits,
			 bool is_added)
{
	static const struct bytes unknown = { (const uint8_t *)"?", 1 };
	struct bytes name = unknown, value = { 0 }, ignored;
	uint32_t index = read_int(r, prefix_bits);
	bool is_known = true;
	if (!index)
		name = read_string(h, r, &h->name);
	else if (!look_up(h, index, &name, &ignored))
		is_known = false;
	value = read_string(h, r, &h->value);
	if (r->bad)
		return;
	if (is_known && !(name.len == 1 && name.at[0] == '?'))
		message_header(m, h->teller, name, value);
	else
		note_unknown(h, m);
	if (!is_added)
		return;
	if (index && is_known) { /* evicting may free what name shows */
		h->name.len = 0;
		if (!buf_add(&h->name, teller_budget(h->teller), name, STRING_MAX)) {
			hpack_gap(h);
			return;
		}
		name = buf_bytes(&h->name);
	}
	add_entry(h, name, value);
}

bool hpack_read(struct hpack *h, struct bytes block, struct message *m)
{
	struct reader r = reader_of(block);
	while (r.left && !r.bad) {
		uint8_t first = r.at[0];
		if (first & 0x80) {
			struct bytes name, value;
			uint32_t index = read_int(&r, 7);
			if (r.bad || !index)
				return false;
			if (look_up(h, index, &name, &value) && !(name.len == 1 && name.at[0] == '?'))
				message_header(m, h->teller, name, value);
			else
				note_unknown(h, m);
		} else if (first & 0x40) {
			read_literal(h, &r, m, 6, true);
		} else if (first & 0x20) { /* a new size of the table, RFC 7541 6.3 */
			uint32_t size = read_int(&r, 5);
			size_t most = teller_limits(h->teller)->table_bytes;
			h->max_size = size > most ? most : size;
			evict_until(h, h->max_size);
		} else {
			read_literal(h, &r, m, 4, false);
		}
	}
	return !r.bad;
}
