#include "base/slots.h"

#include "base/pages.h"

static size_t bytes_of(const struct slots *s)
{
	return ((size_t)s->mask + 1) * sizeof(*s->at);
}

bool slots_init(struct slots *s, uint32_t n)
{
	uint32_t n_slots = 8;
	while (n_slots < 2 * (uint64_t)n)
		n_slots *= 2;
	s->mask = n_slots - 1;
	s->at = pages_new(bytes_of(s));
	return s->at != NULL;
}

void slots_fini(struct slots *s)
{
	pages_free(s->at, bytes_of(s));
}

void slots_clear(struct slots *s)
{
	pages_clear(s->at, bytes_of(s));
}

void slots_add(struct slots *s, uint32_t tag, uint32_t entry)
{
	uint32_t at = tag & s->mask;
	while (s->at[at].entry)
		at = (at + 1) & s->mask;
	s->at[at] = (struct slot){ tag, entry + 1 };
}

void slots_remove(struct slots *s, uint32_t tag, uint32_t entry)
{
	uint32_t at = tag & s->mask;
	while (s->at[at].entry != entry + 1)
		at = (at + 1) & s->mask;
	/* Closes the hole: moves up what was pushed behind it. */
	for (uint32_t next = (at + 1) & s->mask; s->at[next].entry; next = (next + 1) & s->mask) {
		uint32_t home = s->at[next].tag & s->mask;
		if (((next - home) & s->mask) >= ((next - at) & s->mask)) {
			s->at[at] = s->at[next];
			at = next;
		}
	}
	s->at[at].entry = 0;
}
