/* Streams of QUIC put together from frames in any order. */
#include <stdlib.h>
#include <string.h>

#include "decrypt/quic_parts.h"

#define PIECES_MAX 4096
#define OFFSET_MAX (UINT64_C(1) << 62)

/* The part of data behind next goes out. */
static void pass(struct assembly *a, uint64_t at, struct bytes data, struct when when,
		 const struct assembled *to)
{
	if (at + data.len <= a->next)
		return;
	data = bytes_tail(data, (size_t)(a->next - at));
	a->next += data.len;
	to->data(to->ctx, data, when);
}

void assembly_drain(struct assembly *a, size_t *total, const struct assembled *to)
{
	while (a->pieces && a->pieces->at <= a->next) {
		struct piece *p = a->pieces;
		a->pieces = p->next;
		a->last = p->next ? a->last : NULL;
		a->bytes -= p->len;
		*total -= p->len;
		a->n_pieces--;
		pass(a, p->at, (struct bytes){ p->data, p->len }, p->when, to);
		free(p);
	}
}

bool assembly_add(struct assembly *a, uint64_t at, struct bytes data, struct when when, size_t *total,
		  size_t max, const struct assembled *to)
{
	if (at > OFFSET_MAX || at + data.len <= a->next)
		return true;
	if (at <= a->next) {
		pass(a, at, data, when, to);
		assembly_drain(a, total, to);
		return true;
	}
	struct piece **behind = a->last && a->last->at < at ? &a->last->next : &a->pieces;
	while (*behind && (*behind)->at < at)
		behind = &(*behind)->next;
	if (*behind && (*behind)->at == at && (*behind)->len >= data.len)
		return true;
	if (data.len > max || *total > max - data.len || a->n_pieces >= PIECES_MAX)
		return false;
	struct piece *p = malloc(sizeof(*p) + data.len);
	if (!p)
		return false;
	*p = (struct piece){ .next = *behind, .at = at, .len = data.len, .when = when };
	memcpy(p->data, data.at, data.len);
	*behind = p;
	a->last = p->next ? a->last : p;
	a->bytes += data.len;
	*total += data.len;
	a->n_pieces++;
	return true;
}

uint64_t assembly_skip(struct assembly *a)
{
	if (!a->pieces)
		return 0;
	uint64_t lost = a->pieces->at - a->next;
	a->next = a->pieces->at;
	return lost;
}

void assembly_fini(struct assembly *a, size_t *total)
{
	while (a->pieces) {
		struct piece *p = a->pieces;
		a->pieces = p->next;
		*total -= p->len;
		free(p);
	}
	*a = (struct assembly){ 0 };
}
