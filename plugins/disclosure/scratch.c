#include "scratch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool scratch_init(struct scratch *s, size_t size)
{
	*s = (struct scratch){ .at = malloc(size), .size = size };
	return s->at;
}

void scratch_fini(struct scratch *s)
{
	free(s->at);
	*s = (struct scratch){ 0 };
}

void scratch_reset(struct scratch *s)
{
	s->used = 0;
	s->is_full = false;
}

char *scratch_take(struct scratch *s, size_t n)
{
	if (n > s->size - s->used) {
		s->is_full = true;
		return NULL;
	}
	char *at = s->at + s->used;
	s->used += n;
	return at;
}

const char *scratch_text(struct scratch *s, const char *text, size_t len)
{
	char *copy = scratch_take(s, len + 1);
	if (!copy)
		return "";
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

const char *scratch_format(struct scratch *s, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return "";
	return scratch_text(s, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}
