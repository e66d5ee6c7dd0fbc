/* Which end of a connection is the client, as far as one packet tells: the same answer for both directions,
 * so that the router (run/route.h) and the flow table agree without asking each other.
 */
#ifndef TRACK_SIDE_H
#define TRACK_SIDE_H

#include "wire/decode.h"

struct side_spec {
	const struct net *home; /* networks whose hosts are clients; n_home 0: private addresses */
	size_t n_home;
};

bool side_is_home(const struct side_spec *spec, const struct addr *a);

/* True if the segment's source is the client: by a service's port on one end only, then by who is at home,
 * then by the higher port.
 */
bool side_guess(const struct side_spec *spec, const struct segment *g);

/* The same, but a SYN knows better: who sends one is the client, who answers one is not. */
bool side_is_from_client(const struct side_spec *spec, const struct segment *g);

#endif
