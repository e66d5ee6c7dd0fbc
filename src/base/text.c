#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *t, size_t more)
{
	if (t->bad)
		return false;
	if (t->capacity - t->len > more)
		return true;
	size_t capacity = t->capacity ? t->capacity : 256;
	while (capacity - t->len <= more)
		capacity *= 2;
	char *at = realloc(t->at, capacity);
	if (!at) {
		t->bad = true;
		return false;
	}
	t->at = at;
	t->capacity = capacity;
	return true;
}

void text_add(struct text *t, const char *bytes, size_t len)
{
	char *at = text_room(t, len);
	if (!at)
		return;
	memcpy(at, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

char *text_room(struct text *t, size_t n)
{
	bool has_room = !t->bad && t->capacity - t->len > n;
	return has_room || reserve(t, n) ? t->at + t->len : NULL;
}

void text_adds(struct text *t, const char *string)
{
	text_add(t, string, strlen(string));
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n >= 0 && reserve(t, (size_t)n)) {
		vsnprintf(t->at + t->len, (size_t)n + 1, format, again);
		t->len += (size_t)n;
	}
	va_end(again);
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->bad = false;
	if (t->at)
		t->at[0] = '\0';
}

void text_fini(struct text *t)
{
	free(t->at);
	*t = (struct text){ 0 };
}
