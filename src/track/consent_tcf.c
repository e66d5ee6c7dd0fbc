#include "track/consent_tcf.h"

enum {
	TCF_VERSION = 2,
	GPP_TYPE = 3,
	SEGMENT_DISCLOSED = 1,
	PURPOSES = 24,
};

/* Bits of base64url text, from the left. Past the end it is bad, and stays bad. */
struct bits {
	struct bytes text;
	uint64_t at, n; /* bits */
	bool bad;
};

static int digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-' || c == '+')
		return 62;
	if (c == '_' || c == '/')
		return 63;
	return -1;
}

static struct bits bits_of(struct bytes text)
{
	size_t n = 0;
	while (n < text.len && digit(text.at[n]) >= 0)
		n++;
	return (struct bits){ .text = text, .n = n * 6 };
}

static uint64_t take(struct bits *b, unsigned n)
{
	if (b->bad || n > b->n - b->at) {
		b->bad = true;
		return 0;
	}
	uint64_t v = 0;
	for (; n > 0; n--, b->at++) {
		unsigned six = (unsigned)digit(b->text.at[b->at / 6]);
		v = v << 1 | (six >> (5 - b->at % 6) & 1);
	}
	return v;
}

/* Fields of purposes count from the left; here bit 0 is purpose 1. */
static uint32_t take_set(struct bits *b, unsigned n)
{
	uint32_t set = 0;
	for (unsigned i = 0; i < n; i++)
		set |= (uint32_t)take(b, 1) << i;
	return set;
}

static void take_letters(struct bits *b, char ret[3])
{
	for (int i = 0; i < 2; i++) {
		uint64_t v = take(b, 6);
		ret[i] = (char)(v < 26 ? 'A' + v : '?');
	}
	ret[2] = '\0';
}

static int64_t take_time(struct bits *b)
{
	return (int64_t)take(b, 36) * 100000000;
}

/* ids[i] in [first, last] sets bit i. */
static uint64_t mask_of(const uint16_t *ids, unsigned n_ids, uint64_t first, uint64_t last)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < n_ids; i++)
		if (ids[i] >= first && ids[i] <= last)
			mask |= 1ULL << i;
	return mask;
}

/* One entry of a range: one id or two. returns: how many vendors it holds. */
static uint64_t take_range(struct bits *b, uint64_t *ret_first, uint64_t *ret_last)
{
	bool is_range = take(b, 1);
	*ret_first = take(b, 16);
	*ret_last = is_range ? take(b, 16) : *ret_first;
	if (!b->bad && (*ret_first == 0 || *ret_last < *ret_first))
		b->bad = true;
	return b->bad ? 0 : *ret_last - *ret_first + 1;
}

