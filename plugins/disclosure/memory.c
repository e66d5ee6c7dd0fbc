#include "memory.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum {
	SLOTS = 4096,
	WAYS = 4, /* a value lives in one of so many slots */
	VALUE_MIN = 9,
	VALUE_MAX = 96,
};

struct slot {
	uint64_t used; /* when it was noted, 0: free */
	char value[VALUE_MAX];
	char cookie[48];
	char site[64];
};

struct memory {
	uint64_t now;
	struct slot slots[SLOTS];
};

struct memory *memory_new(void)
{
	return calloc(1, sizeof(struct memory));
}

void memory_free(struct memory *m)
{
	free(m);
}

static size_t first_slot(const char *value)
{
	uint64_t h = 14695981039346656037ULL;
	for (; *value; value++)
		h = (h ^ (uint8_t)*value) * 1099511628211ULL;
	return (size_t)(h >> 32) % (SLOTS / WAYS) * WAYS;
}

/* Long enough, with at least four digits: words and flags are no identifiers. */
static bool is_identifier(const char *value)
{
	size_t len = strlen(value), digits = 0;
	if (len < VALUE_MIN || len >= VALUE_MAX)
		return false;
	for (const char *s = value; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("-_.~", *s))
			return false;
		digits += isdigit((unsigned char)*s) != 0;
	}
	return digits >= 4;
}

/* What trackers send of a cookie "GA1.1.123.456" is "123.456". */
static const char *core_of(const char *value)
{
	if (strncmp(value, "GA1.", 4) == 0) {
		const char *s = strchr(value + 4, '.');
		return s ? s + 1 : value;
	}
	return value;
}

void memory_note(struct memory *m, const char *site, const char *cookie, const char *value)
{
	value = core_of(value);
	if (!is_identifier(value) || strlen(site) >= sizeof(m->slots[0].site))
		return;
	struct slot *set = &m->slots[first_slot(value)], *to = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].used && strcmp(set[i].value, value) == 0 && strcmp(set[i].site, site) == 0) {
			to = &set[i];
			break;
		}
		to = set[i].used < to->used ? &set[i] : to;
	}
	to->used = ++m->now;
	snprintf(to->value, sizeof(to->value), "%s", value);
	snprintf(to->cookie, sizeof(to->cookie), "%s", cookie);
	snprintf(to->site, sizeof(to->site), "%s", site);
}

bool memory_find(const struct memory *m, const char *page_host, const char *value, struct remembered *ret)
{
	value = core_of(value);
	if (!is_identifier(value))
		return false;
	const struct slot *set = &m->slots[first_slot(value)];
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].used && strcmp(set[i].value, value) == 0 &&
		    host_is_below(page_host, strlen(page_host), set[i].site)) {
			*ret = (struct remembered){ set[i].site, set[i].cookie };
			return true;
		}
	return false;
}
