/* When a choice was recorded in a visit, and who got traffic before and after it. */
#include "track/consent.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "track/consent_vendors.h"

/* What is known of the moment of the choice while the contacts are gone through. */
struct moment {
	enum consent_platform platform; /* told by a cookie, or by the name of a platform that was loaded */
	const char *cookie_host;        /* the host that was first sent a choice */
	int64_t unmade_ns, made_ns;     /* as in the result */
	int64_t page_ns;                /* when the last page was asked for while none had been made */
	int64_t call_ns, likely_call_ns;
	int64_t said_ns;  /* by the cookie itself */
	bool is_at_start; /* the first thing that the site itself was sent told the choice */
	enum consent_choice first, last;
};

const char *consent_choice_name(enum consent_choice c)
{
	static const char *const names[] = {
		[CONSENT_UNKNOWN] = "",
		[CONSENT_ACCEPT] = "accept",
		[CONSENT_REJECT] = "reject",
		[CONSENT_PARTIAL] = "partial",
	};
	return names[c];
}

/* Platforms that keep the choice in a cookie of the site: where all headers were read and it is not there,
 * none was made. */
static bool keeps_cookie(enum consent_platform p)
{
	switch (p) {
	case PLATFORM_ONETRUST:
	case PLATFORM_COOKIEBOT:
	case PLATFORM_CIVIC:
	case PLATFORM_COOKIEYES:
	case PLATFORM_COMPLIANZ:
	case PLATFORM_DIDOMI:
	case PLATFORM_TRUSTARC:
	case PLATFORM_OSANO:
	case PLATFORM_INMOBI:
		return true;
	default:
		return false;
	}
}

static enum consent_platform platform_named(const char *name)
{
	for (int p = PLATFORM_ONETRUST; p < PLATFORM_OWN; p++)
		if (strcmp(consent_platform_name((enum consent_platform)p), name) == 0)
			return (enum consent_platform)p;
	return PLATFORM_NONE;
}

static enum consent_choice choice_of_purposes(const struct consent_fact *f)
{
	enum { EVERY = 0x3ff }; /* purposes 1 to 10, which every version of the policy has */
	if ((f->purposes & EVERY) == EVERY)
		return CONSENT_ACCEPT;
	return f->purposes ? CONSENT_PARTIAL : CONSENT_REJECT;
}

/* Does the site's own request carry a choice that a person made? */
static bool tells_choice(const struct consent_event *e, enum consent_choice *ret_choice)
{
	const struct consent_fact *f = e->fact;
	if (!f || !e->is_first_party)
		return false;
	bool has_string = f->found & CONSENT_TCF_IN_COOKIE;
	if (f->found & CONSENT_COOKIE && f->cookie.is_made) {
		bool is_said = f->cookie.choice != CONSENT_UNKNOWN || !has_string;
		*ret_choice = is_said ? f->cookie.choice : choice_of_purposes(f);
		return true;
	}
	/* Some platforms write a string of refusals before anybody has chosen: it is no choice by itself. */
	if (!has_string || f->purposes == 0 || (f->found & CONSENT_COOKIE && f->cookie.is_unmade))
		return false;
	*ret_choice = choice_of_purposes(f);
	return true;
}

static bool is_readable_own(const struct consent_event *e)
{
	return e->is_first_party && e->fact && e->fact->found & CONSENT_HEADERS_KNOWN;
}

static void find_made(const struct consent_event *events, size_t n, struct moment *m)
{
	enum consent_choice choice = CONSENT_UNKNOWN;
	bool is_first = true;
	for (size_t i = 0; i < n; i++) {
		const struct consent_event *e = &events[i];
		const struct consent_fact *f = e->fact;
		bool is_start = is_first && e->is_first_party;
		is_first &= !e->is_first_party;
		if (f && f->found & CONSENT_COOKIE && e->is_first_party &&
		    f->cookie.platform != PLATFORM_NONE &&
		    (m->platform == PLATFORM_NONE || m->platform == PLATFORM_OWN))
			m->platform = f->cookie.platform;
		if (m->platform == PLATFORM_NONE && e->platform)
			m->platform = platform_named(e->platform);
		if (f && f->found & CONSENT_CALL && !m->call_ns)
			m->call_ns = e->ts_ns;
		if (f && f->found & CONSENT_CALL && m->last == CONSENT_UNKNOWN)
			m->first = m->last = f->call;
		if (!tells_choice(e, &choice))
			continue;
		if (!m->made_ns) {
			m->made_ns = e->ts_ns;
			m->is_at_start = is_start;
			m->cookie_host = e->host;
			m->said_ns = f->cookie.at_ns;
			m->first = choice != CONSENT_UNKNOWN ? choice : m->first;
		}
		m->last = choice != CONSENT_UNKNOWN ? choice : m->last;
	}
}

/* Does this request of the site itself show that no choice had been made yet? A cookie says so, or the one
 * that told it later is missing, or one that its platform would have written. Requests between hosts may go
 * without cookies in any case: there one that carries some tells.
 */
