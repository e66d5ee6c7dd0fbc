/* After lost blocks: how many entries they added to the table, made out from the next request.
 *
 * All references to older entries are off by this one number. With the right one, the block is a request in
 * good order that has every header which the requests before it had, each once; with a wrong one it is not,
 * for each reference falls on some other header. Only if one number alone fits is it taken.
 */
#include <string.h>

#include "base/hash.h"
#include "decrypt/hpack_parts.h"
#include "decrypt/hpack_tables.h"
#include "decrypt/teller_parts.h"

enum {
	PARTS_MAX = 64,     /* headers of a block */
	ADDED_MAX = 256,    /* entries of lost blocks */
	LEARN_MAX = 32,     /* requests */
	TRIES_MAX = 256,    /* requests after a gap: each costs some 10 us */
	OLD_MIN = 4,        /* references to older entries: fewer prove nothing */
	OLD_TO_UNKNOWN = 3, /* at least so many older ones for each that points into what was lost */
};

#define NOT_OLD UINT32_MAX

/* A header of a block, as far as its name goes. */
struct part {
	uint64_t name; /* its hash; 0: not known */
	uint32_t old;  /* the entry, counted from the newest one before the gap, as if none was lost */
	bool is_pseudo;
};

static void set_name(struct part *p, struct bytes name)
{
	static const struct hash_key key = { 0x6870, 0x6163 };
	*p = (struct part){ .old = NOT_OLD };
	if (!name.at)
		return;
	p->name = hash_bytes(key, name.at, name.len);
	p->is_pseudo = name.len && name.at[0] == ':';
}

/* The hash is kept: each entry is looked at with every number of lost ones. */
static void set_entry(struct part *p, struct entry *e)
{
	if (!e->name_hash) {
		set_name(p, (struct bytes){ e->text, e->name_len });
		e->name_hash = p->name;
		return;
	}
	*p = (struct part){ .name = e->name_hash,
			    .old = NOT_OLD,
			    .is_pseudo = e->name_len && e->text[0] == ':' };
}

static uint64_t hash_of(const char *name)
{
	struct part p;
	set_name(&p, (struct bytes){ (const uint8_t *)name, strlen(name) });
	return p.name;
}

static bool has(const uint64_t *hashes, uint32_t n, uint64_t hash)
{
	for (uint32_t i = 0; i < n; i++) {
		if (hashes[i] == hash)
			return true;
	}
	return false;
}

void hpack_learn(struct hpack *h, const struct message *m)
{
	uint64_t names[PARTS_MAX];
	uint32_t n = 0, n_kept = 0;
	if (h->n_learnt >= LEARN_MAX || !message_value(m, ":method").at)
		return;
	for (uint32_t i = 0; i < message_fields(m) && n < PARTS_MAX; i++) {
		struct part p;
		set_name(&p, message_field(m, i).name);
		names[n++] = p.name;
	}
	for (uint32_t i = 0; !h->n_learnt && i < n && h->n_core < HPACK_CORE_MAX; i++)
		h->core[h->n_core++] = names[i];
	for (uint32_t i = 0; i < h->n_core; i++) {
		if (has(names, n, h->core[i]))
			h->core[n_kept++] = h->core[i];
	}
	h->n_core = n_kept;
	h->n_learnt++;
}

/* A reference: to the static table, to entries since the gap, those of this block (added) before them, or
 * older ones. */
static void refer(const struct hpack *h, struct part *p, uint32_t index, const struct part *added,
		  uint32_t n_added)
{
	if (index <= HPACK_STATIC_COUNT) {
		const struct hpack_static *s = &HPACK_STATIC[index - 1];
		set_name(p, (struct bytes){ (const uint8_t *)s->name, s->name_len });
		return;
	}
	uint32_t i = index - HPACK_STATIC_COUNT - 1;
	if (i < n_added) {
		*p = added[n_added - 1 - i];
		return;
	}
	i -= n_added;
	if (i < h->n_since_gap) {
		set_entry(p, hpack_entry(h, i));
		return;
	}
	*p = (struct part){ .old = i - h->n_since_gap };
}

/* returns: headers of the block, 0 if it is broken, too long, or changes the table's size. */
static uint32_t parts_of(struct hpack *h, struct bytes block, struct part parts[PARTS_MAX])
{
	struct reader r = reader_of(block);
	struct part added[PARTS_MAX];
	uint32_t n = 0, n_added = 0;
	while (r.left && !r.bad) {
		uint8_t first = r.at[0];
		bool is_indexed = first & 0x80, is_added = !is_indexed && (first & 0x40);
		if (n == PARTS_MAX || (!is_indexed && !is_added && (first & 0x20)))
			return 0;
		uint32_t index = hpack_int(&r, is_indexed ? 7 : is_added ? 6 : 4);
		if (index)
			refer(h, &parts[n], index, added, n_added);
		else if (is_indexed)
			return 0;
		else
			set_name(&parts[n], hpack_string(h, &r, &h->name));
		if (!is_indexed)
			hpack_string(h, &r, &h->value);
		if (is_added)
			added[n_added++] = parts[n];
		n++;
	}
	return r.bad ? 0 : n;
}

/* Is the block a request in good order if so many entries were lost? */
static bool fits(const struct hpack *h, const struct part *parts, uint32_t n, uint32_t lost)
{
	uint64_t names[PARTS_MAX];
	uint32_t n_names = 0, n_old = 0, n_unknown = 0, n_missing = 0;
	bool is_regular = false;
	for (uint32_t i = 0; i < n; i++) {
		struct part p = parts[i];
		if (p.old != NOT_OLD && p.old >= lost) {
			uint32_t index = h->n_since_gap + p.old - lost;
			if (index >= h->count)
				return false;
			set_entry(&p, hpack_entry(h, index));
			n_old++;
		}
		if (!p.name) {
			n_unknown++;
			continue;
		}
		bool is_again = has(names, n_names, p.name) && p.name != hash_of("cookie");
		if ((p.is_pseudo && is_regular) || is_again)
			return false;
		is_regular |= !p.is_pseudo;
		names[n_names++] = p.name;
	}
	for (uint32_t i = 0; i < h->n_core; i++)
		n_missing += !has(names, n_names, h->core[i]);
	return n_old >= OLD_MIN && n_missing <= n_unknown && n_unknown * OLD_TO_UNKNOWN <= n_old;
}

void hpack_align(struct hpack *h, struct bytes block)
{
	struct part parts[PARTS_MAX];
	uint32_t n_fits = 0, lost = 0;
	if (h->n_tried >= TRIES_MAX || !has(h->core, h->n_core, hash_of(":authority")))
		return;
	h->n_tried++;
	uint32_t n = parts_of(h, block, parts);
	for (uint32_t k = 0; n && k <= ADDED_MAX && n_fits < 2; k++) {
		if (fits(h, parts, n, k)) {
			lost = k;
			n_fits++;
		}
	}
	if (n_fits == 1 && hpack_insert_unknown(h, lost))
		teller_counts(h->teller)->hpack_aligned++;
}
