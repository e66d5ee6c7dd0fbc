/* What the cookies of consent platforms say, one function a platform. */
#include "track/consent_cookie.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "track/consent_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *consent_platform_name(enum consent_platform p)
{
	static const char *const names[] = {
		[PLATFORM_NONE] = "",
		[PLATFORM_ONETRUST] = "OneTrust",
		[PLATFORM_COOKIEBOT] = "Cookiebot",
		[PLATFORM_CIVIC] = "Civic Cookie Control",
		[PLATFORM_COOKIEYES] = "CookieYes",
		[PLATFORM_COMPLIANZ] = "Complianz",
		[PLATFORM_KLARO] = "Klaro",
		[PLATFORM_OSANO] = "Osano",
		[PLATFORM_DIDOMI] = "Didomi",
		[PLATFORM_USERCENTRICS] = "Usercentrics",
		[PLATFORM_SOURCEPOINT] = "Sourcepoint",
		[PLATFORM_TRUSTARC] = "TrustArc",
		[PLATFORM_SHOPIFY] = "Shopify",
		[PLATFORM_HUBSPOT] = "HubSpot",
		[PLATFORM_INMOBI] = "InMobi Choice",
		[PLATFORM_GOVUK] = "GOV.UK cookie banner",
		[PLATFORM_OWN] = "",
	};
	return names[p];
}

/* groups=C0001:1,C0002:0; the lowest group is the necessary one where groups have names of the site's own. */
static void read_onetrust(const char *text, struct consent_cookie *c)
{
	const char *groups = strstr(text, "groups="), *count = strstr(text, "interactionCount=");
	struct tally t = { 0 };
	if (groups) {
		const char *s = groups + 7;
		for (bool first = true; *s && *s != '&'; first = false) {
			size_t name = strcspn(s, ":,&");
			if (s[name] != ':')
				break;
			const char *value = s + name + 1;
			bool skip = is_necessary(s, name) || (first && name <= 2);
			if (!skip)
				tally_word(&t, value, word_len(value));
			s = value + strcspn(value, ",&");
			s += *s == ',';
		}
	}
	long n_clicks = count ? strtol(count + 17, NULL, 10) : 0;
	c->is_made = n_clicks > 0;
	c->is_unmade = count && n_clicks == 0;
	c->choice = tally_choice(&t);
	const char *gpc = strstr(text, "isGpcEnabled=");
	c->has_gpc = gpc && gpc[13] == '1';
}

static void read_onetrust_closed(const char *text, struct consent_cookie *c)
{
	c->is_made = true;
	c->at_ns = time_iso(text);
}

static void read_cookiebot(const char *text, struct consent_cookie *c)
{
	if (strcmp(text, "-1") == 0)
		return;
	if (strcmp(text, "0") == 0) {
		c->is_made = true;
		c->choice = CONSENT_REJECT;
		return;
	}
	struct tally t = { 0 };
	const char *end = text + strlen(text);
	struct pair p;
	for (const char *at = text; pair_next(&at, end, &p);)
		if (pair_is(&p, "preferences") || pair_is(&p, "statistics") || pair_is(&p, "marketing"))
			tally_word(&t, p.value, p.value_len);
	c->is_made = strstr(text, "explicit");
	c->is_unmade = strstr(text, "implied");
	c->choice = tally_choice(&t);
	c->at_ns = c->is_made ? time_ms_after(text, "utc") : 0;
}

static void read_civic(const char *text, struct consent_cookie *c)
{
	const char *optional = "";
	size_t len = text_inside(text, "optionalCookies", &optional);
	struct tally t = tally_pairs(optional, len);
	const char *touched = strstr(text, "interactedWith");
	if (touched)
		touched += 14 + strspn(touched + 14, "\"': ");
	c->choice = tally_choice(&t);
	c->is_made = touched ? strncmp(touched, "true", 4) == 0 : c->choice != CONSENT_UNKNOWN;
	c->is_unmade = touched && strncmp(touched, "false", 5) == 0;
	c->at_ns = c->is_made ? time_ms_after(text, "consentDate") : 0;
}

static void read_cookieyes(const char *text, struct consent_cookie *c)
{
	struct tally t = { 0 };
	const char *end = text + strlen(text);
	struct pair p;
	for (const char *at = text; pair_next(&at, end, &p);) {
		if (pair_is(&p, "action")) {
			c->is_made = word_truth(p.value, p.value_len) == 1;
			c->is_unmade = !c->is_made;
		} else if (!pair_is(&p, "consent") && !pair_is(&p, "consentid") &&
			   !pair_is(&p, "lastRenewedDate") && !is_necessary(p.name, p.name_len)) {
			tally_word(&t, p.value, p.value_len);
		}
	}
	c->choice = tally_choice(&t);
}