/* A section of vendors: a bit for each, or ranges. */
static uint64_t take_vendors(struct bits *b, const uint16_t *ids, unsigned n_ids, uint16_t *ret_n)
{
	uint64_t max = take(b, 16), mask = 0, n = 0;
	if (take(b, 1)) {
		uint64_t entries = take(b, 12), first, last;
		for (uint64_t i = 0; i < entries && !b->bad; i++) {
			uint64_t held = take_range(b, &first, &last);
			if (held > 0)
				mask |= mask_of(ids, n_ids, first, last);
			n += held;
		}
	} else {
		for (uint64_t id = 1; id <= max && !b->bad; id++)
			if (take(b, 1)) {
				mask |= mask_of(ids, n_ids, id, id);
				n++;
			}
	}
	if (ret_n)
		*ret_n = (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
	return mask;
}

static void skip_restrictions(struct bits *b, uint16_t *ret_n)
{
	uint64_t n = take(b, 12), first, last, held = 0;
	for (uint64_t i = 0; i < n && !b->bad; i++) {
		take(b, 6 + 2);
		uint64_t entries = take(b, 12);
		for (uint64_t j = 0; j < entries && !b->bad; j++)
			take_range(b, &first, &last);
		held += !b->bad;
	}
	*ret_n = (uint16_t)held;
}

static bool read_core(struct bits *b, const uint16_t *ids, unsigned n_ids, struct tcf *t)
{
	if (take(b, 6) != TCF_VERSION)
		return false;
	t->created_ns = take_time(b);
	t->updated_ns = take_time(b);
	t->cmp_id = (uint16_t)take(b, 12);
	t->cmp_version = (uint16_t)take(b, 12);
	take(b, 6);
	take_letters(b, t->language);
	t->vendor_list = (uint16_t)take(b, 12);
	t->policy = (uint8_t)take(b, 6);
	t->is_service_specific = take(b, 1);
	take(b, 1);
	t->special_features = (uint16_t)take_set(b, 12);
	t->purposes = take_set(b, PURPOSES);
	t->legitimate = take_set(b, PURPOSES);
	t->is_purpose_one_treated = take(b, 1);
	take_letters(b, t->publisher);
	if (b->bad)
		return false;
	t->vendors = take_vendors(b, ids, n_ids, &t->n_consents);
	t->vendors_legitimate = take_vendors(b, ids, n_ids, NULL);
	skip_restrictions(b, &t->n_restrictions);
	t->is_cut = b->bad;
	return true;
}

/* The text up to the next separator, which is skipped. */
static struct bytes next_part(struct bytes *rest, uint8_t separator)
{
	size_t n = 0;
	while (n < rest->len && rest->at[n] != separator)
		n++;
	struct bytes part = { rest->at, n };
	size_t skip = n < rest->len ? n + 1 : n;
	if (skip > 0)
		*rest = (struct bytes){ rest->at + skip, rest->len - skip };
	return part;
}

bool tcf_read(struct bytes text, const uint16_t *ids, unsigned n_ids, struct tcf *ret)
{
	struct tcf t = { 0 };
	struct bits b = bits_of(next_part(&text, '.'));
	if (n_ids > TCF_VENDORS_MAX || !read_core(&b, ids, n_ids, &t))
		return false;
	while (text.len > 0) {
		b = bits_of(next_part(&text, '.'));
		if (take(&b, 3) != SEGMENT_DISCLOSED)
			continue;
		t.vendors_disclosed = take_vendors(&b, ids, n_ids, NULL);
		t.has_disclosed = !b.bad;
		t.is_cut |= b.bad;
	}
	*ret = t;
	return true;
}

/* A number in Fibonacci coding: the sum of numbers of the series, ended by two ones. */
static uint64_t take_fibonacci(struct bits *b)
{
	uint64_t sum = 0, a = 1, c = 2;
	bool last = false;
	for (int i = 0; i < 40; i++) {
		bool bit = take(b, 1);
		if (b->bad)
			return 0;
		if (bit && last)
			return sum;
		if (bit)
			sum += a;
		last = bit;
		uint64_t next = a + c;
		a = c;
		c = next;
	}
	b->bad = true;
	return 0;
}

bool gpp_read(struct bytes text, struct gpp *ret)
{
	struct gpp g = { 0 };
	struct bits b = bits_of(next_part(&text, '~'));
	if (take(&b, 6) != GPP_TYPE || take(&b, 6) != 1)
		return false;
	uint64_t n = take(&b, 12), last = 0;
	for (uint64_t i = 0; i < n && !b.bad; i++) {
		bool is_group = take(&b, 1);
		uint64_t first = last + take_fibonacci(&b);
		last = is_group ? first + take_fibonacci(&b) : first;
		for (uint64_t id = first; id <= last && !b.bad && g.n < GPP_SECTIONS_MAX; id++)
			g.id[g.n++] = (uint16_t)(id < UINT16_MAX ? id : UINT16_MAX);
	}
	if (b.bad)
		return false;
	for (unsigned i = 0; i < g.n; i++)
		g.text[i] = next_part(&text, '~');
	*ret = g;
	return true;
}
