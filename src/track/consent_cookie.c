#include "track/consent_cookie.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	TEXT_MAX = 4096, /* of a cookie, decoded; the rest is cut */
	WORD_MAX = 64,
};

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

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t consent_decode(struct bytes text, char *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len && n < max; i++) {
		uint8_t c = text.at[i];
		if (c == '%' && text.len - i > 2 && hex_digit(text.at[i + 1]) >= 0 && hex_digit(text.at[i + 2]) >= 0) {
			c = (uint8_t)(hex_digit(text.at[i + 1]) * 16 + hex_digit(text.at[i + 2]));
			i += 2;
		}
		out[n++] = (char)(c ? c : ' ');
	}
	return n;
}

/* Decoded until no escape is left, at most twice: some platforms encode what is encoded. */
static void decode_fully(struct bytes value, char text[TEXT_MAX])
{
	size_t n = consent_decode(value, text, TEXT_MAX - 1);
	if (memchr(text, '%', n))
		n = consent_decode((struct bytes){ (const uint8_t *)text, n }, text, TEXT_MAX - 1);
	text[n] = '\0';
}

/* What the optional categories come to. */
struct tally {
	unsigned on, off;
};

static enum consent_choice choice_of(const struct tally *t)
{
	if (t->on > 0 && t->off > 0)
		return CONSENT_PARTIAL;
	if (t->on > 0)
		return CONSENT_ACCEPT;
	return t->off > 0 ? CONSENT_REJECT : CONSENT_UNKNOWN;
}

/* 1 yes, 0 no, -1 neither. */
static int truth_of(const char *word, size_t len)
{
	static const char *const yes[] = { "1",	      "true",	 "yes",	    "y",     "on",	"all",	  "accept", "accepted",
					   "allow",   "allowed", "granted", "grant", "agree",	"agreed", "ok",	    "opt-in",
					   "optin",   "permit",	 "enabled", "allow_all", "accept_all", "acceptall" };
	static const char *const no[] = { "0",	      "false",	   "no",       "n",	    "off",	 "none",      "reject",
					  "rejected", "deny",	   "denied",   "decline",   "declined",	 "disagree",  "refuse",
					  "refused",  "necessary", "essential", "opt-out",  "optout",	 "revoked",   "disabled",
					  "deny_all", "reject_all", "rejectall", "necessary_only", "essential_only" };
	for (size_t i = 0; i < COUNT(yes); i++)
		if (strlen(yes[i]) == len && strncasecmp(word, yes[i], len) == 0)
			return 1;
	for (size_t i = 0; i < COUNT(no); i++)
		if (strlen(no[i]) == len && strncasecmp(word, no[i], len) == 0)
			return 0;
	return -1;
}

static void count_word(struct tally *t, const char *word, size_t len)
{
	int truth = truth_of(word, len);
	t->on += truth == 1;
	t->off += truth == 0;
}

/* One "name: value" of loose JSON or of a script's object: names with or without quotes, values up to a comma or bracket. */
struct pair {
	const char *name, *value;
	size_t name_len, value_len;
};

static size_t word_len(const char *s)
{
	size_t n = 0;
	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("_-.", s[n])))
		n++;
	return n;
}

/* The next pair in [*at, end). returns: false at the end. */
static bool next_pair(const char **at, const char *end, struct pair *ret)
{
	for (const char *colon = *at; colon < end; colon++) {
		if (*colon != ':')
			continue;
		const char *stop = colon;
		while (stop > *at && strchr("\"' ", stop[-1]))
			stop--;
		const char *name = stop;
		while (name > *at && (isalnum((unsigned char)name[-1]) || strchr("_-. ", name[-1])) && stop - name < WORD_MAX)
			name--;
		const char *value = colon + 1;
		while (value < end && strchr("\"' ", *value))
			value++;
		size_t len = word_len(value);
		if ((size_t)(end - value) < len)
			len = (size_t)(end - value);
		*at = value + len > colon ? value + len : colon + 1;
		*ret = (struct pair){ name, value, (size_t)(stop - name), len };
		return true;
	}
	return false;
}

static bool is_name(const struct pair *p, const char *name)
{
	return strlen(name) == p->name_len && strncasecmp(p->name, name, p->name_len) == 0;
}

/* Categories that every platform has switched on for good. */
static bool is_necessary(const char *name, size_t len)
{
	static const char *const words[] = { "necessary", "strictly_necessary", "essential", "functional_always", "C0001",
					     "required",  "technical" };
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i]) == len && strncasecmp(name, words[i], len) == 0)
			return true;
	return false;
}

/* All pairs whose value is a yes or a no, without the necessary ones. */
static struct tally tally_pairs(const char *text, size_t len)
{
	struct tally t = { 0 };
	struct pair p;
	for (const char *at = text; next_pair(&at, text + len, &p);)
		if (!is_necessary(p.name, p.name_len))
			count_word(&t, p.value, p.value_len);
	return t;
}