static void read_word(const char *text, struct consent_cookie *c)
{
	int truth = word_truth(text, strlen(text));
	c->choice = truth == 1 ? CONSENT_ACCEPT : truth == 0 ? CONSENT_REJECT : CONSENT_UNKNOWN;
	c->is_made = truth >= 0;
}

/* The category cookies of these stand for defaults too: only their choice is read. */
static void read_category(const char *text, struct consent_cookie *c)
{
	read_word(text, c);
	c->is_made = false;
}

static void read_pairs(const char *text, struct consent_cookie *c)
{
	struct tally t = tally_pairs(text, strlen(text));
	c->choice = tally_choice(&t);
	c->is_made = c->choice != CONSENT_UNKNOWN;
}

static void read_made(const char *text, struct consent_cookie *c)
{
	c->is_made = *text != '\0';
}

static void read_yes_made(const char *text, struct consent_cookie *c)
{
	c->is_made = word_truth(text, strlen(text)) == 1 || strcmp(text, "dismissed") == 0;
}

static void read_didomi(const char *text, struct consent_cookie *c)
{
	char json[CONSENT_TEXT_MAX];
	size_t n = 0;
	unsigned bits = 0, have = 0;
	for (const char *s = text; *s && n < sizeof(json) - 1; s++) {
		static const char digits[] =
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		const char *d = strchr(digits, *s == '-' ? '+' : *s == '_' ? '/' : *s);
		if (!d)
			break;
		bits = (bits << 6 | (unsigned)(d - digits)) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			json[n++] = (char)(bits >> have);
		}
	}
	json[n] = '\0';
	const char *purposes = "", *list = "";
	size_t len = text_inside(json, "\"purposes\"", &purposes);
	if (len == 0)
		return;
	char part[CONSENT_TEXT_MAX];
	memcpy(part, purposes, len);
	part[len] = '\0';
	struct tally t = { .on = text_inside(part, "\"enabled\"", &list) > 0,
			   .off = text_inside(part, "\"disabled\"", &list) > 0 };
	const char *updated = strstr(json, "\"updated\":\"");
	c->choice = tally_choice(&t);
	c->is_made = c->choice != CONSENT_UNKNOWN;
	c->at_ns = updated ? time_iso(updated + 11) : 0;
}

/* 0: required only, 1: functional too, 2: advertising too. */
static void read_trustarc(const char *text, struct consent_cookie *c)
{
	if (*text < '0' || *text > '2')
		return;
	c->is_made = true;
	c->choice = *text == '0' ? CONSENT_REJECT : *text == '2' ? CONSENT_ACCEPT : CONSENT_PARTIAL;
}

/* "1:true_2:false": numbers of categories, 1 being the necessary one. */
static void read_hubspot(const char *text, struct consent_cookie *c)
{
	struct tally t = { 0 };
	for (const char *s = text; *s;) {
		size_t len = strcspn(s, "_,"), colon = strcspn(s, ":_,");
		bool is_necessary_one = colon == 1 && *s == '1';
		if (colon < len && !is_necessary_one)
			tally_word(&t, s + colon + 1, len - colon - 1);
		s += len + (s[len] != '\0');
	}
	c->choice = tally_choice(&t);
	c->is_made = c->choice != CONSENT_UNKNOWN;
}

struct reader_of_cookie {
	const char *name; /* a final '*' stands for anything */
	enum consent_platform platform;
	void (*read)(const char *text, struct consent_cookie *c);
};

