/* Memory for what is read from one request: taken in order, given back as a whole. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

struct scratch {
	char *at;
	size_t used, size;
	bool is_full; /* something did not fit and was left out */
};

bool scratch_init(struct scratch *s, size_t size);
void scratch_fini(struct scratch *s);
void scratch_reset(struct scratch *s);

/* Bytes aligned for text only. returns: NULL if they do not fit; what was taken stays. */
char *scratch_take(struct scratch *s, size_t n);

/* A NUL-terminated copy; "" if it does not fit. */
const char *scratch_text(struct scratch *s, const char *text, size_t len);
const char *scratch_format(struct scratch *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
