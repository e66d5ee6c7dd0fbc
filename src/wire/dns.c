#include "wire/dns.h"

#include <string.h>

enum {
	HEADER_LEN = 12,
	QUESTIONS_MAX = 32,
	SVCB_IPV4HINT = 4,
	SVCB_ECH = 5,
	SVCB_IPV6HINT = 6,
	ECH_VERSION = 0xfe0d,
};

/* Walks the labels of a name, past compression pointers. A pointer must go back before all that was read of
 * this name, so the walk ends. Text is only gathered if ret_text is given; *ret_len is 0 if it is too long
 * for a name, or the name is the root.
 *
 * returns: false if the name is broken or cut; else r stands behind it.
 */
static bool walk_name(struct bytes message, struct reader *r, char *ret_text, size_t *ret_len)
{
	struct reader at = *r;
	size_t lowest = message.len - r->left, len = 0;
	bool has_jumped = false;
	for (;;) {
		uint32_t label = reader_uint(&at, 1);
		if (at.bad)
			return false;
		if (label >= 0xc0) {
			size_t to = (label & 0x3f) << 8 | reader_uint(&at, 1);
			if (at.bad || to >= lowest)
				return false;
			if (!has_jumped)
				*r = at;
			has_jumped = true;
			lowest = to;
			at = (struct reader){ message.at + to, message.len - to, false };
			continue;
		}
		struct bytes text = reader_take(&at, label);
		if (at.bad || label > 63)
			return false;
		if (label == 0)
			break;
		if (len + label + 1 <= HOSTNAME_MAX + 1 && !memchr(text.at, '.', label)) {
			memcpy(ret_text + len, text.at, label);
			ret_text[len + label] = '.';
			len += label + 1;
		} else {
			len = HOSTNAME_MAX + 2; /* never a name again */
		}
	}
	if (!has_jumped)
		*r = at;
	*ret_len = len > HOSTNAME_MAX + 1 ? 0 : len;
	return true;
}

/* ret->len is 0 for a name that no host has. */
static bool name(struct bytes message, struct reader *r, struct hostname *ret)
{
	char text[HOSTNAME_MAX + 2];
	size_t len = 0;
	if (!walk_name(message, r, text, &len))
		return false;
	if (len == 0 || !hostname_parse((struct bytes){ (const uint8_t *)text, len }, ret)) {
		ret->len = 0;
		ret->text[0] = 0;
	}
	return true;
}

static struct dns_answer *add(struct dns_message *m)
{
	if (m->n_answers == DNS_ANSWERS_MAX) {
		m->n_left_out++;
		return NULL;
	}
	struct dns_answer *a = &m->answers[m->n_answers++];
	memset(a, 0, sizeof(*a));
	return a;
}

/* The hints of one parameter: the first goes to the record that is at hand, the others become answers. */
static void hints(struct dns_message *m, const struct dns_answer *record, struct bytes value, bool is_v6,
		  bool *has_first, struct addr *ret_first)
{
	size_t size = is_v6 ? 16 : 4;
	for (size_t at = 0; at + size <= value.len; at += size) {
		struct addr a = is_v6 ? addr_v6(value.at + at) : addr_v4(value.at + at);
		if (!*has_first) {
			*has_first = true;
			*ret_first = a;
			continue;
		}
		struct dns_answer *further = add(m);
		if (!further)
			return;
		further->type = is_v6 ? DNS_AAAA : DNS_A;
		further->ttl_s = record->ttl_s;
		further->owner = record->owner;
		further->addr = a;
	}
}

/* The public name of the first configuration of a known version. spec: draft-ietf-tls-esni 4 */
static void ech(struct bytes value, struct hostname *ret_name)
{
	struct reader r = reader_of(value);
	struct reader configs = reader_block(&r, 2);
	while (configs.left > 0) {
		uint32_t version = reader_uint(&configs, 2);
		struct reader c = reader_block(&configs, 2);
		if (version != ECH_VERSION)
			continue;
		reader_take(&c, 3);  /* identifier, KEM */
		reader_block(&c, 2); /* public key */
		reader_block(&c, 2); /* cipher suites */
		reader_uint(&c, 1);  /* longest name */
		struct reader text = reader_block(&c, 1);
		if (!c.bad && hostname_parse((struct bytes){ text.at, text.left }, ret_name))
			return;
	}
}

