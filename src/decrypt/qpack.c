#include "decrypt/qpack.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/hpack.h"
#include "decrypt/qpack_static.h"

#define ENTRY_OVERHEAD 32 /* RFC 9204 3.2.1 */
#define STRING_MAX 65536
#define PENDING_MAX (2 * STRING_MAX) /* of an instruction that is not whole */

struct entry {
	uint8_t *text; /* name, then value */
	uint32_t name_len, value_len;
};

struct qpack {
	struct teller *teller;
	struct entry *ring;  /* n_slots is a power of two; the entry numbered i at i % n_slots */
	uint64_t n_inserted; /* known ones: the next has this number */
	uint32_t n_slots, count;
	size_t size, capacity; /* capacity: as the encoder set it */
	uint64_t max_entries;  /* RFC 9204 3.2.2, from the SETTINGS */
	bool has_settings, is_lost, is_broken;
	uint64_t lost_bytes; /* and those behind them: so many entries there may be more at most */
	struct buf pending;  /* an instruction that is not whole */
	struct buf name, value;
};

struct qpack *qpack_new(struct teller *t)
{
	struct qpack *q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	q->teller = t;
	return q;
}

/* ---- the dynamic table ---- */

static struct entry *entry_at(const struct qpack *q, uint64_t number)
{
	return &q->ring[number & (q->n_slots - 1)];
}

static void evict_until(struct qpack *q, size_t size)
{
	while (q->count && q->size > size) {
		struct entry *e = entry_at(q, q->n_inserted - q->count);
		size_t len = (size_t)e->name_len + e->value_len + ENTRY_OVERHEAD;
		q->size -= len;
		teller_budget(q->teller)->used -= len;
		free(e->text);
		e->text = NULL;
		q->count--;
	}
}

void qpack_free(struct qpack *q)
{
	if (!q)
		return;
	struct budget *budget = teller_budget(q->teller);
	evict_until(q, 0);
	buf_fini(&q->pending, budget);
	buf_fini(&q->name, budget);
	buf_fini(&q->value, budget);
	free(q->ring);
	free(q);
}

void qpack_lose(struct qpack *q, uint64_t bytes)
{
	uint64_t more = q->pending.len;
	q->is_lost = true;
	q->lost_bytes = bytes < QPACK_LOST_UNKNOWN - q->lost_bytes - more ? q->lost_bytes + bytes + more
									  : QPACK_LOST_UNKNOWN;
	buf_fini(&q->pending, teller_budget(q->teller));
}

void qpack_settings(struct qpack *q, uint64_t capacity)
{
	if (q->has_settings)
		return;
	q->has_settings = true;
	q->max_entries = capacity / ENTRY_OVERHEAD;
	if (capacity > teller_limits(q->teller)->table_bytes)
		qpack_lose(q, QPACK_LOST_UNKNOWN);
}

static bool make_room(struct qpack *q)
{
	uint32_t n = q->n_slots ? q->n_slots * 2 : 64;
	if (q->count < q->n_slots)
		return true;
	struct entry *ring = calloc(n, sizeof(*ring));
	if (!ring)
		return false;
	for (uint64_t i = q->n_inserted - q->count; i < q->n_inserted; i++)
		ring[i & (n - 1)] = *entry_at(q, i);
	free(q->ring);
	q->ring = ring;
	q->n_slots = n;
	return true;
}

static bool insert(struct qpack *q, struct bytes name, struct bytes value)
{
	size_t size = name.len + value.len + ENTRY_OVERHEAD;
	struct budget *budget = teller_budget(q->teller);
	uint8_t *text = size <= q->capacity ? malloc(name.len + value.len + 1) : NULL;
	if (!text)
		return false;
	if (name.len)
		memcpy(text, name.at, name.len); /* before it may be evicted */
	if (value.len)
		memcpy(text + name.len, value.at, value.len);
	evict_until(q, q->capacity - size);
	if (size > budget->max - budget->used || !make_room(q)) {
		free(text);
		return false;
	}
	*entry_at(q, q->n_inserted) = (struct entry){ text, (uint32_t)name.len, (uint32_t)value.len };
	q->n_inserted++;
	q->count++;
	q->size += size;
	budget->used += size;
	return true;
}

static bool static_at(uint64_t index, struct bytes *ret_name, struct bytes *ret_value)
{
	if (index >= QPACK_STATIC_COUNT)
		return false;
	const struct hpack_static *s = &QPACK_STATIC[index];
	*ret_name = (struct bytes){ (const uint8_t *)s->name, s->name_len };
	*ret_value = (struct bytes){ (const uint8_t *)s->value, s->value_len };
	return true;
}

static bool dynamic_at(const struct qpack *q, uint64_t number, struct bytes *ret_name,
		       struct bytes *ret_value)
{
	if (number >= q->n_inserted || q->n_inserted - number > q->count)
		return false;
	const struct entry *e = entry_at(q, number);
	*ret_name = (struct bytes){ e->text, e->name_len };
	*ret_value = (struct bytes){ e->text + e->name_len, e->value_len };
	return true;
}

