/* Messages as they are read: headers, and bodies as sent. */
#include <string.h>

#include "decrypt/teller_parts.h"

#define FIELDS_MAX 1024

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

void message_fini(struct message *m, struct teller *t)
{
	buf_fini(&m->text, &t->budget);
	buf_fini(&m->fields, &t->budget);
	buf_fini(&m->body, &t->budget);
	*m = (struct message){ 0 };
}

void message_clear(struct message *m)
{
	struct message kept = { .text = m->text, .fields = m->fields, .body = m->body };
	kept.text.len = kept.fields.len = kept.body.len = 0;
	*m = kept;
}

void message_header(struct message *m, struct teller *t, struct bytes name, struct bytes value)
{
	const struct decrypt_limits *l = &t->limits;
	size_t len = name.len + value.len;
	/* at least one byte, so that text.at is there for empty ones too */
	if (len > l->header_bytes || !buf_reserve(&m->text, &t->budget, len ? len : 1, l->header_bytes)) {
		m->has_unknown = true;
		return;
	}
	struct field f = { (uint32_t)m->text.len, (uint32_t)name.len, (uint32_t)value.len };
	if (!buf_add(&m->fields, &t->budget, (struct bytes){ (const uint8_t *)&f, sizeof(f) },
		     FIELDS_MAX * sizeof(f))) {
		m->has_unknown = true;
		return;
	}
	uint8_t *at = m->text.at + m->text.len;
	bool has_upper = false;
	for (size_t i = 0; i < name.len; i++)
		has_upper |= (uint8_t)(name.at[i] - 'A') < 26;
	if (name.len)
		memcpy(at, name.at, name.len);
	for (size_t i = 0; i < name.len && has_upper; i++) /* HTTP/1 alone allows them */
		at[i] = lower(at[i]);
	if (value.len)
		memcpy(at + name.len, value.at, value.len);
	m->text.len += len;
}

void message_body(struct message *m, struct teller *t, struct bytes body, bool keep)
{
	m->body_len += body.len;
	if (!keep && !m->is_dns)
		return;
	size_t room = REQUEST_BODY_MAX - m->body.len;
	if (body.len > room) {
		m->is_body_cut = true;
		body.len = room;
	}
	if (body.len && !buf_add(&m->body, &t->budget, body, REQUEST_BODY_MAX))
		m->is_body_cut = true;
}

uint32_t message_fields(const struct message *m)
{
	return (uint32_t)(m->fields.len / sizeof(struct field));
}

struct header message_field(const struct message *m, uint32_t i)
{
	struct field f;
	memcpy(&f, m->fields.at + i * sizeof(f), sizeof(f));
	return (struct header){ .name = { m->text.at + f.at, f.name_len },
				.value = { m->text.at + f.at + f.name_len, f.value_len } };
}

struct bytes message_value(const struct message *m, const char *name)
{
	size_t len = strlen(name);
	for (uint32_t i = 0; i < message_fields(m); i++) {
		struct header h = message_field(m, i);
		if (h.name.len == len && memcmp(h.name.at, name, len) == 0)
			return h.value;
	}
	return (struct bytes){ 0 };
}

uint32_t message_status(const struct message *m)
{
	struct bytes v = message_value(m, ":status");
	uint32_t status = 0;

	if (v.len != 3)
		return 0;
	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] < '0' || v.at[i] > '9')
			return 0;
		status = status * 10 + (uint32_t)(v.at[i] - '0');
	}
	return status;
}
