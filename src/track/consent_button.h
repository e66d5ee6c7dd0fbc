/* The buttons of consent banners, known by their names in the page.
 *
 * A tracker that reports what is clicked (Meta's SubscribedButtonClick) also reports the click on the banner:
 * the choice, and its moment to the packet.
 */
#ifndef TRACK_CONSENT_BUTTON_H
#define TRACK_CONSENT_BUTTON_H

#include "track/consent_cookie.h"

/* text: id and classes of a button among other text, decoded. The names are whole words of letters, digits,
 * '-' and '_'; case counts. returns: CONSENT_UNKNOWN if it is no button that accepts or rejects everything.
 */
enum consent_choice consent_button(const char *text);

#endif
