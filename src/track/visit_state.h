/* The state of all clients of a shard, shared by the parts of track/visit that take events. */
#ifndef TRACK_VISIT_STATE_H
#define TRACK_VISIT_STATE_H

#include "base/lru.h"
#include "track/visit_parts.h"

enum { ASKED_BYTES = 256 }; /* that questions and requests may take for each burst there is room for */

/* Where a client is kept; the serial number tells it from those that were there before. */
struct client_place {
	struct client *client;
	uint32_t serial, next; /* next: free one */
};

struct client_ref {
	uint32_t place, serial;
};

struct visits {
	struct visits_spec spec;
	struct names names;
	struct lru *by_addr, *by_mac;  /* struct client_ref */
	struct client_place *places;   /* clients_max */
	uint32_t n_places, free_place; /* ever used; NONE: no other is free */
	struct lru *by_flow;           /* flow id: struct where */
	struct client *oldest, *newest;
	uint32_t n_clients, n_flows, n_bursts;
	size_t n_asked; /* bytes of questions and requests */
	int64_t now_ns, looked_ns;
	struct visits_counts counts;
	uint64_t largest_client; /* bytes */
	const struct visits_probe *probe;
};

struct where {
	struct client *client;
	uint32_t index;
};

/* The client of an address, made if there is none; NULL if out of memory. */
struct client *client_at(struct visits *v, const struct addr *addr);

/* The client that a flow belongs to: by its address, or by its MAC address if that is its own. */
struct client *client_of_flow(struct visits *v, const struct flow_info *info);

/* Something new of it came: it is the last that has to make room. */
void client_heard(struct visits *v, struct client *c);

/* The drop of by_mac. */
void client_mac_dropped(void *ctx, void *value, enum lru_why why);

/* Tells what is known of a client and forgets it all. */
void client_close(struct visits *v, struct client *c);
void client_free(struct visits *v, struct client *c);
void client_evict(struct visits *v, struct client *c);

/* Tells what is sure by now of a client that is seen live, and forgets what is over. */
void client_look(struct visits *v, struct client *c);

void request_drop(struct visits *v, struct vrequest *r);
size_t request_size(const struct vrequest *r);

/* Makes room for something that this client asked, if need be: of its own if that is much, else the oldest
 * client is told and goes. returns: false if it was this one. */
bool client_may_ask(struct visits *v, struct client *c);

#endif
