#include "track/stream.h"

#include <stdlib.h>
#include <string.h>

void stream_fini(struct stream *s)
{
	free(s->data);
	*s = (struct stream){ 0 };
}

void stream_begin(struct stream *s, uint32_t seq)
{
	s->base = seq;
	s->has_base = s->is_base_sure = true;
}

static bool reserve(struct stream *s, uint32_t size)
{
	uint32_t capacity = s->capacity ? s->capacity : 4096;
	while (capacity < size)
		capacity *= 2;
	if (capacity == s->capacity)
		return true;
	uint8_t *data = realloc(s->data, capacity);
	if (!data)
		return false;
	s->data = data;
	s->capacity = capacity;
	return true;
}

/* The beginning lies further back than was thought: what is there moves up. */
static bool rebase(struct stream *s, uint32_t by)
{
	uint32_t end = s->n_pieces ? s->pieces[s->n_pieces - 1].to : 0;
	if (s->is_base_sure || by + end > STREAM_MAX || !reserve(s, by + end))
		return false;
	memmove(s->data + by, s->data, end);
	for (uint16_t i = 0; i < s->n_pieces; i++) {
		s->pieces[i].from += by;
		s->pieces[i].to += by;
	}
	s->base -= by;
	return true;
}

/* Copies only what is new, and joins the pieces that now touch. */
static bool add_piece(struct stream *s, uint32_t from, struct bytes data)
{
	uint32_t to = from + (uint32_t)data.len, at = from;
	uint16_t first = 0, last;
	while (first < s->n_pieces && s->pieces[first].to < from)
		first++;
	for (last = first; last < s->n_pieces && s->pieces[last].from <= to; last++) {
		if (s->pieces[last].from > at)
			memcpy(s->data + at, data.at + (at - from), s->pieces[last].from - at);
		at = s->pieces[last].to > at ? s->pieces[last].to : at;
	}
	if (first == last && s->n_pieces == STREAM_PIECES_MAX)
		return false;
	if (at < to)
		memcpy(s->data + at, data.at + (at - from), to - at);
	if (first == last) {
		memmove(&s->pieces[first + 1], &s->pieces[first],
			(s->n_pieces - first) * sizeof(s->pieces[0]));
		s->n_pieces++;
		last++;
		s->pieces[first].from = from;
		s->pieces[first].to = to;
	}
	uint32_t end = s->pieces[last - 1].to > to ? s->pieces[last - 1].to : to;
	if (from < s->pieces[first].from)
		s->pieces[first].from = from;
	s->pieces[first].to = end;
	memmove(&s->pieces[first + 1], &s->pieces[last], (s->n_pieces - last) * sizeof(s->pieces[0]));
	s->n_pieces = (uint16_t)(s->n_pieces - (last - first - 1));
	return true;
}

bool stream_add(struct stream *s, uint32_t seq, struct bytes data)
{
	if (!s->has_base) {
		s->base = seq;
		s->has_base = true;
	}
	uint32_t at = seq - s->base, back = s->base - seq;
	if ((int32_t)at < 0) {
		at = 0;
		if (!s->is_base_sure && !rebase(s, back))
			return false;
		if (s->is_base_sure) { /* a keep-alive, or what was taken off already, sent again */
			if (back >= data.len)
				return true;
			data = (struct bytes){ data.at + back, data.len - back };
		}
	}
	if (data.len == 0)
		return true;
	if (data.len > STREAM_MAX || at > STREAM_MAX - data.len || !reserve(s, at + (uint32_t)data.len))
		return false;
	return add_piece(s, at, data);
}

struct bytes stream_head(const struct stream *s)
{
	if (s->n_pieces == 0 || s->pieces[0].from != 0)
		return (struct bytes){ 0 };
	return (struct bytes){ s->data, s->pieces[0].to };
}

bool stream_has_hole(const struct stream *s)
{
	return s->n_pieces > 1 || (s->n_pieces == 1 && s->pieces[0].from != 0);
}

void stream_skip(struct stream *s, size_t n)
{
	size_t head = stream_head(s).len;
	uint32_t by = (uint32_t)(n < head ? n : head);
	uint32_t end = s->n_pieces ? s->pieces[s->n_pieces - 1].to : 0;
	uint16_t gone = by == head && by > 0;
	if (by == 0)
		return;
	memmove(s->data, s->data + by, end - by);
	s->n_pieces = (uint16_t)(s->n_pieces - gone);
	memmove(&s->pieces[0], &s->pieces[gone], s->n_pieces * sizeof(s->pieces[0]));
	for (uint16_t i = 0; i < s->n_pieces; i++) {
		s->pieces[i].from = s->pieces[i].from > by ? s->pieces[i].from - by : 0;
		s->pieces[i].to -= by;
	}
	s->base += by;
	s->is_base_sure = true;
}
