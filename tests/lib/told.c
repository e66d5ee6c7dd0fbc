#include "told.h"

#include <stdarg.h>
#include <stdio.h>

#include "decrypt/teller_parts.h"

static void add(struct told *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct told *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(t->text + t->len, sizeof(t->text) - t->len, format, args);
	va_end(args);
	if (n > 0 && t->len + (size_t)n < sizeof(t->text))
		t->len += (size_t)n;
	t->text[t->len] = '\0';
}

static int width(struct bytes b)
{
	return b.len > 4096 ? 4096 : (int)b.len;
}

static const char *start(struct bytes b)
{
	return b.len ? (const char *)b.at : "";
}

static void request(void *ctx, const struct request *r)
{
	struct told *t = ctx;
	t->n_requests++;
	t->n_zero_rtt += r->is_zero_rtt;
	add(t, "h%d %.*s %s %.*s", (int)r->version, width(r->method), start(r->method),
	    r->host.len ? r->host.text : "-", width(r->target), start(r->target));
	add(t, "%s%s%s%s", r->is_zero_rtt ? " 0rtt" : "", r->is_after_gap ? " gap" : "",
	    r->has_unknown_headers ? " unknown" : "", r->is_websocket ? " websocket" : "");
	if (r->body.len)
		add(t, " body \"%.*s\"%s", width(r->body), start(r->body), r->is_body_cut ? " cut" : "");
	add(t, "\n");
}

static void response(void *ctx, const struct response *r)
{
	struct told *t = ctx;
	t->n_answers++;
	add(t, "answer %u %.*s\n", r->status, width(r->content_type), start(r->content_type));
}

static void ended(void *ctx, const struct exchange_end *e)
{
	struct told *t = ctx;
	t->n_ends++;
	t->n_complete += e->is_complete;
	add(t, "end%s\n", e->is_complete ? " complete" : "");
}

static void socket_message(void *ctx, const struct socket_message *m)
{
	add(ctx, "socket %s %u %llu\n", m->is_up ? "up" : "down", m->opcode, (unsigned long long)m->len);
}

static void doh_answer(void *ctx, const struct doh_answer *a)
{
	add(ctx, "doh \"%.*s\"\n", width(a->message), start(a->message));
}

struct request_sink told_sink(struct told *t)
{
	*t = (struct told){ .len = 0 };
	return (struct request_sink){ request, response, ended, socket_message, doh_answer, t };
}

struct teller *told_teller(struct told *t)
{
	struct request_sink sink = told_sink(t);
	struct decrypt_limits limits = DECRYPT_LIMITS_DEFAULT;
	return teller_new(&sink, &limits);
}

const char *told_headers(const struct message *m)
{
	static char text[4096];
	size_t n = 0;
	text[0] = '\0';
	for (uint32_t i = 0; i < message_fields(m); i++) {
		struct header h = message_field(m, i);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s: %.*s|", (int)h.name.len,
				      (const char *)h.name.at, (int)h.value.len, (const char *)h.value.at);
	}
	return text;
}