static bool shows_unmade(const struct consent_event *e, const struct moment *m, bool is_page_host,
			 bool has_string)
{
	const struct consent_fact *f = e->fact;
	bool says_unmade = f->found & CONSENT_COOKIE && f->cookie.is_unmade;
	bool had_cookies = is_page_host || f->found & CONSENT_COOKIES_SENT;
	bool was_missing = m->made_ns && had_cookies && strcmp(e->host, m->cookie_host) == 0;
	bool never_there =
	    !m->made_ns && !m->call_ns && !has_string && is_page_host && keeps_cookie(m->platform);
	return says_unmade || was_missing || never_there;
}

/* Nobody has seen, read and answered a banner within a second of asking for its page. */
#define ANSWER_NS NS_PER_S

/* Unless the choice is seen so soon that a program may have made it. */
static void wait_for_answer(int64_t last_ns, struct moment *m)
{
	int64_t answer_ns = m->page_ns + ANSWER_NS;
	bool is_quick = (m->made_ns && m->made_ns < answer_ns + ANSWER_NS) ||
			(m->call_ns && m->call_ns < answer_ns + ANSWER_NS);
	if (!m->page_ns || is_quick || m->unmade_ns >= answer_ns)
		return;
	m->unmade_ns = last_ns < answer_ns ? last_ns : answer_ns;
}

static void find_unmade(const struct consent_event *events, size_t n, struct moment *m)
{
	const char *page_host = "";
	bool has_string = false; /* handed to a third party: the site's platform has one */
	for (size_t i = 0; i < n; i++) {
		const struct consent_event *e = &events[i];
		if (m->made_ns && e->ts_ns >= m->made_ns)
			break;
		has_string |= e->fact && e->fact->found & CONSENT_TCF;
		if (!is_readable_own(e))
			continue;
		if (e->is_document)
			page_host = e->host;
		if (!shows_unmade(e, m, strcmp(e->host, page_host) == 0, has_string))
			continue;
		m->unmade_ns = e->ts_ns;
		m->page_ns = e->is_document ? e->ts_ns : m->page_ns;
	}
	if (n > 0)
		wait_for_answer(events[n - 1].ts_ns, m);
}

/* A call that platforms also make for other reasons counts only between the two moments that the cookies
 * tell. */
static void find_likely_call(const struct consent_event *events, size_t n, struct moment *m)
{
	for (size_t i = 0; i < n && m->unmade_ns && m->made_ns; i++) {
		const struct consent_event *e = &events[i];
		bool is_call = e->fact && e->fact->found & CONSENT_LIKELY_CALL;
		if (is_call && e->ts_ns > m->unmade_ns && e->ts_ns <= m->made_ns && !m->likely_call_ns)
			m->likely_call_ns = e->ts_ns;
	}
}

/* Tags that waited for the answer may start before the call that records it; a client's clock may be a little
 * off. */
#define SLACK_NS NS_PER_S

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void settle(const struct consent_event *events, const struct moment *m, struct consent_result *r)
{
	int64_t call_ns = m->likely_call_ns;
	r->choice = m->last;
	r->unmade_ns = m->unmade_ns;
	r->made_ns = m->made_ns;
	if (m->call_ns > m->unmade_ns && (!m->made_ns || m->call_ns <= m->made_ns))
		call_ns = m->call_ns;
	/* The client's clock is believed as far as it does not contradict the capture. */
	bool is_said = m->said_ns > m->unmade_ns && m->said_ns <= m->made_ns && m->said_ns >= events[0].ts_ns;
	r->recorded_ns = is_said ? m->said_ns : call_ns;
	bool is_older = m->said_ns && m->said_ns < events[0].ts_ns;
	r->is_kept = m->made_ns && !m->unmade_ns && !r->recorded_ns && (is_older || m->is_at_start);
	if (!r->recorded_ns)
		return;
	r->unmade_ns = later(m->unmade_ns, r->recorded_ns - SLACK_NS);
	if (call_ns)
		r->made_ns = call_ns;
	else if (r->recorded_ns + SLACK_NS < m->made_ns)
		r->made_ns = r->recorded_ns + SLACK_NS;
}

static bool has_party(const struct consent_parties *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->at[i], name) == 0)
			return true;
	return false;
}

static void add_party(struct consent_parties *p, const char *name)
{
	if (has_party(p, name))
		return;
	if (p->n == CONSENT_PARTIES_MAX)
		p->left_out++;
	else
		p->at[p->n++] = name;
}

/* Does the consent string that went with it give this receiver neither consent nor a legitimate interest? */
static bool is_string_no(const struct consent_event *e)
{
	const struct consent_fact *f = e->fact;
	if (!f || !(f->found & CONSENT_TCF) || f->found & (CONSENT_TCF_IN_COOKIE | CONSENT_GDPR_NOT))
		return false;
	uint64_t vendors = consent_vendors_of(e->host);
	return vendors && !(f->vendors & vendors) && !(f->vendors_legitimate & vendors);
}