/* The text between the bracket behind "name": and the one that closes it. returns: its length; 0 if it is not there. */
static size_t inside(const char *text, const char *name, const char **ret_at)
{
	const char *at = strstr(text, name);
	if (!at)
		return 0;
	at += strlen(name);
	at += strspn(at, "\"': ");
	if (*at != '{' && *at != '[')
		return 0;
	unsigned depth = 0;
	for (const char *s = at; *s; s++) {
		depth += *s == '{' || *s == '[';
		if (*s == '}' || *s == ']') {
			if (--depth == 0) {
				*ret_at = at + 1;
				return (size_t)(s - at) - 1;
			}
		}
	}
	return 0;
}

static int64_t ms_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	if (!at)
		return 0;
	at += strlen(name);
	at += strspn(at, "\"': ");
	long long ms = strtoll(at, NULL, 10);
	/* Between 2001 and 2096, else it is no time of a visit. */
	return ms > 1000000000000LL && ms < 4000000000000LL ? (int64_t)ms * NS_PER_MS : 0;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* "2026-11-24T10:00:00.123Z". returns: 0 if it is none. */
static int64_t iso_time(const char *s)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return 0;
	int year = two(s) * 100 + two(s + 2), month = two(s + 5), day = two(s + 8);
	if (year < 2001 || year > 2099 || month < 1 || month > 12)
		return 0;
	/* Days from civil, Howard Hinnant's algorithm: March begins the year. */
	int y = year - (month <= 2), m = (month + 9) % 12;
	int64_t days = 365LL * y + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
	int64_t seconds = days * 86400 + two(s + 11) * 3600 + two(s + 14) * 60 + two(s + 17);
	int64_t ns = seconds * NS_PER_S;
	if (s[19] == '.' && isdigit((unsigned char)s[20]) && isdigit((unsigned char)s[21]) && isdigit((unsigned char)s[22]))
		ns += (two(s + 20) * 10 + (s[22] - '0')) * NS_PER_MS;
	return ns;
}

/* ---- one function a platform: text is decoded ---- */

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
				count_word(&t, value, word_len(value));
			s = value + strcspn(value, ",&");
			s += *s == ',';
		}
	}
	c->is_made = count && atoi(count + 17) > 0;
	c->is_unmade = count && atoi(count + 17) == 0;
	c->choice = choice_of(&t);
	const char *gpc = strstr(text, "isGpcEnabled=");
	c->has_gpc = gpc && gpc[13] == '1';
}

static void read_onetrust_closed(const char *text, struct consent_cookie *c)
{
	c->is_made = true;
	c->at_ns = iso_time(text);
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
	struct pair p;
	for (const char *at = text; next_pair(&at, text + strlen(text), &p);)
		if (is_name(&p, "preferences") || is_name(&p, "statistics") || is_name(&p, "marketing"))
			count_word(&t, p.value, p.value_len);
	c->is_made = strstr(text, "explicit");
	c->is_unmade = strstr(text, "implied");
	c->choice = choice_of(&t);
	c->at_ns = c->is_made ? ms_after(text, "utc") : 0;
}

static void read_civic(const char *text, struct consent_cookie *c)
{
	const char *optional = "";
	size_t len = inside(text, "optionalCookies", &optional);
	struct tally t = tally_pairs(optional, len);
	const char *touched = strstr(text, "interactedWith");
	if (touched)
		touched += 14 + strspn(touched + 14, "\"': ");
	c->choice = choice_of(&t);
	c->is_made = touched ? strncmp(touched, "true", 4) == 0 : c->choice != CONSENT_UNKNOWN;
	c->is_unmade = touched && strncmp(touched, "false", 5) == 0;
	c->at_ns = c->is_made ? ms_after(text, "consentDate") : 0;
}

static void read_cookieyes(const char *text, struct consent_cookie *c)
{
	struct tally t = { 0 };
	struct pair p;
	for (const char *at = text; next_pair(&at, text + strlen(text), &p);) {
		if (is_name(&p, "action")) {
			c->is_made = truth_of(p.value, p.value_len) == 1;
			c->is_unmade = !c->is_made;
		} else if (!is_name(&p, "consent") && !is_name(&p, "consentid") && !is_name(&p, "lastRenewedDate") &&
			   !is_necessary(p.name, p.name_len)) {
			count_word(&t, p.value, p.value_len);
		}
	}
	c->choice = choice_of(&t);
}

static void read_word(const char *text, struct consent_cookie *c)
{
	int truth = truth_of(text, strlen(text));
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
	c->choice = choice_of(&t);
	c->is_made = c->choice != CONSENT_UNKNOWN;
}

static void read_made(const char *text, struct consent_cookie *c)
{
	c->is_made = *text != '\0';
}

static void read_yes_made(const char *text, struct consent_cookie *c)
{
	c->is_made = truth_of(text, strlen(text)) == 1 || strcmp(text, "dismissed") == 0;
}

