#include "own.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "params.h"
#include "values.h"

enum {
	VALUES_MAX = 64,
	VALUE_TEXT_MAX = 256,
	FORMS_MAX = 8, /* of a value in clear */
	HASH_BYTES_MAX = 32,
	HASHES_MAX = VALUES_MAX * FORMS_MAX * 3,
	TEXT_READ_MAX = 8192,
	DECODE_ROUNDS = 3,
};

/* What may stand around a value. */
enum fit {
	FIT_START, /* anything behind it */
	FIT_WORD,  /* no letter or digit on either side */
	FIT_WHOLE, /* nothing: a word of a name is also a word of other texts */
};

struct plain {
	char text[VALUE_TEXT_MAX];
	size_t len;
	const char *what;
	enum fit fit;
};

struct hashed {
	uint8_t bytes[HASH_BYTES_MAX];
	uint8_t len;
	const char *what, *how;
};

struct own {
	char kinds[VALUES_MAX][64];
	size_t n_values;
	struct plain plain[VALUES_MAX * FORMS_MAX];
	size_t n_plain;
	struct hashed hashed[HASHES_MAX];
	size_t n_hashed;
};

static void add_form_fit(struct own *o, const char *what, const char *text, enum fit fit)
{
	static const struct {
		const char *how;
		const EVP_MD *(*md)(void);
	} hashes[] = { { "SHA-256", EVP_sha256 }, { "SHA-1", EVP_sha1 }, { "MD5", EVP_md5 } };
	size_t len = strlen(text);
	if (len < 3 || len >= VALUE_TEXT_MAX || o->n_plain == VALUES_MAX * FORMS_MAX)
		return;
	for (size_t i = 0; i < o->n_plain; i++)
		if (strcmp(o->plain[i].text, text) == 0)
			return;
	struct plain *p = &o->plain[o->n_plain++];
	memcpy(p->text, text, len + 1);
	p->what = what;
	p->len = len;
	p->fit = fit;
	for (size_t i = 0; i < 3 && o->n_hashed < HASHES_MAX; i++) {
		struct hashed *h = &o->hashed[o->n_hashed];
		unsigned n = 0;
		if (EVP_Digest(text, len, h->bytes, &n, hashes[i].md(), NULL) != 1)
			continue;
		h->len = (uint8_t)n;
		h->what = what;
		h->how = hashes[i].how;
		o->n_hashed++;
	}
}

static void add_form(struct own *o, const char *what, const char *text)
{
	add_form_fit(o, what, text, strchr(text, '@') ? FIT_START : FIT_WORD);
}

static void add_email(struct own *o, const char *what, const char *lower)
{
	add_form(o, what, lower);
	const char *at = strchr(lower, '@');
	/* Google folds the addresses of its own mail before it hashes them: no dots, nothing behind '+'. */
	if (!at || (strcmp(at, "@gmail.com") != 0 && strcmp(at, "@googlemail.com") != 0))
		return;
	char folded[VALUE_TEXT_MAX];
	size_t n = 0;
	for (const char *s = lower; s < at && *s != '+'; s++)
		if (*s != '.')
			folded[n++] = *s;
	snprintf(folded + n, sizeof(folded) - n, "%s", at);
	add_form(o, what, folded);
}

static void add_phone(struct own *o, const char *what, const char *text)
{
	char digits[24], british[32], form[40];
	size_t n = 0;
	for (const char *s = text; *s && n + 1 < sizeof(digits); s++)
		if (isdigit((unsigned char)*s))
			digits[n++] = *s;
	digits[n] = '\0';
	const char *international = digits;
	bool is_international = text[strspn(text, " (")] == '+' || strncmp(digits, "00", 2) == 0;
	if (is_international && strncmp(digits, "00", 2) == 0)
		international = digits + 2;
	if (!is_international && digits[0] == '0') {
		snprintf(british, sizeof(british), "44%s", digits + 1);
		international = british;
	}
	add_form(o, what, international);
	snprintf(form, sizeof(form), "+%s", international);
	add_form(o, what, form);
	snprintf(form, sizeof(form), "00%s", international);
	add_form(o, what, form);
	add_form(o, what, digits);
	if (strncmp(international, "44", 2) == 0) {
		snprintf(form, sizeof(form), "0%s", international + 2 + (international[2] == '0'));
		add_form(o, what, form);
		add_form(o, what, form + 1);
	}
}