static void sort_parties(const struct consent_event *events, size_t n, struct consent_result *r,
			 enum consent_choice first)
{
	enum consent_choice now = first;
	for (size_t i = 0; i < n; i++) {
		const struct consent_event *e = &events[i];
		enum consent_choice choice = CONSENT_UNKNOWN;
		if (tells_choice(e, &choice) && choice != CONSENT_UNKNOWN)
			now = choice;
		if (e->is_first_party || !*e->party)
			continue;
		if (r->shown_ns && e->ts_ns < r->shown_ns)
			add_party(&r->before_platform, e->party);
		bool is_after = r->is_kept || (r->made_ns && e->ts_ns >= r->made_ns);
		if (is_after)
			add_party(&r->after, e->party);
		else if (r->unmade_ns && e->ts_ns <= r->unmade_ns)
			add_party(&r->before, e->party);
		/* To show the page, or to ask; or it is the report of the very click. */
		bool is_needed =
		    e->is_infrastructure || e->platform || (e->fact && e->fact->found & CONSENT_CALL);
		if (is_string_no(e) || (is_after && now == CONSENT_REJECT && !is_needed))
			add_party(&r->despite, e->party);
	}
}

/* Where the moment of the choice is known in part: those whose side is not. */
static void sort_unclear(const struct consent_event *events, size_t n, struct consent_result *r)
{
	bool is_known = r->unmade_ns || r->made_ns;
	bool is_whole = r->before.left_out == 0 && r->after.left_out == 0;
	for (size_t i = 0; i < n && is_known && is_whole; i++) {
		const struct consent_event *e = &events[i];
		if (!e->is_first_party && *e->party && !has_party(&r->before, e->party) &&
		    !has_party(&r->after, e->party))
			add_party(&r->unclear, e->party);
	}
}

static void add_signal(struct consent_result *r, const char *text)
{
	for (size_t i = 0; i < r->n_signals; i++)
		if (strcmp(r->signals[i], text) == 0)
			return;
	if (r->n_signals < CONSENT_SIGNALS_MAX)
		snprintf(r->signals[r->n_signals++], CONSENT_SIGNAL_TEXT, "%s", text);
}

/* "title 1 3 4" for bits 0, 2 and 3, counted from first; "title none" for no bit. */
static void add_set(struct consent_result *r, const char *title, uint32_t set, unsigned first)
{
	char text[CONSENT_SIGNAL_TEXT];
	int at = snprintf(text, sizeof(text), "%s%s", title, set ? "" : " none");
	for (unsigned i = 0; i < 24 && at < (int)sizeof(text) - 4; i++)
		if (set >> i & 1)
			at += snprintf(text + at, sizeof(text) - (size_t)at, " %u", first + i);
	add_signal(r, text);
}

static void add_signals(const struct consent_event *e, struct consent_result *r)
{
	const struct consent_fact *f = e->fact;
	char text[CONSENT_SIGNAL_TEXT];
	if (f->found & CONSENT_GPC || (f->found & CONSENT_COOKIE && f->cookie.has_gpc))
		add_signal(r, "gpc");
	if (f->found & CONSENT_DNT)
		add_signal(r, "dnt");
	if (f->found & CONSENT_TCF)
		add_set(r, "tcf purposes", f->purposes, 1);
	if (f->found & CONSENT_GPP)
		add_set(r, "gpp sections", f->gpp_sections, 0);
	if (f->found & CONSENT_GDPR_APPLIES)
		add_signal(r, "gdpr=1");
	if (f->found & CONSENT_GDPR_NOT)
		add_signal(r, "gdpr=0");
	const struct {
		uint32_t flag;
		const char *name, *value;
	} texts[] = {
		{ CONSENT_US_PRIVACY, "us_privacy", f->us_privacy },
		{ CONSENT_GCS, "gcs", f->gcs },
		{ CONSENT_GCD, "gcd", f->gcd },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!(f->found & texts[i].flag))
			continue;
		snprintf(text, sizeof(text), "%s=%s", texts[i].name, texts[i].value);
		add_signal(r, text);
	}
}

bool consent_judge(const struct consent_event *events, size_t n, struct consent_result *ret)
{
	struct consent_result r = { .platform = "" };
	struct moment m = { 0 };
	for (size_t i = 0; i < n; i++) {
		if (events[i].platform && !r.shown_ns) {
			r.shown_ns = events[i].ts_ns;
			r.platform = events[i].platform;
		}
		if (events[i].fact)
			add_signals(&events[i], &r);
	}
	find_made(events, n, &m);
	find_unmade(events, n, &m);
	find_likely_call(events, n, &m);
	if (!*r.platform)
		r.platform = consent_platform_name(m.platform);
	if (n > 0)
		settle(events, &m, &r);
	sort_parties(events, n, &r, m.first);
	sort_unclear(events, n, &r);
	bool is_seen = r.shown_ns || r.made_ns || r.unmade_ns || r.recorded_ns || r.n_signals > 0;
	if (is_seen)
		*ret = r;
	return is_seen;
}
