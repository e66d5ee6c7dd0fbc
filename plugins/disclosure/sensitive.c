#include "sensitive.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	LINE_MAX_TEXT = 4096,
	WORDS_MAX = 6, /* of a pattern */
	PATTERNS_MAX = 4096,
	BUCKETS = 1024,
	TEXT_READ_MAX = 4096,
	TOKENS_MAX = 512,
	SEGMENT_MAX = 96,
};

struct word {
	const char *text;
	size_t len;
	bool is_prefix;
};

struct pattern {
	const char *theme, *subject;
	struct word words[WORDS_MAX];
	size_t n;
	struct pattern *next; /* in its bucket, in the order of the file */
};

struct sensitive {
	char **lines; /* own the text */
	size_t n_lines;
	struct pattern *patterns;
	size_t n;
	struct pattern *buckets[BUCKETS];
};

static size_t bucket_of(const char *word, size_t len)
{
	unsigned h = 5381;
	for (size_t i = 0; i < len && i < 3; i++)
		h = h * 33 + (unsigned)tolower((unsigned char)word[i]);
	return h % BUCKETS;
}

static bool add_pattern(struct sensitive *s, const char *theme, const char *subject, char *text)
{
	if (s->n == PATTERNS_MAX)
		return false;
	struct pattern p = { .theme = theme, .subject = subject };
	char *save = NULL;
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		size_t len = strlen(w);
		bool is_prefix = w[len - 1] == '*';
		len -= is_prefix;
		if (p.n == WORDS_MAX || len == 0 || (is_prefix && len < 3))
			return false;
		p.words[p.n++] = (struct word){ w, len, is_prefix };
	}
	if (p.n == 0)
		return false;
	struct pattern *own = &s->patterns[s->n++];
	*own = p;
	struct pattern **at = &s->buckets[bucket_of(p.words[0].text, p.words[0].len)];
	while (*at)
		at = &(*at)->next;
	*at = own;
	return true;
}

static bool add_line(struct sensitive *s, char *line)
{
	char *save = NULL;
	char *theme = strtok_r(line, "\t", &save), *subject = strtok_r(NULL, "\t", &save);
	char *patterns = strtok_r(NULL, "\t", &save);
	if (!theme || !subject || !patterns)
		return false;
	for (char *p = strtok_r(patterns, ",", &save); p; p = strtok_r(NULL, ",", &save))
		if (!add_pattern(s, theme, subject, p))
			return false;
	return true;
}

static bool read_lines(struct sensitive *s, FILE *f, unsigned *ret_line)
{
	char line[LINE_MAX_TEXT];
	for (*ret_line = 1; fgets(line, sizeof(line), f); (*ret_line)++) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		char **lines = realloc(s->lines, (s->n_lines + 1) * sizeof(*lines));
		if (!lines)
			return false;
		s->lines = lines;
		lines[s->n_lines] = strdup(line);
		if (!lines[s->n_lines] || !add_line(s, lines[s->n_lines++]))
			return false;
	}
	return true;
}

struct sensitive *sensitive_load(const char *path, char *err, size_t err_max)
{
	FILE *f = fopen(path, "re");
	if (!f) {
		snprintf(err, err_max, "cannot read '%s': %s", path, strerror(errno));
		return NULL;
	}
	struct sensitive *s = calloc(1, sizeof(*s));
	unsigned line = 0;
	bool ok = s && (s->patterns = calloc(PATTERNS_MAX, sizeof(*s->patterns))) && read_lines(s, f, &line);
	fclose(f);
	if (ok)
		return s;
	snprintf(err, err_max, "%s, line %u: not theme, subject and patterns, or too many", path, line);
	sensitive_free(s);
	return NULL;
}

void sensitive_free(struct sensitive *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_lines; i++)
		free(s->lines[i]);
	free(s->lines);
	free(s->patterns);
	free(s);
}

struct token {
	const char *at;
	size_t len;
};

static size_t split(const char *text, struct token tokens[TOKENS_MAX])
{
	size_t n = 0;
	const char *end = text + strnlen(text, TEXT_READ_MAX);
	for (const char *s = text; s < end && n < TOKENS_MAX;) {
		if (*s == '%' && end - s > 2 && isxdigit((unsigned char)s[1]) &&
		    isxdigit((unsigned char)s[2])) {
			s += 3;
			continue;
		}
		size_t len = 0;
		while (s + len < end && isalnum((unsigned char)s[len]))
			len++;
		if (len > 0)
			tokens[n++] = (struct token){ s, len };
		s += len ? len : 1;
	}
	return n;
}

static bool word_fits(const struct word *w, const struct token *t)
{
	if (w->is_prefix ? t->len < w->len : t->len != w->len)
		return false;
	return strncasecmp(w->text, t->at, w->len) == 0;
}

static bool pattern_fits(const struct pattern *p, const struct token *tokens, size_t n)
{
	if (p->n > n)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!word_fits(&p->words[i], &tokens[i]))
			return false;
	return true;
}

/* The longest pattern that begins at tokens[0]; the first in the file of equals. */
static const struct pattern *best_at(const struct sensitive *s, const struct token *tokens, size_t n)
{
	const struct pattern *best = NULL;
	for (const struct pattern *p = s->buckets[bucket_of(tokens->at, tokens->len)]; p; p = p->next)
		if ((!best || p->n > best->n) && pattern_fits(p, tokens, n))
			best = p;
	return best;
}

bool sensitive_find(const struct sensitive *s, const char *text, struct theme *ret_theme)
{
	struct token tokens[TOKENS_MAX];
	size_t n = split(text, tokens);
	for (size_t i = 0; i < n; i++) {
		const struct pattern *p = best_at(s, tokens + i, n - i);
		if (!p)
			continue;
		const struct token *last = &tokens[i + p->n - 1];
		*ret_theme = (struct theme){ p->theme, p->subject, tokens[i].at,
					     (size_t)(last->at + last->len - tokens[i].at) };
		return true;
	}
	return false;
}

size_t sensitive_segment(const char *text, const struct theme *t, const char **ret_at)
{
	const char *start = t->at, *end = t->at + t->len;
	bool is_address = strstr(text, "://") || text[0] == '/';
	if (is_address) {
		while (start > text && !strchr("/?&=#", start[-1]))
			start--;
		end += strcspn(end, "/?&=#");
	}
	size_t len = (size_t)(end - start);
	if (len > SEGMENT_MAX) {
		start = t->at;
		len = t->len < SEGMENT_MAX ? t->len : SEGMENT_MAX;
	}
	*ret_at = start;
	return len;
}
