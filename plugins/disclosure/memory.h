/* Identifiers that a site keeps in its own cookies, remembered for each client so that they are recognised
 * where they leave for somebody else.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory;

/* limits: 128 values of a client, 2048 clients; the oldest goes. What one client is told of does so not
 * depend on the others, nor on how clients are shared out. NULL if out of memory.
 */
struct memory *memory_new(void);
void memory_free(struct memory *m);

/* A cookie sent to a host of site. Values that are short or look like no identifier are passed over. */
void memory_note(struct memory *m, uint64_t client, const char *site, const char *cookie, const char *value);

struct remembered {
	const char *site, *cookie;
};

/* The client's cookie of a site that page_host belongs to which has value. returns: false if none has.
 * ret: borrowed until the next memory_note.
 */
bool memory_find(const struct memory *m, uint64_t client, const char *page_host, const char *value,
		 struct remembered *ret);

#endif
