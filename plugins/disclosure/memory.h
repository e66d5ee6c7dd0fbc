/* Identifiers that a site keeps in its own cookies, remembered so that they are recognised where they leave
 * for somebody else.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct memory;

/* limits: 4096 values; the oldest of its slot goes. NULL if out of memory. */
struct memory *memory_new(void);
void memory_free(struct memory *m);

/* A cookie sent to a host of site. Values that are short or look like no identifier are passed over. */
void memory_note(struct memory *m, const char *site, const char *cookie, const char *value);

struct remembered {
	const char *site, *cookie;
};

/* The cookie of a site that page_host belongs to which has value. returns: false if none has.
 * ret: borrowed until the next memory_note.
 */
bool memory_find(const struct memory *m, const char *page_host, const char *value, struct remembered *ret);

#endif
