#define ZLIB_CONST /* zlib: input is not written to */
#include "events.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "json.h"
#include "values.h"

enum {
	INFLATED_MAX = 262144, /* as in disclosure.c */
	EMBEDDED_MAX = 16384,
};

/* gzip that no header announced. returns: 0 if it is none. */
static size_t inflate_body(const char *body, size_t len, unsigned char *out)
{
	z_stream z = { .next_in = (const Bytef *)body,
		       .avail_in = (uInt)len,
		       .next_out = out,
		       .avail_out = INFLATED_MAX - 1 };
	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return 0;
	int rc = inflate(&z, Z_SYNC_FLUSH);
	size_t n = rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? z.total_out : 0;
	inflateEnd(&z);
	out[n] = '\0';
	return n;
}

static bool is_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < 512; i++)
		if ((unsigned char)text[i] < 32 && !isspace((unsigned char)text[i]))
			return false;
	return true;
}

/* Lines of "a=b&c=d". One line alone belongs to the whole request. */
static void read_lines(struct params *p, const char *body, size_t len)
{
	size_t n_lines = 0;
	for (size_t i = 0; i < len; i++)
		n_lines += body[i] == '\n' && i + 1 < len;
	unsigned group = n_lines > 0 ? 1 : 0;
	while (len > 0) {
		const char *newline = memchr(body, '\n', len);
		size_t n = newline ? (size_t)(newline - body) : len;
		size_t skip = newline ? n + 1 : n;
		while (n > 0 && isspace((unsigned char)body[n - 1]))
			n--;
		params_form(p, SOURCE_FORM, group, body, n);
		if (group > 0 && group < EVENTS_MAX)
			group++;
		body += skip;
		len -= skip;
	}
}

static void add_binary(struct params *p, size_t len)
{
	char text[48];
	int n = snprintf(text, sizeof(text), "binary, %zu bytes", len);
	params_add(p, SOURCE_BINARY, 0, "body", 4, text, (size_t)n);
}

static void read_body(struct reading *g, const char *body, size_t len)
{
	struct params *p = &g->x->params;
	const unsigned char *b = (const unsigned char *)body;
	if (len > 2 && b[0] == 0x1f && b[1] == 0x8b) {
		size_t n = inflate_body(body, len, g->x->inflated);
		body = n ? (const char *)g->x->inflated : body;
		len = n ? n : len;
	}
	size_t blank = 0;
	while (blank < len && isspace((unsigned char)body[blank]))
		blank++;
	if (len == blank)
		return;
	if (strncasecmp(g->r->content_type, "multipart/form-data", 19) == 0)
		params_multipart(p, g->r->content_type, body, len);
	else if (body[blank] == '{' || body[blank] == '[')
		json_params(p, "", body + blank, len - blank);
	else if (is_printable(body, len))
		read_lines(p, body, len);
	else
		add_binary(p, len);
}

/* Parameters that are JSON themselves, where the entry tells what is in them: "ad" holds "ad.loc". */
static bool has_inner_names(const struct cat_vendor *v, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < v->params.n_exact; i++) {
		const char *have = v->params.exact[i].name;
		if (strncmp(have, name, n) == 0 && have[n] == '.')
			return true;
	}
	return false;
}

static void read_embedded(struct reading *g)
{
	struct params *p = &g->x->params;
	size_t n = p->n;
	for (size_t i = 0; i < n; i++) {
		struct param param = p->at[i];
		if (param.source == SOURCE_JSON)
			continue;
		if ((*param.value == '{' || *param.value == '[') && has_inner_names(g->vendor, param.name)) {
			json_params(p, param.name, param.value, param.value_len);
		} else if (g->endpoint->flags & ENDPOINT_BASE64 && strcmp(param.name, "data") == 0) {
			unsigned char text[EMBEDDED_MAX];
			const char *json = param.value;
			size_t len = param.value_len;
			if (*json != '{' && *json != '[') {
				len = base64_decode(param.value, param.value_len, text, sizeof(text));
				json = (const char *)text;
			}
			if (len > 0)
				json_params(p, "", json, len);
		}
	}
}

void events_read_params(struct reading *g, const char *path, size_t path_len, const char *query)
{
	struct params *p = &g->x->params;
	if (g->endpoint->sources & SOURCE_PATH)
		params_path(p, path, path_len);
	params_form(p, SOURCE_QUERY, 0, query, strlen(query));
	if (g->r->body_len > 0 && g->endpoint->sources & SOURCE_BINARY)
		add_binary(p, g->r->body_len);
	else if (g->r->body_len > 0)
		read_body(g, g->r->body, g->r->body_len);
	read_embedded(g);
}

