#include "decrypt/app.h"

#include <stdlib.h>
#include <string.h>

#include "decrypt/http1_conn.h"
#include "decrypt/http2.h"

#define EARLY_MAX 16384 /* bytes of the server before the client said anything: SETTINGS, as a rule */

struct app_conn {
	struct teller *teller;
	uint64_t flow;
	struct conn_facts *facts;
	struct http1_conn *http1;
	struct http2_conn *http2;
	bool is_not;                 /* neither */
	struct buf first[WAY_COUNT]; /* as long as neither */
	struct when first_at[WAY_COUNT];
	bool has_zero_rtt, is_gapped;
};

struct app_conn *app_conn_new(struct teller *t, uint64_t flow, struct conn_facts *facts)
{
	struct app_conn *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->teller = t;
	a->flow = flow;
	a->facts = facts;
	return a;
}

static void forget_first(struct app_conn *a)
{
	for (int w = 0; w < WAY_COUNT; w++)
		buf_fini(&a->first[w], teller_budget(a->teller));
}

void app_conn_free(struct app_conn *a)
{
	if (!a)
		return;
	http1_conn_free(a->http1);
	http2_conn_free(a->http2);
	forget_first(a);
	free(a);
}

static bool is_chosen(const struct app_conn *a)
{
	return a->http1 || a->http2 || a->is_not;
}

static void give_up(struct app_conn *a)
{
	a->is_not = true;
	forget_first(a);
}

static void pass(struct app_conn *a, enum way w, struct bytes data, struct when at, bool zero_rtt)
{
	if (a->http2)
		http2_conn_data(a->http2, w, data, at, zero_rtt);
	else if (a->http1)
		http1_conn_data(a->http1, w, data, at, zero_rtt);
}

static void choose(struct app_conn *a, bool is_http2)
{
	if (is_http2)
		a->http2 = http2_conn_new(a->teller, a->flow, true, a->facts);
	else
		a->http1 = http1_conn_new(a->teller, a->flow, true, a->facts, NULL);
	if (!a->http1 && !a->http2) {
		give_up(a);
		return;
	}
	for (int w = 0; w < WAY_COUNT; w++) {
		if (a->is_gapped)
			app_conn_gap(a, (enum way)w, 0);
		if (a->first[w].len)
			pass(a, (enum way)w, buf_bytes(&a->first[w]), a->first_at[w],
			     a->has_zero_rtt && w == WAY_UP);
	}
	forget_first(a);
}

static bool is_text(struct bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.at, text, b.len) == 0;
}

void app_conn_alpn(struct app_conn *a, struct bytes protocol)
{
	if (is_chosen(a) || !protocol.len)
		return;
	if (is_text(protocol, "h2"))
		choose(a, true);
	else if (is_text(protocol, "http/1.1") || is_text(protocol, "http/1.0"))
		choose(a, false);
	else
		give_up(a);
}

/* The head of a frame that is one of the first of a connection: RFC 9113 4.1. */
static bool is_http2_frame(struct bytes b)
{
	if (b.len < 9)
		return false;
	uint32_t len = (uint32_t)b.at[0] << 16 | (uint32_t)b.at[1] << 8 | b.at[2];
	uint8_t type = b.at[3];
	bool is_stream_0 = !(b.at[5] | b.at[6] | b.at[7] | b.at[8]);
	if (type == 4)
		return is_stream_0 && len % 6 == 0 && len <= 600;
	if (type == 8)
		return len == 4;
	return type == 1 && !is_stream_0 && !b.at[5] && len <= 16384 && b.at[8] % 2;
}

/* By the first bytes of either side. */
static void guess(struct app_conn *a, enum way w)
{
	struct bytes b = buf_bytes(&a->first[w]);
	if (b.len < 9)
		return;
	if (w == WAY_UP && memcmp(b.at, "PRI ", 4) == 0)
		choose(a, true);
	else if (http1_begins(w, b))
		choose(a, false);
	else if (is_http2_frame(b))
		choose(a, true); /* the server's SETTINGS, or the preface was lost */
	else if (a->is_gapped)
		a->first[w].len = 0; /* in the middle of something */
	else
		give_up(a);
}

void app_conn_data(struct app_conn *a, enum way w, struct bytes data, struct when at, bool zero_rtt)
{
	if (!data.len)
		return;
	if (is_chosen(a)) {
		pass(a, w, data, at, zero_rtt);
		return;
	}
	if (!a->first[w].len)
		a->first_at[w] = at;
	a->has_zero_rtt |= zero_rtt;
	if (!buf_add(&a->first[w], teller_budget(a->teller), data, w == WAY_UP ? 2 * EARLY_MAX : EARLY_MAX)) {
		give_up(a);
		return;
	}
	guess(a, w);
}

void app_conn_gap(struct app_conn *a, enum way w, uint64_t lost)
{
	if (a->http2)
		http2_conn_gap(a->http2, w, lost);
	else if (a->http1)
		http1_conn_gap(a->http1, w, lost);
	else
		a->is_gapped = true;
}

void app_conn_end(struct app_conn *a, enum way w, struct when at)
{
	if (a->http1)
		http1_conn_end(a->http1, w, at);
}

bool app_conn_is_done(const struct app_conn *a)
{
	return a->is_not || (a->http1 && (http1_conn_state(a->http1) == HTTP1_NOT ||
					  http1_conn_state(a->http1) == HTTP1_TUNNEL));
}