/* ---- integers and strings, RFC 9204 4.1 ---- */

/* *is_broken: it is too large; r->bad: it is that, or not whole. */
static uint64_t take_int(struct reader *r, unsigned prefix_bits, bool *is_broken)
{
	uint64_t mask = (1U << prefix_bits) - 1, v = reader_uint(r, 1) & mask;
	if (v < mask)
		return v;
	for (unsigned shift = 0; shift <= 28; shift += 7) {
		uint64_t b = reader_uint(r, 1);
		v += (b & 0x7f) << shift;
		if (!(b & 0x80) || r->bad)
			return v;
	}
	*is_broken = r->bad = true;
	return 0;
}

struct string {
	bool is_huffman;
	struct bytes raw;
};

static struct string take_string(struct reader *r, unsigned prefix_bits, bool *is_broken)
{
	struct string s = { .is_huffman = r->left && (r->at[0] >> prefix_bits & 1) };
	uint64_t len = take_int(r, prefix_bits, is_broken);
	if (len > STRING_MAX)
		*is_broken = r->bad = true;
	s.raw = reader_take(r, r->bad ? 0 : (size_t)len);
	return s;
}

/* returns: a view of the string itself or of *store; at NULL: it is broken. */
static struct bytes text_of(struct qpack *q, struct string s, struct buf *store)
{
	static const struct bytes empty = { (const uint8_t *)"", 0 };
	size_t room = s.raw.len * 8 / 5 + 1; /* no code is shorter than 5 bits */
	if (!s.raw.len)
		return empty;
	if (!s.is_huffman)
		return s.raw;
	if (room > STRING_MAX)
		room = STRING_MAX;
	store->len = 0;
	if (!buf_reserve(store, teller_budget(q->teller), room, STRING_MAX))
		return (struct bytes){ 0 };
	int n = huffman_decode(s.raw, store->at, room);
	return n < 0 ? (struct bytes){ 0 } : (struct bytes){ store->at, (size_t)n };
}

/* ---- the encoder stream, RFC 9204 4.3 ---- */

static bool set_capacity(struct qpack *q, uint64_t capacity)
{
	if (capacity > teller_limits(q->teller)->table_bytes)
		return false;
	q->capacity = (size_t)capacity;
	evict_until(q, q->capacity);
	return true;
}

/* An instruction that is whole. returns: false if it is broken. */
static bool insert_strings(struct qpack *q, bool has_index, bool is_static, uint64_t index,
			   struct string name, struct string value)
{
	struct bytes n, ignored, v = text_of(q, value, &q->value);
	if (has_index && !(is_static ? static_at(index, &n, &ignored)
				     : dynamic_at(q, q->n_inserted - 1 - index, &n, &ignored)))
		return false;
	if (!has_index)
		n = text_of(q, name, &q->name);
	return n.at && v.at && insert(q, n, v);
}

static bool duplicate(struct qpack *q, uint64_t index)
{
	struct bytes name, value;
	return dynamic_at(q, q->n_inserted - 1 - index, &name, &value) && insert(q, name, value);
}

/* Takes the first instruction of r. returns: false with *is_broken if it is broken, else if it is not whole.
 */
static bool instruction(struct qpack *q, struct reader *r, bool *is_broken)
{
	uint8_t first = r->at[0];
	bool has_index = first & 0x80, is_static = first & 0x40, ok;
	if (has_index || is_static) {
		struct string name = { 0 };
		uint64_t index = 0;
		if (has_index)
			index = take_int(r, 6, is_broken);
		else
			name = take_string(r, 5, is_broken);
		struct string value = take_string(r, 7, is_broken);
		if (r->bad)
			return false;
		ok = insert_strings(q, has_index, is_static, index, name, value);
	} else {
		uint64_t v = take_int(r, 5, is_broken);
		if (r->bad)
			return false;
		ok = first & 0x20 ? set_capacity(q, v) : duplicate(q, v);
	}
	*is_broken = !ok;
	return ok;
}

bool qpack_encoder_data(struct qpack *q, struct bytes data)
{
	struct budget *budget = teller_budget(q->teller);
	if (q->is_lost || !buf_add(&q->pending, budget, data, PENDING_MAX)) {
		qpack_lose(q, data.len);
		return false;
	}
	struct bytes all = buf_bytes(&q->pending);
	bool is_broken = false;
	while (all.len) {
		struct reader r = reader_of(all);
		if (!instruction(q, &r, &is_broken))
			break;
		all = bytes_tail(all, all.len - r.left);
	}
	buf_skip(&q->pending, q->pending.len - all.len);
	if (is_broken) {
		teller_counts(q->teller)->bad_qpack++;
		qpack_lose(q, QPACK_LOST_UNKNOWN);
	} else if (!q->pending.len) {
		buf_fini(&q->pending, budget);
	}
	return !is_broken;
}

