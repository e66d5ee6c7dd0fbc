/* The short signals in addresses. */
#include <ctype.h>
#include <string.h>

#include "track/consent_cookie.h"

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
	enum consent_grant *to[] = { &m.ad_storage, &m.analytics_storage, &m.ad_user_data,
				     &m.ad_personalization };
	unsigned n = 0;
	if (text.len < 5 || text.len > 32 || text.at[0] != '1')
		return false;
	for (size_t i = 0; i < text.len && n < 4; i++) {
		uint8_t c = text.at[i];
		if (isdigit(c))
			continue;
		if (!islower(c))
			return false;
		*to[n++] = strchr("trnv", c)   ? GRANT_GRANTED
			   : strchr("pqmu", c) ? GRANT_DENIED
					       : GRANT_NOT_SET;
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
	*ret = (struct us_privacy){ (char)toupper(text.at[1]), (char)toupper(text.at[2]),
				    (char)toupper(text.at[3]) };
	return true;
}
