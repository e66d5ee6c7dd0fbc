/* Visits that are part of another: logins through a site of their own, and sites that only lead on to
 * another. */
#include <string.h>

#include "base/time.h"
#include "track/visit_parts.h"

#define LOGIN_NS (120 * NS_PER_S)
#define BOUNCE_NS (3 * NS_PER_S / 2)
#define AFTERWARDS_NS (NS_PER_S / 2)
#define LOOK_AHEAD_NS (30 * NS_PER_S)
#define BURSTS_MAX 256
#define FLOWS_MAX 2 /* of a site that leads on: Chromium opens two connections for a page */

/* Does a word of it, between dots, hyphens, digits and slashes, say that people log in there? */
static bool says_login(const char *text)
{
	static const char *const words[] = { "login",  "logon",     "signin",   "accounts", "account",
					     "auth",   "oauth",     "sso",      "idp",      "saml",
					     "openid", "authorize", "passport", "identity" };

	while (*text) {
		size_t len = strcspn(text, ".-_/?&=:0123456789");

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
				return true;
		text += len + (text[len] != 0);
	}
	return false;
}

static bool is_login(const struct client *c, const struct names *n, const struct vpage *p)
{
	const char *url = p->request != NONE ? c->requests[p->request].url : NULL;

	return says_login(n->at[p->host].host.text) || (url && says_login(url));
}

/* Few connections, and nothing heard of it once the next page view has begun. */
static bool is_passed_through(const struct client *c, uint32_t visit, const struct vpage *next)
{
	uint32_t i = first_burst_from(c, c->visits[visit].start_ns), flows[FLOWS_MAX], n = 0;

	for (uint32_t k = 0; i < c->n_bursts && k < BURSTS_MAX; i++, k++) {
		const struct vburst *b = &c->bursts[c->by_time[i]];
		uint32_t f = 0;

		if (b->b.start_ns > next->at_ns + LOOK_AHEAD_NS)
			break;
		if (b->visit != visit || !b->is_asking)
			continue;
		while (f < n && flows[f] != b->flow)
			f++;
		if (f == FLOWS_MAX || b->b.start_ns > next->at_ns + AFTERWARDS_NS)
			return false;
		flows[f] = b->flow;
		n = f == n ? n + 1 : n;
	}
	return true;
}

/* With several pages at work any two may follow each other at once. */
static bool is_bounce(const struct client *c, uint32_t visit, const struct vpage *next)
{
	return !c->has_tabs && !c->is_shared && c->n_devices < 2 &&
	       next->at_ns - c->visits[visit].start_ns < BOUNCE_NS && is_passed_through(c, visit, next);
}

/* S, a login, and S again; or a page that is left for the next at once. Its pages follow each other, with
 * none of another site between.
 */
static void relate(struct client *c, const struct names *n, uint32_t visit)
{
	struct vvisit *v = &c->visits[visit];
	const struct vpage *first = &c->pages[v->first_page], *last = &c->pages[v->last_page],
			   *next = last + 1;

	v->part_as = PART_NOT;
	for (const struct vpage *p = first; p < last; p++)
		if (p->visit != visit)
			return;
	if (next == c->pages + c->n_pages)
		return;
	if (first > c->pages && first[-1].site == next->site && next->at_ns - first->at_ns < LOGIN_NS &&
	    is_login(c, n, first)) {
		v->part_as = PART_LOGIN;
		v->part_of = first[-1].visit;
	} else if (first == last && is_bounce(c, visit, next)) {
		v->part_as = PART_BOUNCE;
		v->part_of = next->visit;
	}
}

void visits_relate(struct client *c, const struct names *n)
{
	for (uint32_t i = 0; i < c->n_visits; i++)
		relate(c, n, i);
}
