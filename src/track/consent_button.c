#include "track/consent_button.h"

#include <ctype.h>
#include <string.h>

struct button {
	const char *name;
	enum consent_choice choice;
};

/* Ids and classes that the platforms give their buttons. */
static const struct button buttons[] = {
	/* OneTrust */
	{ "onetrust-accept-btn-handler", CONSENT_ACCEPT },
	{ "accept-recommended-btn-handler", CONSENT_ACCEPT },
	{ "onetrust-reject-all-handler", CONSENT_REJECT },
	{ "ot-pc-refuse-all-handler", CONSENT_REJECT },
	/* Cookiebot */
	{ "CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll", CONSENT_ACCEPT },
	{ "CybotCookiebotDialogBodyButtonAccept", CONSENT_ACCEPT },
	{ "CybotCookiebotDialogBodyButtonDecline", CONSENT_REJECT },
	/* Civic Cookie Control */
	{ "ccc-notify-accept", CONSENT_ACCEPT },
	{ "ccc-recommended-settings", CONSENT_ACCEPT },
	{ "ccc-notify-reject", CONSENT_REJECT },
	{ "ccc-reject-settings", CONSENT_REJECT },
	/* Didomi */
	{ "didomi-notice-agree-button", CONSENT_ACCEPT },
	{ "didomi-notice-disagree-button", CONSENT_REJECT },
	/* CookieYes, Complianz, Osano, TrustArc, HubSpot */
	{ "cky-btn-accept", CONSENT_ACCEPT },
	{ "cky-btn-reject", CONSENT_REJECT },
	{ "cmplz-accept", CONSENT_ACCEPT },
	{ "cmplz-deny", CONSENT_REJECT },
	{ "osano-cm-accept-all", CONSENT_ACCEPT },
	{ "osano-cm-denyAll", CONSENT_REJECT },
	{ "truste-consent-button", CONSENT_ACCEPT },
	{ "truste-consent-required", CONSENT_REJECT },
	{ "hs-eu-confirmation-button", CONSENT_ACCEPT },
	{ "hs-eu-decline-button", CONSENT_REJECT },
};

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool holds_name(const char *text, const char *name)
{
	size_t len = strlen(name);
	for (const char *s = text; (s = strstr(s, name)); s++)
		if ((s == text || !is_name_char(s[-1])) && !is_name_char(s[len]))
			return true;
	return false;
}

enum consent_choice consent_button(const char *text)
{
	for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
		if (holds_name(text, buttons[i].name))
			return buttons[i].choice;
	return CONSENT_UNKNOWN;
}
