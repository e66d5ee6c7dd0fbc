#include "decrypt/websocket.h"

#define OPCODE_CONTINUATION 0
#define OPCODE_CONTROL 8 /* and above */

static size_t head_len(const struct websocket *s)
{
	if (s->n_head < 2)
		return 2;
	size_t len = s->head[1] & 0x7f;
	return 2U + (len == 126 ? 2U : len == 127 ? 8U : 0U) + (s->head[1] & 0x80 ? 4U : 0U);
}

static void begin_frame(struct websocket *s, const struct socket_message *about, struct when at)
{
	struct reader r = reader_of((struct bytes){ s->head, s->n_head });
	uint8_t first = (uint8_t)reader_uint(&r, 1), opcode = first & 0x0f;
	uint64_t len = reader_uint(&r, 1) & 0x7f;
	if (len == 126) {
		len = reader_uint(&r, 2);
	} else if (len == 127) {
		len = (uint64_t)reader_uint(&r, 4) << 32;
		len |= reader_uint(&r, 4);
	}
	s->n_head = 0;
	s->left = len;
	s->is_final = first & 0x80;
	s->is_control = opcode >= OPCODE_CONTROL;
	if (len >> 62) {
		s->is_lost = true; /* longer than RFC 6455 allows: these are no frames */
		return;
	}
	if (s->is_control)
		return;
	if (opcode != OPCODE_CONTINUATION || !s->is_open) {
		s->message = *about;
		s->message.ts_ns = at.ts_ns;
		s->message.frame = at.frame;
		s->message.opcode = opcode;
		s->message.len = 0;
		s->is_open = true;
	}
	s->message.len += len;
}

static void end_frame(struct websocket *s, struct teller *t)
{
	if (s->is_control || !s->is_final || !s->is_open)
		return;
	s->is_open = false;
	teller_socket_message(t, &s->message);
}

void websocket_data(struct websocket *s, struct teller *t, const struct socket_message *about,
		    struct bytes data, struct when at)
{
	while (data.len && !s->is_lost) {
		if (s->left) {
			size_t n = s->left < data.len ? (size_t)s->left : data.len;
			s->left -= n;
			data = bytes_tail(data, n);
			if (!s->left)
				end_frame(s, t);
			continue;
		}
		s->head[s->n_head++] = data.at[0];
		data = bytes_tail(data, 1);
		if (s->n_head < head_len(s))
			continue;
		begin_frame(s, about, at);
		if (!s->left && !s->is_lost)
			end_frame(s, t);
	}
}

void websocket_gap(struct websocket *s, uint64_t lost)
{
	if (lost && lost < s->left)
		s->left -= lost;
	else
		s->is_lost = true;
}
