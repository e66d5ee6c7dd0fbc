/* What one request says of consent. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "track/consent.h"
#include "track/consent_button.h"
#include "track/consent_tcf.h"
#include "track/consent_text.h"
#include "track/consent_vendors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	STRING_MAX = 8192, /* of a consent string, decoded */
};

static bool is_below(const char *host, const char *suffix)
{
	size_t n = strlen(host), m = strlen(suffix);
	return n >= m && strcmp(host + n - m, suffix) == 0 && (n == m || host[n - m - 1] == '.');
}

uint64_t consent_vendors_of(const char *host)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < consent_n_vendor_hosts; i++)
		if (is_below(host, consent_vendor_hosts[i].suffix))
			mask |= 1ULL << consent_vendor_hosts[i].vendor;
	return mask;
}

static bool is_word(struct bytes b, const char *word)
{
	return b.len == strlen(word) && memcmp(b.at, word, b.len) == 0;
}

static bool holds(struct bytes b, const char *word)
{
	return b.len > 0 && memmem(b.at, b.len, word, strlen(word));
}

static void note_tcf(struct consent_fact *f, struct bytes text, bool is_cookie)
{
	struct tcf t;
	if (!tcf_read(text, consent_vendor_ids, consent_n_vendors, &t))
		return;
	f->found |= CONSENT_TCF | (is_cookie ? (uint32_t)CONSENT_TCF_IN_COOKIE : 0);
	f->purposes = t.purposes;
	f->legitimate = t.legitimate;
	/* Of a string that ends early the vendors behind the cut are unknown: none is called refused. */
	f->vendors = t.is_cut ? UINT64_MAX : t.vendors;
	f->vendors_legitimate = t.vendors_legitimate;
	f->tcf_cmp = t.cmp_id;
}

static void note_us_privacy(struct consent_fact *f, struct bytes text)
{
	struct us_privacy u;
	if (!us_privacy_read(text, &u))
		return;
	f->found |= CONSENT_US_PRIVACY | (u.opt_out == 'Y' ? (uint32_t)CONSENT_US_OPT_OUT : 0);
	snprintf(f->us_privacy, sizeof(f->us_privacy), "1%c%c%c", u.notice, u.opt_out, u.lspa);
}

static void note_gpp(struct consent_fact *f, struct bytes text)
{
	struct gpp g;
	if (!gpp_read(text, &g))
		return;
	f->found |= CONSENT_GPP;
	for (unsigned i = 0; i < g.n; i++) {
		if (g.id[i] < 16)
			f->gpp_sections |= (uint16_t)(1U << g.id[i]);
		if (g.id[i] == 2)
			note_tcf(f, g.text[i], false);
		else if (g.id[i] == 6)
			note_us_privacy(f, g.text[i]);
	}
}

static void note_param(struct consent_fact *f, struct bytes name, struct bytes value)
{
	static const char *const known[] = { "gdpr_consent", "gdpr", "us_privacy", "gpp", "gcs", "gcd" };
	size_t which = 0;
	while (which < COUNT(known) && !is_word(name, known[which]))
		which++;
	if (which == COUNT(known) || value.len == 0)
		return;
	char text[STRING_MAX];
	size_t len = consent_decode(value, text, sizeof(text));
	struct bytes b = { (const uint8_t *)text, len };
	struct consent_mode mode;
	switch (which) {
	case 0:
		note_tcf(f, b, false);
		break;
	case 1:
		f->found |= is_word(b, "1") ? (uint32_t)CONSENT_GDPR_APPLIES : 0;
		f->found |= is_word(b, "0") ? (uint32_t)CONSENT_GDPR_NOT : 0;
		break;
	case 2:
		note_us_privacy(f, b);
		break;
	case 3:
		note_gpp(f, b);
		break;
	case 4:
		if (gcs_read(b, &mode)) {
			f->found |= CONSENT_GCS;
			snprintf(f->gcs, sizeof(f->gcs), "%.*s", (int)len, text);
		}
		break;
	default:
		if (gcd_read(b, &mode)) {
			f->found |= CONSENT_GCD;
			snprintf(f->gcd, sizeof(f->gcd), "%.*s", (int)(len < 15 ? len : 15), text);
		}
	}
}

/* Each "name=value" of text, between separators. */
static void for_each_pair(struct consent_fact *f, struct bytes text, uint8_t separator,
			  void (*note)(struct consent_fact *, struct bytes name, struct bytes value))
{
	while (text.len > 0) {
		const uint8_t *end = memchr(text.at, separator, text.len);
		struct bytes pair = { text.at, end ? (size_t)(end - text.at) : text.len };
		size_t skip = end ? pair.len + 1 : pair.len;
		text = (struct bytes){ text.at + skip, text.len - skip };
		while (pair.len > 0 && *pair.at == ' ')
			pair = (struct bytes){ pair.at + 1, pair.len - 1 };
		const uint8_t *equal = pair.len ? memchr(pair.at, '=', pair.len) : NULL;
		if (!equal)
			continue;
		size_t n = (size_t)(equal - pair.at);
		note(f, (struct bytes){ pair.at, n }, (struct bytes){ equal + 1, pair.len - n - 1 });
	}
}

