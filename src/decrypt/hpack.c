#include "decrypt/hpack.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack_parts.h"
#include "decrypt/hpack_tables.h"

#define ENTRY_OVERHEAD 32 /* RFC 7541 4.1 */
#define TABLE_DEFAULT 4096
#define STRING_MAX 65536

struct hpack *hpack_new(struct teller *t)
{
	struct hpack *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->teller = t;
	h->max_size = TABLE_DEFAULT;
	return h;
}

static size_t entry_size(const struct entry *e)
{
	return (size_t)e->name_len + e->value_len + ENTRY_OVERHEAD;
}

static void drop_entry(struct hpack *h, uint32_t index)
{
	struct entry *e = hpack_entry(h, index);
	h->size -= entry_size(e);
	teller_budget(h->teller)->used -= entry_size(e);
	free(e->text);
	e->text = NULL;
	h->count--;
}

static void drop_oldest(struct hpack *h, uint32_t n)
{
	for (; n; n--)
		drop_entry(h, h->count - 1);
}

static void drop_newest(struct hpack *h, uint32_t n)
{
	for (; n; n--) {
		drop_entry(h, 0);
		h->head--;
	}
}

static void evict_until(struct hpack *h, size_t size)
{
	while (h->count && h->size > size)
		drop_oldest(h, 1);
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

/* Between two gaps that could not be closed either side has its own unknown place: the shorter one is given
 * up. */
static void forget_island(struct hpack *h)
{
	uint32_t n_old = h->count - h->n_since_gap, n = h->n_since_gap;
	if (n > n_old)
		drop_oldest(h, n_old);
	else
		drop_newest(h, n);
}

void hpack_gap(struct hpack *h)
{
	if (h->is_gapped)
		forget_island(h);
	h->is_gapped = true;
	h->n_since_gap = h->n_tried = 0;
}

static bool make_room(struct hpack *h, uint32_t more)
{
	uint32_t capacity = h->capacity ? h->capacity : 64;
	while (capacity < h->count + more)
		capacity *= 2;
	if (capacity == h->capacity)
		return true;
	struct entry *ring = calloc(capacity, sizeof(*ring));
	if (!ring)
		return false;
	for (uint32_t i = 0; i < h->count; i++)
		ring[h->count - 1 - i] = *hpack_entry(h, i);
	free(h->ring);
	h->ring = ring;
	h->capacity = capacity;
	h->head = h->count;
	return true;
}

/* name at NULL: unknown. Memory that runs out leaves the table without the entry: then every older one has
 * another index than the sender means, as after a gap.
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
	bool is_room = size <= budget->max - budget->used && make_room(h, 1);
	uint8_t *text = is_room && name.at ? malloc(name.len + value.len + 1) : NULL;
	if (!is_room || (name.at && !text)) {
		hpack_gap(h);
		return;
	}
	if (name.len)
		memcpy(text, name.at, name.len);
	if (text && value.len)
		memcpy(text + name.len, value.at, value.len);
	h->ring[h->head & (h->capacity - 1)] =
	    (struct entry){ .text = text, .name_len = (uint32_t)name.len, .value_len = (uint32_t)value.len };
	h->head++;
	h->count++;
	h->n_since_gap++;
	h->size += size;
	budget->used += size;
}

bool hpack_insert_unknown(struct hpack *h, uint32_t n)
{
	size_t size = n * (size_t)ENTRY_OVERHEAD;
	struct budget *budget = teller_budget(h->teller);
	if (size > budget->max - budget->used || !make_room(h, n))
		return false;
	h->head += n;
	h->count += n;
	for (uint32_t i = 0; i < h->n_since_gap; i++)
		*hpack_entry(h, i) = *hpack_entry(h, i + n);
	for (uint32_t i = 0; i < n; i++)
		*hpack_entry(h, h->n_since_gap + i) = (struct entry){ 0 };
	h->size += size;
	budget->used += size;
	h->is_gapped = false;
	evict_until(h, h->max_size);
	return true;
}

uint32_t hpack_int(struct reader *r, unsigned prefix_bits)
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

size_t huffman_length(const char *text)
{
	size_t bits = 0;
	for (; *text; text++)
		bits += HPACK_BITS[(uint8_t)*text];
	return (bits + 7) / 8;
}

struct bytes hpack_string(struct hpack *h, struct reader *r, struct buf *store)
{
	bool is_huffman = r->left && (r->at[0] & 0x80);
	uint32_t len = hpack_int(r, 7);
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
	const struct entry *e = hpack_entry(h, i);
	if (!e->text)
		return false;
	*ret_name = (struct bytes){ e->text, e->name_len };
	*ret_value = (struct bytes){ e->text + e->name_len, e->value_len };
	return true;
}

static void note_unknown(struct hpack *h, struct message *m)
{
	m->has_unknown = true;
	teller_counts(h->teller)->unknown_headers++;
}

/* A literal with or without indexing, RFC 7541 6.2. With the name of an unknown entry it is stored as unknown
 * itself, so that the entries after it keep their indices. The length of the name is not known: the table may
 * evict later than the sender's, which shifts no index.
 */
static void read_literal(struct hpack *h, struct reader *r, struct message *m, unsigned prefix_bits,
			 bool is_added)
{
	struct bytes name = { 0 }, value, ignored;
	uint32_t index = hpack_int(r, prefix_bits);
	bool is_known = true;
	if (!index)
		name = hpack_string(h, r, &h->name);
	else if (!look_up(h, index, &name, &ignored))
		is_known = false;
	value = hpack_string(h, r, &h->value);
	if (r->bad)
		return;
	if (is_known)
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
	if (h->is_gapped)
		hpack_align(h, block);
	while (r.left && !r.bad) {
		uint8_t first = r.at[0];
		if (first & 0x80) {
			struct bytes name, value;
			uint32_t index = hpack_int(&r, 7);
			if (r.bad || !index)
				return false;
			if (look_up(h, index, &name, &value))
				message_header(m, h->teller, name, value);
			else
				note_unknown(h, m);
		} else if (first & 0x40) {
			read_literal(h, &r, m, 6, true);
		} else if (first & 0x20) { /* a new size of the table, RFC 7541 6.3 */
			uint32_t size = hpack_int(&r, 5);
			size_t most = teller_limits(h->teller)->table_bytes;
			h->max_size = size > most ? most : size;
			evict_until(h, h->max_size);
		} else {
			read_literal(h, &r, m, 4, false);
		}
	}
	if (!r.bad && !m->has_unknown)
		hpack_learn(h, m);
	return !r.bad;
}
