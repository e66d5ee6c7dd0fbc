#include "set_cookie.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	NAME_MAX_KEPT = 128,
	DAY_S = 86400,
	LONGEST_D = 36500,        /* in what is told */
	LIFE_MAX_S = 400 * DAY_S, /* browsers cut longer lives to this, from 2023 on */
};

#define CUT_SINCE_S INT64_C(1672531200) /* 2023-01-01 */

static const char *trimmed(const char *text, size_t *len)
{
	while (*len > 0 && isspace((unsigned char)*text)) {
		text++;
		--*len;
	}
	while (*len > 0 && isspace((unsigned char)text[*len - 1]))
		--*len;
	return text;
}

static int month_of(const char *word)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (int m = 0; m < 12; m++)
		if (strncasecmp(word, names + m * 3, 3) == 0)
			return m + 1;
	return 0;
}

static int64_t days_of(int y, int m, int d)
{
	/* Days from civil, Howard Hinnant's algorithm: March begins the year. */
	y -= m <= 2;
	m = (m + 9) % 12;
	return 365LL * y + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + d - 1 - 719468;
}

struct date {
	int year, month, day, hour, minute, second;
	bool has_time;
};

/* hh:mm:ss. */
static bool read_clock(const char *word, size_t len, struct date *d)
{
	char text[16], *end;
	if (len >= sizeof(text) || !memchr(word, ':', len))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	d->hour = (int)strtol(text, &end, 10);
	if (*end != ':')
		return false;
	d->minute = (int)strtol(end + 1, &end, 10);
	if (*end != ':')
		return false;
	d->second = (int)strtol(end + 1, &end, 10);
	return d->hour >= 0 && d->hour < 24 && d->minute >= 0 && d->minute < 60 && d->second >= 0 &&
	       d->second < 61;
}

static void read_word(const char *word, size_t len, struct date *d)
{
	bool is_number = isdigit((unsigned char)*word) && len <= 4;
	if (!d->has_time && read_clock(word, len, d)) {
		d->has_time = true;
	} else if (is_number && !d->day && len <= 2) {
		d->day = (int)strtol(word, NULL, 10);
	} else if (!d->month && len >= 3 && month_of(word)) {
		d->month = month_of(word);
	} else if (is_number && !d->year && len != 3) {
		d->year = (int)strtol(word, NULL, 10);
		d->year += len > 2 ? 0 : d->year < 70 ? 2000 : 1900;
	}
}

bool cookie_date_parse(const char *text, size_t len, int64_t *ret_s)
{
	struct date d = { 0 };
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		while (i + n < len && (isalnum((unsigned char)text[i + n]) || text[i + n] == ':'))
			n++;
		if (n > 0)
			read_word(text + i, n, &d);
		i += n + 1;
	}
	if (!d.has_time || d.day < 1 || d.day > 31 || !d.month || d.year < 1601)
		return false;
	*ret_s = days_of(d.year, d.month, d.day) * DAY_S + d.hour * 3600 + d.minute * 60 + d.second;
	return true;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

struct life {
	bool has_max_age, has_expires;
	int64_t max_age_s, expires_s;
};

static void read_attribute(const char *text, size_t len, struct set_cookie *c, struct life *life)
{
	text = trimmed(text, &len);
	const char *equal = len ? memchr(text, '=', len) : NULL;
	size_t name_len = equal ? (size_t)(equal - text) : len;
	size_t value_len = equal ? len - name_len - 1 : 0;
	const char *value = equal ? equal + 1 : text;
	value = trimmed(value, &value_len);
	text = trimmed(text, &name_len);
	if (is_word(text, name_len, "max-age") && value_len > 0) {
		life->has_max_age = true;
		life->max_age_s = strtoll(value, NULL, 10);
	} else if (is_word(text, name_len, "expires")) {
		life->has_expires = cookie_date_parse(value, value_len, &life->expires_s);
	} else if (is_word(text, name_len, "samesite")) {
		c->is_cross_site = is_word(value, value_len, "none");
	} else if (is_word(text, name_len, "partitioned")) {
		c->is_partitioned = true;
	}
}