/* ---- blocks, RFC 9204 4.5 ---- */

/* What the dynamic references of a block count from. */
struct base {
	uint64_t required, base;
	bool is_known;
};

/* The number of entries that a block needs, out of its remainder: the one that is possible. RFC 9204 4.5.1.1.
 * The encoder has none but those in the table, so it is not further back than that; nor further ahead, if
 * some were lost, than there were bytes for them. returns: false if there is none; *ret_known: false if there
 * are several.
 */
static bool required_count(const struct qpack *q, uint64_t encoded, uint64_t *ret, bool *ret_known)
{
	uint64_t range = 2 * q->max_entries, n = q->n_inserted;
	uint64_t above = n > q->max_entries ? n - q->max_entries : 0; /* it is larger */
	uint64_t ahead = q->is_lost ? q->lost_bytes : q->max_entries;
	uint64_t most = ahead < UINT64_MAX - n ? n + ahead : UINT64_MAX;
	if (encoded > range)
		return false;
	uint64_t first = above + 1 + (encoded - 1 + range - (above + 1) % range) % range;
	*ret = first;
	*ret_known = first <= most && most - first < range;
	return first <= most;
}

/* returns: false if it is broken. */
static bool take_base(const struct qpack *q, struct reader *r, struct base *ret)
{
	bool is_broken = false, is_known = false;
	uint64_t encoded = take_int(r, 8, &is_broken);
	bool is_below = r->left && (r->at[0] & 0x80);
	uint64_t delta = take_int(r, 7, &is_broken);
	*ret = (struct base){ 0 };
	if (r->bad)
		return false;
	if (!encoded) {
		ret->base = delta;
		ret->is_known = true;
		return !is_below;
	}
	ret->required = UINT64_MAX;
	if (!q->has_settings)
		return true;
	if (!required_count(q, encoded, &ret->required, &is_known))
		return false;
	if (is_below && delta >= ret->required)
		return false;
	ret->base = is_below ? ret->required - delta - 1 : ret->required + delta;
	ret->is_known = is_known;
	return true;
}

enum found { FOUND, UNKNOWN, BROKEN };

/* A line's reference. is_post: counted onwards from the base. */
static enum found look_up(const struct qpack *q, const struct base *b, bool is_static, bool is_post,
			  uint64_t index, struct bytes *ret_name, struct bytes *ret_value)
{
	if (is_static)
		return static_at(index, ret_name, ret_value) ? FOUND : BROKEN;
	if (!b->required || (b->is_known && !is_post && index >= b->base))
		return BROKEN;
	uint64_t number = is_post ? b->base + index : b->base - 1 - index;
	if (!b->is_known)
		return UNKNOWN;
	if (number >= b->required)
		return BROKEN;
	return dynamic_at(q, number, ret_name, ret_value) ? FOUND : UNKNOWN;
}

/* One line. returns: false if it is broken. */
static bool line(struct qpack *q, const struct base *b, struct reader *r, struct message *m)
{
	uint8_t first = r->at[0];
	bool is_indexed = first & 0x80, is_named = !is_indexed && (first & 0x40), is_broken = false;
	bool is_literal = !is_indexed && !is_named && (first & 0x20);
	bool is_post = !is_indexed && !is_named && !is_literal;
	enum found found = FOUND;
	struct bytes name = { 0 }, value = { 0 };
	if (is_literal) {
		name = text_of(q, take_string(r, 3, &is_broken), &q->name);
	} else {
		bool is_static = is_indexed ? first & 0x40 : is_named && (first & 0x10);
		unsigned bits = is_indexed ? 6 : is_named || first & 0x10 ? 4 : 3;
		found = look_up(q, b, is_static, is_post, take_int(r, bits, &is_broken), &name, &value);
		is_indexed |= is_post && (first & 0x10);
	}
	if (!is_indexed)
		value = text_of(q, take_string(r, 7, &is_broken), &q->value);
	if (r->bad || found == BROKEN || (!is_indexed && !value.at) || (is_literal && !name.at))
		return false;
	if (found == FOUND) {
		message_header(m, q->teller, name, value);
	} else {
		m->has_unknown = true;
		teller_counts(q->teller)->unknown_headers++;
	}
	return true;
}

enum qpack_status qpack_read(struct qpack *q, struct bytes block, bool is_last, struct message *m)
{
	struct reader r = reader_of(block);
	struct base b;
	bool ok = take_base(q, &r, &b);
	if (ok && b.required > q->n_inserted && !q->is_lost && !is_last)
		return QPACK_BLOCKED;
	while (ok && r.left)
		ok = line(q, &b, &r, m);
	teller_counts(q->teller)->bad_qpack += !ok;
	return ok ? QPACK_READ : QPACK_BAD;
}