static void note_cookie(struct consent_fact *f, struct bytes name, struct bytes value)
{
	struct consent_cookie c;
	if (is_word(name, "euconsent-v2") || is_word(name, "eupubconsent-v2")) {
		char text[STRING_MAX];
		size_t len = consent_decode(value, text, sizeof(text));
		note_tcf(f, (struct bytes){ (const uint8_t *)text, len }, true);
	} else if (is_word(name, "usprivacy")) {
		note_us_privacy(f, value);
	} else if (consent_cookie_read(name, value, &c)) {
		f->found |= CONSENT_COOKIE;
		consent_cookie_join(&f->cookie, &c);
	}
}

/* Calls by which a platform tells its servers what was chosen. */
struct call {
	const char *host, *path; /* the path holds this */
	enum consent_choice choice;
	bool is_post;
	bool is_likely; /* other things are told by such calls too */
};

static const struct call calls[] = {
	{ "onetrust.com", "/consentreceipts", CONSENT_UNKNOWN, true, false },
	{ "cookiebot.com", "/logconsent.ashx?action=decline", CONSENT_REJECT, false, false },
	{ "cookiebot.com", "/logconsent.ashx", CONSENT_UNKNOWN, false, false },
	{ "cookiebot.eu", "/logconsent.ashx", CONSENT_UNKNOWN, false, false },
	{ "privacy-mgmt.com", "/choice/gdpr/13", CONSENT_REJECT, true, false },
	{ "privacy-mgmt.com", "/choice/", CONSENT_UNKNOWN, true, false },
	{ "usercentrics.eu", "/consent/", CONSENT_UNKNOWN, true, false },
	{ "cookieyes.com", "/api/v1/log", CONSENT_UNKNOWN, true, false },
	{ "privacy-center.org", "/v1/events", CONSENT_UNKNOWN, true, true },
	{ "trustarc.com", "/log?", CONSENT_UNKNOWN, false, true },
	{ "cmp.inmobi.com", "/log", CONSENT_UNKNOWN, true, true },
	{ "osano.com", "/record", CONSENT_UNKNOWN, true, true },
};

/* Does the path hold it, and not go on in the same word? A query may name any address. */
static bool is_called(struct bytes target, const char *path)
{
	size_t len = strlen(path);
	const uint8_t *query = target.len ? memchr(target.at, '?', target.len) : NULL;
	const uint8_t *end = target.at + target.len;
	const uint8_t *at = target.len ? memmem(target.at, target.len, path, len) : NULL;
	if (!at || (query && at > query))
		return false;
	bool goes_on = isalnum((unsigned char)path[len - 1]) && at + len < end && isalnum(at[len]);
	return !goes_on;
}

static void note_call(struct consent_fact *f, const struct request *r)
{
	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct call *c = &calls[i];
		if (!is_below(r->host.text, c->host) || !is_called(r->target, c->path) ||
		    (c->is_post && !is_word(r->method, "POST")))
			continue;
		/* Didomi says in the body which event it is. */
		bool is_other = holds(r->body, "\"pageview\"") || holds(r->body, "\"consent.asked\"");
		bool is_given = holds(r->body, "\"consent.given\"");
		if (is_given || !is_other)
			f->found |= c->is_likely && !is_given ? CONSENT_LIKELY_CALL : CONSENT_CALL;
		f->call = c->choice;
		return;
	}
}

/* A click that is reported to Meta: on the banner? */
static void note_click(struct consent_fact *f, struct bytes name, struct bytes value)
{
	if (!is_word(name, "cd[buttonFeatures]") && !is_word(name, "cd%5BbuttonFeatures%5D"))
		return;
	char text[CONSENT_TEXT_MAX];
	consent_decode_fully(value, text);
	enum consent_choice choice = consent_button(text);
	if (choice == CONSENT_UNKNOWN)
		return;
	f->found |= CONSENT_CALL;
	f->call = choice;
}

bool consent_note(const struct request *r, struct consent_fact *ret)
{
	struct consent_fact f = { 0 };
	const uint8_t *query = r->target.len ? memchr(r->target.at, '?', r->target.len) : NULL;
	if (query) {
		size_t skip = (size_t)(query - r->target.at) + 1;
		struct bytes params = { query + 1, r->target.len - skip };
		for_each_pair(&f, params, '&', note_param);
		if (is_below(r->host.text, "facebook.com"))
			for_each_pair(&f, params, '&', note_click);
	}
	for_each_pair(&f, r->cookie, ';', note_cookie);
	note_call(&f, r);
	if (is_word(r->sec_gpc, "1"))
		f.found |= CONSENT_GPC;
	if (is_word(r->dnt, "1"))
		f.found |= CONSENT_DNT;
	if (!r->has_unknown_headers)
		f.found |= CONSENT_HEADERS_KNOWN;
	if (f.found && r->cookie.len > 0)
		f.found |= CONSENT_COOKIES_SENT;
	*ret = f;
	return f.found != 0;
}