static const struct reader_of_cookie readers[] = {
	{ "OptanonConsent", PLATFORM_ONETRUST, read_onetrust },
	{ "OptanonAlertBoxClosed", PLATFORM_ONETRUST, read_onetrust_closed },
	{ "CookieConsent", PLATFORM_COOKIEBOT, read_cookiebot },
	{ "CookieControl", PLATFORM_CIVIC, read_civic },
	{ "cookieyes-consent", PLATFORM_COOKIEYES, read_cookieyes },
	{ "cookielawinfo-checkbox-necessary", PLATFORM_COOKIEYES, NULL },
	{ "cookielawinfo-checkbox-*", PLATFORM_COOKIEYES, read_category },
	{ "viewed_cookie_policy", PLATFORM_COOKIEYES, read_yes_made },
	{ "cmplz_functional", PLATFORM_COMPLIANZ, NULL },
	{ "cmplz_banner-status", PLATFORM_COMPLIANZ, read_yes_made },
	{ "cmplz_statistics*", PLATFORM_COMPLIANZ, read_category },
	{ "cmplz_marketing", PLATFORM_COMPLIANZ, read_category },
	{ "cmplz_preferences", PLATFORM_COMPLIANZ, read_category },
	{ "klaro", PLATFORM_KLARO, read_pairs },
	{ "osano_consentmanager", PLATFORM_OSANO, read_pairs },
	{ "cookieconsent_status", PLATFORM_OSANO, read_word },
	{ "didomi_token", PLATFORM_DIDOMI, read_didomi },
	{ "uc_user_interaction", PLATFORM_USERCENTRICS, read_yes_made },
	{ "consentUUID", PLATFORM_SOURCEPOINT, read_made },
	{ "notice_preferences", PLATFORM_TRUSTARC, read_trustarc },
	{ "__hs_cookie_cat_pref", PLATFORM_HUBSPOT, read_hubspot },
	{ "__hs_opt_out", PLATFORM_HUBSPOT, NULL },
	{ "cookies_preferences_set", PLATFORM_GOVUK, read_yes_made },
	{ "cookies_policy", PLATFORM_GOVUK, read_pairs },
};

static bool name_fits(const char *pattern, const char *name)
{
	if (pattern[0] != name[0])
		return false;
	size_t n = strlen(pattern);
	if (pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

/* A cookie that names consent or a cookie policy, and holds a plain yes or no. */
static bool read_own(const char *name, struct bytes value, struct consent_cookie *c)
{
	static const char *const words[] = { "consent",        "cookie_policy", "cookie-policy",
					     "cookiepolicy",   "cookie_notice", "cookie_accept",
					     "cookies_accept", "accept_cookie", "accept-cookie" };
	/* That a banner was shown, or that one is asked for, says nothing of what was chosen. */
	static const char *const others[] = { "shown",   "seen",   "show",   "display", "banner",
					      "version", "uuid",   "requir", "needed",  "pending",
					      "loaded",  "region", "country" };
	char lower[CONSENT_WORD_MAX];
	size_t len = 0;
	for (; name[len]; len++)
		lower[len] = (char)tolower((unsigned char)name[len]);
	lower[len] = '\0';
	bool names_it = false;
	for (size_t i = 0; i < COUNT(words) && !names_it; i++)
		names_it = strstr(lower, words[i]);
	for (size_t i = 0; i < COUNT(others) && names_it; i++)
		names_it = !strstr(lower, others[i]);
	if (!names_it || value.len == 0 || value.len > CONSENT_WORD_MAX)
		return false;
	char text[CONSENT_TEXT_MAX];
	consent_decode_fully(value, text);
	read_word(text, c);
	c->platform = PLATFORM_OWN;
	return c->is_made;
}

bool consent_cookie_read(struct bytes name, struct bytes value, struct consent_cookie *ret)
{
	char name_text[CONSENT_WORD_MAX], text[CONSENT_TEXT_MAX];
	struct consent_cookie c = { 0 };
	if (name.len == 0 || name.len >= sizeof(name_text))
		return false;
	memcpy(name_text, name.at, name.len);
	name_text[name.len] = '\0';
	for (size_t i = 0; i < COUNT(readers); i++) {
		if (!name_fits(readers[i].name, name_text))
			continue;
		if (!readers[i].read)
			return false;
		c.platform = readers[i].platform;
		consent_decode_fully(value, text);
		readers[i].read(text, &c);
		/* GOV.UK's policy stands there from the first page on; that it was chosen is told apart. */
		if (strcmp(name_text, "cookies_policy") == 0)
			c.is_made = false;
		*ret = c;
		return true;
	}
	if (!read_own(name_text, value, &c))
		return false;
	*ret = c;
	return true;
}

void consent_cookie_join(struct consent_cookie *all, const struct consent_cookie *more)
{
	bool same = all->platform == more->platform;
	bool had_made = all->is_made;
	if (all->platform == PLATFORM_NONE || (all->platform == PLATFORM_OWN && !same)) {
		*all = *more;
		all->is_made |= had_made && !more->is_unmade;
		return;
	}
	if (same && all->choice != CONSENT_UNKNOWN && more->choice != CONSENT_UNKNOWN &&
	    all->choice != more->choice)
		all->choice = CONSENT_PARTIAL;
	else if (same && all->choice == CONSENT_UNKNOWN)
		all->choice = more->choice;
	if (same) {
		all->is_made |= more->is_made;
		all->is_unmade = (all->is_unmade || more->is_unmade) && !all->is_made;
		all->at_ns = all->at_ns ? all->at_ns : more->at_ns;
	}
	all->has_gpc |= more->has_gpc;
}