/* A name is also sent word by word, and without blanks. */
static void add_words(struct own *o, const char *what, const char *lower)
{
	char text[VALUE_TEXT_MAX], *save = NULL;
	add_form(o, what, lower);
	size_t n = 0;
	for (const char *s = lower; *s; s++)
		if (*s != ' ')
			text[n++] = *s;
	text[n] = '\0';
	add_form(o, what, text);
	snprintf(text, sizeof(text), "%s", lower);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		add_form_fit(o, what, w, FIT_WHOLE);
}

static bool looks_like_phone(const char *text)
{
	size_t n = 0;
	for (const char *s = text; *s; s++) {
		if (isdigit((unsigned char)*s))
			n++;
		else if (!strchr("+-() ./", *s))
			return false;
	}
	return n >= 7 && n <= 15;
}

static void add_value(struct own *o, const char *kind, char *value)
{
	char *what = o->kinds[o->n_values++];
	char lower[VALUE_TEXT_MAX];
	size_t n = strlen(value);
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)tolower((unsigned char)value[i]);
	if (strchr(value, '@')) {
		snprintf(what, 64, "your e-mail address");
		add_form(o, what, value);
		add_email(o, what, lower);
	} else if (looks_like_phone(value) && (!*kind || strstr(kind, "phone") || strstr(kind, "mobile"))) {
		snprintf(what, 64, "your phone number");
		add_form(o, what, value);
		add_phone(o, what, value);
	} else {
		snprintf(what, 64, "your %.50s", *kind ? kind : "name");
		add_form(o, what, value);
		if (!*kind || strstr(kind, "name"))
			add_words(o, what, lower);
		add_form(o, what, lower);
	}
}

static char *trim(char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static void add_line(struct own *o, char *line)
{
	char *value = trim(line), kind[64] = "";
	if (*value == '#' || *value == '\0' || o->n_values == VALUES_MAX)
		return;
	size_t n = strcspn(value, ":");
	if (value[n] == ':' && n > 0 && n < sizeof(kind) && n < strcspn(value, "@0123456789")) {
		for (size_t i = 0; i < n; i++)
			kind[i] = (char)tolower((unsigned char)value[i]);
		value = trim(value + n + 1);
	}
	if (strlen(value) >= 3)
		add_value(o, kind, value);
}

struct own *own_load(const char *path, char *err, size_t err_max)
{
	FILE *f = fopen(path, "re");
	struct own *o = f ? calloc(1, sizeof(*o)) : NULL;
	if (!o) {
		snprintf(err, err_max, "cannot read '%s': %s", path, strerror(errno));
		if (f)
			fclose(f);
		return NULL;
	}
	char line[VALUE_TEXT_MAX];
	while (fgets(line, sizeof(line), f))
		add_line(o, line);
	fclose(f);
	OPENSSL_cleanse(line, sizeof(line));
	return o;
}

void own_free(struct own *o)
{
	if (!o)
		return;
	OPENSSL_cleanse(o, sizeof(*o));
	free(o);
}

static const char *tell(struct scratch *s, const char *what, const char *how)
{
	return *how ? scratch_format(s, "%s, %s", what, how) : what;
}

static bool fits(const struct plain *p, const char *text, const char *at)
{
	bool starts = at == text || !isalnum((unsigned char)at[-1]);
	bool ends = !isalnum((unsigned char)at[p->len]);
	if (p->fit == FIT_WHOLE)
		return at == text && at[p->len] == '\0';
	return starts && (ends || p->fit == FIT_START);
}

static bool is_within(const struct plain *p, const char *text)
{
	for (const char *s = text; (s = strcasestr(s, p->text)); s++)
		if (fits(p, text, s))
			return true;
	return false;
}

/* The longest value that stands in text in clear. */
static const struct plain *find_plain(const struct own *o, const char *text)
{
	const struct plain *best = NULL;
	for (size_t i = 0; i < o->n_plain; i++) {
		const struct plain *p = &o->plain[i];
		if ((!best || p->len > best->len) && is_within(p, text))
			best = p;
	}
	return best;
}

static const struct hashed *find_hash(const struct own *o, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < o->n_hashed; i++)
		if (o->hashed[i].len == len && memcmp(o->hashed[i].bytes, bytes, len) == 0)
			return &o->hashed[i];
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A run of exactly 64, 40 or 32 hexadecimal digits. */
static const struct hashed *find_hex(const struct own *o, const char *text)
{
	for (const char *s = text; *s; s++) {
		size_t n = 0;
		while (hex_digit(s[n]) >= 0)
			n++;
		if (n == 64 || n == 40 || n == 32) {
			uint8_t bytes[HASH_BYTES_MAX];
			for (size_t i = 0; i < n / 2; i++)
				bytes[i] = (uint8_t)(hex_digit(s[2 * i]) * 16 + hex_digit(s[2 * i + 1]));
			const struct hashed *h = find_hash(o, bytes, n / 2);
			if (h)
				return h;
		}
		s += n;
		if (!*s)
			break;
	}
	return NULL;
}

static bool is_base64_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("+/-_", c));
}