bool set_cookie_parse(const char *header, int64_t now_s, struct set_cookie *ret)
{
	size_t len = strcspn(header, ";");
	struct set_cookie c = { 0 };
	const char *equal = memchr(header, '=', len);
	if (!equal)
		return false;
	c.name_len = (size_t)(equal - header);
	c.name = trimmed(header, &c.name_len);
	c.value_len = len - (size_t)(equal - header) - 1;
	c.value = trimmed(equal + 1, &c.value_len);
	struct life life = { 0 };
	for (const char *s = header + len; *s;) {
		s++;
		size_t n = strcspn(s, ";");
		read_attribute(s, n, &c, &life);
		s += n;
	}
	if (life.has_max_age)
		c.life_s = life.max_age_s > 0 ? life.max_age_s : -1;
	else if (life.has_expires)
		c.life_s = life.expires_s > now_s ? life.expires_s - now_s : -1;
	if (c.life_s > LIFE_MAX_S && now_s >= CUT_SINCE_S)
		c.life_s = LIFE_MAX_S;
	if (c.name_len == 0)
		return false;
	*ret = c;
	return true;
}

static const char *life_text(const struct set_cookie *c, struct scratch *s)
{
	if (c->life_s == 0)
		return "kept until the browser closes";
	if (c->life_s < 2 * 3600)
		return scratch_format(s, "kept for %d minutes", (int)((c->life_s + 59) / 60));
	if (c->life_s < 2 * DAY_S)
		return scratch_format(s, "kept for %d hours", (int)(c->life_s / 3600));
	int64_t days = c->life_s / DAY_S;
	return scratch_format(s, "kept for %d days", (int)(days < LONGEST_D ? days : LONGEST_D));
}

static void add_set_cookie(struct reading *g, const struct set_cookie *c)
{
	struct params *p = &g->x->cookies;
	size_t n = p->n;
	params_add(p, SOURCE_COOKIE, 0, c->name, c->name_len < NAME_MAX_KEPT ? c->name_len : NAME_MAX_KEPT,
		   c->value, c->value_len);
	if (p->n == n)
		return;
	struct param *param = &p->at[n];
	if (!g->is_third_party) {
		memory_note(g->x->memory, g->r->client, g->r->domain, param->name, param->value);
		return;
	}
	const struct cat_param *known = catalogue_cookie(g->vendor, param->name);
	size_t before = g->n_items;
	reading_add(g, known ? known->category : CATEGORY_UNKNOWN, param, param->name,
		    known ? known->meaning : "");
	if (g->n_items == before)
		return;
	struct ol_item *item = &g->items[before];
	item->detail = scratch_format(&g->x->scratch, "cookie set, %s%s%s", life_text(c, &g->x->scratch),
				      c->is_cross_site ? ", sent from other sites too" : "",
				      c->is_partitioned ? ", apart for each site" : "");
	/* Whoever sets a cookie that outlives the visit can know the browser again. */
	g->is_personal |= c->life_s > DAY_S;
}

void set_cookies_tell(struct reading *g, const struct ol_response *response, void *to)
{
	reading_restart(g);
	g->event = "cookies set";
	for (size_t i = 0; i < response->n_headers; i++) {
		struct set_cookie c;
		const struct ol_header *h = &response->headers[i];
		bool is_set = strcasecmp(h->name, "set-cookie") == 0;
		if (is_set && set_cookie_parse(h->value, response->at_ns / 1000000000, &c) && c.life_s >= 0)
			add_set_cookie(g, &c);
	}
	if (!*g->page && g->is_third_party)
		g->page = g->r->referer;
	if (g->n_items > 0)
		reading_tell(g, true, to);
}