static void read_didomi(const char *text, struct consent_cookie *c)
{
	char json[TEXT_MAX];
	size_t n = 0;
	unsigned bits = 0, have = 0;
	for (const char *s = text; *s && n < sizeof(json) - 1; s++) {
		static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
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
	size_t len = inside(json, "\"purposes\"", &purposes);
	if (len == 0)
		return;
	char part[TEXT_MAX];
	memcpy(part, purposes, len);
	part[len] = '\0';
	struct tally t = { .on = inside(part, "\"enabled\"", &list) > 0, .off = inside(part, "\"disabled\"", &list) > 0 };
	const char *updated = strstr(json, "\"updated\":\"");
	c->choice = choice_of(&t);
	c->is_made = c->choice != CONSENT_UNKNOWN;
	c->at_ns = updated ? iso_time(updated + 11) : 0;
}

/* 0: required only, 1: functional too, 2: advertising too. */
static void read_trustarc(const char *text, struct consent_cookie *c)
{
	if (*text < '0' || *text > '2')
		return;
	c->is_made = true;
	c->choice = *text == '0' ? CONSENT_REJECT : *text == '2' ? CONSENT_ACCEPT : CONSENT_PARTIAL;
}

static void read_hubspot(const char *text, struct consent_cookie *c)
{
	struct tally t = { 0 };
	for (const char *s = text; *s; s += *s == '_' || *s == ',') {
		size_t colon = strcspn(s, ":_,");
		size_t len = s[colon] == ':' ? strcspn(s + colon + 1, "_,") : 0;
		if (len > 0 && !(colon == 1 && *s == '1'))
			count_word(&t, s + colon + 1, len);
		s += colon + (len > 0 ? len + 1 : 0);
	}
	c->choice = choice_of(&t);
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
	size_t n = strlen(pattern);
	if (pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

/* A cookie that names consent or a cookie policy, and holds a plain yes or no. */
static bool read_own(const char *name, struct bytes value, struct consent_cookie *c)
{
	static const char *const words[] = { "consent", "cookie_policy", "cookie-policy", "cookiepolicy", "cookie_notice",
					     "cookie_accept", "cookies_accept", "accept_cookie", "accept-cookie" };
	bool names_it = false;
	for (size_t i = 0; i < COUNT(words) && !names_it; i++)
		names_it = strcasestr(name, words[i]);
	if (!names_it || value.len == 0 || value.len > WORD_MAX)
		return false;
	char text[TEXT_MAX];
	decode_fully(value, text);
	read_word(text, c);
	c->platform = PLATFORM_OWN;
	return c->is_made;
}

bool consent_cookie_read(struct bytes name, struct bytes value, struct consent_cookie *ret)
{
	char name_text[WORD_MAX], text[TEXT_MAX];
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
		decode_fully(value, text);
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
		all->is_made |= had_made;
		return;
	}
	if (same && all->choice != CONSENT_UNKNOWN && more->choice != CONSENT_UNKNOWN && all->choice != more->choice)
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

bool gcs_read(struct bytes text, struct consent_mode *ret)
{
	static const enum consent_grant grants[] = { GRANT_DENIED, GRANT_GRANTED };
	if (text.len != 4 || memcmp(text.at, "G1", 2) != 0)
		return false;
	struct consent_mode m = { 0 };
	enum consent_grant *to[] = { &m.ad_storage, &m.analytics_storage };
	for (int i = 0; i < 2; i++) {
		uint8_t c = text.at[2 + i];
		if (c != '0' && c != '1' && c != '-')
			return false;
		*to[i] = c == '-' ? GRANT_NOT_SET : grants[c - '0'];
	}
	*ret = m;
	return true;
}

bool gcd_read(struct bytes text, struct consent_mode *ret)
{
	struct consent_mode m = { 0 };
	enum consent_grant *to[] = { &m.ad_storage, &m.analytics_storage, &m.ad_user_data, &m.ad_personalization };
	unsigned n = 0;
	if (text.len < 5 || text.len > 32 || text.at[0] != '1')
		return false;
	for (size_t i = 0; i < text.len && n < 4; i++) {
		uint8_t c = text.at[i];
		if (isdigit(c))
			continue;
		if (!islower(c))
			return false;
		*to[n++] = strchr("trnv", c) ? GRANT_GRANTED : strchr("pqmu", c) ? GRANT_DENIED : GRANT_NOT_SET;
		m.is_updated |= strchr("qrmnuv", c) != NULL;
	}
	if (n < 4)
		return false;
	*ret = m;
	return true;
}

bool us_privacy_read(struct bytes text, struct us_privacy *ret)
{
	if (text.len != 4 || text.at[0] != '1')
		return false;
	for (int i = 1; i < 4; i++)
		if (!strchr("YNyn-", text.at[i]) || text.at[i] == '\0')
			return false;
	*ret = (struct us_privacy){ (char)toupper(text.at[1]), (char)toupper(text.at[2]), (char)toupper(text.at[3]) };
	return true;
}
