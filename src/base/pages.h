/* Memory for large tables: all zero, not there until it is touched, in large pages where the system has them.
 * A table that is used here and there then costs fewer misses of the processor's page cache.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

void *pages_new(size_t bytes); /* NULL if out of memory */

/* All zero again, and not there until touched. bytes: here and below as in pages_new. */
void pages_clear(void *pages, size_t bytes);

/* NULL is fine. */
void pages_free(void *pages, size_t bytes);

#endif
