/* Everything that is loaded before the first packet and constant after. NULL: not there. */
#ifndef KNOW_KNOWLEDGE_H
#define KNOW_KNOWLEDGE_H

struct knowledge {
	const struct companies *companies; /* know/companies.h */
	const struct suffixes *suffixes;   /* public suffix list, know/suffix.h */
	const struct geo *geo;             /* know/geo.h */
	const struct sectors *sectors;     /* know/sectors.h */
	const struct profiles *profiles;   /* know/profiles.h */
	const struct endpoints *endpoints; /* know/endpoints.h */
};

#endif