/* What marks one event: the number of its line, or the path of its array element up to the last ']'. */
struct event_key {
	unsigned group;
	const char *path;
	size_t len;
};

static size_t element_len(const char *path)
{
	const char *end = strrchr(path, ']');
	return end ? (size_t)(end - path) + 1 : 0;
}

static bool is_event(const struct reading *g, const struct param *p)
{
	const struct cat_param *known = catalogue_param(g->vendor, p->name);
	return known && known->role == ROLE_EVENT;
}

static bool same_key(const struct event_key *a, const struct event_key *b)
{
	return a->group == b->group && a->len == b->len && strncmp(a->path, b->path, a->len) == 0;
}

static size_t find_events(const struct reading *g, struct event_key keys[EVENTS_MAX])
{
	const struct params *p = &g->x->params;
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct param *param = &p->at[i];
		struct event_key key = { .group = param->group, .path = param->name };
		if (param->source == SOURCE_JSON)
			key.len = element_len(param->name);
		if ((key.group == 0 && key.len == 0) || !is_event(g, param))
			continue;
		bool have = false;
		for (size_t j = 0; j < n && !have; j++)
			have = same_key(&keys[j], &key);
		if (!have && n < EVENTS_MAX)
			keys[n++] = key;
	}
	return n;
}

/* Does p belong to the event of key, or to all? */
static bool belongs(const struct param *p, const struct event_key *key)
{
	if (p->group != 0 || key->group != 0)
		return p->group == 0 || p->group == key->group;
	if (p->source != SOURCE_JSON)
		return true;
	size_t len = element_len(p->name);
	size_t least = len < key->len ? len : key->len;
	return strncmp(p->name, key->path, least) == 0;
}

/* A recording is told once, by its size. */
static void tell_recording(struct reading *g, uint64_t bytes, size_t values)
{
	if (values == 0 || g->n_items == ITEMS_MAX)
		return;
	g->items[g->n_items++] = (struct ol_item){
		.kind = category_kind(CATEGORY_SESSION_REPLAY),
		.name = "recording",
		.value = "",
		.digest = "",
		.meaning = "recording of the visit",
		.theme = "",
		.detail = scratch_format(&g->x->scratch, "%zu values", values),
		.length = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX,
	};
	g->is_personal = true;
}

static void add_params(struct reading *g, const struct event_key *key, bool leftovers,
		       const struct event_key *keys, size_t n_keys)
{
	struct params *p = &g->x->params;
	uint64_t replay_bytes = 0;
	size_t replay_values = 0, n = p->n;
	for (size_t i = 0; i < n; i++) {
		struct param *param = &p->at[i];
		bool mine = !key || belongs(param, key);
		if (!mine && leftovers) {
			bool others = false;
			for (size_t j = 0; j < n_keys && !others; j++)
				others = belongs(param, &keys[j]);
			mine = !others;
		}
		if (!mine)
			continue;
		const struct cat_param *known = catalogue_param(g->vendor, param->name);
		if (known && known->category == CATEGORY_SESSION_REPLAY) {
			replay_bytes += param->sent_len;
			replay_values++;
			continue;
		}
		if (param->source == SOURCE_BINARY) {
			reading_add(g, CATEGORY_EVENT, param, param->name, "not read");
			continue;
		}
		if (known && known->role == ROLE_EVENT && !*g->event && !is_nothing(param->value))
			g->event = param->value;
		reading_add(g, known ? known->category : CATEGORY_UNKNOWN, param, param->name,
			    known ? known->meaning : "");
	}
	tell_recording(g, replay_bytes, replay_values);
}

static void add_cookies(struct reading *g)
{
	struct params *c = &g->x->cookies;
	for (size_t i = 0; i < c->n; i++) {
		const struct cat_param *known = catalogue_cookie(g->vendor, c->at[i].name);
		reading_add(g, known ? known->category : CATEGORY_UNKNOWN, &c->at[i], c->at[i].name,
			    known ? known->meaning : "");
	}
}

void events_tell(struct reading *g, void *to)
{
	struct event_key keys[EVENTS_MAX];
	size_t n = find_events(g, keys);
	for (size_t i = 0; i < (n ? n : 1); i++) {
		reading_restart(g);
		add_params(g, n ? &keys[i] : NULL, i == 0, keys, n);
		add_cookies(g);
		reading_add_referer(g);
		reading_tell(g, g->endpoint->flags & ENDPOINT_CONFIRMED, to);
	}
}