static void service(struct dns_message *m, struct bytes message, struct reader data,
		    struct dns_answer *record)
{
	reader_uint(&data, 2); /* priority; 0: an alias, which has no parameters */
	if (data.bad || !name(message, &data, &record->target))
		return;
	bool has_first = false;
	while (data.left > 0) {
		uint32_t key = reader_uint(&data, 2);
		struct bytes value = reader_take(&data, reader_uint(&data, 2));
		if (data.bad)
			return;
		if (key == SVCB_ECH) {
			record->has_ech = true;
			ech(value, &record->ech_public_name);
		} else if (key == SVCB_IPV4HINT || key == SVCB_IPV6HINT) {
			hints(m, record, value, key == SVCB_IPV6HINT, &has_first, &record->addr);
		}
	}
}

/* data: stands where the record's data is in message, and ends there. */
static void answer(struct dns_message *m, struct bytes message, const struct hostname *owner, uint32_t type,
		   uint32_t ttl_s, struct reader data)
{
	struct dns_answer *a = NULL;
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		if (data.left != (type == DNS_A ? 4 : 16))
			return;
		a = add(m);
		if (a)
			a->addr = type == DNS_A ? addr_v4(data.at) : addr_v6(data.at);
		break;
	case DNS_CNAME:
		a = add(m);
		if (a && !name(message, &data, &a->target))
			a->target.len = 0;
		break;
	case DNS_HTTPS:
	case DNS_SVCB:
		a = add(m);
		break;
	default:
		return;
	}
	if (!a)
		return;
	a->type = (uint16_t)type;
	a->ttl_s = ttl_s;
	a->owner = *owner;
	if (type == DNS_HTTPS || type == DNS_SVCB)
		service(m, message, data, a);
}

static void answers(struct dns_message *m, struct bytes message, struct reader r, uint32_t n)
{
	struct hostname owner;
	for (uint32_t i = 0; i < n && r.left > 0; i++) {
		if (r.left >= 2 && r.at[0] == 0xc0 && r.at[1] == HEADER_LEN && m->has_question) {
			owner = m->name; /* as nearly all first answers have it */
			reader_take(&r, 2);
		} else if (!name(message, &r, &owner)) {
			return;
		}
		uint32_t type = reader_uint(&r, 2), class = reader_uint(&r, 2), ttl_s = reader_uint(&r, 4);
		struct bytes data = reader_take(&r, reader_uint(&r, 2));
		if (r.bad)
			return;
		/* The message ends where the data does, so that a name in it cannot run over; mDNS uses a bit
		 * of the class. */
		struct bytes here = { message.at, (size_t)(data.at - message.at) + data.len };
		if ((class & 0x7fff) == 1)
			answer(m, here, &owner, type, ttl_s, reader_of(data));
	}
}

enum parse dns_parse(struct bytes message, struct dns_message *ret)
{
	struct reader r = reader_of(message);
	struct dns_message *m = ret;
	m->id = (uint16_t)reader_uint(&r, 2);
	uint32_t flags = reader_uint(&r, 2);
	uint32_t n_questions = reader_uint(&r, 2), n_answers = reader_uint(&r, 2);
	uint32_t n_others = reader_uint(&r, 4);
	bool is_query_or_answer = (flags & 0x7800) == 0;
	if (r.bad || !is_query_or_answer || n_questions > QUESTIONS_MAX ||
	    n_questions + n_answers + n_others == 0)
		return PARSE_BAD;
	m->is_response = flags & 0x8000;
	m->is_truncated = flags & 0x0200;
	m->rcode = flags & 15;
	m->n_answers = m->n_left_out = 0;
	m->qtype = 0;
	m->name.len = 0;
	m->name.text[0] = 0;
	m->has_question = n_questions > 0;
	for (uint32_t i = 0; i < n_questions; i++) {
		struct hostname other;
		if (!name(message, &r, i == 0 ? &m->name : &other))
			return PARSE_BAD;
		uint32_t type = reader_uint(&r, 2);
		reader_uint(&r, 2); /* class */
		if (i == 0)
			m->qtype = (uint16_t)type;
	}
	if (r.bad)
		return PARSE_BAD;
	if (m->is_response)
		answers(m, message, r, n_answers);
	return PARSE_OK;
}