/* A hash at the beginning or the end of a run of base64 digits, or values in clear within it. */
static const char *find_in_run(const struct own *o, const char *run, size_t len, struct scratch *scratch)
{
	static const struct {
		size_t chars, bytes;
	} sizes[] = { { 43, 32 }, { 27, 20 }, { 22, 16 } };
	uint8_t bytes[HASH_BYTES_MAX + 1];
	for (size_t i = 0; i < 3; i++) {
		if (len < sizes[i].chars)
			continue;
		const char *const places[] = { run, run + len - sizes[i].chars };
		for (size_t j = 0; j < 2; j++) {
			size_t n = base64_decode(places[j], sizes[i].chars, bytes, sizeof(bytes));
			const struct hashed *h = n == sizes[i].bytes ? find_hash(o, bytes, n) : NULL;
			if (h)
				return tell(scratch, h->what, scratch_format(scratch, "hashed (%s)", h->how));
		}
	}
	char clear[1024];
	size_t n = len >= 8 ? base64_decode(run, len, (unsigned char *)clear, sizeof(clear) - 1) : 0;
	clear[n] = '\0';
	const struct plain *p = strlen(clear) == n && n > 0 ? find_plain(o, clear) : NULL;
	return p ? tell(scratch, p->what, "in base64") : NULL;
}

static const char *find_base64(const struct own *o, const char *text, struct scratch *scratch)
{
	for (const char *s = text; *s; s++) {
		size_t n = 0;
		while (is_base64_char(s[n]))
			n++;
		const char *told = n >= 8 ? find_in_run(o, s, n, scratch) : NULL;
		if (told)
			return told;
		s += n;
		if (!*s)
			break;
	}
	return NULL;
}

static const char *find_coded(const struct own *o, const char *text, struct scratch *scratch)
{
	const struct hashed *h = find_hex(o, text);
	if (h)
		return tell(scratch, h->what, scratch_format(scratch, "hashed (%s)", h->how));
	return find_base64(o, text, scratch);
}

const char *own_find(const struct own *o, const char *text, struct scratch *scratch)
{
	char decoded[TEXT_READ_MAX];
	size_t len = strnlen(text, sizeof(decoded) - 1);
	memcpy(decoded, text, len);
	decoded[len] = '\0';
	const struct plain *best = NULL;
	for (int round = 0; round < DECODE_ROUNDS; round++) {
		const char *told = find_coded(o, decoded, scratch);
		if (told)
			return told;
		const struct plain *p = find_plain(o, decoded);
		if (p && (!best || p->len > best->len))
			best = p;
		if (!strchr(decoded, '%'))
			break;
		len = percent_decode(decoded, len, false);
		decoded[len] = '\0';
	}
	return best ? best->what : NULL;
}
