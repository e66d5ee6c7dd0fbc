/* Which names a client looked up for an address, behind which aliases, and which of them offer ECH.
 *
 * Bounded twice: entries in an lru, and their text in a ring where the newest overwrites the oldest.
 */
#ifndef TRACK_DNSCACHE_H
#define TRACK_DNSCACHE_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/hostname.h"
#include "know/knowledge.h"
#include "wire/dns.h"

struct dnscache;

/* max: addresses remembered, each with the names of one client. returns: NULL if out of memory. */
struct dnscache *dnscache_new(uint32_t max, struct hash_key key, const struct knowledge *know);
void dnscache_free(struct dnscache *c);
uint64_t dnscache_evicted(const struct dnscache *c);
uint64_t dnscache_evicted_ech(const struct dnscache *c);     /* names under which keys of ECH are published */
uint64_t dnscache_evicted_clients(const struct dnscache *c); /* that were heard of */

/* For whom an answer counts: the client that got it, and, where nothing better is known (see dnscache_names),
 * others. */
enum dns_for {
	DNS_FOR_CLIENT = 1,
	DNS_FOR_OTHERS = 2, /* alone: the client is another shard's */
	DNS_FOR_ALL = 3,
};

/* Questions about this client and server follow soon. The second time the entries themselves are asked for.
 */
void dnscache_prefetch(const struct dnscache *c, const struct addr *client, const struct addr *server,
		       bool is_second);

void dnscache_learn(struct dnscache *c, const struct addr *client, const struct dns_message *m, int64_t ts_ns,
		    uint64_t frame, enum dns_for who);

/* One name that an address may stand for. */
struct dns_name {
	struct hostname host, operator_host; /* operator_host: see track/events.h */
	int64_t ts_ns;                       /* of the answer */
	uint64_t frame;
	float conf; /* shares of the candidates, together below 1 */
};

#define DNS_NAMES_MAX 4u

/* What client asked for and got `server` as answer, the likeliest first. If it asked for nothing of the kind,
 * what others asked for (a resolver on its behalf, perhaps) with less certainty. Answers count for their TTL
 * and a grace. returns: how many were set.
 */
uint32_t dnscache_names(struct dnscache *c, const struct addr *client, const struct addr *server,
			int64_t now_ns, struct dns_name ret_names[DNS_NAMES_MAX]);

/* The answer by which `client` came from host to server. returns: false if none was seen. */
bool dnscache_answer(struct dnscache *c, const struct addr *client, const struct addr *server,
		     const struct hostname *host, int64_t now_ns, struct dns_name *ret_name);

/* Did this client (or, if no answer to it was ever seen, any) learn an ECH key whose public name is this one,
 * for another name? */
bool dnscache_has_ech(struct dnscache *c, const struct addr *client, const struct hostname *public_name,
		      int64_t now_ns);

#endif
